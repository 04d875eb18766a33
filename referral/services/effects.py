"""What each action does besides changing the stage: its checks, and the rows it writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from referral.access.authorize import Acting
from referral.domain import opinions
from referral.domain.codes import DeclineReason, TaskStatus
from referral.domain.directory_checks import CheckReason, Opener
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.intake import LONG, printable
from referral.domain.lifecycle import Action, left_the_house
from referral.domain.opinions import OpinionText
from referral.domain.records import NAMES
from referral.models import Opinion, RecordItem, ReferralTask, ServiceRequest
from referral.services import outbox
from referral.services.directory_checks import doubt
from referral.services.moves import current_delivery, state_of
from referral.services.routing import chosen_role, start_task
from referral.store import access

MOST_DATES = 10


@dataclass(frozen=True, slots=True)
class Details:
    """What came with an action; which fields matter depends on the action."""

    reason: str = ""
    text: str = ""
    assignee: str = ""
    day: date | None = None
    days: tuple[date, ...] = ()
    items: tuple[str, ...] = ()
    role_id: str = ""
    waive: bool = False
    opinion: OpinionText = field(default_factory=OpinionText)


Effect = Callable[[ServiceRequest, Details, Acting, datetime], None]


def check_text(details: Details) -> None:
    """Refuse a text that is too long or holds control characters."""
    if len(details.text) > LONG:
        raise Invalid("text", f"This is too long: at most {LONG:,} characters.")
    if not printable(details.text):
        raise Invalid("text", "This holds control characters. Type it again.")


def remark(details: Details) -> str:
    """What the history keeps of the words that came with an action: the text, and proposed dates as ISO dates."""
    days = ", ".join(day.isoformat() for day in details.days)
    return f"{details.text} ({days})" if details.text and days else details.text or days


def _approve(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Send it to the first specialist: the contact is confirmed, the mandatory records are there or waived."""
    if request.contact_confirmed_at is None:
        if not acting.through_api:
            raise NotAllowed("Confirm the patient's email or phone first: nothing goes to a stranger.")
        request.contact_confirmed_at = now
    missing = [item for item in request.record_items if item.mandatory and item.status in ("needed", "asked")]
    if missing and not details.waive:
        names = ", ".join(NAMES[item.name] for item in missing)
        raise NotAllowed(f"A record that must be there is missing: {names}. Ask for it, or waive it.")
    for item in missing:
        item.status = "waived"
    start_task(request, chosen_role(request, details.role_id, now), now)


