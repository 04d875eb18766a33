"""Writing and reading of the audit trail.

What is noted waits in the session and becomes entries when its transaction commits: at the very end, so that the chain
is held for the length of a commit only, and nobody who waits for the chain holds a row that its holder waits for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, has_request_context, request
from sqlalchemy import ColumnElement, Connection, Table, event, func, insert, select, text
from sqlalchemy.orm import Session

from referral.domain.audit_chain import NOTHING, Entry, Head, Reading, hash_of
from referral.extensions import db, writing
from referral.models import AuditEntry

_WAITING = "audit entries that wait for the commit"
_WRITTEN = "audit entries are part of the commit"
_SAVED = "referral.saved"
"""Under this name it is kept with the request of the web."""
_CHAIN = 0x5EC0_0D0F
"""The number of the lock that PostgreSQL knows the chain by."""
_AT_ONCE = 2_000
_COLUMNS = (
    AuditEntry.number, AuditEntry.at, AuditEntry.actor, AuditEntry.actor_id, AuditEntry.actor_name, AuditEntry.action,
    AuditEntry.object_type, AuditEntry.object_id, AuditEntry.request_id, AuditEntry.detail, AuditEntry.correlation_id,
    AuditEntry.previous, AuditEntry.hash,
)  # fmt: skip
# Made once: a page that is read writes one entry, and putting statements together would take half of its time.
_TABLE = cast(Table, AuditEntry.__table__)
_LOCK = text("SELECT pg_advisory_xact_lock(:chain)")
_LAST = select(_TABLE.c.number, _TABLE.c.hash).order_by(_TABLE.c.number.desc()).limit(1)
_INSERT = insert(_TABLE)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the trail is narrowed to; `day` is a day in UTC, `before` the number that a page begins below."""

    day: date | None = None
    person: str = ""
    request_id: UUID | None = None
    action: str = ""
    before: int | None = None


def put(entry: Entry) -> None:
    """Let an entry be written when the present transaction commits, or not at all; its number is given then."""
    db.session.info.setdefault(_WAITING, []).append(entry)
    db.session.connection()  # a commit without a transaction would write nothing


def put_apart(entry: Entry) -> None:
    """Write an entry at once, in a transaction of its own: the present one goes on as it was."""
    with writing(), db.engine.begin() as connection:
        _link(connection, [entry])


def has_saved() -> bool:
    """Whether what this request of the web has done is saved, with its entry, whatever becomes of the answer."""
    return has_request_context() and _SAVED in request.environ


def head() -> Head:
    """The last entry."""
    return _head(db.session.connection())


def every() -> Iterator[Entry]:
    """The whole trail, oldest first; a few thousand entries are held at a time."""
    yield from _streamed(select(*_COLUMNS).order_by(AuditEntry.number))


def page(filters: Filters, limit: int) -> list[Entry]:
    """The newest entries that fit, the newest first."""
    return [_entry(row) for row in db.session.execute(_found(filters).limit(limit))]


def matching(filters: Filters) -> Iterator[Entry]:
    """Every entry that fits, the newest first; a few thousand are held at a time."""
    yield from _streamed(_found(filters))


def of_request(request_id: UUID, actions: Sequence[str]) -> list[Entry]:
    """What was done with one request in these ways, oldest first."""
    found = select(*_COLUMNS).where(AuditEntry.request_id == request_id, AuditEntry.action.in_(actions))
    return [_entry(row) for row in db.session.execute(found.order_by(AuditEntry.number))]


def first_opened(request_id: UUID, actor: str, object_type: str) -> dict[str, datetime]:
    """When such a part of one request was first shown to this kind of person, by the part's id."""
    found = select(AuditEntry.object_id, func.min(AuditEntry.at)).where(
        AuditEntry.request_id == request_id,
        AuditEntry.actor == actor,
        AuditEntry.action == Reading.OPEN,
        AuditEntry.object_type == object_type,
    )
    return dict(db.session.execute(found.group_by(AuditEntry.object_id)).all())


def _streamed(found: Any) -> Iterator[Entry]:  # noqa: ANN401  the type of a SELECT with many columns
    with db.session.execute(found.execution_options(yield_per=_AT_ONCE)) as rows:  # closed also where nobody reads on
        yield from map(_entry, rows)


def _found(filters: Filters) -> Any:  # noqa: ANN401  the type of a SELECT with many columns
    conditions: list[ColumnElement[bool]] = []
    if filters.day is not None:
        begin = datetime.combine(filters.day, time(), ZoneInfo("UTC"))
        conditions += [AuditEntry.at >= begin, AuditEntry.at < begin + timedelta(days=1)]
    if filters.person:
        conditions.append(AuditEntry.actor_name == filters.person)
    if filters.request_id is not None:
        conditions.append(AuditEntry.request_id == filters.request_id)
    if filters.action:
        conditions.append(AuditEntry.action == filters.action)
    if filters.before is not None:
        conditions.append(AuditEntry.number < filters.before)
    return select(*_COLUMNS).where(*conditions).order_by(AuditEntry.number.desc())


def _entry(row: Any) -> Entry:  # noqa: ANN401  a row of `_COLUMNS`
    number, at, actor, actor_id, name, action, kind, object_id, request_id, *rest = row
    return Entry(
        number, at, actor, actor_id, name, action, kind, object_id, str(request_id) if request_id else "", *rest
    )


@event.listens_for(db.session, "before_commit")
def _write(session: Session) -> None:
    """Give what waits its numbers and its place in the chain, in the transaction that is about to commit."""
    waiting: list[Entry] = session.info.get(_WAITING, [])
    if not waiting or session.in_nested_transaction():
        return
    session.flush()  # whatever may wait for somebody else waits before the chain is held
    session.info.pop(_WAITING)
    _link(session.connection(), waiting)
    session.info[_WRITTEN] = True


@event.listens_for(db.session, "after_commit")
def _know_saved(session: Session) -> None:
    if session.info.pop(_WRITTEN, False) and has_request_context():
        request.environ[_SAVED] = True


def _link(connection: Connection, waiting: Sequence[Entry]) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"chain": _CHAIN})
    key, last, rows = current_app.extensions["settings"].audit_key.encode(), _head(connection), []
    for entry in waiting:
        linked = replace(entry, number=last.number + 1, previous=last.hash)
        last = Head(linked.number, hash_of(key, linked))
        rows.append(_row(linked, last.hash))
    connection.execute(_INSERT, rows)


def _head(connection: Connection) -> Head:
    found = connection.execute(_LAST).one_or_none()
    return Head(found.number, found.hash) if found else NOTHING


@event.listens_for(db.session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_WAITING, None)
    session.info.pop(_WRITTEN, None)


def _row(entry: Entry, hashed: str) -> dict[str, object]:
    return {
        "number": entry.number,
        "at": entry.at,
        "actor": entry.actor,
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "request_id": UUID(entry.request_id) if entry.request_id else None,
        "detail": dict(entry.detail),
        "correlation_id": entry.correlation_id,
        "previous": entry.previous,
        "hash": hashed,
    }
