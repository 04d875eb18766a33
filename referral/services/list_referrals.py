"""Referrals for staff or a program: only what they may see, a page at a time or all of a view, in a stated order."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from referral.access.authorize import Acting, require, scope_of
from referral.domain.audit_chain import Detail, Reading
from referral.domain.errors import Invalid
from referral.domain.permissions import Duty
from referral.domain.queues import QueueName
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import audit_log
from referral.store import access, worklists
from referral.store.worklist_filters import Filters
from referral.store.worklists import Place, Sort

AT_ONCE = 500
"""Rows of an export that are in memory."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: what it is narrowed to, whose it is, and which page of it in which order.

    `filters` say nothing of who asks, which is filled in from the caller; `assignee` is an email address, `me` or
    `nobody`.
    """

    filters: Filters = field(default_factory=Filters)
    assignee: str = ""
    cursor: str = ""
    limit: int = 50
    sort: Sort = Sort.DEADLINE


@dataclass(frozen=True, slots=True)
class Page:
    """The requests of one page, and where the next one begins."""

    requests: list[ServiceRequest]
    next_cursor: str | None


def list_referrals(acting: Acting, wanted: Wanted, now: datetime) -> Page:
    """One page of the referrals this caller may see."""
    filters = scope(acting, wanted)
    if filters is None:
        return Page([], None)
    after = _place(wanted.cursor, wanted.sort) if wanted.cursor else None
    found = worklists.page(filters, now, wanted.limit + 1, after, wanted.sort)
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    listed: Detail = {"referrals": [str(request.id) for request in shown]}
    audit_log.note_look(acting, Reading.LIST, "worklist", wanted.filters.queue or "all", None, listed)
    return Page(shown, _cursor(shown[-1], wanted.sort) if more else None)


def export_referrals(acting: Acting, wanted: Wanted, form: str, now: datetime) -> Iterator[list[ServiceRequest]]:
    """All referrals of a view, some hundreds at a time; that it was made is noted at once, as what and how many.

    Which they are is noted of each batch before it leaves. Nothing of a batch may be kept: the session forgets it when
    the next one is asked for.
    """
    filters = scope(acting, wanted)
    number = worklists.count(filters, now) if filters is not None else 0
    detail: Detail = {"format": form, "count": number}
    audit_log.note_look(acting, Reading.EXPORT, "worklist", wanted.filters.queue or "all", None, detail)
    if filters is None:
        return iter(())
    return _noted(_batches(filters, wanted.sort, now), acting, wanted.filters.queue or "all", form)


def count_worklists(acting: Acting, now: datetime) -> dict[QueueName, int]:
    """How many of the caller's referrals stand in each worklist."""
    require(acting, Duty.REFERRALS)
    return worklists.counts(Filters(viewer_id=acting.staff_id, scope=scope_of(acting)), now)


def scope(acting: Acting, wanted: Wanted) -> Filters | None:
    """The filters with what exists for the caller; None where nothing can match."""
    require(acting, Duty.REFERRALS)
    assignee_id = None
    if wanted.assignee and wanted.assignee != "nobody":
        assignee_id = acting.staff_id if wanted.assignee == "me" else _staff_id(wanted.assignee)
        if assignee_id is None:
            return None
    return replace(
        wanted.filters,
        assignee_id=assignee_id,
        unassigned=wanted.assignee == "nobody",
        viewer_id=acting.staff_id,
        scope=scope_of(acting),
    )


def _noted(
    batches: Iterator[list[ServiceRequest]], acting: Acting, queue: str, form: str
) -> Iterator[list[ServiceRequest]]:
    for batch in batches:
        detail: Detail = {"format": form, "referrals": [str(one.id) for one in batch]}
        audit_log.note_batch(acting, Reading.EXPORT, "worklist", queue, detail)
        yield batch


def _batches(filters: Filters, sort: Sort, now: datetime) -> Iterator[list[ServiceRequest]]:
    after: Place | None = None
    while found := worklists.page(filters, now, AT_ONCE, after, sort):
        after = worklists.place_of(found[-1], sort)
        yield found
        db.session.rollback()  # a transaction that lasts as long as somebody's network would hold up the database
        db.session.expunge_all()


def _staff_id(email: str) -> UUID | None:
    staff = access.staff_by_email(email)
    return staff.id if staff else None


def _cursor(last: ServiceRequest, sort: Sort) -> str:
    part, moment, request_id = worklists.place_of(last, sort)
    return urlsafe_b64encode(f"{sort} {part} {moment.isoformat()} {request_id}".encode()).decode()


def _place(cursor: str, sort: Sort) -> Place:
    try:
        of, part, moment, request_id = urlsafe_b64decode(cursor.encode()).decode().split(" ")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or of != sort:
            raise ValueError(cursor)
        return int(part), at.astimezone(UTC), UUID(request_id)
    except (ValueError, OverflowError):
        raise Invalid("cursor", "This cursor is not one of ours. Start the list again.") from None
