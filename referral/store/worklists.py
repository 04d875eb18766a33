"""Lists of requests for the desk: what they are narrowed to, in what order, a page at a time, and how many there are.

Every order has parts, one after the other: what is open by its own order, then what is over, the latest first. A part
is read from an index that holds everything a filter asks for, so that no filter reads the wide rows of what it leaves
out; the rows of the page itself are read by their ids.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import False_

from referral.domain.codes import Priority
from referral.domain.lifecycle import FINISHED, Stage
from referral.domain.queues import OPEN, WORKLISTS, QueueName
from referral.extensions import db
from referral.models import ReferralEvent, ServiceRequest
from referral.store.messages import is_open
from referral.store.referrals import has_a_person
from referral.store.scopes import visible
from referral.store.worklist_filters import Filters, conditions, unchosen, waiting_for_a_person, with_failed_message
from referral.store.worklist_rows import Reader, shown

S = TypeVarTuple("S")


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
    def order(self) -> tuple[ColumnElement[Any], ...]:
        """What it is sorted by."""
        columns: tuple[ColumnElement[Any], ...] = (self.by.expression, ServiceRequest.id.expression)
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
    found: list[Place] = []
    for number, part in enumerate(_parts(sort)):
        if len(found) == limit or not _can_hold(number == len(_parts(sort)) - 1, filters):
            continue
        if after is not None and number < after.part:
            continue
        over = number == len(_parts(sort)) - 1
        query = select(part.by, ServiceRequest.id).where(part.these, *conditions(filters, now))
        if not filters.identifier:  # which has an index of its own
            query = _by_index(query, over)
        if after is not None and number == after.part:
            query = query.where(part.after(after.moment, after.request_id))
        rows = db.session.execute(query.order_by(*part.order).limit(limit - len(found)))
        found += (Place(number, moment, request_id) for moment, request_id in rows)
    return found


def matching(filters: Filters, now: datetime, limit: int, only: Collection[UUID] | None = None) -> list[UUID]:
    """The ids of the requests of a list, by what breaches first; of those named alone where some are."""
    if only is None:
        return [place.request_id for place in places(filters, now, limit)]
    these = select(ServiceRequest.id).where(ServiceRequest.id.in_(only), *conditions(filters, now))
    return list(db.session.scalars(these.order_by(ServiceRequest.next_by.nulls_last(), ServiceRequest.id).limit(limit)))


def count(filters: Filters, now: datetime) -> int:
    """How many requests fit."""
    numbers = (
        _by_index(select(func.count()).select_from(ServiceRequest).where(these, *conditions(filters, now)), over)
        for these, over in ((is_open(), False), (_is_over(), True))
        if _can_hold(over, filters)
    )
    return sum(db.session.scalar(number) or 0 for number in numbers)


def count_up_to(filters: Filters, now: datetime, limit: int) -> int:
    """How many requests fit, but no more than this many are looked for."""
    found = 0
    for these, over in ((is_open(), False), (_is_over(), True)):
        if found < limit and _can_hold(over, filters):
            some = _by_index(select(ServiceRequest.id).where(these, *conditions(filters, now)), over)
            counted = select(func.count()).select_from(some.limit(limit - found).subquery())
            found += db.session.scalar(counted) or 0
    return found


def last_events(request_ids: Sequence[UUID]) -> dict[UUID, ReferralEvent]:
    """The newest line of the history of each of these requests."""
    newest = (
        select(func.max(ReferralEvent.id))
        .where(ReferralEvent.request_id.in_(request_ids))
        .group_by(ReferralEvent.request_id)
    )
    found = db.session.scalars(select(ReferralEvent).where(ReferralEvent.id.in_(newest)))
    return {event.request_id: event for event in found}


def counts(filters: Filters, now: datetime) -> dict[QueueName, int]:
    """How many requests stand in each worklist. What is open is read once, from its index; nothing that is over."""
    stages = _stages(filters, now)
    nobody: Counter[str] = Counter()
    for stage, found in db.session.execute(_by_stage(filters, unchosen())):
        nobody[stage] = found
    return {queue: _number(queue, stages, nobody, filters, now) for queue in QueueName}


@dataclass(frozen=True, slots=True)
class _Numbers:
    """How many open requests stand at a stage, and how many of them are late, nobody's, or the viewer's."""

    every: int
    late: int
    nobodys: int
    own: int


def _number(
    queue: QueueName, stages: Mapping[str, _Numbers], nobody: Counter[str], filters: Filters, now: datetime
) -> int:
    worklist = WORKLISTS[queue]
    ids = waiting_for_a_person(worklist)
    if ids is not None:
        return _waiting(ids, filters)
    if worklist.appointment_soon:
        soon = conditions(Filters(queue=queue, viewer_id=filters.viewer_id, scope=filters.scope), now)
        query = select(func.count()).select_from(ServiceRequest).where(is_open(), *soon)
        return db.session.scalar(_of_stage(query)) or 0
    here = [found for stage, found in stages.items() if stage in worklist.stages]
    if worklist.overdue:
        return sum(found.late for found in here)
    if worklist.mine or worklist.unassigned:
        return sum(found.own if worklist.mine else found.nobodys for found in here)
    number = sum(found.every for found in here)
    if worklist.nobody_chosen is not None:
        without = sum(nobody[stage] for stage in worklist.stages)
        return without if worklist.nobody_chosen else number - without
    return number + _elsewhere_failed(worklist.stages, filters) if worklist.or_failed_message else number


def _waiting(ids: Select[UUID], filters: Filters) -> int:
    """How many requests wait for a person; of one that was erased nothing does, so that its row need not be read."""
    waiting = ids.distinct().subquery()
    query = select(func.count()).select_from(waiting)
    if not filters.scope.everything:
        query = query.join(ServiceRequest, ServiceRequest.id == waiting.c.request_id).where(visible(filters.scope))
    return db.session.scalar(query) or 0


def _stages(filters: Filters, now: datetime) -> dict[str, _Numbers]:
    own = false() if filters.viewer_id is None else ServiceRequest.assignee_id == filters.viewer_id
    ones = (ServiceRequest.next_by < now, ServiceRequest.assignee_id.is_(None), own)
    sums = (func.sum(case((one, 1), else_=0)) for one in ones)
    query = select(ServiceRequest.stage, func.count(), *sums).where(is_open(), visible(filters.scope))
    rows = db.session.execute(_of_stage(query).group_by(ServiceRequest.stage))
    return {stage: _Numbers(*map(int, numbers)) for stage, *numbers in rows}


def _by_stage(filters: Filters, condition: ColumnElement[bool]) -> Select[str, int]:
    before = sorted(WORKLISTS[QueueName.NOBODY_FOUND].stages)
    query = select(ServiceRequest.stage, func.count()).where(is_open(), ServiceRequest.stage.in_(before))
    return _of_stage(query.where(condition, visible(filters.scope))).group_by(ServiceRequest.stage)


def _elsewhere_failed(stages: frozenset[Stage], filters: Filters) -> int:
    """Open requests with a message that failed, besides those at these stages."""
    elsewhere = ServiceRequest.stage.not_in(sorted(stages))
    failed = ServiceRequest.id.in_(with_failed_message())
    query = select(func.count()).select_from(ServiceRequest)
    number = query.where(is_open(), failed, elsewhere, visible(filters.scope))
    return db.session.scalar(_hinted(number, "ix_service_request_open_id")) or 0


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


def _by_index(query: Select[*S], over: bool = False) -> Select[*S]:
    """The query as SQLite, which knows nothing of how many rows there are, answers it from the index of the lists."""
    return _hinted(query, "ix_service_request_over" if over else "ix_service_request_worklist")


def _of_stage(query: Select[*S]) -> Select[*S]:
    """The same of what is open, stage by stage."""
    return _hinted(query, "ix_service_request_at_stage")


def _hinted(query: Select[*S], index: str) -> Select[*S]:
    """SQLite refuses to be told an index for what nothing can fit, since it then reads none."""
    where = query.whereclause
    if where is not None and any(isinstance(part, False_) for part in visitors.iterate(where)):
        return query
    return query.with_hint(ServiceRequest, f"INDEXED BY {index}", "sqlite")


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
