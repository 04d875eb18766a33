"""Spares a far side that is down: after a few failures one message tries it now and then, the others wait unharmed.

The state is a row of the database, so all workers on all machines know of it. Waiting costs a message no attempt.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from referral.domain.codes import ChannelKind
from referral.store import breakers

FAILURES_IN_A_ROW = 5
WINDOW = timedelta(seconds=60)
FEWEST_IN_WINDOW = 20
PROBE_EVERY = timedelta(seconds=30)

_WHO = {ChannelKind.EMAIL: "the mail server", ChannelKind.WEBHOOK: "their server", ChannelKind.FHIR: "their server"}


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a message may go to a far side now. `until` says when to ask again, `probe` that it goes to try.

    `since` is when the far side was found to be down.
    """

    channel: str
    endpoint: str
    until: datetime | None = None
    why: str = ""
    probe: bool = False
    since: datetime | None = None


def gate(channel: str, endpoint: str, now: datetime) -> Gate:
    """Ask before sending. The caller commits: with that a probe is taken."""
    breaker = breakers.get(channel, endpoint) if endpoint else None
    if breaker is None or breaker.probe_at is None:
        return Gate(channel, endpoint)
    if breaker.probe_at <= now and breakers.take_probe(breaker, now + PROBE_EVERY):
        return Gate(channel, endpoint, probe=True, since=breaker.opened_at)
    until = max(breaker.probe_at, now + timedelta(seconds=1))
    return Gate(channel, endpoint, until, words(channel, breaker.failing_since), since=breaker.opened_at)


def answered(passed: Gate) -> None:
    """The far side answered, whatever it said of the message."""
    if passed.endpoint:
        breakers.forget(passed.channel, passed.endpoint, even_open=passed.probe)


def failed(passed: Gate, now: datetime) -> None:
    """The far side as a whole failed: count, and open where it is enough. The attempt's row was written before."""
    if not passed.endpoint:
        return
    in_a_row = breakers.count_failure(passed.channel, passed.endpoint, now)
    if in_a_row >= FAILURES_IN_A_ROW or passed.probe or _mostly_failing(passed, now):
        breakers.keep_open(passed.channel, passed.endpoint, now, now + PROBE_EVERY)


def hashed(channel: str, endpoint: str) -> str:
    """The name under which attempts remember a far side."""
    return sha256(f"{channel}|{endpoint}".encode()).hexdigest() if endpoint else ""


def words(channel: str, since: datetime) -> str:
    """What the desk reads of an open breaker."""
    who = _WHO[ChannelKind(channel)]
    every = int(PROBE_EVERY.total_seconds())
    return f"{who} has taken nothing since {since:%H:%M} UTC; we try again every {every} seconds"


def _mostly_failing(passed: Gate, now: datetime) -> bool:
    total, down = breakers.recent(hashed(passed.channel, passed.endpoint), now - WINDOW)
    return total >= FEWEST_IN_WINDOW and down * 2 > total
