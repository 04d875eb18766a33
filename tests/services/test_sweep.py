"""The look over the whole outbox and all deadlines."""

from datetime import timedelta

import pytest
from flask import Flask

from referral.access.authorize import Acting
from referral.domain.clocks import add_business_days
from referral.domain.codes import Actor
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import Delivery
from referral.services.sweep import sweep
from referral.store import deliveries
from tests.factories import NOW, make_request, make_role
from tests.fakes import FakeChannel
from tests.services.journeys import (
    again,
    approved,
    attempts_of,
    delivered,
    history,
    office,
    referral_of,
    step,
    templates_of,
)

CHANNELS = {"email": FakeChannel()}
LATE = add_business_days(NOW, 2) + timedelta(minutes=1)
SENT = ("received", "referral", "sent")


def test_what_is_due_is_rung_for_without_a_broker_too(app_on_both: Flask) -> None:
    approved()
    make_request()
    assert sweep(NOW, CHANNELS) == 2
    assert sweep(NOW - timedelta(seconds=1), CHANNELS) == 0


def test_what_waits_or_is_held_is_not_rung_for(app: Flask) -> None:
    request_id = approved()
    step(request_id, Action.HOLD)
    assert sweep(NOW, CHANNELS) == 0


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
    assert timedelta(seconds=15) <= delivery.due_at - later <= timedelta(seconds=30)
    assert attempts_of(delivery) == [(1, "unknown")]
    assert again(request_id).stage == Stage.QUEUED


def test_a_message_of_a_dead_worker_on_a_channel_without_repeats_waits_for_a_person(app_on_both: Flask) -> None:
    request_id = approved()
    deliveries.claim(referral_of(request_id).id, NOW)
    db.session.commit()
    sweep(NOW + timedelta(minutes=3), {"email": FakeChannel(repeatable=False)})
    assert referral_of(request_id).status == "unknown"
    assert again(request_id).stage == Stage.SENT


def test_a_silent_office_is_passed_by_and_the_next_is_asked(app_on_both: Flask) -> None:
    request_id = delivered(make_role(), make_role(role_id="second"))
    sweep(LATE - timedelta(minutes=2), CHANNELS)
    assert again(request_id).stage == Stage.DELIVERED
    sweep(LATE, CHANNELS)
    request = again(request_id)
    assert request.stage == Stage.QUEUED
    assert [task.role_id for task in request.tasks][1:] == ["second"]
    assert (request.tasks[0].status, request.tasks[0].business_status) == ("in-progress", "5.2")
    assert history(request_id)[-2:] == [
        ("pass-deadline", "delivered", "no-response"),
        ("reroute", "no-response", "queued"),
    ]
    assert templates_of(request_id, SENT) == ["no-response", "referral"]


def test_an_acknowledged_request_is_passed_by_when_no_answer_follows(app: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACKNOWLEDGE, office(request_id))
    sweep(LATE, CHANNELS)
    assert again(request_id).stage == Stage.ACKNOWLEDGED
    sweep(add_business_days(NOW, 10) + timedelta(minutes=1), CHANNELS)
    assert again(request_id).stage == Stage.NO_RESPONSE


def test_an_answer_that_comes_after_the_deadline_counts(app_on_both: Flask) -> None:
    request_id = delivered()
    sweep(LATE, CHANNELS)
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


def test_one_request_that_cannot_go_on_does_not_stop_the_others(app_on_both: Flask) -> None:
    """The consent for the next specialist is over: that request waits, the one after it goes on."""
    stuck = delivered(make_role(), make_role())
    for consent in again(stuck).consents:
        consent.revoked_at = NOW
    db.session.commit()
    going = delivered(make_role(), make_role())
    sweep(LATE, CHANNELS)
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
    assert [row.status for row in db.session.query(Delivery).where(Delivery.template == "no-response")] == ["queued"]
