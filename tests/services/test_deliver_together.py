"""Many mails at once: claimed and noted together, and each of them treated as if it were alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask, current_app
from sqlalchemy import event, select

from referral.channels import Channel, DeliveryError, Failure, Message
from referral.domain.lifecycle import Stage
from referral.extensions import db
from referral.models import Delivery
from referral.services import breaker
from referral.services.breaker import FAILURES_IN_A_ROW, Gate
from referral.services.deliver_together import deliver_waiting, deliver_with_others
from referral.store import deliveries
from tests.factories import NOW, make_request
from tests.fakes import FakeChannel
from tests.services.journeys import again, approved, attempts_of, referral_of

LATER = DeliveryError(Failure.TRANSIENT, "mail server answered 451", code="451")
NEVER = DeliveryError(Failure.PERMANENT, "mail server answered 550", code="550")
DOWN = DeliveryError(Failure.UNKNOWN, "mail server: SMTPServerDisconnected", endpoint_down=True)
PLACE = "mail.example:25"


def together(channel: Channel) -> int:
    """Send what waits over this channel; how many were taken."""
    return deliver_waiting(channel, current_app.extensions["settings"], lambda: NOW)


def waiting(number: int) -> list[UUID]:
    """So many mails to patients that are due; their ids, in the order they are sent in."""
    for second in range(number):
        make_request(now=NOW - timedelta(seconds=number - second))
    return list(db.session.scalars(select(Delivery.id).order_by(Delivery.due_at)))


def states(ids: list[UUID]) -> list[tuple[str, int]]:
    """Status and number of attempts of each."""
    db.session.rollback()
    rows = [db.session.get_one(Delivery, one, populate_existing=True) for one in ids]
    assert all(row.lease == "" and row.leased_until is None for row in rows)
    assert all([number for number, _ in attempts_of(row)] == list(range(1, row.attempts + 1)) for row in rows)
    return [(row.status, row.attempts) for row in rows]


def test_all_that_is_due_is_sent_once_and_noted(app_on_both: Flask) -> None:
    ids = waiting(4)
    channel = FakeChannel(endpoint=PLACE)
    assert together(channel) == 4
    assert states(ids) == [("delivered", 1)] * 4
    assert [attempts_of(db.session.get_one(Delivery, one)) for one in ids] == [[(1, "delivered")]] * 4
    assert len({message.key for message in channel.sent}) == 4
    assert together(channel) == 0


def test_many_mails_take_no_more_statements_than_two(app: Flask) -> None:
    """What the words of a mail need of its request is read with the claim, not for each mail anew."""
    said: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    numbers = []
    for number in (2, 2, 12):  # the first time, keys and settings are read besides
        waiting(number)
        db.session.rollback()
        said.clear()
        assert together(FakeChannel(endpoint=PLACE)) == number
        numbers.append(len(said))
    assert numbers[2] == numbers[1]


def test_each_failure_is_its_own_and_the_others_go_on(app_on_both: Flask) -> None:
    ids = waiting(4)
    assert together(FakeChannel(None, LATER, NEVER, None, endpoint=PLACE)) == 2
    assert states(ids) == [("delivered", 1), ("queued", 1), ("failed", 1), ("delivered", 1)]


def test_what_stands_behind_a_server_that_failed_is_put_back_untried(app_on_both: Flask) -> None:
    ids = waiting(4)
    assert together(FakeChannel(None, DOWN, endpoint=PLACE)) == 1
    assert states(ids) == [("delivered", 1), ("queued", 1), ("queued", 0), ("queued", 0)]


def test_behind_an_open_breaker_nothing_is_claimed(app: Flask) -> None:
    ids = waiting(2)
    for _ in range(FAILURES_IN_A_ROW):
        breaker.failed(Gate("email", PLACE), NOW)
    db.session.commit()
    channel = FakeChannel(endpoint=PLACE)
    assert (together(channel), channel.sent) == (0, [])
    assert states(ids) == [("queued", 0)] * 2


def test_a_referral_is_not_among_them_since_its_request_has_to_be_held(app: Flask) -> None:
    request_id = approved()
    assert together(FakeChannel()) == 0
    assert again(request_id).stage == Stage.QUEUED
    channel = FakeChannel()
    delivery_id = referral_of(request_id).id
    settings = app.extensions["settings"]
    assert deliver_with_others(delivery_id, {"email": channel}, settings, lambda: NOW) == 1
    assert again(request_id).stage == Stage.DELIVERED
    assert len(channel.sent) == 2, "the referral, and the mail to the patient that says so"


def test_two_workers_do_not_send_the_same_mail(app_on_both: Flask) -> None:
    ids = waiting(6)
    db.session.rollback()
    channel = FakeChannel()

    def work(_: int) -> int:
        with app_on_both.app_context():
            return together(channel)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == 6
    assert len(channel.sent) == 6
    assert states(ids) == [("delivered", 1)] * 6


def test_who_lost_the_lease_writes_nothing(app: Flask) -> None:
    (delivery_id,) = waiting(1)

    class Slow(FakeChannel):
        def send(self, message: Message) -> None:
            with app.app_context():
                row = db.session.get_one(Delivery, delivery_id)
                row.lease = "somebody else's"
                db.session.commit()

    together(Slow())
    row = deliveries.get(delivery_id)
    assert row is not None
    db.session.refresh(row)
    assert (row.status, row.lease) == ("sending", "somebody else's")


@pytest.mark.parametrize("error", [KeyError("Zyx"), MemoryError()])
def test_whatever_a_channel_raises_leaves_no_mail_behind(app: Flask, error: Exception) -> None:
    ids = waiting(2)

    class Broken(FakeChannel):
        def send(self, message: Message) -> None:
            raise error

    assert together(Broken()) == 0
    assert {status for status, _ in states(ids)} == {"queued"}
