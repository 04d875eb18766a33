"""What the gate was asked while one page or call was answered: proof that it was, and what the audit log is told.

The log itself is attached as `app.extensions["audit_note"]`, a function of who, what, kind of thing, its id and a
detail. It is told once per thing and action, before the answer leaves; where it cannot keep it, nothing leaves.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import current_app, has_request_context, request

from referral.models import Document, ServiceRequest

if TYPE_CHECKING:  # the gate itself, which tells this module what it decided
    from referral.access.authorize import Acting

REFUSED = "refused"
_PLACE = "referral.asked"


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody did something with one thing, or was kept from it (`detail`)."""

    acting: "Acting"
    action: str
    object_type: str
    object_id: str
    detail: str = ""


@dataclass(slots=True)
class Asked:
    """What was asked during one request of the web, each thing once, and whether the answer is harmless anyway."""

    entries: dict[Entry, None] = field(default_factory=dict)
    harmless: bool = False


def note(acting: "Acting", action: str, found: ServiceRequest | Document, detail: str = "") -> None:
    """Somebody may do this with the thing, or may not."""
    _keep(Entry(acting, action, type(found).__name__, str(found.id), detail))


def listed(acting: "Acting", action: str, request_ids: list[str]) -> None:
    """Somebody was shown these requests in a list."""
    for request_id in request_ids:
        _keep(Entry(acting, action, ServiceRequest.__name__, request_id))


def shows_nothing_personal() -> None:
    """This answer was made without the gate, and says nothing of any patient."""
    _now().harmless = True


def anything() -> bool:
    """Whether the gate let somebody through, or the answer holds nothing it would have to be asked for."""
    return _now().harmless or any(entry.detail != REFUSED for entry in _now().entries)


def tell_the_log() -> None:
    """Hand everything to the audit log, where one is attached."""
    note = current_app.extensions.get("audit_note")
    if note is None:
        return
    for entry in _now().entries:
        note(entry.acting, entry.action, entry.object_type, entry.object_id, entry.detail)


def _now() -> Asked:
    """Kept with the request of the web itself: nothing of one stays for the next."""
    asked: Asked = request.environ.setdefault(_PLACE, Asked())
    return asked


def _keep(entry: Entry) -> None:
    """A worker or a command answers nobody; what it does is noted where it does it."""
    if has_request_context():
        _now().entries[entry] = None
