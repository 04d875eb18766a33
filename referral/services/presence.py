"""Who of the desk is on a request: noted while the page is open, and whose turn it is to change it.

A page that is open says so every half minute; without JavaScript its loading counts. Whoever writes has the turn;
others see that, and take it over only on purpose.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from referral.access.authorize import Acting, authorize
from referral.domain.errors import NotAllowed, NotFound
from referral.domain.permissions import Right
from referral.extensions import db, writing
from referral.models import Presence as Row
from referral.models import ServiceRequest
from referral.services import audit_log
from referral.store import presence, referrals

logger = logging.getLogger(__name__)

LASTS = timedelta(seconds=90)
"""A page that stays away for so long is closed."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody else who is on a request, and whether they change it just now."""

    name: str
    editing: bool


def note(request: ServiceRequest, acting: Acting, now: datetime) -> None:
    """The page was loaded: it is open from now on. Where that cannot be written, the page is shown all the same."""
    if acting.staff_id is None:
        return
    request_id = request.id
    db.session.rollback()  # only read so far; SQLite lets a transaction write that begins with it
    try:
        with writing():
            presence.renew(request_id, acting.staff_id, now, now + LASTS, anew=True)
            db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        logger.warning("Who has a referral open could not be noted: %s", type(error).__name__)


def renew(request_id: UUID, acting: Acting, now: datetime, *, editing: bool) -> tuple[int, bool]:
    """The page is still open: the request's version by now, and whether it is their turn where they write in it."""
    staff_id, version = _allowed(request_id, acting, Right.ACT if editing else Right.READ)
    presence.renew(request_id, staff_id, now, now + LASTS)
    theirs = not editing or presence.begin_editing(request_id, staff_id, now, now + LASTS)
    db.session.commit()
    return version, theirs


def leave(request_id: UUID, acting: Acting) -> None:
    """The page was closed."""
    presence.leave(request_id, _allowed(request_id, acting)[0])
    db.session.commit()


def take_over(request_id: UUID, acting: Acting, now: datetime) -> None:
    """It is their turn from now on, whoever had it."""
    staff_id, _ = _allowed(request_id, acting, Right.ACT)
    presence.renew(request_id, staff_id, now, now + LASTS)
    presence.take_over(request_id, staff_id, now + LASTS)
    audit_log.note(acting, "take-turn-over", "referral", request_id, request_id)
    db.session.commit()


def require_turn(request: ServiceRequest, acting: Acting, now: datetime) -> None:
    """Raise `NotAllowed` where somebody else is changing the request just now."""
    busy = next((one for one in others(request.id, acting, now) if one.editing), None)
    if busy is not None:
        said = f"{busy.name} is writing here. Your change was not made. Take it over first if it cannot wait."
        raise NotAllowed(said, (), request.version)


def others(request_id: UUID, acting: Acting, now: datetime) -> list[Colleague]:
    """Who else is on this request, who changes it first."""
    return others_on([request_id], acting, now).get(request_id, [])


def others_on(request_ids: Collection[UUID], acting: Acting, now: datetime) -> dict[UUID, list[Colleague]]:
    """The same for many requests; one that nobody else has open is not in it."""
    found: dict[UUID, list[Colleague]] = {}
    for one in presence.on(request_ids, now):
        if one.staff_id != acting.staff_id:
            found.setdefault(one.request_id, []).append(_colleague(one, now))
    return found


def _colleague(one: Row, now: datetime) -> Colleague:
    return Colleague(one.staff.name, one.editing_until is not None and one.editing_until > now)


def _allowed(request_id: UUID, acting: Acting, right: Right = Right.READ) -> tuple[UUID, int]:
    """Who they are and the version of the request, if they may do this; what was read for that is put away."""
    version = authorize(acting, right, referrals.get(request_id)).version
    if acting.staff_id is None:
        raise NotFound
    db.session.rollback()
    return acting.staff_id, version
