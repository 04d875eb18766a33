"""Sends one message of the outbox and records what became of it.

The attempt is on disk before anything leaves, no database connection is held while the far side is slow, and the
outcome is written only by the worker that still holds the lease.
"""

import logging
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from referral import logs
from referral.access.authorize import SYSTEM
from referral.channels import Channel, DeliveryError, Failure, Message, Taken
from referral.domain.codes import DeliveryStatus
from referral.domain.directory_checks import CheckReason, Opener
from referral.domain.lifecycle import FINISHED, Action, Stage
from referral.extensions import db
from referral.models import Delivery, ServiceRequest
from referral.services import audit_log, breaker, outbox
from referral.services.act import reroute_by_itself, ring
from referral.services.breaker import Gate
from referral.services.compose import Beforehand, compose, is_referral
from referral.services.directory_checks import doubt
from referral.services.moves import take
from referral.settings import Settings
from referral.store import deliveries, referrals
from referral.store.deliveries import Said

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
NOT_CONFIGURED_WAIT = timedelta(minutes=5)
SPREAD = timedelta(seconds=5)
"""Over how long messages that wait for one far side are spread."""
NO_GATE = Gate("", "")
"""Of an outcome that says nothing about a far side."""

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def deliver(delivery_id: UUID, channels: Mapping[str, Channel], settings: Settings, clock: Clock) -> str:
    """Send one message if it is due and nobody else has it; return the status recorded for it, or "skipped"."""
    now = clock()
    delivery = deliveries.claim(delivery_id, now)
    if delivery is None:
        db.session.rollback()
        return "skipped"
    logs.begin(delivery.correlation_id)  # go on under the id of the page it was written in
    lease, channel = delivery.lease, channels[delivery.channel]
    gate = breaker.gate(delivery.channel, channel.endpoint(_address(delivery)), now)
    if gate.until is not None:
        return _wait(delivery, gate, now)
    deliveries.note_endpoint(delivery, breaker.hashed(gate.channel, gate.endpoint))
    message = composed(delivery, settings, now)
    db.session.commit()  # "sending" is on disk before anything leaves the building
    db.session.remove()  # and no connection is held while the far side is slow

    outcome = message if isinstance(message, DeliveryError) else attempt(channel, message)
    return record(delivery_id, lease, outcome, clock(), channel.repeatable, gate)


def recover_lost(now: datetime, channels: Mapping[str, Channel], limit: int = 100) -> int:
    """Take up messages whose worker died: again under the same key where that is harmless, else for a person."""
    # The leases are those of this look: a message that somebody else takes up meanwhile gets another one.
    lost = [(delivery.id, delivery.lease, delivery.channel) for delivery in deliveries.lost(now, limit)]
    for delivery_id, lease, channel in lost:
        failure = DeliveryError(Failure.UNKNOWN, "the worker stopped while sending", waited=deliveries.LEASE)
        repeatable = channel in channels and channels[channel].repeatable
        try:
            record(delivery_id, lease, failure, now, repeatable)
        except Exception as error:
            # One message that cannot be taken up must not keep the others waiting.
            db.session.rollback()
            logger.error("Message %s could not be taken up again: %s", delivery_id, type(error).__name__)
    return len(lost)


