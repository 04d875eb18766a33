"""Reminds whoever has the next step because a coordinator wants it, at most once a day, as the ladder does."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from referral.domain.bulk import WORDS, Why
from referral.domain.clocks import Holder
from referral.domain.errors import NotAllowed
from referral.domain.messages import REMINDER
from referral.models import ServiceRequest
from referral.services import clockwork, outbox
from referral.services.outbox import OFFICE_REMINDER
from referral.store import messages


def remind(request: ServiceRequest, now: datetime) -> None:
    """Write the reminder. Raise `NotAllowed` where there was one today, or no message reaches who is to be reminded."""
    if was_reminded(request, now):
        raise NotAllowed(f"Not sent: {WORDS[Why.REMINDED]}.")
    version = f"by hand {request.version}"
    if clockwork.holder(request) is Holder.PATIENT:
        outbox.to_patient(request, REMINDER, now, version=version)
        return
    task = request.current_task
    if task is None or outbox.tell_office(task, OFFICE_REMINDER, version, now) is None:
        raise NotAllowed(f"Not sent: {WORDS[Why.BY_TELEPHONE]}.")


def was_reminded(request: ServiceRequest, now: datetime) -> bool:
    """Whether a reminder of this request was written since the desk's midnight."""
    zone = ZoneInfo(clockwork.settings().desk.zone)
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    return request.id in messages.reminded_since(midnight, (REMINDER, OFFICE_REMINDER), [request.id])
