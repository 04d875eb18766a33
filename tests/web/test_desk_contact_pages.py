"""The desk calls who has no email, and ends what was asked twice."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.access import sessions
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from tests.factories import make_request, make_staff, new_referral
from tests.services.journeys import again, step
from tests.web.office_steps import fresh_role, right_now
from tests.web.page_rules import faults_of, words_of


@pytest.fixture
def desk(app: Flask) -> FlaskClient:
    """A browser in which a coordinator is signed in."""
    staff = str(make_staff().id)
    client = app.test_client()
    with client.session_transaction() as session:
        session[sessions.STAFF] = staff
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
    for path in ("called", "duplicate"):
        answer = client.post(f"/coordinator/referrals/{request_id}/{path}")
        assert (answer.status_code, answer.location) == (302, "/sign-in")
