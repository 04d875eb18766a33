"""One request through its life, on the services alone."""

from flask import Flask

from referral.domain.codes import Actor
from referral.domain.lifecycle import Action, Stage
from referral.access.authorize import Acting
from referral.domain.opinions import OpinionText
from referral.services.act import act
from referral.services.deliver import deliver
from referral.services.effects import Details
from referral.store import deliveries
from tests.factories import COORDINATOR, NOW, make_request, make_role
from tests.fakes import FakeChannel


def test_a_request_goes_from_approval_to_opinion(app_on_both: Flask) -> None:
    request = make_request(make_role())
    channel = FakeChannel()

    act(request.id, Action.APPROVE, COORDINATOR, Details(), NOW)
    assert request.stage == Stage.QUEUED
    settings = app_on_both.extensions["settings"]
    for delivery_id in deliveries.due(NOW, 10):
        deliver(delivery_id, {"email": channel}, settings, lambda: NOW)
    assert {m.to for m in channel.sent} == {"referrals@harbor.example", "maria@sample.example"}
    office = Acting(Actor.OFFICE, task_id=request.current_task_id)
    act(request.id, Action.ACCEPT, office, Details(), NOW)
    act(request.id, Action.SUBMIT_OPINION, office, Details(opinion=OpinionText(text="Operate")), NOW)

    assert request.stage == Stage.OPINION_RECEIVED
