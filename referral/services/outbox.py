"""Puts messages into the outbox: rows that are committed with the change they tell of, and sent afterwards."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from flask import current_app

from referral import reference
from referral.channels import SENDING
from referral.domain.clocks import Holder
from referral.domain.codes import ChannelKind, DeliveryStatus, NewsTo
from referral.domain.lifecycle import FINISHED, Action, Stage
from referral.domain.messages import (
    LATE,
    NEEDS_YOU,
    OF_ITS_STAGE,
    ONCE_A_DAY,
    REMINDER,
    REROUTING_SOON,
    SAID_BETTER,
    STILL_TRUE,
    TAKEN_BACK,
    TO_AN_ADDRESS,
    TO_UNCONFIRMED,
    language_of,
    message_for,
)
from referral.domain.office_limits import is_out_of_scope
from referral.domain.rerouting import RoleStanding, is_assured, may_be_asked
from referral.models import Delivery, PatientMessage, PractitionerRole, ReferralTask, ServiceRequest, Staff
from referral.services import clockwork, referral_packet
from referral.services.patient_time import zone_of
from referral.settings import Settings
from referral.store import access, deliveries, messages
from referral.store.deliveries import TO_OFFICE, TO_STOP

ANSWERED = "office-answered"
CANCELLED = TO_STOP
OFFICE_REMINDER = "office-reminder"
NEW_LINK = "office-link"
"""The message that brings a new link after one was ended or has expired."""

EMERGENCY = "emergency-access"
"""What leads and admins hear when somebody opens a request of another organization."""

WITH_LINK_ENDED = frozenset({CANCELLED, NEW_LINK})
"""What an office hears also after its link was ended: a cancelled request opens to nobody."""

TOLD_TO_OFFICE: Mapping[Action, str] = {Action.ANSWER_INFORMATION: ANSWERED}
"""Which message tells the office of which move. That a request is cancelled it hears only where it has it."""

BY_A_PERSON = frozenset({ANSWERED, CANCELLED, NEW_LINK})
"""What a person tells an office that no message of ours may or can reach."""

STAFF_LATE = "staff-late"
"""What those who lead hear of a step that is past its deadline."""

CONFIRMING = frozenset({Action.CONFIRM_CONTACT, Action.APPROVE})
"""Moves after which nobody has to be called about the address any more."""

WHY: Mapping[str, str] = {
    Action.DECLINE: "declined",
    Action.PASS_DEADLINE: "silent",
    Action.GIVE_UP_SENDING: "not-reached",
}
"""How a message says why somebody else is asked."""


def channel_for(role: PractitionerRole, now: datetime) -> ChannelKind:
    """How this office is reached today."""
    known = role.channel in SENDING and role.channel_address
    return ChannelKind(role.channel) if known and is_assured(role.assured_on, now.date()) else ChannelKind.POST


def standing_of(role: PractitionerRole, oncotree_code: str) -> RoleStanding:
    """What of a role decides whether it may be asked about this cancer."""
    tree = reference.cancers()
    path = tree.path(oncotree_code) if oncotree_code in tree else ()
    return RoleStanding(
        retired=role.retired_at is not None,
        paused_until=role.paused_until,
        out_of_scope=is_out_of_scope(role.not_treated, path),
        assured_on=role.assured_on,
        accepts_new_patients=role.accepts_new_patients,
    )


def takes_by_itself(role: PractitionerRole, oncotree_code: str, now: datetime) -> bool:
    """Whether nothing that an office said keeps a request on this cancer from going there without a person's word."""
    return may_be_asked(standing_of(role, oncotree_code), now.date())


def to_office(task: ReferralTask, role: PractitionerRole, now: datetime) -> Delivery:
    """The referral itself, on its way to one office; by hand where the office said that it does not take it."""
    asks_for_it = takes_by_itself(role, task.request.oncotree_code, now)
    delivery = Delivery(
        key=_key(str(task.request_id), TO_OFFICE, role.id, "1"),
        request_id=task.request_id,
        template=TO_OFFICE,
        channel=channel_for(role, now) if asks_for_it else ChannelKind.POST,
        due_at=now,
        created_at=now,
        handed_over_at=None,
    )
    task.deliveries.append(delivery)
    deliveries.add(delivery)
    return delivery


