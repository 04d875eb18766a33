"""Which index SQLite reads a list from: it knows nothing of how many rows there are, and would take another one."""

from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import False_

from referral.extensions import db
from referral.models import ServiceRequest
from referral.store.worklist_filters import Filters, starting_points

S = TypeVarTuple("S")

FEW = 2_000
"""To look up so many rows by their ids takes less time than to go through what is over."""


def few_ids(filters: Filters) -> Select[UUID] | None:
    """The ids that all that fit are among, where a filter leaves few: then no list is gone through to find them."""
    for ids in starting_points(filters):
        some = select(ids.subquery()).limit(FEW + 1).subquery()
        if (db.session.scalar(select(func.count()).select_from(some)) or 0) <= FEW:
            return ids
    return None


def along(query: Select[*S], filters: Filters, few: Select[UUID] | None, over: bool) -> Select[*S]:
    """What is open, or over: of few each by its id, else from the index with all that lists filter by, in its order."""
    if few is not None:
        return query.where(ServiceRequest.id.in_(few))
    if filters.identifier:  # which has an index of its own
        return query
    return by_index(query, "ix_service_request_over" if over else "ix_service_request_worklist")


def by_stage(query: Select[*S]) -> Select[*S]:
    """What is open, stage by stage."""
    return by_index(query, "ix_service_request_at_stage")


def by_index(query: Select[*S], index: str) -> Select[*S]:
    """SQLite refuses to be told an index for what nothing can fit, since it then reads none."""
    where = query.whereclause
    if where is not None and any(isinstance(part, False_) for part in visitors.iterate(where)):
        return query
    return query.with_hint(ServiceRequest, f"INDEXED BY {index}", "sqlite")
