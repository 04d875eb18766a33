"""What a transaction has found out and need not ask for again, by names. It ends with the transaction, either way."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from referral.extensions import db

_KNOWN = "what this transaction knows"
Found = TypeVar("Found")


def once(name: Hashable, read: Callable[[], Found]) -> Found:
    """What `read` gave when it was asked for first."""
    known = _known()
    if name not in known:
        known[name] = read()
    found: Found = known[name]
    return found


def get(name: Hashable) -> Any:  # noqa: ANN401  whatever was noted
    """What was noted, None where nothing was."""
    return _known().get(name)


def note(name: Hashable, found: object) -> None:
    """Say what is so, until it is forgotten or the transaction ends."""
    _known()[name] = found


def forget(name: Hashable) -> None:
    """It may be so no more."""
    _known().pop(name, None)


def _known() -> dict[Hashable, Any]:
    known: dict[Hashable, Any] = db.session.info.setdefault(_KNOWN, {})
    return known


@event.listens_for(db.session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_KNOWN, None)