def carrier(task: ReferralTask) -> Delivery | None:
    """The message that carries the referral of this task, among all that its office gets."""
    return next((delivery for delivery in task.deliveries if delivery.template == TO_OFFICE), None)


def tell_office(task: ReferralTask, template: str, version: str, now: datetime) -> Delivery | None:
    """Tell an office of a change, or write it down for a person to tell; None for a reminder that it does not get.

    A program is told only what its packets have a word for. Where a coordinator ended the link, nothing goes that
    would open another one, until a coordinator sends it.
    """
    way = _way_to_office(task, template)
    if way is None:
        return None
    key = _key(str(task.request_id), template, task.role_id, version)
    return _message(key, task.request_id, template, now, task, way)


def leave_to_a_person(delivery: Delivery, now: datetime) -> None:
    """A message to an office did not reach it: somebody has to tell it, as long as it matters there."""
    task, request = delivery.task, delivery.request
    if task is None or delivery.channel == ChannelKind.POST:
        return
    still_theirs = request.current_task_id == task.id and request.stage not in FINISHED
    if delivery.template == CANCELLED or still_theirs:
        _message(_key(delivery.key, "by hand"), request.id, delivery.template, now, task, ChannelKind.POST)


def moved_on(request: ServiceRequest) -> None:
    """Take back what waits and speaks of the stage that was left: reminders, and that something is late."""
    deliveries.take_back(request.id, OF_ITS_STAGE | {OFFICE_REMINDER, STAFF_LATE})
    messages.drop_calls(request.id, OF_ITS_STAGE)


def link_ended(task: ReferralTask, now: datetime) -> None:
    """Take back what waits for an office whose link was ended; what it has to know a person tells it."""
    for delivery in task.deliveries:
        if delivery.status == DeliveryStatus.QUEUED and delivery.template in (ANSWERED, NEW_LINK, OFFICE_REMINDER):
            if delivery.template == ANSWERED:
                leave_to_a_person(delivery, now)
            if delivery.channel != ChannelKind.POST:
                delivery.status, delivery.error = DeliveryStatus.FAILED, TAKEN_BACK


def called_off(request: ServiceRequest) -> None:
    """Take back what waits and makes no sense once a request is cancelled."""
    deliveries.take_back(request.id, but=STILL_TRUE)
    messages.drop_calls(request.id, but=STILL_TRUE)


def to_staff(request: ServiceRequest, staff: Staff, template: str, version: str, now: datetime) -> Delivery | None:
    """Tell a member of staff something of a request, by email and without personal data."""
    delivery = _message(_key(str(request.id), template, str(staff.id), version), request.id, template, now)
    if delivery is not None:
        delivery.staff_id = staff.id
    return delivery


def to_patient(
    request: ServiceRequest,
    template: str,
    now: datetime,
    facts: Mapping[str, str] | None = None,
    to_address: str = "",
    version: str = "",
) -> Delivery | None:
    """Tell the patient something in the way they want: by email, by a coordinator's call, or on their page alone.

    Gives the mail where one is written; the same message of the same version is told once. `to_address` is an address
    besides the confirmed one, for messages about a change of it. `version` tells two messages of one kind apart where
    the request's own version does not.
    """
    told = [
        _to_one(request, template, now, facts, address, version)
        for address in ([to_address] if to_address else _addresses(request, template))
    ]
    return told[0]


def _addresses(request: ServiceRequest, template: str) -> list[str]:
    """Who hears of it: empty for the patient's own address, and the confirmed one of whoever asks for them.

    What stands on the page alone is told once.
    """
    other, news_to = request.patient.requester_email, request.patient.news_to
    if not other or news_to == NewsTo.PATIENT or template in TO_AN_ADDRESS or _way(request, template) == "page":
        return [""]
    return ["", other] if news_to == NewsTo.BOTH else [other]


def _to_one(
    request: ServiceRequest,
    template: str,
    now: datetime,
    facts: Mapping[str, str] | None,
    to_address: str,
    version: str,
) -> Delivery | None:
    key = _key(str(request.id), template, to_address or "patient", version or _version(request, template, now))
    if messages.has_key(key):
        return None
    messages.take_back(request.id, SAID_BETTER.get(template, ()), now)
    way = _way(request, template) if not to_address else "email" if "@" in to_address else "call"
    delivery = _message(key, request.id, template, now) if way == "email" else None
    messages.add(
        PatientMessage(
            key=key,
            request_id=request.id,
            template=template,
            language=language_of(request.patient.language),
            facts=dict(facts if facts is not None else facts_of(request, template, now)),
            way=way,
            to_address=to_address,
            delivery_id=delivery.id if delivery else None,
            created_at=now,
        )
    )
    return delivery


