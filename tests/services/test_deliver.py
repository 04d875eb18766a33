"""One message, from the claim to the outcome: whoever has the lease writes it, and nobody else."""

import logging
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from referral.channels import DeliveryError, Failure, Message, Taken
from referral.channels.email import NoEmail
from referral.domain.lifecycle import Action, Stage
from referral.domain.queues import QueueName
from referral.extensions import db
from referral.models import Delivery
from referral.services import deliver as service
from referral.services.deliver import FIRST_WAIT, GIVE_UP_AFTER, LONGEST_WAIT, deliver, next_wait, recover_lost
from referral.store import deliveries, worklists
from referral.store.scopes import EVERY_REQUEST
from referral.store.worklist_filters import Filters
from tests.factories import NOW, make_request, make_role
from tests.fakes import FakeChannel
from tests.services.journeys import (
    again,
    approved,
    attempts_of,
    history,
    referral_of,
    send_due,
    step,
    templates_of,
)

LATER = DeliveryError(Failure.TRANSIENT, "mail server answered 451")
NEVER = DeliveryError(Failure.PERMANENT, "mail server answered 550")
MAYBE = DeliveryError(Failure.UNKNOWN, "mail server: SMTPServerDisconnected")


def stored(delivery_id: UUID) -> Delivery:
    """The message as it stands in the database now."""
    db.session.rollback()
    return db.session.get_one(Delivery, delivery_id, populate_existing=True)


def test_a_taken_message_is_delivered_and_the_patient_is_told(app_on_both: Flask) -> None:
    request_id = approved()
    channel = FakeChannel()
    assert send_due(channel) == ["delivered"]
    delivery = referral_of(request_id)
    assert (delivery.status, delivery.attempts, delivery.lease, delivery.leased_until) == ("delivered", 1, "", None)
    assert (delivery.handed_over_at, delivery.delivered_at) == (NOW, NOW)
    assert attempts_of(delivery) == [(1, "delivered")]
    assert history(request_id)[-2:] == [("hand-over", "queued", "sent"), ("deliver", "sent", "delivered")]
    assert templates_of(request_id) == ["received", "referral", "sent"]
    assert channel.sent[0].key == delivery.key
    assert channel.sent[0].reference == str(request_id)


def test_what_is_delivered_is_never_sent_again(app_on_either: Flask) -> None:
    request_id = approved()
    delivery_id = referral_of(request_id).id
    send_due()
    channel = FakeChannel()
    settings = app_on_either.extensions["settings"]
    assert deliver(delivery_id, {"email": channel}, settings, lambda: NOW + timedelta(days=1)) == "skipped"
    assert deliver(UUID(int=1), {"email": channel}, settings, lambda: NOW) == "skipped"
    assert channel.sent == []


def test_six_workers_claim_one_message_and_one_sends_it(app_on_both: Flask) -> None:
    request_id = approved()
    delivery_id = referral_of(request_id).id
    db.session.commit()
    channel, start = FakeChannel(), Barrier(6)
    settings = app_on_both.extensions["settings"]

    def work(_: int) -> str:
        with app_on_both.app_context():
            start.wait(10)
            return deliver(delivery_id, {"email": channel}, settings, lambda: NOW)

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(work, range(6)))
    assert outcomes == ["delivered", *["skipped"] * 5]
    assert len(channel.sent) == 1
    assert attempts_of(referral_of(request_id)) == [(1, "delivered")]


class Interrupted(FakeChannel):
    """A channel so slow that its lease is over and another worker has the message when it returns."""

    def __init__(self, delivery_id: UUID, *failures: DeliveryError | None) -> None:
        super().__init__(*failures)
        self.delivery_id = delivery_id

    def send(self, message: Message) -> None:
        """Let somebody else recover and claim the message meanwhile."""
        late = NOW + deliveries.LEASE + timedelta(seconds=1)
        recover_lost(late, {"email": self})
        db.session.get_one(Delivery, self.delivery_id).due_at = late
        assert deliveries.claim(self.delivery_id, late) is not None
        db.session.commit()
        super().send(message)


@pytest.mark.parametrize("failure", [None, LATER, NEVER])
def test_the_outcome_of_a_worker_that_lost_its_lease_is_ignored(
    app_on_both: Flask, failure: DeliveryError | None
) -> None:
    request_id = approved()
    delivery_id = referral_of(request_id).id
    assert send_due(Interrupted(delivery_id, failure)) == ["lost"]
    delivery = stored(delivery_id)
    assert (delivery.status, delivery.attempts) == ("sending", 2)
    assert attempts_of(delivery) == [(1, "unknown"), (2, "")]
    assert again(request_id).stage == Stage.QUEUED


