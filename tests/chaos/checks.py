"""What is asked of the database and the far sides when all is quiet again."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import selectinload

from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import Delivery, Receipt, ReferralEvent, ServiceRequest
from referral.store.deliveries import TO_OFFICE
from tests.services.invariants import broken_by_message, broken_rules

NEEDS_A_PERSON = frozenset({Stage.SEND_FAILED, Stage.DECLINED, Stage.NO_RESPONSE})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: what was measured, and the most it may be; None where it is only told."""

    what: str
    measured: int | float
    limit: float | None = None
    unit: str = ""

    @property
    def held(self) -> bool:
        """Whether it is within its limit."""
        return self.limit is None or self.measured <= self.limit

    def __str__(self) -> str:
        said = f"{self.measured:,.2f}" if isinstance(self.measured, float) else f"{self.measured:,}"
        limit = "" if self.limit is None else f"<= {self.limit:g}"
        return f"  {self.what:<66}{said + self.unit:>12}{limit:>9}{'' if self.held else '   MISSED'}"


def is_quiet(app: Flask) -> bool:
    """Whether nothing is waiting, under way, or kept for later."""
    try:
        with app.app_context():
            moving = db.session.scalar(
                select(func.count()).select_from(Delivery).where(
                    Delivery.status.in_(["queued", "sending"]), Delivery.channel != "post"
                )
            )  # fmt: skip
            waiting = db.session.scalar(select(func.count()).select_from(Receipt).where(Receipt.outcome == "waiting"))
            return not moving and not waiting
    except DBAPIError:
        return False


@dataclass(frozen=True, slots=True)
class Found:
    """Everything there is at the end. `taken` says how often the far sides took which key.

    `approved` are the requests whose approval somebody was told is saved.
    """

    requests: Mapping[str, ServiceRequest]
    messages: Sequence[Delivery]
    saved: Mapping[str, set[str]]
    approved: Set[str]
    taken: Counter[str]

    @property
    def told(self) -> set[str]:
        """The ids people were given."""
        return {made for ids in self.saved.values() for made in ids}


def judge(app: Flask, saved: Mapping[str, set[str]], approved: Set[str], taken: Counter[str]) -> list[Row]:
    """Compare what people were told, what stands in the database, and what arrived."""
    with app.app_context():
        requests = {str(one.id): one for one in db.session.scalars(select(ServiceRequest))}
        messages = db.session.scalars(select(Delivery).options(selectinload(Delivery.tries))).all()
        found = Found(requests, messages, saved, approved, taken)
        rows = [*_numbers(found), *_lost(found), *_twice(found), *_rules(found)]
        db.session.rollback()
        return rows


def _numbers(found: Found) -> Iterator[Row]:
    """What the run went through, for the reader."""
    yield Row("requests", len(found.requests))
    yield Row("messages", len(found.messages))
    outcomes = Counter(one.outcome for message in found.messages for one in message.tries)
    yield Row("attempts", sum(outcomes.values()))
    yield Row("attempts whose outcome nobody knew", outcomes["unknown"])
    yield Row("attempts that failed for a while", outcomes["transient"])
    yield Row("attempts that failed for good", outcomes["permanent"])
    yield Row("repeats under the same key, which the far sides knew", sum(found.taken.values()) - len(found.taken))
    passed_on = sum(len(request.tasks) > 1 for request in found.requests.values())
    yield Row("requests that went on to another specialist", passed_on)
    waiting = sum(request.stage in NEEDS_A_PERSON for request in found.requests.values())
    yield Row("requests that wait for a person after three refusals", waiting)


def _lost(found: Found) -> Iterator[Row]:
    """Requests and messages that went under."""
    yield Row("LOST: nobody could send the request in", sum(not ids for ids in found.saved.values()), 0)
    yield Row("LOST: told that it is saved, and it is not", len(found.told - found.requests.keys()), 0)
    stuck = {Stage.SUBMITTED, Stage.READY, Stage.QUEUED, Stage.SENT}
    left = Counter(request.stage for request in found.requests.values() if request.stage in stuck)
    yield Row("LOST: requests that did not leave", sum(left.values()), 0)
    delivered = [message for message in found.messages if message.status == "delivered"]
    yield Row("LOST: noted as delivered, and no far side has it", sum(not found.taken[one.key] for one in delivered), 0)
    moving = sum(one.status in ("queued", "sending", "unknown") for one in found.messages if one.channel != "post")
    yield Row("LOST: messages still under way", moving, 0)


def _twice(found: Found) -> Iterator[Row]:
    """What happened twice."""
    yield Row("TWICE: clicks that made two requests", sum(len(ids) > 1 for ids in found.saved.values()), 0)
    yield Row("TWICE: saved, although the patient was told of a failure", len(found.requests.keys() - found.told), 0)
    keys = {message.key for message in found.messages}
    yield Row("TWICE: arrived under a key that no message has", len(found.taken.keys() - keys), 0)
    carried = Counter(
        (message.request_id, message.task.role_id)
        for message in found.messages
        if message.template == TO_OFFICE and message.task and found.taken[message.key]
    )
    yield Row("TWICE: one office has one referral under two keys", sum(number > 1 for number in carried.values()), 0)
    approved = Counter(one.request_id for one in _events(Action.APPROVE))
    yield Row("TWICE: approved by both coordinators", sum(number > 1 for number in approved.values()), 0)
    untold = {str(request_id) for request_id in approved} - found.approved
    yield Row("FALSE: approved, although both coordinators were told of a failure", len(untold), 0)
    accepted = {one.task_id for one in _events(Action.ACCEPT)}
    declined = {one.task_id for one in _events(Action.DECLINE)}
    yield Row("decided by two coordinators at once", len(accepted | declined))
    yield Row("TWICE: accepted and declined", len(accepted & declined), 0)
    forged = select(func.count()).select_from(Receipt)
    false = forged.where(Receipt.event_id.like("forged-%") | Receipt.event_id.like("old-%"))
    yield Row("receipts kept", db.session.scalar(forged) or 0)
    yield Row("FALSE: forged or old receipts taken in", db.session.scalar(false) or 0, 0)


def _events(action: Action) -> Sequence[ReferralEvent]:
    return db.session.scalars(select(ReferralEvent).where(ReferralEvent.action == action)).all()


def _rules(found: Found) -> Iterator[Row]:
    """The rules of every request and message, each that is broken on a line of its own."""
    broken = Counter(rule for request in found.requests.values() for rule in broken_rules(request))
    broken += Counter(rule for message in found.messages for rule in broken_by_message(message))
    yield Row("BROKEN: rules that must always hold", sum(broken.values()), 0)
    yield from (Row(f"BROKEN: {rule}", number, 0) for rule, number in broken.items())


def waits(app: Flask, since: datetime) -> list[Row]:
    """How long referrals waited from due to handed over; those that became due since then."""
    due = select(Delivery.due_at, Delivery.handed_over_at).where(
        Delivery.template == TO_OFFICE, Delivery.created_at >= since
    )
    with app.app_context():
        seconds = sorted((done - due).total_seconds() for due, done in db.session.execute(due) if done is not None)
    if len(seconds) < 2:
        return [Row("referrals handed over", len(seconds)), Row("p95 from due to handed over", float("inf"), 5)]
    parts = quantiles(seconds, n=100, method="inclusive")
    return [
        Row("referrals handed over", len(seconds)),
        Row("p50 from due to handed over", parts[49], None, " s"),
        Row("p95 from due to handed over", parts[94], 5, " s"),
        Row("p99 from due to handed over", parts[98], 30, " s"),
    ]