def tell(request: ServiceRequest, action: Action, reason: str, now: datetime) -> None:
    """Put what patient and office are told of a move, which was just taken, into the outbox."""
    template = message_for(action, Stage(request.stage), reason)
    if template == REMINDER and clockwork.holder(request) is not Holder.PATIENT:
        template = LATE if action is Action.BREACH else ""  # the patient owes nothing
    if template and (request.contact_confirmed_at is not None or template in TO_UNCONFIRMED):
        to_patient(request, template, now)
    if action in CONFIRMING:
        messages.settle_calls(request.id, TO_UNCONFIRMED, now)
    if action in TOLD_TO_OFFICE and request.current_task is not None:
        tell_office(request.current_task, TOLD_TO_OFFICE[action], str(request.version), now)


def writes_mail(request: ServiceRequest) -> bool:
    """Whether the patient has an email address and wants messages there."""
    wanted = any(consent.purpose == "contact" and consent.revoked_at is None for consent in request.consents)
    return bool(request.patient.email) and wanted


def facts_of(request: ServiceRequest, template: str, now: datetime) -> dict[str, str]:
    """The days a message names, as ISO dates of the patient's own calendar, and what became of the office before."""
    task = request.current_task
    due = request.reroute_at if template == REROUTING_SOON else request.next_by
    passed = due is not None and due <= now and template != LATE
    found = {
        "by": due.astimezone(zone_of(request.patient.postcode)).date().isoformat() if due and not passed else "",
        "on": task.appointment_on.isoformat() if task and task.appointment_on else "",
        "why": next((WHY[event.action] for event in reversed(request.events) if event.action in WHY), ""),
    }
    return {name: value for name, value in found.items() if value}


def _way_to_office(task: ReferralTask, template: str) -> ChannelKind | None:
    """The way its packet went, a person, or none."""
    carried, otherwise = carrier(task), ChannelKind.POST if template in BY_A_PERSON else None
    if carried is None or carried.channel == ChannelKind.POST:
        return otherwise if carried else None
    if carried.channel != ChannelKind.EMAIL and template not in referral_packet.EVENTS:
        return None
    newest = access.office_link(task.id)
    ended = newest is not None and newest.revoked_at is not None and template not in WITH_LINK_ENDED
    return otherwise if ended else ChannelKind(carried.channel)


def _way(request: ServiceRequest, template: str) -> str:
    """How this patient hears of it."""
    if template not in NEEDS_YOU and not request.patient.every_step:
        return "page"
    known = template in TO_UNCONFIRMED or request.patient.email_confirmed_at is not None
    if known and writes_mail(request):
        return "email"
    return "call" if request.patient.phone else "page"


def _version(request: ServiceRequest, template: str, now: datetime) -> str:
    """What tells two messages of one kind apart: the request's version, or the day where one a day is enough."""
    return now.date().isoformat() if template in ONCE_A_DAY else str(request.version)


def _message(
    key: str,
    request_id: UUID,
    template: str,
    now: datetime,
    task: ReferralTask | None = None,
    channel: ChannelKind = ChannelKind.EMAIL,
) -> Delivery | None:
    """A message under this key, None where there is one already; to an office the way its referral went."""
    if deliveries.has_key(key):
        return None
    delivery = Delivery(
        key=key,
        request_id=request_id,
        task_id=task.id if task else None,
        template=template,
        channel=channel,
        due_at=now,
        created_at=now,
    )
    deliveries.add(delivery)
    return delivery


def _key(*parts: str) -> str:
    """The name a message keeps over all attempts: what it is about, of which kind, to whom, in which version.

    Whoever knows it may say what became of the message, so nobody can compute it who knows only what it is about.
    """
    settings: Settings = current_app.extensions["settings"]
    return hmac.new(settings.secret_key.encode(), "|".join(parts).encode(), sha256).hexdigest()
