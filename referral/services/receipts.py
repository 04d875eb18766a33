"""What happened to a message after it was handed over: signed receipts of programs, and mail that came back.

A receipt is checked, kept once under its sender's own id, and applied to the message it names. It may come before we
have written down that the message left; then it waits. What is delivered never falls back to sent, and what came back
is not delivered by a receipt that was late.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, Field
from standardwebhooks import Webhook as Signer
from standardwebhooks import WebhookVerificationError

from referral.domain.codes import ChannelKind, DeliveryStatus
from referral.domain.directory_checks import CheckReason, Opener
from referral.domain.errors import DomainError
from referral.domain.lifecycle import Stage
from referral.extensions import db
from referral.models import Delivery, Receipt, ServiceRequest
from referral.services.act import ring
from referral.services.compose import is_referral
from referral.services.deliver import follow
from referral.services.directory_checks import doubt
from referral.store import deliveries, receipts, referrals

EARLY_FOR = timedelta(minutes=5)
"""How long a receipt waits for the message it names."""

BATCH = 200
LONGEST_ID = 255

logger = logging.getLogger(__name__)


class Forged(DomainError):
    """A receipt that its sender did not sign, or signed too long ago."""


class Kind(StrEnum):
    """What a receipt says."""

    DELIVERED = "delivered"
    OPENED = "opened"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of a receipt. `known` is not kept: the event was there already."""

    APPLIED = "applied"
    IGNORED = "ignored"
    WAITING = "waiting"
    UNMATCHED = "unmatched"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class News:
    """One event as its sender tells it. `key` is the key of the message it speaks of."""

    provider: str
    event_id: str
    kind: Kind
    key: str
    detail: str = ""


class ReceiptData(BaseModel):
    """What a webhook receipt is about."""

    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    code: str = Field(default="", max_length=100, pattern=r"^[ -~]*$")


class ReceiptInput(BaseModel):
    """A webhook receipt: `delivery.delivered`, `delivery.opened` or `delivery.failed`."""

    type: str = Field(pattern=r"^delivery\.(delivered|opened|failed)$")
    data: ReceiptData


