"""Writes a message of the outbox: template, recipient and links. No name and no diagnosis stands in it."""

from datetime import datetime

from flask import render_template

from referral.access import links
from referral.access.links import Purpose
from referral.channels import Message
from referral.models import Delivery
from referral.settings import Settings
from referral.store.deliveries import TO_OFFICE


def compose(delivery: Delivery, settings: Settings, now: datetime) -> Message:
    """The message as it leaves; its links are the same each time."""
    context = {
        "reference": delivery.request.identifier,
        "demo": settings.demo,
        "link": settings.public_url + _path(delivery, settings, now),
        "track_url": f"{settings.public_url}/track",
    }
    folder = f"email/{delivery.template}"
    return Message(
        key=delivery.key,
        reference=str(delivery.request_id),
        to=delivery.task.role.channel_address if delivery.task else delivery.request.patient.email,
        subject=render_template(f"{folder}/subject.txt", **context).strip(),
        text=render_template(f"{folder}/body.txt", **context),
    )


def _path(delivery: Delivery, settings: Settings, now: datetime) -> str:
    """Where the message's link leads: the office's page, the confirmation of an address, or the tracking page."""
    if delivery.task_id is not None:
        token = links.issue(settings.secret_key, Purpose.OFFICE, delivery.request_id, delivery.task_id, now)
        return f"/office/{token}"
    purpose = Purpose.CONFIRM if delivery.template == "received" else Purpose.TRACK
    token = links.issue(settings.secret_key, purpose, delivery.request_id, None, now)
    return f"/track/confirm/{token}" if purpose is Purpose.CONFIRM else f"/track/{token}"


def is_referral(delivery: Delivery) -> bool:
    """Whether this message carries the referral itself."""
    return delivery.template == TO_OFFICE
