"""What is new on the desk: lines of the history since a number, who is where, and whose sessions have ended."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from referral.domain.live import LATE_SECONDS
from referral.domain.queues import WORKLISTS, QueueName
from referral.extensions import db
from referral.models import (
    Presence,
    ReferralEvent,
    ServiceRequest,
    Staff,
    StaffSession,
)
from referral.store import worklist_rows
from referral.store.scopes import Scope, visible

_LATE_NUMBERS = 500
"""A line that was numbered early and saved late lies at most so many numbers back."""

_MOST = 500


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One line of the history: its number and its request."""

    number: int
    request_id: UUID


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody is on a request."""

    request_id: UUID
    staff_id: UUID
    name: str
    editing: bool


def newest() -> int:
    """The number of the newest line of the history."""
    return db.session.scalar(select(func.max(ReferralEvent.id))) or 0


def changes(since: int, now: datetime) -> list[Change]:
    """The lines after that number, the oldest first, and before it those that may have been saved after it."""
    late = and_(ReferralEvent.id > since - _LATE_NUMBERS, ReferralEvent.at > now - timedelta(seconds=LATE_SECONDS))
    found = select(ReferralEvent.id, ReferralEvent.request_id).where(or_(ReferralEvent.id > since, late))
    return sorted(Change(*row) for row in db.session.execute(found.order_by(ReferralEvent.id.desc()).limit(_MOST)))


def everybody_here(now: datetime) -> frozenset[Here]:
    """Who is on which request."""
    found = select(Presence).where(Presence.until > now).options(joinedload(Presence.staff))
    rows = db.session.scalars(found, execution_options={"populate_existing": True})
    return frozenset(
        Here(row.request_id, row.staff_id, row.staff.name, bool(row.editing_until and row.editing_until > now))
        for row in rows
    )


def seen_of(request_ids: Collection[UUID], scope: Scope) -> frozenset[UUID]:
    """Those of these requests that lie within the scope."""
    if scope.everything or not request_ids:
        return frozenset(request_ids)
    found = select(ServiceRequest.id).where(ServiceRequest.id.in_(list(request_ids)), visible(scope))
    return frozenset(db.session.scalars(found))


def ended_sessions(session_ids: Collection[UUID]) -> set[UUID]:
    """Those of these sessions that somebody ended, or whose owner works here no more."""
    ended = or_(StaffSession.ended_at.is_not(None), Staff.active.is_(False))
    found = select(StaffSession.id).join(Staff, Staff.id == StaffSession.staff_id)
    return set(db.session.scalars(found.where(StaffSession.id.in_(list(session_ids)), ended)))


def assigned_to(staff_ids: Collection[UUID], scope: Scope) -> dict[UUID, int]:
    """How many open requests of the scope each of these has."""
    stages = sorted(WORKLISTS[QueueName.MINE].stages)
    found = (
        select(ServiceRequest.assignee_id, func.count())
        .where(ServiceRequest.assignee_id.in_(list(staff_ids)), ServiceRequest.stage.in_(stages), visible(scope))
        .group_by(ServiceRequest.assignee_id)
    )
    return {staff_id: count for staff_id, count in db.session.execute(found) if staff_id is not None}


def rows(request_ids: Collection[UUID]) -> list[ServiceRequest]:
    """These requests as they stand now, with all that a row of a list shows."""
    found = worklist_rows.shown(request_ids, anew=True)
    return [one for one in found.values() if one.patient.erased_at is None]
