"""Which requests exist for somebody, as a condition of a query: lists, counts and searches ask for these alone."""

from sqlalchemy import ColumnElement, false, or_, true

from referral.domain.permissions import Scope
from referral.models import PractitionerRole, ReferralTask, ServiceRequest


def visible(scope: Scope) -> ColumnElement[bool]:
    """Whether a request lies within the scope; nothing does where it is empty."""
    if scope.everything:
        return true()
    parts: list[ColumnElement[bool]] = []
    if scope.organization_id is not None:
        there = PractitionerRole.organization_id == scope.organization_id
        parts.append(ServiceRequest.tasks.any(ReferralTask.role.has(there)))
    if scope.task_id is not None:
        parts.append(ServiceRequest.tasks.any(ReferralTask.id == scope.task_id))
    if scope.request_ids:
        parts.append(ServiceRequest.id.in_(scope.request_ids))
    return or_(*parts) if parts else false()
