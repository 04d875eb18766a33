"""The look over the whole outbox and all deadlines."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from referral.access.authorize import Acting
from referral.domain.business_hours import Calendar, add_business_time
from referral.domain.codes import Actor
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import Delivery
from referral.services import sweep as sweep_module
from referral.services.effects import Details
from referral.services.sweep import sweep
from referral.store import deliveries, operations, referrals
from tests.factories import NOW, make_request, make_role
from tests.fakes import FakeChannel
from tests.services.journeys import (
    again,
    approved,
    attempts_of,
    delivered,
    history,
    office,
    patient,
    referral_of,
    send_due,
    step,
    templates_of,
)

CHANNELS = {"email": FakeChannel()}
BOSTON = Calendar("America/New_York", "US", "MA")


def after_days(days: float, start: datetime = NOW) -> datetime:
    """A minute after so many business days of the office."""
    return add_business_time(start, timedelta(hours=9 * days), BOSTON) + timedelta(minutes=1)


LATE = after_days(3)
"""One and a half times the two days that an office has to confirm a routine request."""
SENT = ("received", "referral", "sent")


def test_what_is_due_is_rung_for_without_a_broker_too(app_on_both: Flask) -> None:
    approved()
    make_request()
    assert sweep(NOW, CHANNELS) == 2
    assert sweep(NOW - timedelta(seconds=1), CHANNELS) == 0


def test_what_waits_or_is_held_is_not_rung_for(app: Flask) -> None:
    request_id = approved()
    step(request_id, Action.HOLD)
    send_due()  # word of it to the patient
    assert sweep(NOW, CHANNELS) == 0
    assert referral_of(request_id).status == "queued"


def test_a_message_of_a_dead_worker_is_taken_up_under_its_own_key(app_on_both: Flask) -> None:
    request_id = approved()
    delivery_id, key = referral_of(request_id).id, referral_of(request_id).key
    claimed = deliveries.claim(delivery_id, NOW)
    assert claimed is not None
    db.session.commit()

    sweep(NOW + deliveries.LEASE, CHANNELS)
    assert referral_of(request_id).status == "sending", "the lease is not over"
    later = NOW + deliveries.LEASE + timedelta(seconds=1)
    sweep(later, CHANNELS)
    delivery = referral_of(request_id)
    assert (delivery.status, delivery.key, delivery.lease) == ("queued", key, "")
    assert delivery.due_at == later, "the lease was wait enough"
    assert attempts_of(delivery) == [(1, "unknown")]
    assert again(request_id).stage == Stage.QUEUED


def test_a_message_of_a_dead_worker_on_a_channel_without_repeats_waits_for_a_person(app_on_either: Flask) -> None:
    request_id = approved()
    deliveries.claim(referral_of(request_id).id, NOW)
    db.session.commit()
    sweep(NOW + timedelta(minutes=3), {"email": FakeChannel(repeatable=False)})
    assert referral_of(request_id).status == "unknown"
    assert again(request_id).stage == Stage.SENT


def sweep_until_quiet(now: datetime) -> None:
    """Sweep as often as it takes for every step that is due."""
    for _ in range(5):
        sweep(now, CHANNELS)


def test_a_silent_office_is_reminded_and_in_the_end_the_next_is_asked(app_on_both: Flask) -> None:
    request_id = delivered(make_role(), make_role(role_id="second"))
    for days, steps in ((0.99, 0), (1, 1), (1.6, 2), (2, 3), (2.9, 3)):
        sweep_until_quiet(after_days(days))
        expected = ["remind", "warn", "breach"][:steps]
        assert [step[0] for step in history(request_id)][4:] == expected
        assert again(request_id).stage == Stage.DELIVERED
    assert templates_of(request_id, SENT) == ["late", "office-reminder"]
    sweep_until_quiet(LATE)
    request = again(request_id)
    assert request.stage == Stage.QUEUED
    assert [task.role_id for task in request.tasks][1:] == ["second"]
    assert (request.tasks[0].status, request.tasks[0].business_status) == ("in-progress", "5.2")
    assert history(request_id)[-2:] == [
        ("pass-deadline", "delivered", "no-response"),
        ("reroute", "no-response", "queued"),
    ]
    assert templates_of(request_id, SENT) == ["late", "office-reminder", "referral", "rerouted"]


def test_a_service_that_was_away_takes_every_step_once_and_reminds_nobody_of_what_is_over(app: Flask) -> None:
    request_id = delivered(make_role(), make_role())
    sweep_until_quiet(LATE)
    assert [step[0] for step in history(request_id)][4:8] == ["remind", "warn", "breach", "pass-deadline"]
    assert "office-reminder" not in templates_of(request_id)


def test_two_sweepers_take_a_step_once(app_on_both: Flask) -> None:
    request_id = delivered()
    found = referrals.on_next_rung(after_days(1), 10)
    assert [waiting.request_id for waiting in found] == [request_id]
    for _ in range(2):
        sweep_module._try(found[0], Action.REMIND, Details(), after_days(1))
    assert [step[0] for step in history(request_id)].count("remind") == 1


def test_the_patient_is_reminded_of_what_they_were_asked_for(app: Flask) -> None:
    request_id = make_request().id
    step(request_id, Action.REQUEST_RECORDS)
    sweep_until_quiet(after_days(5))
    assert templates_of(request_id, ("received",)) == ["records-needed", "reminder"]


def test_an_acknowledged_request_is_passed_by_when_no_answer_follows(app: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACKNOWLEDGE, office(request_id))
    sweep_until_quiet(after_days(10))
    assert again(request_id).stage == Stage.ACKNOWLEDGED
    sweep_until_quiet(after_days(15))
    assert again(request_id).stage == Stage.NO_RESPONSE


def test_a_question_stops_the_clock_of_the_office_and_the_answer_lets_it_go_on(app_on_either: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACKNOWLEDGE, office(request_id))
    due = again(request_id).next_by
    asked, answered = after_days(4), after_days(9)
    step(request_id, Action.REQUEST_INFORMATION, office(request_id), asked, text="Which drug?")
    sweep_until_quiet(answered)
    step(request_id, Action.ANSWER_INFORMATION, patient(request_id), answered, text="None.")
    request = again(request_id)
    assert due is not None
    assert request.next_by == add_business_time(due, timedelta(hours=9 * 5), BOSTON)
    assert (request.rungs, request.paused_clocks) == (0, {})


def test_a_hold_stops_every_clock_and_a_step_once_taken_is_not_taken_again(app: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACKNOWLEDGE, office(request_id))
    step(request_id, Action.REQUEST_INFORMATION, office(request_id), text="Which drug?")
    sweep_until_quiet(after_days(2))  # past half of the three days the patient has
    due = again(request_id).next_by
    step(request_id, Action.HOLD, now=after_days(2))
    step(request_id, Action.RESUME, now=after_days(5))
    sweep_until_quiet(after_days(5))
    assert due is not None
    assert again(request_id).next_by == add_business_time(due, timedelta(hours=9 * 3), BOSTON)
    assert [step[0] for step in history(request_id)].count("remind") == 1
    assert again(request_id).paused_clocks == {"acknowledged": [0.0, 0]}


def test_lengths_and_steps_are_those_of_the_settings_table(app_on_either: Flask) -> None:
    operations.keep_clock_settings({"hours.delivered.routine": "4", "ladder.remind": "0.25"}, "lead", NOW)
    request_id = delivered()
    assert again(request_id).next_by == NOW + timedelta(hours=4)
    sweep_until_quiet(NOW + timedelta(hours=1))
    assert history(request_id)[-1][0] == "remind"


def test_an_answer_that_comes_after_the_deadline_counts(app_on_either: Flask) -> None:
    request_id = delivered()
    sweep_until_quiet(LATE)
    assert again(request_id).stage == Stage.NO_RESPONSE
    assert step(request_id, Action.ACCEPT, office(request_id), LATE) == Stage.ACCEPTED
    task = again(request_id).current_task
    assert task is not None
    assert (task.status, task.business_status) == ("accepted", "3.0")


def test_no_deadline_is_passed_while_the_request_is_on_hold(app: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.HOLD)
    sweep(LATE + timedelta(days=60), CHANNELS)
    assert again(request_id).stage == Stage.ON_HOLD


def test_one_request_that_cannot_go_on_does_not_stop_the_others(app_on_either: Flask) -> None:
    """The consent for the next specialist is over: that request waits, the one after it goes on."""
    stuck = delivered(make_role(), make_role())
    asked = again(stuck).shortlist[0].role_id
    for consent in again(stuck).consents:
        if consent.role_id != asked:
            consent.revoked_at = NOW
    db.session.commit()
    going = delivered(make_role(), make_role())
    sweep_until_quiet(LATE)
    assert again(going).stage == Stage.QUEUED
    assert again(stuck).stage == Stage.NO_RESPONSE


def test_a_sweep_that_finds_nothing_changes_nothing(app: Flask) -> None:
    request_id = delivered()
    version = again(request_id).version
    assert sweep(NOW, CHANNELS) == 0
    assert again(request_id).version == version


def test_nobody_but_the_service_passes_deadlines(app: Flask) -> None:
    request_id = delivered()
    acting = Acting(Actor.SYSTEM, "service")
    with pytest.raises(NotAllowed):
        step(request_id, Action.PASS_DEADLINE, now=LATE)
    assert step(request_id, Action.PASS_DEADLINE, acting, LATE) == Stage.NO_RESPONSE
    assert [row.status for row in db.session.query(Delivery).where(Delivery.template == "nobody-left")] == ["queued"]
