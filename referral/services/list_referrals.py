"""One page of referrals for staff or a program: only what they may see, by what breaches first."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from referral.access.authorize import Acting, require, scope_of
from referral.domain.audit_chain import Detail, Reading
from referral.domain.errors import Invalid
from referral.domain.permissions import Duty
from referral.domain.queues import QueueName
from referral.models import ServiceRequest
from referral.services import audit_log
from referral.store import access, referrals
from referral.store.referrals import Filters


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list. `assignee` is an email address, or `me`."""

    queue: QueueName | None = None
    stage: str = ""
    assignee: str = ""
    priority: str = ""
    overdue: bool = False
    cursor: str = ""
    limit: int = 50


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
    after = _place(wanted.cursor) if wanted.cursor else None
    found = referrals.page(filters, now, wanted.limit + 1, after)
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    listed: Detail = {"referrals": [str(request.id) for request in shown]}
    audit_log.note_look(acting, Reading.LIST, "worklist", wanted.queue or "all", None, listed)
    return Page(shown, _cursor(shown[-1]) if more else None)


def count_worklists(acting: Acting, now: datetime) -> dict[QueueName, int]:
    """How many of the caller's referrals stand in each worklist."""
    require(acting, Duty.REFERRALS)
    return referrals.counts(Filters(viewer_id=acting.staff_id, scope=scope_of(acting)), now)


def scope(acting: Acting, wanted: Wanted) -> Filters | None:
    """The filters with what exists for the caller; None where nothing can match."""
    require(acting, Duty.REFERRALS)
    assignee_id = None
    if wanted.assignee:
        assignee_id = acting.staff_id if wanted.assignee == "me" else _staff_id(wanted.assignee)
        if assignee_id is None:
            return None
    return Filters(
        queue=wanted.queue,
        stage=wanted.stage,
        priority=wanted.priority,
        overdue=wanted.overdue,
        assignee_id=assignee_id,
        viewer_id=acting.staff_id,
        scope=scope_of(acting),
    )


def _staff_id(email: str) -> UUID | None:
    staff = access.staff_by_email(email)
    return staff.id if staff else None


def _cursor(last: ServiceRequest) -> str:
    due, request_id = referrals.place_of(last)
    return urlsafe_b64encode(f"{due.isoformat()} {request_id}".encode()).decode()


def _place(cursor: str) -> referrals.Place:
    try:
        due, _, request_id = urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        moment = datetime.fromisoformat(due)
        if moment.tzinfo is None:
            raise ValueError(due)
        return moment.astimezone(UTC), UUID(request_id)
    except (ValueError, OverflowError):
        raise Invalid("cursor", "This cursor is not one of ours. Start the list again.") from None
