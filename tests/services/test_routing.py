"""Who is asked next, and when nobody is."""

from datetime import timedelta

import pytest
from flask import Flask

from referral.channels import DeliveryError, Failure
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import Consent
from referral.services.act import reroute_by_itself
from tests.factories import NOW, make_npi, make_request, make_role
from tests.fakes import FakeChannel
from tests.services.journeys import (
    again,
    approved,
    delivered,
    history,
    office,
    referral_of,
    send_due,
    step,
    templates_of,
)

SENT = ("received", "referral", "sent")
REFUSED = DeliveryError(Failure.PERMANENT, "mail server answered 550")


def decline(request_id: object, reason: str = "no-capacity", **details: object) -> Stage:
    """The current office declines."""
    return step(request_id, Action.DECLINE, office(request_id), reason=reason, **details)  # type: ignore[arg-type]  # any id


def asked(request_id: object) -> list[str]:
    """The roles that were asked, in their order."""
    return [task.role_id for task in again(request_id).tasks]  # type: ignore[arg-type]  # any id


def test_after_a_declination_the_next_of_the_shortlist_is_asked_by_itself(app_on_both: Flask) -> None:
    request_id = delivered(make_role(role_id="first"), make_role(role_id="second"))
    assert decline(request_id) == Stage.QUEUED
    request = again(request_id)
    assert asked(request_id) == ["first", "second"]
    assert (request.tasks[0].status, request.tasks[0].business_status) == ("rejected", "4.0")
    assert request.tasks[0].status_reason == "no-capacity"
    assert request.current_task_id == request.tasks[1].id
    assert request.status == "active"
    assert history(request_id)[-2:] == [("decline", "delivered", "declined"), ("reroute", "declined", "queued")]
    assert [event.actor for event in request.events[-2:]] == ["office", "system"]
    assert templates_of(request_id, SENT) == ["declined", "referral"]
    assert send_due() == ["delivered", "delivered"]
    assert again(request_id).stage == Stage.DELIVERED


@pytest.mark.parametrize("limit", [{"reroute_allowed": False}, {"max_tries": 1}])
def test_without_permission_or_tries_the_request_waits_for_a_coordinator(app: Flask, limit: dict[str, object]) -> None:
    request_id = delivered(make_role(), make_role(), **limit)
    assert decline(request_id) == Stage.DECLINED
    assert len(again(request_id).tasks) == 1
    assert again(request_id).status == "active"
    assert templates_of(request_id, SENT) == ["declined"]


def test_the_first_try_counts_among_the_tries(app_on_both: Flask) -> None:
    request_id = delivered(make_role(), make_role(), make_role(), max_tries=2)
    assert decline(request_id) == Stage.QUEUED
    send_due()
    assert decline(request_id) == Stage.DECLINED
    assert len(again(request_id).tasks) == 2
    with pytest.raises(NotAllowed, match="allowed 2 tries"):
        step(request_id, Action.REROUTE)


def test_at_the_end_of_the_shortlist_a_coordinator_takes_over(app: Flask) -> None:
    request_id = delivered(make_role())
    assert decline(request_id) == Stage.DECLINED
    with pytest.raises(NotAllowed, match="Nobody is left"):
        step(request_id, Action.REROUTE)


def test_one_person_at_two_places_is_asked_once(app: Flask) -> None:
    npi = make_npi()
    request_id = delivered(make_role(npi=npi), make_role(npi=npi), make_role(role_id="other"))
    decline(request_id)
    assert asked(request_id)[1:] == ["other"]


def test_nobody_is_asked_twice_not_even_by_name(app: Flask) -> None:
    request_id = delivered(make_role(role_id="first"), reroute_allowed=True)
    decline(request_id)
    with pytest.raises(Invalid, match="asked before") as caught:
        step(request_id, Action.REROUTE, role_id="first")
    assert caught.value.field == "role_id"
    with pytest.raises(Invalid, match="no such specialist"):
        step(request_id, Action.REROUTE, role_id="nobody")
    assert (again(request_id).stage, len(again(request_id).tasks)) == (Stage.DECLINED, 1)