def _reroute(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    start_task(request, chosen_role(request, details.role_id, now), now)


def _send(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Try a failed message again under its own key, or mark a printed packet as sent by hand."""
    delivery = current_delivery(request)
    if delivery is None:
        raise NotAllowed("There is nothing to send.")
    delivery.due_at, delivery.error = now, ""


def _request_records(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    unknown = [name for name in details.items if name not in NAMES]
    if unknown:
        raise Invalid("items", f"Unknown record “{unknown[0][:40]}”. Known: {', '.join(NAMES)}.")
    known = {item.name: item for item in request.record_items}
    for name in details.items or tuple(known):
        if name not in known:
            known[name] = RecordItem(name=name)
            request.record_items.append(known[name])
        if known[name].status != "received":
            known[name].status = "asked"


def _records_complete(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    for item in request.record_items:
        if item.mandatory or item.status == "asked":
            item.status = "received"


def _need_text(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    if not details.text.strip():
        raise Invalid("text", "Write what you want to say.")


def _acknowledge(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    _task(request).acknowledged_at = _task(request).acknowledged_at or now


def _answer(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    _acknowledge(request, details, acting, now)
    _task(request).answered_at = _task(request).answered_at or now


def _decline(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    if details.reason not in set(DeclineReason):
        raise Invalid("reason", f"Choose a reason: {', '.join(DeclineReason)}.")
    if details.reason == DeclineReason.OTHER and not details.text.strip():
        raise Invalid("text", "Say why: the reason “other” needs a text.")
    _answer(request, details, acting, now)
    task = _task(request)
    task.status_reason = details.reason
    if details.reason == DeclineReason.NO_LONGER_PRACTISING:
        doubt(task, CheckReason.MOVED, Opener.OFFICE, now)


def _schedule(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    if details.day is None:
        raise Invalid("date", "Enter the date of the appointment.")
    if details.day < now.date():
        raise Invalid("date", "The date of the appointment is in the past.")
    _task(request).appointment_on = details.day


def _propose_dates(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    if not 1 <= len(details.days) <= MOST_DATES:
        raise Invalid("dates", f"Enter 1 to {MOST_DATES} dates.")
    if min(details.days) < now.date():
        raise Invalid("dates", "A proposed date is in the past.")


def _opinion(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    keep_opinion(request, _task(request), details, now, advice_only=False)


def _advice(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    keep_opinion(request, _task(request), details, now, advice_only=True)
    _answer(request, details, acting, now)


def keep_opinion(
    request: ServiceRequest, task: ReferralTask, details: Details, now: datetime, *, advice_only: bool
) -> None:
    """Write what a specialist answered; a return with advice may be a text alone."""
    written = details.opinion
    if advice_only and not written.text and details.text:
        written = OpinionText(text=details.text)
    opinions.check(written)
    request.opinions.append(
        Opinion(
            task_id=task.id,
            received_at=now,
            advice_only=advice_only,
            diagnosis=written.diagnosis,
            stage=written.stage,
            plan=written.plan,
            options=[dict(option) for option in written.options],
            text=written.text,
            agreement=written.agreement,
        )
    )


def _assign(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    if not details.assignee:
        request.assignee_id = None
        return
    if details.assignee == "me" and acting.staff_id is not None:
        request.assignee_id = acting.staff_id
        return
    staff = access.staff_by_email(details.assignee)
    if staff is None or staff.role not in ("coordinator", "lead"):
        raise Invalid("assignee", "There is no coordinator with this address.")
    request.assignee_id = staff.id


def _pass_deadline(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Silence is declared only if the deadline has passed now, under the lock."""
    if request.next_by is None or request.next_by >= now:
        raise NotAllowed("The deadline has not passed.")


def _confirm_contact(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    request.contact_confirmed_at = now


def _cancel(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Tell an office that has it; a message that has not left is taken back by the lifecycle."""
    task = request.current_task
    if task is None or task.status in (TaskStatus.REJECTED, TaskStatus.FAILED):
        return  # nobody has it, also where the request was put on hold after that
    if left_the_house(state_of(request)):
        outbox.tell_office(task, outbox.CANCELLED, "1", now)


def _task(request: ServiceRequest) -> ReferralTask:
    if request.current_task is None:
        raise NotAllowed("No specialist has this request now.")
    return request.current_task


EFFECTS: Mapping[Action, Effect] = {
    Action.APPROVE: _approve,
    Action.REROUTE: _reroute,
    Action.SEND: _send,
    Action.REQUEST_RECORDS: _request_records,
    Action.RECORDS_COMPLETE: _records_complete,
    Action.NOTE: _need_text,
    Action.REQUEST_INFORMATION: _need_text,
    Action.ANSWER_INFORMATION: _need_text,
    Action.ACKNOWLEDGE: _acknowledge,
    Action.ACCEPT: _answer,
    Action.DECLINE: _decline,
    Action.SCHEDULE: _schedule,
    Action.PROPOSE_DATES: _propose_dates,
    Action.SUBMIT_OPINION: _opinion,
    Action.RETURN_WITH_ADVICE: _advice,
    Action.ASSIGN: _assign,
    Action.CONFIRM_CONTACT: _confirm_contact,
    Action.CANCEL: _cancel,
    Action.PASS_DEADLINE: _pass_deadline,
}
