"""How many requests stand in each worklist, asked in one question, from indexes of what is open alone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, case, func, literal_column, select, union_all

from referral.domain.queues import WORKLISTS, QueueName
from referral.extensions import db
from referral.models import ServiceRequest
from referral.store.lookup_paths import by_index, by_stage
from referral.store.messages import is_open
from referral.store.scopes import Scope, visible
from referral.store.worklist_filters import (
    days_of_soon,
    unchosen,
    waiting_for_a_person,
    with_appointment,
    with_failed_message,
)

_SCOPES = 64
"""For so many scopes the question is kept as it was written: that takes longer than some of its answers."""
_AT_STAGE = "at-stage"
_NOT_HERE: ColumnElement[int] = literal_column("0")
_Part = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """How many open requests there are of a kind, and how many of them are late, nobody's, or the viewer's."""

    every: int = 0
    late: int = 0
    nobodys: int = 0
    own: int = 0


_Found = Mapping[tuple[str, str], _Numbers]
"""By a name of what was counted, and the stage, empty where all are counted as one."""


def counts(scope: Scope, now: datetime, viewer_id: UUID | None = None) -> dict[QueueName, int]:
    """How many requests of a scope stand in each worklist; `mine` is the viewer's."""
    asked = {"now": now, "viewer": viewer_id, "soon": days_of_soon(now)}
    found: defaultdict[tuple[str, str], _Numbers] = defaultdict(_Numbers)
    for what, stage, *numbers in db.session.execute(_question(scope), asked):
        found[what, stage] = _Numbers(*map(int, numbers))
    return {queue: _number(queue, found) for queue in QueueName}


def _number(queue: QueueName, found: _Found) -> int:
    worklist = WORKLISTS[queue]
    if worklist.appointment_soon or waiting_for_a_person(worklist) is not None:
        return found[queue, ""].every
    here = [found[_AT_STAGE, stage] for stage in worklist.stages]
    if worklist.overdue:
        return sum(one.late for one in here)
    if worklist.mine or worklist.unassigned:
        return sum(one.own if worklist.mine else one.nobodys for one in here)
    number = sum(one.every for one in here)
    if worklist.nobody_chosen is not None:
        without = sum(found[QueueName.NOBODY_FOUND, stage].every for stage in worklist.stages)
        return without if worklist.nobody_chosen else number - without
    return number + found[queue, ""].every if worklist.or_failed_message else number


@lru_cache(_SCOPES)
def _question(scope: Scope) -> CompoundSelect[*tuple[Any, ...]]:
    """Everything that is counted within a scope; `now`, `viewer` and `soon` are filled in each time."""
    seen = visible(scope)
    parts = [_by_stage(seen), _without_specialist(seen), _elsewhere_failed(seen), _soon(seen)]
    return union_all(*parts, *_waiting(scope))


def _part(what: str, stage: ColumnElement[str] | None = None, *sums: ColumnElement[int]) -> _Part:
    numbers = sums or (_NOT_HERE,) * 3
    named = stage if stage is not None else literal_column("''")
    return select(literal_column(f"'{what}'"), named, func.count(), *numbers)


def _by_stage(seen: ColumnElement[bool]) -> _Part:
    late, own = ServiceRequest.next_by < bindparam("now"), ServiceRequest.assignee_id == bindparam("viewer")
    ones = (late, ServiceRequest.assignee_id.is_(None), own)
    sums = (func.sum(case((one, literal_column("1")), else_=literal_column("0"))) for one in ones)
    query = _part(_AT_STAGE, ServiceRequest.stage.expression, *sums).where(is_open(), seen)
    return by_stage(query).group_by(ServiceRequest.stage)


def _without_specialist(seen: ColumnElement[bool]) -> _Part:
    """By stage, since these are missing from the lists of their stages."""
    query = _part(QueueName.NOBODY_FOUND, ServiceRequest.stage.expression).select_from(ServiceRequest)
    return query.where(ServiceRequest.id.in_(unchosen()), seen).group_by(ServiceRequest.stage)


def _elsewhere_failed(seen: ColumnElement[bool]) -> _Part:
    """Open requests with a message that failed, besides those that stand in the list by their stage."""
    elsewhere = ServiceRequest.stage.not_in(sorted(WORKLISTS[QueueName.SEND_FAILED].stages))
    failed = ServiceRequest.id.in_(with_failed_message())
    query = _part(QueueName.SEND_FAILED).select_from(ServiceRequest)
    return by_index(query.where(is_open(), failed, elsewhere, seen), "ix_service_request_open_id")


def _soon(seen: ColumnElement[bool]) -> _Part:
    at_stage = ServiceRequest.stage.in_(sorted(WORKLISTS[QueueName.APPOINTMENT_SOON].stages))
    query = _part(QueueName.APPOINTMENT_SOON).select_from(ServiceRequest)
    return by_stage(query.where(is_open(), at_stage, with_appointment(bindparam("soon")), seen))


def _waiting(scope: Scope) -> Iterator[_Part]:
    """What waits for a person; of a request that was erased nothing does, so that its row need not be read."""
    for queue, worklist in WORKLISTS.items():
        ids: Select[UUID] | None = waiting_for_a_person(worklist)
        if ids is None:
            continue
        waiting = ids.distinct().subquery()
        query = _part(queue).select_from(waiting)
        if not scope.everything:
            query = query.join(ServiceRequest, ServiceRequest.id == waiting.c.request_id).where(visible(scope))
        yield query
