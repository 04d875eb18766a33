"""Sends one message of the outbox and records what became of it.

The attempt is on disk before anything leaves, no database connection is held while the far side is slow, and the
outcome is written only by the worker that still holds the lease.
"""

import logging
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from referral.access.authorize import SYSTEM
from referral.channels import Channel, DeliveryError, Failure, Message
from referral.domain.codes import DeliveryStatus
from referral.domain.directory_checks import CheckReason, Opener
from referral.domain.lifecycle import FINISHED, Action, Stage
from referral.extensions import db
from referral.models import Delivery, ServiceRequest
from referral.services.act import reroute_by_itself, ring, tell
from referral.services.compose import compose, is_referral
from referral.services.directory_checks import doubt
from referral.services.moves import take
from referral.settings import Settings
from referral.store import deliveries, referrals

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
NOT_CONFIGURED_WAIT = timedelta(minutes=5)

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def deliver(delivery_id: UUID, channels: Mapping[str, Channel], settings: Settings, clock: Clock) -> str:
    """Send one message if it is due and nobody else has it; return the status recorded for it, or "skipped"."""
    now = clock()
    delivery = deliveries.claim(delivery_id, now)
    if delivery is None:
        db.session.rollback()
        return "skipped"
    lease, channel = delivery.lease, channels[delivery.channel]
    message = _composed(delivery, settings, now)
    db.session.commit()  # "sending" is on disk before anything leaves the building
    db.session.remove()  # and no connection is held while the far side is slow

    failure = message if isinstance(message, DeliveryError) else _attempt(channel, message)
    return _record(delivery_id, lease, failure, clock(), channel.repeatable)


def recover_lost(now: datetime, channels: Mapping[str, Channel], limit: int = 100) -> int:
    """Take up messages whose worker died: again under the same key where that is harmless, else for a person."""
    # The leases are those of this look: a message that somebody else takes up meanwhile gets another one.
    lost = [(delivery.id, delivery.lease, delivery.channel) for delivery in deliveries.lost(now, limit)]
    for delivery_id, lease, channel in lost:
        failure = DeliveryError(Failure.UNKNOWN, "the worker stopped while sending")
        repeatable = channel in channels and channels[channel].repeatable
        try:
            _record(delivery_id, lease, failure, now, repeatable)
        except Exception as error:
            # One message that cannot be taken up must not keep the others waiting.
            db.session.rollback()
            logger.error("Message %s could not be taken up again: %s", delivery_id, type(error).__name__)
    return len(lost)