def read_webhook(body: bytes, headers: Mapping[str, str], secret: str) -> News:
    """A receipt that came by webhook, by the Standard Webhooks scheme over the raw bytes.

    `Forged` where the signature or its time is not right, pydantic's ValidationError where the body is not.
    """
    given_headers = {name.lower(): text for name, text in headers.items()}
    event_id = given_headers.get("webhook-id", "")
    try:
        Signer(secret).verify(body, given_headers, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:  # ValueError: what is no text, or no base64
        raise Forged("The signature or its time is not right.") from error
    if len(event_id) > LONGEST_ID:
        raise Forged(f"The id is longer than {LONGEST_ID} characters.")
    given = ReceiptInput.model_validate_json(body)
    return News("webhook", event_id, Kind(given.type.removeprefix("delivery.")), given.data.key, given.data.code)


def take_in(news: News, now: datetime) -> Outcome:
    """Keep one event and apply it, in one transaction; a repeat changes nothing."""
    receipt = receipts.keep(news.provider, news.event_id, news.kind, news.key, news.detail, now)
    if receipt is None:
        db.session.rollback()
        return Outcome.KNOWN
    return _settle(receipt, now)


def take_up_waiting(now: datetime) -> int:
    """Look again at receipts that came early; how many found their message. To be called every few seconds."""
    found = 0
    numbers = receipts.waiting(BATCH)
    db.session.rollback()  # only read so far
    for number in numbers:
        try:
            receipt = receipts.get(number)
            if receipt is not None and receipt.outcome == Outcome.WAITING:
                found += _settle(receipt, now) is Outcome.APPLIED
        except Exception as error:
            # One receipt that cannot be applied must not keep the others waiting.
            db.session.rollback()
            logger.error("Receipt %s could not be applied: %s", number, type(error).__name__)
    return found


def _settle(receipt: Receipt, now: datetime) -> Outcome:
    number = receipt.id
    request, outcome = _applied(receipt, now)
    if outcome is Outcome.WAITING and now - receipt.received_at > EARLY_FOR:
        outcome = Outcome.UNMATCHED
    kept = db.session.get_one(Receipt, number)
    kept.outcome = outcome
    kept.settled_at = None if outcome is Outcome.WAITING else now
    db.session.commit()
    if request is not None:
        ring(request)
    return outcome


def _applied(receipt: Receipt, now: datetime) -> tuple[ServiceRequest | None, Outcome]:
    """Apply a receipt to its message, under the lock of the request."""
    kind, detail = Kind(receipt.kind), receipt.detail
    delivery = deliveries.by_key(receipt.key)
    if delivery is None:
        return None, Outcome.WAITING
    if delivery.channel != _CHANNEL_OF[receipt.provider]:
        return None, Outcome.UNMATCHED
    request = referrals.lock(delivery.request_id)
    if request is None or _is_under_way(delivery):
        return None, Outcome.WAITING
    return request, _APPLY[kind](request, delivery, detail, now)


def _is_under_way(delivery: Delivery) -> bool:
    """Whether a worker has it at this moment, or none ever had: what is said of it comes before our own note."""
    untried = delivery.status == DeliveryStatus.QUEUED and delivery.attempts == 0
    return untried or delivery.leased_until is not None


def _arrived(request: ServiceRequest, delivery: Delivery, detail: str, now: datetime) -> Outcome:
    """It is there: also where we did not know, or were about to try again."""
    if delivery.status in (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED):
        return Outcome.IGNORED
    delivery.status, delivery.error = DeliveryStatus.DELIVERED, ""
    delivery.delivered_at = now
    delivery.handed_over_at = delivery.handed_over_at or now
    follow(request, delivery, now)
    return Outcome.APPLIED


def _opened(request: ServiceRequest, delivery: Delivery, detail: str, now: datetime) -> Outcome:
    """Somebody looked at it, so it is there; the first look counts."""
    arrived = _arrived(request, delivery, detail, now)
    task = delivery.task
    if task is None or not is_referral(delivery) or task.opened_at is not None:
        return arrived
    if delivery.status != DeliveryStatus.DELIVERED:
        return Outcome.IGNORED
    task.opened_at = now
    return Outcome.APPLIED


def _came_back(request: ServiceRequest, delivery: Delivery, detail: str, now: datetime) -> Outcome:
    """It is not there after all: the referral goes on to the next, and somebody looks at the office's address.

    An office that has answered since has it; then the referral stays where it is.
    """
    if delivery.status == DeliveryStatus.FAILED:
        return Outcome.IGNORED
    if delivery.task is not None and is_referral(delivery):
        doubt(delivery.task, CheckReason.BOUNCED, Opener.SYSTEM, now)
        if delivery.task.acknowledged_at is not None or delivery.task.opened_at is not None:
            return Outcome.IGNORED
    delivery.status, delivery.failed_at = DeliveryStatus.FAILED, now
    delivery.error = f"came back: {detail}" if detail else "came back"
    if request.stage == Stage.ON_HOLD:
        delivery.handed_over_at = None  # so that it is found failed when the request goes on
    follow(request, delivery, now)
    return Outcome.APPLIED


_CHANNEL_OF: Mapping[str, ChannelKind] = {"webhook": ChannelKind.WEBHOOK, "mail": ChannelKind.EMAIL}
"""Who may speak of which messages: an office with our webhook secret says nothing of mails to others."""

_APPLY: Mapping[Kind, Callable[[ServiceRequest, Delivery, str, datetime], Outcome]] = {
    Kind.DELIVERED: _arrived,
    Kind.OPENED: _opened,
    Kind.FAILED: _came_back,
}
