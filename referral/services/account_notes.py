"""The one place from which accounts write into the audit log."""

import logging
from collections.abc import Mapping
from uuid import UUID

from referral.access.authorize import Acting

logger = logging.getLogger(__name__)


def note(acting: Acting, action: str, object_type: str, object_id: UUID | None, detail: Mapping[str, str]) -> None:
    """Write down who did what to which account; ids and words of ours, never what somebody typed."""
    words = " ".join(f"{name}={value}" for name, value in detail.items())
    logger.info("%s %s %s by %s %s", action, object_type, object_id, acting.staff_id or acting.actor.value, words)