def test_who_left_the_directory_is_passed_over(app: Flask) -> None:
    gone = make_role()
    request_id = delivered(make_role(), gone, make_role(role_id="third"))
    db.session.merge(gone).retired_at = NOW
    db.session.commit()
    decline(request_id)
    assert asked(request_id)[1:] == ["third"]


def test_a_specialist_beyond_the_shortlist_needs_the_consent_to_go_on(app: Flask) -> None:
    request_id = delivered(make_role(), reroute_allowed=False)
    make_role(role_id="beyond")
    db.session.commit()
    decline(request_id)
    with pytest.raises(NotAllowed, match="beyond the shortlist"):
        step(request_id, Action.REROUTE, role_id="beyond")
    assert [consent.role_id for consent in again(request_id).consents if consent.role_id == "beyond"] == []


def test_the_consent_to_go_on_becomes_a_consent_for_the_specialist_who_is_asked(app_on_both: Flask) -> None:
    request_id = delivered(make_role(), reroute_allowed=True)
    make_role(role_id="beyond")
    db.session.commit()
    decline(request_id)
    assert step(request_id, Action.REROUTE, role_id="beyond") == Stage.QUEUED
    task = again(request_id).current_task
    assert task is not None
    consent = db.session.get_one(Consent, task.consent_id)
    assert (consent.purpose, consent.role_id) == ("share", "beyond")


def test_a_coordinator_names_who_is_asked_first(app: Flask) -> None:
    request_id = make_request(make_role(), make_role(role_id="second")).id
    step(request_id, Action.APPROVE, role_id="second")
    assert asked(request_id) == ["second"]


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_who_may_no_longer_see_the_request_is_passed_over(app_on_both: Flask, end: str) -> None:
    request_id = delivered(make_role(), make_role(role_id="second"), make_role(role_id="third"))
    for consent in again(request_id).consents:
        if consent.role_id == "second":
            setattr(consent, end, NOW)
    db.session.commit()
    assert decline(request_id) == Stage.QUEUED, "an office can decline whatever became of the consents"
    assert asked(request_id)[1:] == ["third"]


def test_a_message_that_cannot_be_delivered_leads_on_as_well(app_on_both: Flask) -> None:
    request_id = approved(make_role(), make_role(role_id="second"))
    assert send_due(FakeChannel(REFUSED)) == ["failed"]
    assert asked(request_id)[1:] == ["second"]
    assert again(request_id).stage == Stage.QUEUED
    assert again(request_id).tasks[0].status == "failed"


def test_a_role_without_a_live_channel_is_called_by_a_coordinator(app_on_both: Flask) -> None:
    request_id = approved(make_role(channel=None, channel_address=""))
    assert referral_of(request_id).channel == "post"
    assert send_due(now=NOW + timedelta(days=1)) == [], "a worker does not carry paper"
    assert step(request_id, Action.SEND) == Stage.SENT
    assert referral_of(request_id).handed_over_at == NOW
    assert step(request_id, Action.ACCEPT, text="They called back.") == Stage.ACCEPTED


def test_a_packet_can_be_put_on_hold_and_sent_after_all(app: Flask) -> None:
    request_id = approved(make_role(channel="post", channel_address=""))
    step(request_id, Action.HOLD)
    assert step(request_id, Action.RESUME) == Stage.QUEUED
    assert step(request_id, Action.SEND) == Stage.SENT
    step(request_id, Action.HOLD)
    assert step(request_id, Action.RESUME) == Stage.SENT


def test_a_message_on_its_way_by_email_cannot_be_marked_as_sent_by_hand(app: Flask) -> None:
    request_id = approved()
    with pytest.raises(NotAllowed):
        step(request_id, Action.SEND)
    assert referral_of(request_id).status == "queued"


def test_a_request_that_waits_for_nobody_is_not_passed_on(app: Flask) -> None:
    request_id = delivered(make_role(), make_role())
    assert not reroute_by_itself(again(request_id), NOW)
    assert len(again(request_id).tasks) == 1
