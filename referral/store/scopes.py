"""Which requests exist for somebody, as a condition of a query: lists, counts and searches ask for these alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from referral.domain.bulk import UNDONE
from referral.domain.codes import DeliveryStatus
from referral.models import Consent, Delivery, PractitionerRole, ReferralTask, ServiceRequest
from referral.store.deliveries import TO_OFFICE


@dataclass(frozen=True, slots=True)
class Scope:
    """Which requests exist for somebody, so that a query can ask for these alone. The empty scope holds none."""

    everything: bool = False
    organization_id: str | None = None
    """Those with a task at this organization."""
    none_held: bool = False
    """Of these none whose packet is held back: while many are sent at once, all of it can still be taken back."""
    shared_at: datetime | None = None
    """Of these those alone that the patient shares, at this moment, with the specialist of that task."""
    task_id: UUID | None = None
    """The one this task belongs to."""
    request_ids: frozenset[UUID] = frozenset()


NO_REQUEST = Scope()
EVERY_REQUEST = Scope(everything=True)


def visible(scope: Scope, request: type[ServiceRequest] = ServiceRequest) -> ColumnElement[bool]:
    """Whether a request lies within the scope; nothing does where it is empty. `request` may be an alias."""
    if scope.everything:
        return true()
    parts: list[ColumnElement[bool]] = []
    if scope.organization_id is not None:
        # From the organization to its tasks: a question asked of each request would read all that are open.
        there = select(ReferralTask.request_id).join(ReferralTask.role).where(ReferralTask.status_reason != UNDONE)
        if scope.none_held:
            there = there.where(~ReferralTask.deliveries.any(_held_back()))
        if scope.shared_at is not None:
            there = there.join(Consent, is_shared(scope.shared_at))
        parts.append(request.id.in_(there.where(PractitionerRole.organization_id == scope.organization_id)))
    if scope.task_id is not None:
        theirs = and_(ReferralTask.id == scope.task_id, ReferralTask.status_reason != UNDONE)
        parts.append(request.tasks.any(theirs))
    if scope.request_ids:
        parts.append(request.id.in_(scope.request_ids))
    return or_(*parts) if parts else false()


def is_shared(at: datetime) -> ColumnElement[bool]:
    """The permission for the specialist of a task lives at that moment; there is one at most."""
    given = and_(Consent.request_id == ReferralTask.request_id, Consent.role_id == ReferralTask.role_id)
    return and_(given, Consent.revoked_at.is_(None), Consent.expires_at > at)


def _held_back() -> ColumnElement[bool]:
    """The packet was to wait from the beginning, and nobody has tried to send it."""
    waits = and_(Delivery.status == DeliveryStatus.QUEUED, Delivery.attempts == 0)
    return and_(Delivery.template == TO_OFFICE, waits, Delivery.due_at > Delivery.created_at)
