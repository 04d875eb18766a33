"""A request that is not sent yet is found again for 14 days: by code or link, and the birth date once one is given."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.extensions import db
from referral.models import RequestDraft
from referral.services.patient_time import zone_of
from tests.web.office_steps import right_now
from tests.web.page_rules import faults_of, words_of
from tests.web.request_steps import ANSWERS, fill_in, fill_in_all, send, start

BORN = {"birth_date.day": "27", "birth_date.month": "3", "birth_date.year": "1961"}


def kept(client: FlaskClient) -> tuple[str, str]:
    """Code and path of the link that the page shows."""
    page = client.get("/request/later").text
    assert faults_of(page) == []
    code = re.findall(r'<p class="code">([A-Z0-9-]+)</p>', page)[0]
    return code, re.findall(r'href="[^"]*(/request/go-on/[A-Z0-9]+)"', page)[0]


def test_who_stops_in_the_middle_goes_on_at_the_same_page_on_another_device(app: Flask, client: FlaskClient) -> None:
    start(client, [])
    fill_in(client, "why")
    stopped = client.post("/request/first-opinion", data={**ANSWERS["first-opinion"], "later": "yes"})
    assert stopped.headers["Location"] == "/request/later"
    _, link = kept(client)
    other = app.test_client()
    asked = other.get(link)
    assert faults_of(asked.text) == []
    assert "Chemotherapy" not in asked.text
    assert other.get("/request/first-opinion").status_code == 404, "merely opening a link takes nothing up"
    page = other.post("/request/go-on", data={"code": link.rsplit("/", 1)[1], "link": "yes"}, follow_redirects=True)
    assert page.request.path == "/request/first-opinion"
    assert "Chemotherapy" in page.text  # what was typed on the page where they stopped is there too


def test_reading_the_code_again_does_not_promise_more_days(client: FlaskClient) -> None:
    start(client, [])
    [draft] = db.session.query(RequestDraft).all()
    draft.expires_at = right_now() + timedelta(days=3)
    db.session.commit()
    last = draft.expires_at.astimezone(zone_of("")).date()
    assert f"{last:%A} {last.day} {last:%B %Y}" in words_of(client.get("/request/later").text)


def test_once_a_birth_date_was_given_the_link_alone_shows_nothing(app: Flask, client: FlaskClient) -> None:
    fill_in_all(client, [])
    code, link = kept(client)
    other = app.test_client()
    asked = other.get(link).text
    assert faults_of(asked) == []
    assert "Maria" not in asked
    for wrong in ({**BORN, "birth_date.year": "1861"}, {**BORN, "birth_date.day": "28"}, {}):
        answer = other.post("/request/go-on", data={"code": code, "link": "yes", **wrong})
        assert answer.status_code == 422
        assert "We found no answers for this." in words_of(answer.text)
    page = other.post("/request/go-on", data={"code": code.lower().replace("-", " "), **BORN}, follow_redirects=True)
    assert page.request.path == "/request/check"
    assert "Maria" in page.text


def test_a_link_that_another_sends_does_not_take_the_place_of_the_own_request(app: Flask, client: FlaskClient) -> None:
    start(client, [])
    _, planted = kept(client)
    other = app.test_client()
    fill_in_all(other, [])
    asked = words_of(other.get(planted).text)
    assert "Another request was begun in this browser." in asked
    assert "Maria" in other.get("/request/check").text


def test_a_session_lost_in_the_middle_is_found_again_by_the_code(client: FlaskClient) -> None:
    start(client, [])
    code, _ = kept(client)
    with client.session_transaction() as session:
        session.clear()
    lost = client.get("/request/why")
    assert lost.status_code == 404
    assert 'href="/request/go-on"' in lost.text
    assert client.post("/request/go-on", data={"code": code}, follow_redirects=True).status_code == 200


def test_after_fourteen_days_nothing_is_left(client: FlaskClient) -> None:
    start(client, [])
    fill_in(client, "why")
    _, link = kept(client)
    draft = db.session.query(RequestDraft).one()
    assert timedelta(days=13, hours=23) < draft.expires_at - right_now() <= timedelta(days=14)
    draft.expires_at = right_now() - timedelta(seconds=1)
    db.session.commit()
    over = client.get(link)
    assert over.status_code == 404
    assert "There are no answers behind this link" in words_of(over.text)
    assert faults_of(over.text) == []


def test_the_link_of_a_request_that_was_sent_leads_to_following_it(client: FlaskClient) -> None:
    fill_in_all(client, [])
    _, link = kept(client)
    send(client)
    over = client.get(link)
    assert "This request was sent" in words_of(over.text)
    assert 'href="/track"' in over.text


@pytest.mark.parametrize("code", ["", "x" * 5000, "\x00", "7KQ2-M4XA-93TD-8HBW-0C5E", "'; --"])
def test_what_is_no_code_opens_nothing(client: FlaskClient, code: str) -> None:
    answer = client.post("/request/go-on", data={"code": code})
    assert answer.status_code == 422
    assert faults_of(answer.text) == []
