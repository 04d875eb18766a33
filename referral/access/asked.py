"""What the gate was asked while one page or call was answered: proof that it was. Whom it refused is told to the log.

What somebody read or did stands in the audit trail, which `services/audit_log` writes.
"""

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import has_request_context, request

from referral.models import Document, ServiceRequest

if TYPE_CHECKING:  # the gate itself, which tells this module what it decided
    from referral.access.authorize import Acting

REFUSED = "refused"
_PLACE = "referral.asked"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Asked:
    """What was decided during one request of the web: whether somebody was let through, and what was refused, once."""

    passed: bool = False
    refused: set[tuple[str, str]] = field(default_factory=set)


def note(acting: "Acting", action: str, found: ServiceRequest | Document, detail: str = "") -> None:
    """Somebody may do this with the thing, or may not (`REFUSED`).

    A worker or a command answers nobody, so that nothing is noted for it.
    """
    if not has_request_context():
        return
    if detail != REFUSED:
        _now().passed = True
    elif (action, str(found.id)) not in _now().refused:
        _now().refused.add((action, str(found.id)))
        _tell_the_log(acting, action, found)


def shows_nothing_personal() -> None:
    """This answer was made without the gate, and says nothing of any patient."""
    _now().passed = True


def anything() -> bool:
    """Whether the gate let somebody through, or the answer holds nothing it would have to be asked for."""
    return _now().passed


def _tell_the_log(acting: "Acting", action: str, found: ServiceRequest | Document) -> None:
    """Ids and words of ours: who was kept from what stands in no line with anybody's name."""
    about = {
        "actor": str(acting.actor),
        "actor_id": acting.id,
        "action": str(action),
        "object_type": type(found).__name__,
        "object_id": str(found.id),
    }
    logger.warning("Refused", extra=about)


def _now() -> Asked:
    """Kept with the request of the web itself: nothing of one stays for the next."""
    asked: Asked = request.environ.setdefault(_PLACE, Asked())
    return asked