def next_wait(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts: 30 s doubled each time, an hour at most, at least half of it."""
    doubled: int = 2 ** min(attempts - 1, 12)
    return min(LONGEST_WAIT, FIRST_WAIT * doubled) * (0.5 + 0.5 * chance)


def _address(delivery: Delivery) -> str:
    """Where the office takes messages; a patient's address says nothing about a far side."""
    return delivery.task.role.channel_address if delivery.task else ""


def _wait(delivery: Delivery, gate: Gate, now: datetime) -> str:
    """Put a message off that would go to a far side which is down; it keeps its attempts, for a day."""
    if _waited(delivery.request, delivery, gate, now) > GIVE_UP_AFTER:
        return record(delivery.id, delivery.lease, DeliveryError(Failure.TRANSIENT, gate.why), now, True, gate)
    delivery_id = delivery.id
    db.session.rollback()  # the claim, with the attempt it noted
    later = gate.until or now
    deliveries.put_off(delivery_id, now, later + SPREAD * _chance(), gate.why)
    db.session.commit()
    return DeliveryStatus.QUEUED


def composed(
    delivery: Delivery, settings: Settings, now: datetime, beforehand: Beforehand | None = None
) -> Message | DeliveryError:
    """The message, or the failure to write it, which counts as an attempt like any other."""
    try:
        return compose(delivery, settings, now, beforehand)
    except DeliveryError as error:
        return error
    except Exception as error:
        # A template that cannot be filled in is our fault; the message waits for the next version of the service.
        logger.error("Message %s could not be written: %s", delivery.id, type(error).__name__)
        return DeliveryError(Failure.TRANSIENT, f"could not be written: {type(error).__name__}")


def attempt(channel: Channel, message: Message) -> Taken | DeliveryError:
    """Hand a message over; what the far side said, or how it failed, whatever went wrong."""
    try:
        return channel.send(message) or Taken()
    except DeliveryError as error:
        return error
    except Exception as error:
        # Whatever went wrong inside a channel: the message may have left, and its text may name a person.
        logger.error("A channel failed in an unforeseen way: %s", type(error).__name__)
        return DeliveryError(Failure.UNKNOWN, f"unforeseen: {type(error).__name__}")


def record(
    delivery_id: UUID,
    lease: str,
    outcome: Taken | DeliveryError,
    now: datetime,
    repeatable: bool,
    gate: Gate = NO_GATE,
) -> str:
    """Write the outcome and what it means for the request; "lost" where somebody else took over meanwhile."""
    delivery = db.session.get_one(Delivery, delivery_id)
    request = referrals.lock(delivery.request_id)
    if request is None or delivery.lease != lease:
        db.session.rollback()
        return "lost"
    failure = outcome if isinstance(outcome, DeliveryError) else None
    values = _outcome(request, delivery, failure, now, repeatable, gate)
    if not deliveries.release(delivery, lease, now, said(outcome), **values):
        db.session.rollback()
        return "lost"
    follow(request, delivery, now)
    if delivery.task and is_referral(delivery) and failure and failure.failure is Failure.PERMANENT:
        doubt(delivery.task, CheckReason.BOUNCED, Opener.SYSTEM, now)
    if delivery.task_id is not None and failure is None:
        detail = {"template": delivery.template, "channel": delivery.channel}
        audit_log.note(SYSTEM, "hand-over-message", "delivery", delivery.id, request.id, detail)
    _tell_the_breaker(gate, failure, now)
    status = delivery.status
    db.session.commit()
    logger.info("Message %s is %s", delivery_id, status)
    ring(request)
    return status


def said(outcome: Taken | DeliveryError) -> Said:
    """What the attempt's row keeps of an outcome."""
    if isinstance(outcome, Taken):
        return Said("delivered", code=outcome.code, reference=outcome.reference)
    return Said(outcome.failure.value, str(outcome), outcome.code, endpoint_down=outcome.endpoint_down)


def _tell_the_breaker(gate: Gate, failure: DeliveryError | None, now: datetime) -> None:
    if failure is not None and failure.failure is Failure.NOT_CONFIGURED:
        return
    if failure is not None and failure.endpoint_down:
        breaker.failed(gate, now)
    elif failure is None or failure.code:  # else it failed here, before anybody was asked
        breaker.answered(gate)


def _outcome(
    request: ServiceRequest,
    delivery: Delivery,
    failure: DeliveryError | None,
    now: datetime,
    repeatable: bool,
    gate: Gate,
) -> dict[str, object]:
    """The columns after an attempt."""
    if failure is None:
        return {"status": DeliveryStatus.DELIVERED, "delivered_at": now, "handed_over_at": now, "failed_at": None}
    if failure.failure is Failure.UNKNOWN and not repeatable:
        return {"status": DeliveryStatus.UNKNOWN, "handed_over_at": now}
    if failure.failure is Failure.PERMANENT or _overtaken(request, delivery):
        return {"status": DeliveryStatus.FAILED, "failed_at": now}
    if failure.failure is Failure.NOT_CONFIGURED:
        no_attempt = delivery.attempts - 1
        return {"status": DeliveryStatus.QUEUED, "due_at": now + NOT_CONFIGURED_WAIT, "attempts": no_attempt}
    if _waited(request, delivery, gate, now) > GIVE_UP_AFTER:
        if failure.failure is Failure.UNKNOWN:
            return {"status": DeliveryStatus.UNKNOWN, "handed_over_at": now}  # it may have arrived: for a person
        return {"status": DeliveryStatus.FAILED, "failed_at": now}
    wait = max(next_wait(delivery.attempts, _chance()) - failure.waited, failure.wait or timedelta())
    return {"status": DeliveryStatus.QUEUED, "due_at": now + wait}


def _chance() -> float:
    """Chance that spreads what would otherwise come back all at once."""
    return random.random()  # noqa: S311 - jitter, not a secret


def _overtaken(request: ServiceRequest, delivery: Delivery) -> bool:
    """Whether a referral has nowhere to go any more: cancelled, closed, or passed on while it was being sent."""
    return is_referral(delivery) and (request.current_task_id != delivery.task_id or request.stage in FINISHED)


def _waited(request: ServiceRequest, delivery: Delivery, gate: Gate, now: datetime) -> timedelta:
    """How long it has been tried, or would have been, had the far side not been down.

    A referral that was held, or sent again by hand, begins anew.
    """
    begun = request.stage_since if is_referral(delivery) else delivery.created_at
    tried = (attempt.started_at for attempt in delivery.tries if attempt.started_at >= begun)
    return now - min(*tried, max(begun, gate.since or now), now)


def follow(request: ServiceRequest, delivery: Delivery, now: datetime) -> None:
    """What a message's new status means: its referral is sent, delivered or given up; a person tells the office."""
    if not is_referral(delivery):
        if delivery.status in (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN):
            outbox.leave_to_a_person(delivery, now)
        return
    if request.current_task_id != delivery.task_id:
        return
    waiting = request.stage in (Stage.QUEUED, Stage.SENT)
    if waiting and delivery.status in (DeliveryStatus.DELIVERED, DeliveryStatus.UNKNOWN):
        _hand_over(request, delivery, now)
    elif delivery.status == DeliveryStatus.FAILED and (waiting or request.stage == Stage.DELIVERED):
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
