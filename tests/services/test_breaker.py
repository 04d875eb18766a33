"""A far side that is down is spared: few messages try it, the others wait without losing an attempt."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask

from referral.channels import DeliveryError, Failure
from referral.domain.lifecycle import Stage
from referral.extensions import db
from referral.services import breaker
from referral.services.breaker import FAILURES_IN_A_ROW, FEWEST_IN_WINDOW, PROBE_EVERY, Gate
from referral.services.deliver import GIVE_UP_AFTER, SPREAD
from referral.store import breakers
from tests.factories import NOW, make_request
from tests.fakes import FakeChannel
from tests.services.journeys import again, approved, attempts_of, referral_of, send_due

PLACE = "mail.example:25"
DOWN = DeliveryError(Failure.TRANSIENT, "mail server: TimeoutError", endpoint_down=True)
BUSY = DeliveryError(Failure.TRANSIENT, "mail server answered 451", code="451")
MAIL = ("email", PLACE)


def fail(times: int, now: datetime = NOW) -> None:
    """Let the far side fail so often."""
    for _ in range(times):
        breaker.failed(Gate(*MAIL), now)
    db.session.commit()


def ask(now: datetime) -> Gate:
    """Ask at the gate and keep what that changes."""
    asked = breaker.gate(*MAIL, now)
    db.session.commit()
    return asked


def test_it_opens_at_the_fifth_failure_in_a_row(app_on_both: Flask) -> None:
    fail(FAILURES_IN_A_ROW - 1)
    assert ask(NOW) == Gate(*MAIL)
    fail(1)
    held = ask(NOW)
    assert held.until == NOW + PROBE_EVERY
    assert held.why == "the mail server has taken nothing since 15:00 UTC; we try again every 30 seconds"
    assert [row.endpoint for row in breakers.open_ones()] == [PLACE]


def test_an_answer_between_failures_begins_the_count_anew(app: Flask) -> None:
    for _ in range(5):
        fail(FAILURES_IN_A_ROW - 1)
        breaker.answered(Gate(*MAIL))
        db.session.commit()
    assert ask(NOW) == Gate(*MAIL)


def test_one_message_tries_every_thirty_seconds_and_its_success_closes(app_on_both: Flask) -> None:
    fail(FAILURES_IN_A_ROW)
    later = NOW + PROBE_EVERY
    probe = ask(later)
    assert (probe.probe, probe.until) == (True, None)
    assert [ask(later + timedelta(seconds=wait)).until for wait in (0, 29)] == [later + PROBE_EVERY] * 2
    breaker.answered(Gate(*MAIL))
    db.session.commit()
    assert ask(later).until is not None, "a message from before the trouble says nothing about now"
    breaker.answered(probe)
    db.session.commit()
    assert ask(later) == Gate(*MAIL)


def test_a_probe_that_fails_keeps_it_open(app: Flask) -> None:
    fail(FAILURES_IN_A_ROW)
    later = NOW + PROBE_EVERY
    breaker.failed(ask(later), later)
    db.session.commit()
    assert ask(later).until == later + PROBE_EVERY
    assert "since 15:00" in ask(later).why


def test_far_sides_do_not_stand_for_each_other(app: Flask) -> None:
    fail(FAILURES_IN_A_ROW)
    assert breaker.gate("email", "other.example:25", NOW).until is None
    assert breaker.gate("webhook", PLACE, NOW).until is None
    assert breaker.gate("email", "", NOW).until is None


def sent_over(failures: list[DeliveryError | None]) -> list[UUID]:
    """As many messages to patients, each with its outcome, one after the other; the ids of their requests."""
    made = []
    for failure in failures:
        made.append(make_request().id)
        send_due(FakeChannel(failure, endpoint=PLACE))
    return made


def test_more_failures_than_answers_within_a_minute_open_it_too(app_on_both: Flask) -> None:
    pattern = [DOWN, None, DOWN, None, DOWN] * (FEWEST_IN_WINDOW // 5)
    sent_over([*pattern[:-1]])
    assert ask(NOW).until is None, "too few to tell"
    sent_over([DOWN])
    assert ask(NOW).until is not None


def test_messages_that_come_back_one_by_one_say_nothing_of_the_server(app: Flask) -> None:
    sent_over([BUSY] * (FAILURES_IN_A_ROW + 1))
    assert ask(NOW) == Gate(*MAIL)


def test_behind_an_open_breaker_a_message_waits_and_keeps_its_attempts(app_on_both: Flask) -> None:
    request_id = approved()
    fail(FAILURES_IN_A_ROW)
    channel = FakeChannel(endpoint=PLACE)
    assert send_due(channel) == ["queued"]
    delivery = referral_of(request_id)
    assert (channel.sent, delivery.attempts, attempts_of(delivery)) == ([], 0, [])
    assert NOW + PROBE_EVERY <= delivery.due_at <= NOW + PROBE_EVERY + SPREAD
    assert delivery.error.startswith("the mail server has taken nothing since")
    assert send_due(channel, NOW + PROBE_EVERY + SPREAD) == ["delivered"]
    assert again(request_id).stage == Stage.DELIVERED
    assert (referral_of(request_id).error, breakers.open_ones()) == ("", [])


@pytest.mark.parametrize("wait", [timedelta(), PROBE_EVERY], ids=["as the probe", "behind the probe"])
def test_a_day_behind_an_open_breaker_counts_as_a_day_of_trying(app: Flask, wait: timedelta) -> None:
    request_id = approved(reroute_allowed=False)
    fail(FAILURES_IN_A_ROW)
    tomorrow = NOW + GIVE_UP_AFTER + timedelta(minutes=1)
    ask(tomorrow - wait)  # where somebody else took the probe just before, this one waits behind it
    assert send_due(FakeChannel(DOWN, endpoint=PLACE), tomorrow) == ["failed"]
    assert again(request_id).stage == Stage.SEND_FAILED
    assert [outcome for _, outcome in attempts_of(referral_of(request_id))] == ["transient"]


def test_who_comes_when_the_far_side_has_been_down_for_a_day_gets_a_day(app: Flask) -> None:
    fail(FAILURES_IN_A_ROW)
    tomorrow = NOW + GIVE_UP_AFTER + timedelta(minutes=1)
    make_request(now=tomorrow)
    assert send_due(FakeChannel(DOWN, endpoint=PLACE), tomorrow) == ["queued"]


def test_a_far_side_that_comes_back_gets_everything_that_waited(app: Flask) -> None:
    ids = [approved() for _ in range(3)]
    down = FakeChannel(*[DOWN] * 20, endpoint=PLACE)
    now = NOW
    for _ in range(8):
        send_due(down, now)
        now += timedelta(seconds=20)
    assert breakers.open_ones() != []
    up = FakeChannel(endpoint=PLACE)
    for _ in range(12):
        send_due(up, now)
        now += timedelta(seconds=20)
    assert [again(request_id).stage for request_id in ids] == [Stage.DELIVERED] * 3


@pytest.mark.parametrize("failure", [DeliveryError(Failure.PERMANENT, "mail server answered 550", code="550"), None])
def test_a_probe_that_is_refused_was_answered_all_the_same(app: Flask, failure: DeliveryError | None) -> None:
    approved(reroute_allowed=False)
    fail(FAILURES_IN_A_ROW)
    send_due(FakeChannel(failure, endpoint=PLACE), NOW + PROBE_EVERY)
    assert breakers.open_ones() == []