def next_wait(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts: 30 s doubled each time, an hour at most, at least half of it."""
    doubled: int = 2 ** min(attempts - 1, 12)
    return min(LONGEST_WAIT, FIRST_WAIT * doubled) * (0.5 + 0.5 * chance)


def _composed(delivery: Delivery, settings: Settings, now: datetime) -> Message | DeliveryError:
    """The message, or the failure to write it, which counts as an attempt like any other."""
    try:
        return compose(delivery, settings, now)
    except Exception as error:
        # A template that cannot be filled in is our fault; the message waits for the next version of the service.
        logger.error("Message %s could not be written: %s", delivery.id, type(error).__name__)
        return DeliveryError(Failure.TRANSIENT, f"could not be written: {type(error).__name__}")


def _attempt(channel: Channel, message: Message) -> DeliveryError | None:
    try:
        channel.send(message)
    except DeliveryError as error:
        return error
    except Exception as error:
        # Whatever went wrong inside a channel: the message may have left, and its text may name a person.
        logger.error("A channel failed in an unforeseen way: %s", type(error).__name__)
        return DeliveryError(Failure.UNKNOWN, f"unforeseen: {type(error).__name__}")
    return None


def _record(delivery_id: UUID, lease: str, failure: DeliveryError | None, now: datetime, repeatable: bool) -> str:
    """Write the outcome and what it means for the request; "lost" where somebody else took over meanwhile."""
    delivery = db.session.get_one(Delivery, delivery_id)
    request = referrals.lock(delivery.request_id)
    if request is None or delivery.lease != lease:
        db.session.rollback()
        return "lost"
    values = _outcome(request, delivery, failure, now, repeatable)
    error = str(failure) if failure else ""
    outcome = failure.failure.value if failure else "delivered"
    if not deliveries.release(delivery, lease, now, outcome=outcome, error=error, **values):
        db.session.rollback()
        return "lost"
    if is_referral(delivery) and request.current_task_id == delivery.task_id:
        _tell_the_request(request, delivery, now)
    if delivery.task and is_referral(delivery) and failure and failure.failure is Failure.PERMANENT:
        doubt(delivery.task, CheckReason.BOUNCED, Opener.SYSTEM, now)
    status = delivery.status
    db.session.commit()
    ring(request)
    return status


def _outcome(
    request: ServiceRequest, delivery: Delivery, failure: DeliveryError | None, now: datetime, repeatable: bool
) -> dict[str, object]:
    """The columns after an attempt."""
    if failure is None:
        return {"status": DeliveryStatus.DELIVERED, "delivered_at": now, "handed_over_at": now}
    if failure.failure is Failure.UNKNOWN and not repeatable:
        return {"status": DeliveryStatus.UNKNOWN, "handed_over_at": now}
    if failure.failure is Failure.PERMANENT or _overtaken(request, delivery):
        return {"status": DeliveryStatus.FAILED}
    if failure.failure is Failure.NOT_CONFIGURED:
        no_attempt = delivery.attempts - 1
        return {"status": DeliveryStatus.QUEUED, "due_at": now + NOT_CONFIGURED_WAIT, "attempts": no_attempt}
    if now - _tried_since(request, delivery, now) > GIVE_UP_AFTER:
        if failure.failure is Failure.UNKNOWN:
            return {"status": DeliveryStatus.UNKNOWN, "handed_over_at": now}  # it may have arrived: for a person
        return {"status": DeliveryStatus.FAILED}
    wait = next_wait(delivery.attempts, random.random())  # noqa: S311 - jitter, not a secret
    return {"status": DeliveryStatus.QUEUED, "due_at": now + wait}


def _overtaken(request: ServiceRequest, delivery: Delivery) -> bool:
    """Whether a referral has nowhere to go any more: cancelled, closed, or passed on while it was being sent."""
    return is_referral(delivery) and (request.current_task_id != delivery.task_id or request.stage in FINISHED)


def _tried_since(request: ServiceRequest, delivery: Delivery, now: datetime) -> datetime:
    """When the first attempt was made; a referral that was held, or sent again by hand, begins anew."""
    begun = request.stage_since if is_referral(delivery) else delivery.created_at
    return min((attempt.started_at for attempt in delivery.tries if attempt.started_at >= begun), default=now)


def _tell_the_request(request: ServiceRequest, delivery: Delivery, now: datetime) -> None:
    """What the outcome means for the referral: handed over, delivered, or in need of a person."""
    waiting = request.stage in (Stage.QUEUED, Stage.SENT)
    if waiting and delivery.status in (DeliveryStatus.DELIVERED, DeliveryStatus.UNKNOWN):
        _hand_over(request, delivery, now)
    elif waiting and delivery.status == DeliveryStatus.FAILED:
        take(request, Action.GIVE_UP_SENDING, SYSTEM, now, text=delivery.error)
        reroute_by_itself(request, now)


def _hand_over(request: ServiceRequest, delivery: Delivery, now: datetime) -> None:
    """The transport has it, and took it unless nobody knows. Written at once: no row says "sending" without a lease."""
    status, text = delivery.status, delivery.error
    with db.session.no_autoflush:
        if request.stage == Stage.QUEUED:
            take(request, Action.HAND_OVER, SYSTEM, now, text=text)
        if status == DeliveryStatus.DELIVERED:
            take(request, Action.DELIVER, SYSTEM, now)
        delivery.status = status
    if status == DeliveryStatus.DELIVERED:
        tell(request, Action.DELIVER, now)