def test_a_message_that_came_back_to_life_is_not_taken_from_its_new_worker(app_on_both: Flask) -> None:
    """Two sweeps see the same lost messages; the slower one comes when the second is being sent again."""
    first, second = make_request().id, make_request().id
    send_due()
    step(first, Action.APPROVE)
    step(second, Action.APPROVE)
    late = NOW + deliveries.LEASE + timedelta(seconds=1)
    ids = [referral_of(request_id).id for request_id in (first, second)]
    for delivery_id in ids:
        deliveries.claim(delivery_id, NOW)
    db.session.commit()
    seen = [(row.id, row.lease) for row in deliveries.lost(late, 10)]
    assert {delivery_id for delivery_id, _ in seen} == set(ids)
    recover_lost(late, {"email": FakeChannel()})
    soon = late + timedelta(minutes=1)
    claimed = deliveries.claim(ids[1], soon)
    assert claimed is not None
    db.session.commit()
    leases = dict(seen)
    assert service.record(ids[1], leases[ids[1]], MAYBE, soon, repeatable=True) == "lost"
    assert stored(ids[1]).status == "sending"


@pytest.mark.parametrize("failure", [LATER, MAYBE])
def test_a_failure_that_may_pass_is_tried_again_under_the_same_key(
    app_on_either: Flask, failure: DeliveryError
) -> None:
    request_id = approved()
    assert send_due(FakeChannel(failure)) == ["queued"]
    delivery = referral_of(request_id)
    assert FIRST_WAIT / 2 <= delivery.due_at - NOW <= FIRST_WAIT
    assert delivery.error == str(failure)
    assert again(request_id).stage == Stage.QUEUED
    channel = FakeChannel()
    assert send_due(channel) == [], "not before it is due"
    key, due_at = delivery.key, delivery.due_at
    assert send_due(channel, due_at) == ["delivered"]
    assert [message.key for message in channel.sent] == [key]
    assert attempts_of(referral_of(request_id)) == [(1, failure.failure.value), (2, "delivered")]
    assert referral_of(request_id).error == ""


@given(attempts=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_the_wait_doubles_up_to_an_hour_and_is_spread(attempts: int, chance: float) -> None:
    wait = next_wait(attempts, chance)
    whole = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 20))
    assert whole / 2 <= wait <= whole
    assert next_wait(attempts, 0) * 2 == whole


def test_waits_of_many_messages_are_spread_over_the_window() -> None:
    waits = [next_wait(1, random.Random(seed).random()) for seed in range(50)]
    assert len(set(waits)) == 50


def test_a_refused_message_waits_for_a_coordinator(app_on_either: Flask) -> None:
    request_id = approved(reroute_allowed=False)
    assert send_due(FakeChannel(NEVER)) == ["failed"]
    request, delivery = again(request_id), referral_of(request_id)
    assert (request.stage, delivery.status, delivery.error) == (Stage.SEND_FAILED, "failed", "mail server answered 550")
    assert (request.tasks[0].status, request.status) == ("failed", "active")
    assert [row.id for row in worklists.page(Filters(queue=QueueName.SEND_FAILED, scope=EVERY_REQUEST), NOW, 10)] == [
        request_id
    ]
    assert request.events[-1].text == "mail server answered 550"


def test_a_failed_message_is_sent_again_by_hand_under_its_own_key(app_on_either: Flask) -> None:
    request_id = approved(reroute_allowed=False)
    send_due(FakeChannel(NEVER))
    send_due()  # the patient's message that says so
    key = referral_of(request_id).key
    assert step(request_id, Action.SEND) == Stage.QUEUED
    channel = FakeChannel()
    assert send_due(channel) == ["delivered"]
    assert [message.key for message in channel.sent] == [key]
    assert attempts_of(referral_of(request_id)) == [(1, "permanent"), (2, "delivered")]


def test_a_message_nobody_knows_of_is_not_repeated_where_a_repeat_would_count(app_on_either: Flask) -> None:
    request_id = approved()
    assert send_due(FakeChannel(MAYBE, repeatable=False)) == ["unknown"]
    assert referral_of(request_id).status == "unknown"
    assert again(request_id).stage == Stage.SENT
    assert history(request_id)[-1] == ("hand-over", "queued", "sent")
    assert send_due(now=NOW + timedelta(days=2)) == []
    assert step(request_id, Action.ACCEPT) == Stage.ACCEPTED


def fail_for(request_id: UUID, since: datetime, span: timedelta) -> tuple[str, datetime]:
    """Fail every attempt until the message is given up or the span is over; the last status and moment."""
    now, status = since, "queued"
    while status == "queued" and now - since <= span:
        status = (send_due(FakeChannel(LATER), now) or [status])[0]
        now = max(referral_of(request_id).due_at, now + timedelta(minutes=20))
    return status, now


def test_after_a_day_of_failures_it_is_given_up(app_on_either: Flask) -> None:
    request_id = approved(reroute_allowed=False)
    status, ended = fail_for(request_id, NOW, timedelta(days=2))
    assert status == "failed"
    assert GIVE_UP_AFTER < ended - NOW < GIVE_UP_AFTER + timedelta(hours=3)
    assert again(request_id).stage == Stage.SEND_FAILED


