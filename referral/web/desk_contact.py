"""On the desk, about reaching the patient: what to tell by telephone, a new number, and a request asked twice."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from referral.access import gate
from referral.access.authorize import Acting
from referral.domain.errors import Invalid, NotAllowed, NotFound
from referral.domain.messages import CONFIRM_ADDRESS, CONFIRM_REMINDER, DESK_WROTE, LINK_ENDED, LOST_LINK, RECEIVED
from referral.domain.texts import as_uuid
from referral.models import Delivery, PatientMessage, PractitionerRole, ServiceRequest
from referral.services import same_person
from referral.services.compose import title_of
from referral.services.contact import end_links_of_patient, told_by_call
from referral.services.outbox import ANSWERED, CANCELLED, NEW_LINK, OFFICE_REMINDER
from referral.services.tell_by_hand import told_office
from referral.store import deliveries, messages
from referral.web import action_forms, coordinator
from referral.web.clock import now

pages = Blueprint("desk_contact", __name__, url_prefix="/coordinator")
pages.register_error_handler(NotAllowed, coordinator.turned_away)

CHECK_NUMBER = "Ask name and birth date, and whether they asked for this. Then confirm the contact on this page."
SAID: dict[str, str] = {
    RECEIVED: CHECK_NUMBER,
    CONFIRM_REMINDER: f"The address is still not confirmed. {CHECK_NUMBER}",
    DESK_WROTE: "We wrote to them. Read them the message that stands under “Messages with the patient”.",
    LOST_LINK: "They lost code and link. Ask the birth date before you say anything of the request.",
    LINK_ENDED: "Many wrong birth dates were given, so we ended their link. Ask birth date, and if it was them. "
    "Once this is noted as told, their code works again.",
}
"""What to say where the message was written for a mail."""


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to tell by telephone; `number` is a new one that is confirmed by this call, empty for theirs."""

    id: UUID
    at: datetime
    say: str
    number: str = ""


TO_SAY: dict[str, str] = {
    CANCELLED: "The request is cancelled. They stop work on it; an opinion that is written already is still welcome.",
    ANSWERED: "Their question is answered. The answer stands in the history of this page.",
    NEW_LINK: "Their old link opens nothing. Ask for an address that works, or post the packet again.",
    OFFICE_REMINDER: "Half of their time is over, and our reminder did not arrive. Ask whether they have the request.",
}
"""What a person says to an office in place of a message."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell an office by telephone or post."""

    id: UUID
    at: datetime
    role: PractitionerRole
    say: str


@dataclass(frozen=True, slots=True)
class Reaching:
    """What the referral's page shows about reaching the patient, and offices that no message reaches."""

    calls: list[Call]
    notices: list[Notice]
    alike: list[ServiceRequest]


@pages.app_template_global()
def reaching(referral: ServiceRequest) -> Reaching:
    """The calls that wait, what offices are to be told, and open requests that may be of the same person."""
    calls = [_call(message) for message in messages.open_calls([referral.id])]
    notices = [_notice(delivery) for delivery in deliveries.to_tell(referral.id)]
    return Reaching(calls, notices, same_person.alike(referral, gate.acting()))


@pages.post("/referrals/<referral_id>/called")
def called(referral_id: str) -> Response:
    """The patient was told by telephone; a number that was called is confirmed."""
    return _note(referral_id, told_by_call, "Noted that you told the patient.")


@pages.post("/referrals/<referral_id>/told-office")
def office_told(referral_id: str) -> Response:
    """An office was told by telephone or post what no message of ours could bring it."""
    return _note(referral_id, told_office, "Noted that you told the office.")


@pages.post("/referrals/<referral_id>/patient-links")
def end_links(referral_id: str) -> Response:
    """The patient's address is not theirs: its links and accounts open nothing of the request any more."""
    referral = coordinator.read(referral_id)
    end_links_of_patient(referral.id, gate.acting(), now())
    flash("Ended. Links that were sent and accounts open nothing of this request now.")
    return _back(referral)


@pages.post("/referrals/<referral_id>/duplicate")
def duplicate(referral_id: str) -> Response:
    """End this request: the same person asked before, and the other one goes on."""
    referral = coordinator.to_change(referral_id)
    other = as_uuid(request.form.get("of", ""))
    try:
        if other is None:
            raise Invalid("of", "Choose the request that goes on.")
        same_person.end_as_duplicate(
            referral.id, other, gate.acting(), now(), action_forms.read_version(request.form) or None
        )
        flash("Ended as a duplicate. The patient is told that the other request goes on.")
    except (Invalid, NotAllowed) as error:
        flash(error.message)
    return _back(referral)


def _note(referral_id: str, told: Callable[[UUID, Collection[UUID], Acting, datetime], int], said: str) -> Response:
    """Note with this service what was ticked as told."""
    referral = coordinator.to_change(referral_id)
    done = {found for found in map(as_uuid, request.form.getlist("told")) if found}
    flash(said if told(referral.id, done, gate.acting(), now()) else "Nothing was ticked.")
    return _back(referral)


def _call(message: PatientMessage) -> Call:
    if message.template == CONFIRM_ADDRESS:
        say = "They gave this new number. Call it, ask name and birth date, and tick this: it is used from then on."
        return Call(message.id, message.created_at, say, message.to_address)
    return Call(message.id, message.created_at, SAID.get(message.template) or f"{title_of(message.template, 'en')}.")


def _notice(delivery: Delivery) -> Notice:
    task = delivery.task
    if task is None:
        raise NotFound
    return Notice(delivery.id, delivery.created_at, task.role, TO_SAY[delivery.template])


def _back(referral: ServiceRequest) -> Response:
    return redirect(url_for("coordinator.referral_page", referral_id=referral.id), 303)
