"""How sending goes: what waits, which far sides are down, who works; and another try at once."""

from dataclasses import dataclass
from datetime import datetime

from referral import queue
from referral.extensions import db
from referral.models import Breaker
from referral.services import breaker, watch_workers
from referral.services.watch_workers import Worker
from referral.store import breakers, deliveries, overview
from referral.store.overview import Waiting


@dataclass(frozen=True, slots=True)
class Down:
    """A far side that takes nothing; `words` say since when, and when it is tried again."""

    endpoint: str
    failures: int
    words: str


@dataclass(frozen=True, slots=True)
class Sending:
    """What the page of sending shows. `by_status` counts all messages there are, `bells` jobs in the broker."""

    waiting: list[Waiting]
    by_status: dict[str, int]
    down: list[Down]
    workers: list[Worker]
    lacking: list[str]
    bells: int


def state(now: datetime) -> Sending:
    """How it stands now."""
    working = watch_workers.workers(now)
    return Sending(
        waiting=overview.waiting_by_channel(now),
        by_status=overview.deliveries_by_status(),
        down=[_down(row) for row in breakers.open_ones()],
        workers=working,
        lacking=watch_workers.lacking(working, now, broker=False),
        bells=queue.waiting(),
    )


def try_now(now: datetime) -> int:
    """Let everything that waits for a later attempt be tried with the next sweep; how many messages that are."""
    breakers.probe_now(now)
    waiting = deliveries.try_now(now)
    db.session.commit()
    return waiting


def _down(row: Breaker) -> Down:
    return Down(row.endpoint, row.failures, breaker.words(row.channel, row.failing_since))
