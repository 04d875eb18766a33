"""Writes a message of the outbox: template, recipient and links. No name and no diagnosis stands in it.

What the patient is told names days; they are those of the moment it was told, so that a repeat says the same.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from flask import render_template

from referral.access import links
from referral.access.links import Issued, Purpose
from referral.channels import Message
from referral.domain.codes import ChannelKind
from referral.domain.messages import (
    CONFIRM_ADDRESS,
    CONFIRM_REMINDER,
    LANGUAGES,
    RECEIVED,
    TO_AN_ADDRESS,
    day_in_words,
)
from referral.models import Delivery, PatientMessage, ServiceRequest
from referral.services.referral_packet import packet_of
from referral.settings import Settings
from referral.store import messages
from referral.store.deliveries import TO_OFFICE

CONFIRMS = frozenset({RECEIVED, CONFIRM_REMINDER})
"""Messages whose link confirms the address they go to."""


class Beforehand:
    """What has to be read for writing some messages, read at once."""

    def __init__(self, together: Sequence[Delivery]) -> None:
        self.told = messages.of_deliveries([delivery.id for delivery in together if delivery.task_id is None])
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
        packet=packet_of(delivery, link, now) if delivery.channel != ChannelKind.EMAIL else None,
        correlation_id=delivery.correlation_id,
    )


def words_of(
    told: PatientMessage | None, template: str, request: ServiceRequest, settings: Settings, link: str
) -> tuple[str, str]:
    """Subject and text of a message, in the language of whom it goes to."""
    language = told.language if told else LANGUAGES[0]
    days = {name: value for name, value in (told.facts if told else {}).items() if name in ("by", "on")}
    context = {
        "reference": request.identifier,
        "demo": settings.demo,
        "link": link,
        "track_url": f"{settings.public_url}/track",
        "wishes_url": f"{link}/messages" if told and template not in TO_AN_ADDRESS else "",
        "why": told.facts.get("why", "") if told else "",
        **{name: day_in_words(date.fromisoformat(value), language) for name, value in days.items()},
    }
    body = render_template(f"email/{template}/{language}/body.txt", **context)
    return f"{title_of(template, language)} ({request.identifier})", body


def title_of(template: str, language: str) -> str:
    """What a message is about, in a few words; with the reference it is its subject."""
    return render_template(f"email/{template}/{language}/subject.txt").strip()


def is_referral(delivery: Delivery) -> bool:
    """Whether this message carries the referral itself."""
    return delivery.template == TO_OFFICE


def _recipient(delivery: Delivery, told: PatientMessage | None) -> str:
    if delivery.task is not None:
        return delivery.task.role.channel_address
    return told.to_address if told and told.to_address else delivery.request.patient.email


def _path(delivery: Delivery, told: PatientMessage | None, settings: Settings, issued: Issued, now: datetime) -> str:
    """Where the message's link leads: the office's page, the confirmation of an address, or the tracking page."""
    if delivery.task_id is not None:
        token = links.issue(settings.secret_key, Purpose.OFFICE, delivery.request_id, delivery.task_id, now, issued)
        return f"/office/{token}"
    if delivery.template == CONFIRM_ADDRESS and told is not None:
        return f"/track/address/{links.token(settings.secret_key, Purpose.ADDRESS, UUID(told.facts['change']))}"
    if delivery.template in TO_AN_ADDRESS and delivery.template not in CONFIRMS:
        return "/track"
    purpose, place = (Purpose.CONFIRM, "/track/confirm") if delivery.template in CONFIRMS else (Purpose.TRACK, "/track")
    return f"{place}/{links.issue(settings.secret_key, purpose, delivery.request_id, None, now, issued)}"
