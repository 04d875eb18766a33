"""What each action does besides changing the stage: its checks, and the rows it writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from referral.access.authorize import Acting, may
from referral.domain import opinions, texts
from referral.domain.clocks import CLOCKS, Holder
from referral.domain.codes import STAFF, Actor, BusinessStatus, DeclineReason, DeliveryStatus, TaskStatus
from referral.domain.directory_checks import CheckReason, Opener
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.lifecycle import Action, SideEffect, Stage, left_the_house, stopped
from referral.domain.opinions import OpinionText
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.domain.records import NAMES
from referral.models import Opinion, ReferralTask, ServiceRequest
from referral.services import (
    audit_log,
    clockwork,
    consents,
    next_match,
    outbox,
    record_items,
    remind_by_hand,
    store_file,
    words_to_patient,
)
from referral.services.directory_checks import doubt
from referral.services.moves import current_delivery, state_of
from referral.services.routing import chosen_role, start_task
from referral.services.store_file import NewFile
from referral.services.tell_leads import tell_leads
from referral.store import access, referrals

MOST_DATES = 10
FURTHEST = timedelta(days=366)
"""How far ahead an appointment may be: its office's link and the next deadline run from that day."""

DOUBTS: Mapping[str, CheckReason] = {
    DeclineReason.NO_LONGER_PRACTISING: CheckReason.MOVED,
    DeclineReason.OUT_OF_SCOPE: CheckReason.SCOPE,
    DeclineReason.WRONG_SUBSPECIALTY: CheckReason.SCOPE,
    DeclineReason.NO_CAPACITY: CheckReason.CAPACITY,
}
"""What of the directory is to be looked at when an office declines for this reason."""


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
    by_number: bool = False
    opinion: OpinionText = field(default_factory=OpinionText)
    files: tuple[NewFile, ...] = ()
    to_patient: str = ""
    """Words that the patient reads among the messages, while `text` stays in the history."""


Effect = Callable[[ServiceRequest, Details, Acting, datetime], None]


def check_text(details: Details) -> None:
    """Refuse a text that is too long or holds control characters."""
    texts.check("text", details.text)
    texts.check("text", details.to_patient)


def remark(details: Details) -> str:
    """What the history keeps of the words that came with an action: records by name, the text, dates as ISO dates."""
    days = ", ".join(day.isoformat() for day in details.days)
    records = "; ".join(NAMES[name].partition(" (")[0] for name in details.items if name in NAMES)
    written = "With a message to the patient." if details.to_patient else ""
    text = "\n".join(part for part in (f"Records: {records}." if records else "", details.text, written) if part)
    return f"{text} ({days})" if text and days else text or days