def test_a_message_that_is_sent_again_by_hand_gets_another_day(app: Flask) -> None:
    request_id = approved(reroute_allowed=False)
    send_due(FakeChannel(NEVER))
    send_due()  # the patient's message that says so
    tomorrow = NOW + timedelta(days=3)
    step(request_id, Action.SEND, now=tomorrow)
    assert send_due(FakeChannel(LATER), tomorrow) == ["queued"]


def test_a_message_that_was_held_for_days_gets_its_day_all_the_same(app: Flask) -> None:
    request_id = approved()
    send_due(FakeChannel(LATER))
    step(request_id, Action.HOLD)
    later = NOW + timedelta(days=5)
    step(request_id, Action.RESUME, now=later)
    assert send_due(FakeChannel(LATER), later)[0] == "queued", "the messages to the patient come after it"


def test_without_a_mail_server_messages_wait_and_no_attempt_is_counted(app_on_either: Flask) -> None:
    request_id = approved()
    now = NOW
    for _ in range(3):
        assert send_due(NoEmail(), now) == ["queued"]
        assert (referral_of(request_id).attempts, attempts_of(referral_of(request_id))) == (0, [])
        assert referral_of(request_id).due_at - now == timedelta(minutes=5)
        now = referral_of(request_id).due_at
    weeks_later = NOW + timedelta(weeks=3)
    assert send_due(FakeChannel(LATER), weeks_later) == ["queued"], "the time without a mail server does not count"
    assert send_due(FakeChannel(), weeks_later + timedelta(minutes=1)) == ["delivered"]


@pytest.mark.parametrize("error", [KeyError("Zyxgiven"), MemoryError("Zyxgiven"), ValueError("Zyxgiven")])
def test_whatever_a_channel_raises_is_an_unknown_outcome(
    app_on_both: Flask, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    request_id = approved()

    class Broken(FakeChannel):
        def send(self, message: Message) -> None:
            raise error

    with caplog.at_level(logging.DEBUG):
        assert send_due(Broken()) == ["queued"]
    assert referral_of(request_id).error == f"unforeseen: {type(error).__name__}"
    assert attempts_of(referral_of(request_id)) == [(1, "unknown")]
    assert "Zyxgiven" not in caplog.text


def test_no_database_connection_is_held_while_the_far_side_is_slow(app_on_both: Flask) -> None:
    approved()
    held: list[int] = []

    class Watching(FakeChannel):
        def send(self, message: Message) -> None:
            held.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]  # QueuePool on both databases

    assert send_due(Watching()) == ["delivered"]
    assert held == [0]


def test_the_attempt_is_on_disk_before_anything_leaves(app_on_both: Flask) -> None:
    request_id = approved()
    delivery_id = referral_of(request_id).id
    seen: list[object] = []

    class Looking(FakeChannel):
        def send(self, message: Message) -> None:
            with app_on_both.app_context():
                row = stored(delivery_id)
                seen.extend([row.status, row.attempts, row.leased_until, attempts_of(row)])

    send_due(Looking())
    assert seen == ["sending", 1, NOW + deliveries.LEASE, [(1, "")]]


@pytest.mark.parametrize("action, stage", [(Action.HOLD, Stage.ON_HOLD), (Action.CANCEL, Stage.CANCELLED)])
def test_a_request_stopped_while_its_message_leaves_stays_stopped(
    app_on_both: Flask, action: Action, stage: Stage
) -> None:
    request_id = approved()

    class Stopping(FakeChannel):
        def send(self, message: Message) -> None:
            with app_on_both.app_context():
                step(request_id, action)

    assert send_due(Stopping()) == ["delivered"]
    assert again(request_id).stage == stage
    assert referral_of(request_id).handed_over_at == NOW


def test_a_message_that_failed_while_its_request_was_cancelled_is_not_kept_waiting(app_on_either: Flask) -> None:
    request_id = approved()

    class Cancelling(FakeChannel):
        def send(self, message: Message) -> None:
            with app_on_either.app_context():
                step(request_id, Action.CANCEL)
            raise LATER

    assert send_due(Cancelling()) == ["failed"]
    assert again(request_id).stage == Stage.CANCELLED


def test_an_office_that_answers_before_the_outcome_is_written_keeps_its_answer(app_on_both: Flask) -> None:
    """The lease was lost, the message sent twice; the office accepted after the first copy."""
    request_id = approved()
    send_due()
    step(request_id, Action.ACCEPT)
    version = again(request_id).version
    delivery_id = referral_of(request_id).id
    row = stored(delivery_id)
    row.status, row.lease, row.leased_until = "sending", "x", NOW
    db.session.commit()
    assert service.record(delivery_id, "x", Taken("250"), NOW, repeatable=True) == "delivered"
    assert (again(request_id).stage, again(request_id).version) == (Stage.ACCEPTED, version)


def test_a_message_to_the_patient_changes_nothing_about_the_request(app: Flask) -> None:
    request_id = make_request(make_role()).id
    assert send_due(FakeChannel(NEVER)) == ["failed"]
    assert (again(request_id).stage, again(request_id).version) == (Stage.SUBMITTED, 1)
