"""Referrals for staff or a program: only what they may see, a page at a time or all of a view, in a stated order."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID

from referral.access.authorize import Acting, require, scope_of
from referral.domain.audit_chain import Detail, Reading
from referral.domain.errors import Invalid
from referral.domain.permissions import Duty
from referral.domain.queues import QueueName
from referral.extensions import db, end_when_idle
from referral.models import ServiceRequest
from referral.services import audit_log
from referral.store import access, worklist_counts, worklists
from referral.store.whole_tables import begin_snapshot
from referral.store.worklist_filters import Filters
from referral.store.worklist_rows import Reader, exported, shown
from referral.store.worklists import Place, Sort

AT_ONCE = 500
"""Rows of an export that are in memory."""
LONGEST_SECONDS, IDLE_SECONDS = 15 * 60, 120
"""So long an export may take with the network of whoever asked for it, and so long one batch of it."""


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
    """The requests of one page, where the next one begins, and how many fit, where they were counted."""

    requests: list[ServiceRequest]
    next_cursor: str | None
    matching: int | None = None


def list_referrals(acting: Acting, wanted: Wanted, now: datetime, counted: int = 0, read: Reader = shown) -> Page:
    """One page of the referrals this caller may see; how many fit is counted as far as `counted`, each read by `read`.

    The first page is the beginning of what is counted: both come of one look through the index.
    """
    filters = scope(acting, wanted)
    if filters is None:
        return Page([], None, 0)
    after = _place(wanted.cursor, wanted.sort) if wanted.cursor else None
    found, matching = worklists.look(filters, now, wanted.limit + 1, 0 if after else counted, after, wanted.sort)
    if after and counted:
        matching = worklists.look(filters, now, 0, counted).number
    named = found[: wanted.limit]
    requests = worklists.standing_at(named, read)
    listed: Detail = {"referrals": [str(request.id) for request in requests]}
    audit_log.note_look(acting, Reading.LIST, "worklist", wanted.filters.queue or "all", None, listed)
    cursor = _cursor(named[-1], wanted.sort) if len(found) > wanted.limit else None
    return Page(requests, cursor, matching if counted else None)


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
    return worklist_counts.counts(scope_of(acting), now, acting.staff_id)


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
    """All rows of one moment: who moves in the list meanwhile is neither left out nor there twice.

    While a moment is held the database cleans nothing up, so that it is given up where somebody takes long.
    """
    begin_snapshot()
    end_when_idle(IDLE_SECONDS)
    until = monotonic() + LONGEST_SECONDS
    after: Place | None = None
    try:
        while found := worklists.places(filters, now, AT_ONCE, after, sort):
            if monotonic() > until:
                raise TimeoutError("An export took longer than its moment is held.")
            after = found[-1]
            yield worklists.standing_at(found, exported)
            db.session.expunge_all()
    finally:
        db.session.rollback()


def _staff_id(email: str) -> UUID | None:
    staff = access.staff_by_email(email)
    return staff.id if staff else None


def _cursor(last: Place, sort: Sort) -> str:
    return urlsafe_b64encode(f"{sort} {last.part} {last.moment.isoformat()} {last.request_id}".encode()).decode()


def _place(cursor: str, sort: Sort) -> Place:
    try:
        of, part, moment, request_id = urlsafe_b64decode(cursor.encode()).decode().split(" ")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or of != sort:
            raise ValueError(cursor)
        return Place(int(part), at.astimezone(UTC), UUID(request_id))
    except (ValueError, OverflowError):
        raise Invalid("cursor", "This cursor is not one of ours. Start the list again.") from None
