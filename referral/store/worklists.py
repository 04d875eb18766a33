"""Lists of requests for the desk: what they are narrowed to, in what order, a page at a time, and how many there are.

Every order has parts, one after the other: what is open by its own order, then what is over, the latest first. A part
is read from an index that holds everything a filter asks for, so that no filter reads the wide rows of what it leaves
out; the rows of the page itself are read by their ids.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from referral.domain.codes import Priority
from referral.domain.lifecycle import FINISHED, Stage
from referral.domain.queues import OPEN, WORKLISTS
from referral.extensions import db
from referral.models import ReferralEvent, ServiceRequest
from referral.store.lookup_paths import path_to
from referral.store.messages import is_open
from referral.store.referrals import has_a_person
from referral.store.worklist_filters import Filters, conditions
from referral.store.worklist_rows import Reader, shown


class Sort(StrEnum):
    """An order of a list."""

    DEADLINE = "deadline"
    NEWEST = "newest"
    LONGEST = "longest"
    PRIORITY = "priority"


class Place(NamedTuple):
    """Where a request stands in a list: in which part of its order, by what moment, and which request it is."""

    part: int
    moment: datetime
    request_id: UUID


class Look(NamedTuple):
    """The first places that fit, and how many do."""

    places: list[Place]
    number: int


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of an order: which requests, by what moment, and whether the latest comes first."""

    these: ColumnElement[bool]
    by: InstrumentedAttribute[Any]
    latest_first: bool = False

    def after(self, moment: datetime, request_id: UUID) -> ColumnElement[bool]:
        """What comes after this place; said first in the form by which an index begins there."""
        if self.latest_first:
            further = or_(self.by < moment, ServiceRequest.id < request_id)
            return and_(self.by <= moment, further)
        return and_(self.by >= moment, or_(self.by > moment, ServiceRequest.id > request_id))

    @property
    def place(self) -> tuple[ColumnElement[Any], ColumnElement[UUID]]:
        """What says where a request stands."""
        return self.by.label("moment"), ServiceRequest.id.label("id")

    def first(self, query: Select[Any, UUID], shown: int, most: int) -> Select[Any, UUID, int]:
        """The first of the places that a query finds, in order, each with how many of at most so many there are."""
        some = query.order_by(*self._sorted(self.by.expression, ServiceRequest.id.expression)).limit(most).subquery()
        places = (some.c.moment, some.c.id)
        every = func.count().over().label("every")
        return select(*places, every).order_by(*self._sorted(*places)).limit(max(1, shown))

    def _sorted(self, *columns: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
        return tuple(column.desc() for column in columns) if self.latest_first else columns


_BY_URGENCY = (Priority.STAT, Priority.ASAP, Priority.URGENT, Priority.ROUTINE)


def page(
    filters: Filters, now: datetime, limit: int, after: Place | None = None, sort: Sort = Sort.DEADLINE
) -> list[ServiceRequest]:
    """Requests in this order, those that are over at the end."""
    return standing_at(places(filters, now, limit, after, sort))


def standing_at(named: Sequence[Place], read: Reader = shown) -> list[ServiceRequest]:
    """The requests that were found at these places, each with as much as is read of it."""
    ids = dict.fromkeys(place.request_id for place in named)  # one that moves meanwhile may stand at two
    found = read(ids)
    return [found[request_id] for request_id in ids if request_id in found]


def places(
    filters: Filters, now: datetime, limit: int, after: Place | None = None, sort: Sort = Sort.DEADLINE
) -> list[Place]:
    """Where the requests of such a page stand, as the list said that named them: a moment later they may have moved."""
    return look(filters, now, limit, 0, after, sort).places


def look(
    filters: Filters, now: datetime, limit: int, counted: int, after: Place | None = None, sort: Sort = Sort.DEADLINE
) -> Look:
    """The same, with how many fit from there on; no more than `counted` are looked for."""
    found: list[Place] = []
    number, most, path = 0, max(limit, counted), path_to(filters)
    parts = _parts(sort)
    for place, part in enumerate(parts):
        over = place == len(parts) - 1
        if number == most or not _can_hold(over, filters) or (after is not None and place < after.part):
            continue
        query = path.narrow(select(*part.place).where(part.these), over, now)
        if after is not None and place == after.part:
            query = query.where(part.after(after.moment, after.request_id))
        rows = db.session.execute(part.first(query, limit - len(found), most - number)).all()
        number += rows[0].every if rows else 0
        found += (Place(place, row.moment, row.id) for row in rows[: limit - len(found)])
    return Look(found, number)


def matching(filters: Filters, now: datetime, limit: int, only: Collection[UUID] | None = None) -> list[UUID]:
    """The ids of the requests of a list, by what breaches first; of those named alone where some are."""
    if only is None:
        return [place.request_id for place in places(filters, now, limit)]
    these = select(ServiceRequest.id).where(ServiceRequest.id.in_(only), *conditions(filters, now))
    return list(db.session.scalars(these.order_by(ServiceRequest.next_by.nulls_last(), ServiceRequest.id).limit(limit)))


def count(filters: Filters, now: datetime) -> int:
    """How many requests fit."""
    every, path = select(func.count()).select_from(ServiceRequest), path_to(filters)
    numbers = (
        path.narrow(every.where(these), over, now)
        for these, over in ((is_open(), False), (_is_over(), True))
        if _can_hold(over, filters)
    )
    return sum(db.session.scalar(number) or 0 for number in numbers)


def last_events(request_ids: Sequence[UUID]) -> dict[UUID, ReferralEvent]:
    """The newest line of the history of each of these requests."""
    newest = (
        select(func.max(ReferralEvent.id))
        .where(ReferralEvent.request_id.in_(request_ids))
        .group_by(ReferralEvent.request_id)
    )
    found = db.session.scalars(select(ReferralEvent).where(ReferralEvent.id.in_(newest)))
    return {event.request_id: event for event in found}


def _parts(sort: Sort) -> tuple[_Part, ...]:
    """What is open in this order, then what is over, the latest first."""
    over = _Part(_is_over(), ServiceRequest.stage_since, latest_first=True)
    if sort is Sort.NEWEST:
        return _Part(is_open(), ServiceRequest.authored_on, latest_first=True), over
    if sort is Sort.LONGEST:
        return _Part(is_open(), ServiceRequest.stage_since), over
    if sort is Sort.PRIORITY:
        urgent = (and_(is_open(), ServiceRequest.priority == priority) for priority in _BY_URGENCY)
        return *(_Part(these, ServiceRequest.next_by) for these in urgent), over
    return _Part(is_open(), ServiceRequest.next_by), over


def _is_over() -> ColumnElement[bool]:
    """Closed or cancelled, and not erased, as nothing open is. Written as its index, which is used only then."""
    over = ServiceRequest.stage.in_([literal_column(f"'{stage}'") for stage in sorted(FINISHED)])
    return and_(over, has_a_person())


def _can_hold(over: bool, filters: Filters) -> bool:
    """Whether what is over, or open, can fit these filters at all."""
    if over and filters.overdue:
        return False
    stages = {Stage(filters.stage)} if filters.stage else set(Stage)
    if filters.queue is not None:
        stages &= WORKLISTS[filters.queue].stages | (
            OPEN if WORKLISTS[filters.queue].or_failed_message else frozenset()
        )
    return bool(stages & FINISHED if over else stages - FINISHED)
