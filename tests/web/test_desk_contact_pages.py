"""The desk calls who has no email, and ends what was asked twice."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from tests.factories import make_request, make_staff, new_referral
from tests.services.journeys import again, step
from tests.signing_in import sign_in
from tests.web.office_steps import fresh_role, right_now
from tests.web.page_rules import faults_of, words_of


@pytest.fixture
def desk(app: Flask) -> FlaskClient:
    """A browser in which a coordinator is signed in."""
    client = app.test_client()
    sign_in(client, make_staff())
    return client


def test_what_is_to_be_told_by_telephone_stands_on_the_page_until_it_was_told(desk: FlaskClient) -> None:
    by_phone = replace(new_referral().patient, email="", phone="617 555 0123", language="es")
    request_id = make_request(fresh_role(), now=right_now(), patient=by_phone).id
    step(request_id, Action.REQUEST_RECORDS, now=right_now())
    shown = desk.get(f"/coordinator/referrals/{request_id}").text
    assert faults_of(shown) == []
    assert "Call the patient 617 555 0123 · Spanish." in words_of(shown)
    assert "We need records before we can go on." in shown
    told = re.findall(r'name="told" value="([^"]+)"', shown)
    assert desk.post(f"/coordinator/referrals/{request_id}/called", data={"told": told}).status_code == 303
    assert "I have told them" not in desk.get(f"/coordinator/referrals/{request_id}").text


def test_what_an_office_is_to_be_told_stands_on_the_page_until_it_was_told(desk: FlaskClient) -> None:
    request_id = make_request(fresh_role(channel=None, channel_address="", phone="617 555 0101"), now=right_now()).id
    for action in (Action.APPROVE, Action.SEND, Action.CANCEL):
        step(request_id, action, now=right_now())
    address = f"/coordinator/referrals/{request_id}"
    listed = words_of(desk.get("/coordinator/?queue=to-tell").text)
    assert "Tell the office 1 request" in listed
    shown = desk.get(address).text
    assert faults_of(shown) == []
    assert "Ana Rivera’s office, 617 555 0101: The request is cancelled." in words_of(shown)
    assert "Waits to be told by telephone or post." in shown
    told = re.findall(r'name="told" value="([^"]+)"', shown)
    assert desk.post(f"{address}/told-office", data={"told": told}).status_code == 303
    after = desk.get(address).text
    assert "Noted that you told the office." in after
    assert "I have told them" not in after
    assert "Told by telephone or post." not in after, "the day says it"
    assert "No office waits for a call or a letter." in desk.get("/coordinator/?queue=to-tell").text


def test_a_request_asked_twice_is_ended_with_one_button(desk: FlaskClient) -> None:
    first, second = (make_request(fresh_role(), now=right_now()) for _ in range(2))
    first_id, second_id, name = first.id, second.id, first.identifier
    shown = desk.get(f"/coordinator/referrals/{second_id}").text
    assert faults_of(shown) == []
    assert f"May be the same as {name}" in words_of(shown)
    data = {"of": str(first_id), "version": str(second.version)}
    db.session.rollback()
    assert desk.post(f"/coordinator/referrals/{second_id}/duplicate", data=data).status_code == 303
    assert again(second_id).stage == Stage.CANCELLED
    assert "Ended as a duplicate." in desk.get(f"/coordinator/referrals/{second_id}").text


def test_nobody_else_does_either(client: FlaskClient) -> None:
    request_id = make_request(fresh_role(), now=right_now()).id
    for path in ("called", "duplicate", "told-office"):
        answer = client.post(f"/coordinator/referrals/{request_id}/{path}")
        assert (answer.status_code, answer.location) == (302, "/sign-in")
