"""How sending goes: what waits, which far sides are down, who works; and another try at once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from referral import queue
from referral.access.authorize import Acting
from referral.domain.codes import DeliveryStatus
from referral.domain.errors import NotAllowed
from referral.extensions import db
from referral.models import Breaker, Delivery
from referral.services import audit_log, breaker, watch_workers
from referral.services.send_again import can_be_sent_again
from referral.services.watch_workers import Worker
from referral.store import breakers, deliveries, overview
from referral.store.overview import Waiting

SHOWN = 50
"""So many messages that could not be sent are listed."""


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


def given_up() -> list[Delivery]:
    """The newest messages that could not be sent, to whomever."""
    return deliveries.given_up(SHOWN)


def again(delivery_id: UUID, acting: Acting, now: datetime) -> None:
    """Let a mail to a member of staff be sent again with the next sweep; those of a case are sent from its page.

    Raise `NotAllowed` where it is not one that failed.
    """
    found = db.session.get(Delivery, delivery_id, with_for_update=True)
    if found is None or found.staff_id is None or not can_be_sent_again(found):
        db.session.rollback()
        raise NotAllowed("This message cannot be sent again from here.")
    found.status, found.due_at, found.error, found.failed_at = DeliveryStatus.QUEUED, now, "", None
    audit_log.note(acting, "send-message-again", "message", found.id, found.request_id, {"template": found.template})
    db.session.commit()


def _down(row: Breaker) -> Down:
    return Down(row.endpoint, row.failures, breaker.words(row.channel, row.failing_since))
