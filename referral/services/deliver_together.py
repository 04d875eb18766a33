"""Sends what waits for one mail server together: one claim, one connection, one note of what was taken.

Only messages that no stage of a request waits for, and only where a repeat is harmless: a worker that dies leaves a
whole batch behind whose outcome nobody knows. While one batch is on the wire, the next is claimed and written.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from referral.channels import Channel, DeliveryError, Failure, Message, Taken
from referral.domain.codes import ChannelKind
from referral.extensions import db
from referral.services import breaker
from referral.services.breaker import Gate
from referral.services.compose import Beforehand
from referral.services.deliver import Clock, attempt, composed, deliver, record
from referral.settings import Settings
from referral.store import deliveries

logger = logging.getLogger(__name__)

BATCH = 50
LINES = 1
"""How many connections there are to the mail server besides the first."""
EACH_LINE = 25
"""For how many messages another one is worth while."""
LONGEST = timedelta(seconds=5)
"""How long one job goes on, so that a referral does not wait behind many mails; the next bell takes up what is left."""


@dataclass(slots=True)
class Letter:
    """One message of a batch and what became of it; nothing while it was not tried."""

    id: UUID
    number: int
    message: Message | DeliveryError
    outcome: Taken | DeliveryError | None = None
    ended_at: datetime | None = None


@dataclass(slots=True)
class Batch:
    """Messages under one lease, on their way to one far side."""

    lease: str
    gate: Gate
    letters: list[Letter] = field(default_factory=list)


def deliver_with_others(delivery_id: UUID, channels: Mapping[str, Channel], settings: Settings, clock: Clock) -> int:
    """Send one message, then what waits for the mail server besides; how many were taken of those."""
    deliver(delivery_id, channels, settings, clock)
    channel = channels.get(ChannelKind.EMAIL)
    return deliver_waiting(channel, settings, clock) if channel is not None and channel.repeatable else 0


def deliver_waiting(
    channel: Channel, settings: Settings, clock: Clock, stopped: Callable[[], bool] = lambda: False
) -> int:
    """Send the plain mails that are due, until none is left, the far side fails, or the time is over.

    The time is over also when the worker is `stopped`.
    """
    stop_at, taken, whole = clock() + LONGEST, 0, True

    def over() -> bool:
        return clock() >= stop_at or stopped()

    under_way: tuple[Batch, Future[None]] | None = None
    with ThreadPoolExecutor(1) as sender:
        while True:
            batch = _next(channel, settings, clock()) if whole and not over() else None
            going = (batch, sender.submit(_send, channel, batch, clock, over)) if batch else None
            if under_way is not None:
                done = _finished(*under_way, channel, clock)
                taken, whole = taken + done, whole and done == len(under_way[0].letters)
            under_way = going
            if under_way is None:
                return taken


def _next(channel: Channel, settings: Settings, now: datetime) -> Batch | None:
    """The next messages; where they cannot be claimed now, what is on the wire is noted, and a later bell goes on."""
    try:
        return _claimed(channel, settings, now)
    except Exception as error:
        db.session.rollback()
        logger.error("The next messages could not be claimed: %s", type(error).__name__)
        return None


def _claimed(channel: Channel, settings: Settings, now: datetime) -> Batch | None:
    """The next messages, written out; None where none is due, or it is not the time to send."""
    gate = breaker.gate(ChannelKind.EMAIL, channel.endpoint(""), now)
    if gate.until is not None:
        db.session.rollback()
        return None
    endpoint = breaker.hashed(gate.channel, gate.endpoint)
    claimed = deliveries.claim_plain(ChannelKind.EMAIL, now, 1 if gate.probe else BATCH, endpoint)
    if not claimed:
        db.session.rollback()
        return None
    batch = Batch(claimed[0].lease, gate)
    known = Beforehand(claimed)
    batch.letters = [Letter(one.id, one.attempts, composed(one, settings, now, known)) for one in claimed]
    db.session.commit()  # all of them are "sending" on disk before anything leaves the building
    db.session.remove()  # and no connection is held while the far side is slow
    return batch


def _send(channel: Channel, batch: Batch, clock: Clock, over: Callable[[], bool]) -> None:
    """Over the kept connections, so that one message is on its way while the answer to another is awaited."""
    waiting = deque(batch.letters)
    with ThreadPoolExecutor(LINES) as lines:
        beside = [lines.submit(_send_on, channel, waiting, clock, over) for _ in range(len(waiting) // EACH_LINE)]
        _send_on(channel, waiting, clock, over)
    for line in beside:
        line.result()


def _send_on(channel: Channel, waiting: deque[Letter], clock: Clock, over: Callable[[], bool]) -> None:
    """One after the other; a far side that fails gets nothing more of this batch, on any line."""
    while waiting and not over():
        try:
            letter = waiting.popleft()
        except IndexError:  # the other line took it
            return
        letter.outcome = (
            letter.message if isinstance(letter.message, DeliveryError) else attempt(channel, letter.message)
        )
        letter.ended_at = clock()
        if _stops(letter.outcome):
            waiting.clear()


def _stops(outcome: Taken | DeliveryError) -> bool:
    """Whether the messages behind this one would fare alike."""
    return isinstance(outcome, DeliveryError) and (outcome.endpoint_down or outcome.failure is Failure.NOT_CONFIGURED)


def _finished(batch: Batch, sent: Future[None], channel: Channel, clock: Clock) -> int:
    """Write down what became of a batch: what was taken in one go, each failure by itself; how many were taken."""
    if sent.exception() is not None:  # what was not tried is put back, whatever kept it from being tried
        logger.error("A batch broke off: %s", type(sent.exception()).__name__)
    taken = [
        (one.id, one.number, one.ended_at, one.outcome.code)
        for one in batch.letters
        if isinstance(one.outcome, Taken) and one.ended_at
    ]
    untried = [one.id for one in batch.letters if one.outcome is None]
    if taken:
        deliveries.release_taken(batch.lease, taken)
        breaker.answered(batch.gate)
    if untried:
        deliveries.release_untried(batch.lease, untried)
    db.session.commit()
    for one in batch.letters:
        if isinstance(one.outcome, DeliveryError):
            _note_failure(one, one.outcome, batch, channel, clock)
    return len(taken)


def _note_failure(one: Letter, outcome: DeliveryError, batch: Batch, channel: Channel, clock: Clock) -> None:
    try:
        record(one.id, batch.lease, outcome, clock(), channel.repeatable, batch.gate)
    except Exception as error:
        # The lease ends, and the message is taken up again; those behind it must not wait for that.
        db.session.rollback()
        logger.error("What became of message %s could not be noted: %s", one.id, type(error).__name__)
