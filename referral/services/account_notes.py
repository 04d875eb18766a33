"""The one place from which accounts write into the audit trail."""

from collections.abc import Mapping
from uuid import UUID

from referral.access.authorize import Acting
from referral.services import audit_log


def note(acting: Acting, action: str, object_type: str, object_id: UUID | None, detail: Mapping[str, str]) -> None:
    """Write down who did what to which account; ids and words of ours, never what somebody typed."""
    audit_log.note(acting, action, object_type, object_id, None, dict(detail))