def _require_ready(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """The contact is confirmed, the mandatory records are there or waived."""
    if request.contact_confirmed_at is None:
        if not acting.through_api:
            raise NotAllowed("Confirm the patient's email or phone first: nothing goes to a stranger.")
        _confirm_contact(request, details, acting, now)
    missing = record_items.missing_mandatory(request)
    if missing and not details.waive:
        names = ", ".join(NAMES[item.name] for item in missing)
        raise NotAllowed(f"A record that must be there is missing: {names}. Ask for it, or waive it.")
    record_items.waive(missing, details.text.strip() or "sent without it", now)


def _ask_specialist(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """The one who was named, else the next of the patient's list, else who was proposed beyond it."""
    start_task(request, chosen_role(request, details.role_id, now), now)


def _send(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Try a failed message again under its own key, or mark a printed packet as sent by hand."""
    delivery = current_delivery(request)
    if delivery is None:
        raise NotAllowed("There is nothing to send.")
    if consents.live(request, _task(request).role_id, now) is None:
        raise NotAllowed("The patient's permission for this office has ended. Ask the patient to give it again.")
    delivery.due_at, delivery.error = now, ""


def _request_records(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    record_items.ask(request, details.items, now)
    if details.to_patient:
        words_to_patient.keep(request, details.to_patient, acting, now)


def _records_complete(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Staff may have a record by another way; the service knows only of those that came."""
    if acting.actor in STAFF:
        record_items.receive_all(request, now)
    elif not record_items.is_complete(request):
        raise NotAllowed("Records are still missing.")


def _need_text(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Words, or records named instead of words; the records that are named are asked for."""
    if not details.text.strip() and not details.items:
        raise Invalid("text", phrase("Write what you want to say."))
    if details.items:
        record_items.ask(request, details.items, now)


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
    if details.reason in DOUBTS:
        doubt(task, DOUBTS[details.reason], Opener.OFFICE, now)


def _schedule(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    if details.day is None:
        raise Invalid("date", "Enter the date of the appointment.")
    if details.day < now.date():
        raise Invalid("date", "The date of the appointment is in the past.")
    if details.day > now.date() + FURTHEST:
        raise Invalid("date", "The date of the appointment is more than a year away. Check the year.")
    _task(request).appointment_on = details.day


def _propose_dates(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    if not 1 <= len(details.days) <= MOST_DATES:
        raise Invalid("dates", f"Enter 1 to {MOST_DATES} dates.")
    if min(details.days) < now.date():
        raise Invalid("dates", "A proposed date is in the past.")
    if max(details.days) > now.date() + FURTHEST:
        raise Invalid("dates", "A proposed date is more than a year away. Check the year.")


def _opinion(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    keep_opinion(request, _task(request), details, now, advice_only=False)


def _advice(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    keep_opinion(request, _task(request), details, now, advice_only=True)


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
            trial=written.trial,
            details={name: text for name, text in written.details.items() if text},
            impact=written.impact,
            open_questions=[question for question in written.open_questions if question],
            documents=[
                store_file.row_of(file, request, Acting(Actor.OFFICE, task_id=task.id), now) for file in details.files
            ],
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
    if staff is None or not may(Acting.of_staff(staff), Right.ACT, request):
        raise Invalid("assignee", "There is no coordinator with this address.")
    request.assignee_id = staff.id


def _require_deadline(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Silence is declared only if the deadline has passed now, under the lock."""
    if request.next_by is None or request.next_by >= now:
        raise NotAllowed("The deadline has not passed.")


def _climb(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """The next step of the ladder is due. An office is reminded here, unless the deadline has passed as well."""
    rung = clockwork.next_rung(request)
    if rung is None or request.rung_at is None or request.rung_at > now:
        raise NotAllowed("No step of the ladder is due.")
    clockwork.climb(request)
    holds = CLOCKS[Stage(request.stage)].holder is Holder.OFFICE and request.current_task is not None
    if rung.action is Action.REMIND and holds and request.next_by is not None and now < request.next_by:
        outbox.tell_office(_task(request), outbox.OFFICE_REMINDER, str(request.version), now)
    if rung.action is Action.BREACH:
        tell_leads(request, now)


def _remind_now(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    remind_by_hand.remind(request, now)


def _propose(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    named = referrals.roles([details.role_id]).get(details.role_id) if details.role_id else None
    next_match.propose(request, named or next_match.next_match(request, now), now)


def _drop_proposal(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Somebody objects: this specialist is not proposed again, and a coordinator decides what follows."""
    if request.proposed is not None:
        request.vetoed_npis = [*request.vetoed_npis, request.proposed.npi]
    request.reroute_role_id = request.reroute_at = None


def _confirm_contact(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """What we have is theirs. Where a call about a new number brought us here, that says nothing of the email."""
    request.contact_confirmed_at = now
    if request.patient.email and not details.by_number:
        request.patient.email_confirmed_at = now


def _cancel(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """Tell an office that has it; a referral that has not left is taken back by the lifecycle, all else here."""
    outbox.called_off(request)
    task = request.current_task
    if task is None or task.status in (TaskStatus.REJECTED, TaskStatus.FAILED):
        return  # nobody has it, also where the request was put on hold after that
    if left_the_house(state_of(request)):
        outbox.tell_office(task, outbox.CANCELLED, "1", now)


def _end_consent(request: ServiceRequest, details: Details, acting: Acting, now: datetime) -> None:
    """The permission that the present handling stands on ends, by the patient's word or by its time."""
    task = _task(request)
    if acting.actor is not Actor.SYSTEM:
        consents.end(request, consents.SHARE, task.role_id, now)
    elif consents.live(request, task.role_id, now) is not None:
        raise NotAllowed("The patient allows it.")
    audit_log.note(acting, "end-consent", "role", task.role_id, request.id, {"purpose": consents.SHARE})
    state = state_of(request)
    if left_the_house(state):
        after = stopped(state)
        task.status, task.business_status = str(after.task), str(after.business)
        outbox.tell_office(task, outbox.CANCELLED, "1", now)
    elif state.task is TaskStatus.REQUESTED:
        task.status, task.business_status, task.status_reason = (
            TaskStatus.FAILED,
            BusinessStatus.CREATED,
            consents.ENDED,
        )
    silence(task, now)


def silence(task: ReferralTask, now: datetime) -> None:
    """End the links of an office and take back what waits to be sent to it, but for the word that it should stop."""
    access.revoke_links(task.id, now)
    for delivery in task.deliveries:
        if delivery.status == DeliveryStatus.QUEUED and delivery.template != outbox.CANCELLED:
            delivery.status, delivery.error = DeliveryStatus.FAILED, "the patient's permission has ended"
            delivery.failed_at = now


def _task(request: ServiceRequest) -> ReferralTask:
    if request.current_task is None:
        raise NotAllowed("No specialist has this request now.")
    return request.current_task


EFFECTS: Mapping[SideEffect, Effect] = {
    SideEffect.REQUIRE_READY: _require_ready,
    SideEffect.ASK_SPECIALIST: _ask_specialist,
    SideEffect.SEND_AGAIN: _send,
    SideEffect.ASK_FOR_RECORDS: _request_records,
    SideEffect.RECEIVE_RECORDS: _records_complete,
    SideEffect.REQUIRE_TEXT: _need_text,
    SideEffect.NOTE_RECEIPT: _acknowledge,
    SideEffect.NOTE_ANSWER: _answer,
    SideEffect.NOTE_REFUSAL: _decline,
    SideEffect.SET_APPOINTMENT: _schedule,
    SideEffect.REQUIRE_DATES: _propose_dates,
    SideEffect.KEEP_OPINION: _opinion,
    SideEffect.KEEP_ADVICE: _advice,
    SideEffect.SET_ASSIGNEE: _assign,
    SideEffect.NOTE_CONTACT: _confirm_contact,
    SideEffect.TAKE_BACK: _cancel,
    SideEffect.END_CONSENT: _end_consent,
    SideEffect.REQUIRE_DEADLINE: _require_deadline,
    SideEffect.CLIMB: _climb,
    SideEffect.PROPOSE: _propose,
    SideEffect.DROP_PROPOSAL: _drop_proposal,
    SideEffect.REMIND_NOW: _remind_now,
}
"""What happens before the stage changes, and may refuse the move; what follows a move stands in `act`."""
