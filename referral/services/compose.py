"""Writes a message of the outbox: template, recipient and links. No name and no diagnosis stands in it.

What the patient is told names days; they are those of the moment it was told, so that a repeat says the same.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from flask import current_app

from referral.access import links
from referral.access.links import Issued, Purpose
from referral.channels import Message
from referral.domain.codes import ChannelKind
from referral.domain.messages import (
    CONFIRM_ADDRESS,
    CONFIRM_REMINDER,
    LANGUAGES,
    RECEIVED,
    TO_AN_ACCOUNT,
    TO_AN_ADDRESS,
    day_in_words,
)
from referral.domain.referral_packet import ReferralPacket
from referral.models import Delivery, PatientMessage, ServiceRequest
from referral.services.outbox import EMERGENCY
from referral.services.referral_packet import packet_of
from referral.settings import Settings
from referral.store import messages
from referral.store.deliveries import TO_OFFICE

CONFIRMS = frozenset({RECEIVED, CONFIRM_REMINDER})
"""Messages whose link confirms the address they go to."""

_HOLE = re.compile("\0([a-z_]+)\0")


class Beforehand:
    """What has to be read for writing some messages, read at once."""

    def __init__(self, together: Sequence[Delivery]) -> None:
        to_patients = [one.id for one in together if one.task_id is None and one.staff_id is None]
        self.told = messages.of_deliveries(to_patients)
        self.issued = Issued({delivery.request_id for delivery in together})


def compose(delivery: Delivery, settings: Settings, now: datetime, beforehand: Beforehand | None = None) -> Message:
    """The message as it leaves; its links are the same each time."""
    known = beforehand or Beforehand([delivery])
    told = known.told.get(delivery.id)
    link = settings.public_url + _path(delivery, told, settings, known.issued, now)
    subject, text = words_of(told, delivery.template, delivery.request, settings, link)
    return Message(
        key=delivery.key,
        reference=str(delivery.request_id),
        to=_recipient(delivery, told),
        subject=subject,
        text=text,
        # No personal data in mail; a program of the office reads the packet itself.
        packet=_packet(delivery, link, settings, now) if delivery.channel != ChannelKind.EMAIL else None,
        correlation_id=delivery.correlation_id,
    )


def words_of(
    told: PatientMessage | None, template: str, request: ServiceRequest, settings: Settings, link: str
) -> tuple[str, str]:
    """Subject and text of a message, in the language of whom it goes to."""
    language = told.language if told else LANGUAGES[0]
    facts = told.facts if told else {}
    wishes = bool(told) and template not in TO_AN_ADDRESS
    open_holes = ("wishes_url",) * wishes + ("due",) * (request.next_by is not None)
    whom, why = settings.contact.in_words(language), facts.get("why", "")
    form = _form(template, language, settings.demo, whom, why, facts.get("by"), facts.get("on"), open_holes)
    filling = {
        "reference": request.identifier,
        "link": link,
        "track_url": f"{settings.public_url}/track",
        "wishes_url": f"{link}/messages",
        "stage": request.stage.replace("-", " "),
        "since": moment(request.stage_since),
        "due": moment(request.next_by) if request.next_by else "",
    }
    body = _HOLE.sub(lambda hole: filling[hole[1]], form)
    return f"{title_of(template, language)} ({request.identifier})", body


@lru_cache(maxsize=1024)
def title_of(template: str, language: str) -> str:
    """What a message is about, in a few words; with the reference it is its subject."""
    return current_app.jinja_env.get_template(f"email/{template}/{language}/subject.txt").render().strip()


@lru_cache(maxsize=1024)
def _form(  # each is a word or a day that many messages have in common
    template: str, language: str, demo: bool, whom: str, why: str, by: str | None, on: str | None, more: tuple[str, ...]
) -> str:
    """The text of a message with holes where reference and links go; what it says besides is the same for many."""
    days = {name: day_in_words(date.fromisoformat(day), language) for name, day in (("by", by), ("on", on)) if day}
    holes = {name: f"\0{name}\0" for name in ("reference", "link", "track_url", "stage", "since", *more)}
    written = current_app.jinja_env.get_template(f"email/{template}/{language}/body.txt")
    return written.render(demo=demo, contact=whom, why=why, **days, **holes)


def moment(at: datetime) -> str:
    """A moment as the desk writes it."""
    return f"{day_in_words(at.date(), LANGUAGES[0])}, {at:%H:%M} UTC"


def is_referral(delivery: Delivery) -> bool:
    """Whether this message carries the referral itself."""
    return delivery.template == TO_OFFICE


def _packet(delivery: Delivery, link: str, settings: Settings, now: datetime) -> ReferralPacket | None:
    if delivery.task_id is None:
        return None
    secret = links.issue_packet(
        settings.secret_key, delivery.request_id, delivery.task_id, delivery.id, delivery.created_at
    )
    return packet_of(delivery, link, f"{settings.public_url}/office/{secret}/packet.pdf", now)


def _recipient(delivery: Delivery, told: PatientMessage | None) -> str:
    if delivery.staff is not None:
        return delivery.staff.email
    if delivery.task is not None:
        return delivery.task.role.channel_address
    return told.to_address if told and told.to_address else delivery.request.patient.email


def _path(delivery: Delivery, told: PatientMessage | None, settings: Settings, issued: Issued, now: datetime) -> str:
    """Where the message's link leads: a page of staff, the office's, the confirmation of an address, or tracking."""
    if delivery.template == EMERGENCY:
        return "/auditor/emergencies"
    if delivery.task_id is not None:
        token = links.issue(settings.secret_key, Purpose.OFFICE, delivery.request_id, delivery.task_id, now, issued)
        return f"/office/{token}"
    if delivery.staff_id is not None:
        return f"/coordinator/referrals/{delivery.request_id}"
    if delivery.template == CONFIRM_ADDRESS and told is not None:
        return f"/track/address/{links.token(settings.secret_key, Purpose.ADDRESS, UUID(told.facts['change']))}"
    if delivery.template in TO_AN_ACCOUNT and told is not None:
        return f"/track/account/set/{links.token(settings.secret_key, Purpose.ACCOUNT, UUID(told.facts['link']))}"
    if delivery.template in TO_AN_ADDRESS and delivery.template not in CONFIRMS:
        return "/track"
    purpose, place = (Purpose.CONFIRM, "/track/confirm") if delivery.template in CONFIRMS else (Purpose.TRACK, "/track")
    return f"{place}/{links.issue(settings.secret_key, purpose, delivery.request_id, None, now, issued)}"
