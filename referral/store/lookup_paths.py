"""Which index SQLite reads a list from: it knows nothing of how many rows there are, and would take another one."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import False_

from referral.extensions import db
from referral.models import ServiceRequest
from referral.store.worklist_filters import Filters, conditions, starting_points

S = TypeVarTuple("S")

FEW = 2_000
"""To look up so many rows by their ids takes less time than to go through what is over."""


@dataclass(frozen=True, slots=True)
class Path:
    """A way to what fits: `filters` are what is left to ask of each request, `few` the ids they are among, if known."""

    filters: Filters
    few: Select[UUID] | None = None

    def narrow(self, query: Select[*S], over: bool, now: datetime) -> Select[*S]:
        """What fits of what is open, or over: of few each by its id, else from the index of the lists, in its order."""
        query = query.where(*conditions(self.filters, now))
        if self.few is not None:
            return query.where(ServiceRequest.id.in_(self.few))
        if self.filters.identifier:  # which has an index of its own
            return query
        return by_index(query, "ix_service_request_over" if over else "ix_service_request_worklist")


def path_to(filters: Filters) -> Path:
    """Where a filter leaves few, from there to the requests: then no list is gone through to find them."""
    for ids, rest in starting_points(filters):
        some = select(ids.subquery()).limit(FEW + 1).subquery()
        if (db.session.scalar(select(func.count()).select_from(some)) or 0) <= FEW:
            return Path(rest, ids)
    return Path(filters)


def by_stage(query: Select[*S]) -> Select[*S]:
    """What is open, stage by stage."""
    return by_index(query, "ix_service_request_at_stage")


def by_index(query: Select[*S], index: str) -> Select[*S]:
    """SQLite refuses to be told an index for what nothing can fit, since it then reads none."""
    where = query.whereclause
    if where is not None and any(isinstance(part, False_) for part in visitors.iterate(where)):
        return query
    return query.with_hint(ServiceRequest, f"INDEXED BY {index}", "sqlite")
