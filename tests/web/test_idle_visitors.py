"""A browser that was left open asks for the birth date again."""

import re
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from referral.domain.lifecycle import Action
from tests.services.journeys import step
from tests.web.office_steps import office_page, office_token, right_now, sent_request
from tests.web.page_rules import faults_of, words_of
from tests.web.request_steps import fill_in_all, send, start
from tests.web.test_track_pages import BIRTH_DATE, BORN, a_request, link_to, opened

HIDDEN = re.compile(r'<input type="hidden" name="((?!csrf)[^"]+)" value="([^"]*)">')


def test_after_half_an_hour_without_a_page_the_birth_date_is_asked_and_leads_back(client: FlaskClient) -> None:
    link = opened(client, a_request())
    _be_away(client, 29)
    assert BIRTH_DATE not in client.get(link).text
    _be_away(client, 29)
    assert BIRTH_DATE not in client.get(link).text, "each page begins the half hour anew"
    _be_away(client, 31)
    assert BIRTH_DATE in client.get(f"{link}/cancel").text
    asked = client.get(link).text
    assert BIRTH_DATE in asked
    assert "after 30 minutes without a page" in asked
    client.post(link, data=BORN)
    assert BIRTH_DATE not in client.get(link).text


@pytest.mark.parametrize("place, field", [("answer", "text"), ("write", "message")])
def test_what_was_written_before_being_away_goes_on_after_the_birth_date(
    app: Flask, client: FlaskClient, place: str, field: str
) -> None:
    made = sent_request(app)
    step(made.id, Action.ACKNOWLEDGE, now=right_now())
    step(made.id, Action.REQUEST_INFORMATION, now=right_now(), text="Which blood thinner?")
    link = opened(client, made)
    _be_away(client, 31)
    asked = client.post(f"{link}/{place}", data={field: "Heparin,\nsince “May”."})
    assert (asked.status_code, faults_of(asked.text)) == (403, [])
    assert "what you wrote is kept" in words_of(asked.text)
    carried = dict(HIDDEN.findall(unescape(asked.text)))
    wrong = client.post(link, data={**carried, **BORN, "birth_date.day": "28"})
    assert (wrong.status_code, dict(HIDDEN.findall(unescape(wrong.text)))) == (422, carried)
    spanish = client.post(link, data={**carried, "page-language": "es"})
    assert dict(HIDDEN.findall(unescape(spanish.text))) == carried
    shown = _go_on(client, link, {**carried, **BORN})
    assert (shown.status_code, shown.text.count("since “May”.")) == (200, 1)


def test_whatever_a_patient_sends_while_away_is_carried_along_and_not_lost(app: Flask, client: FlaskClient) -> None:
    token = opened(client, a_request()).rpartition("/")[2]
    _be_away(client, 31)
    asked = 0
    for rule in app.url_map.iter_rules():
        begins = rule.rule.startswith(("/track/<token>/", "/opinions/<token>/")) and "POST" in (rule.methods or ())
        if begins and not rule.endpoint.startswith("track_uploads"):  # which answers a program
            ids = {name: uuid4() for name in rule.arguments if name != "token"}
            path = app.url_map.bind("localhost").build(rule.endpoint, {"token": token, **ids}, method="POST")
            answer = client.post(path, data={"text": "Months of “words”"})
            assert answer.status_code == 403, path
            assert ("text", "Months of “words”") in HIDDEN.findall(unescape(answer.text)), path
            asked += 1
    assert asked >= 15


def test_switching_the_language_while_away_sends_nothing_and_keeps_the_text(app: Flask, client: FlaskClient) -> None:
    link = opened(client, a_request())
    _be_away(client, 31)
    asked = client.post(f"{link}/write", data={"message": "Half a", "page-language": "es"})
    shown = _go_on(client, link, {**dict(HIDDEN.findall(asked.text)), **BORN})
    assert "Half a</textarea>" in shown.text
    assert 'lang="es"' in shown.text


def test_after_half_an_hour_the_answers_of_a_request_not_sent_are_asked_for_with_the_birth_date(
    client: FlaskClient,
) -> None:
    fill_in_all(client, [])
    _be_away(client, 29, "draft_seen")
    assert "Maria" in client.get("/request/check").text
    for path in ("/request/check", "/request/patient", "/request/later", "/request/"):
        _be_away(client, 31, "draft_seen")
        assert client.get(path).headers["Location"] == "/request/go-on"
    asked = client.get("/request/go-on")
    assert faults_of(asked.text) == []
    assert "no page of it was open for 30 minutes" in words_of(asked.text)
    assert "Maria" not in asked.text
    assert client.get("/request/check").status_code == 303
    assert client.post("/request/send").headers["Location"] == "/request/go-on"
    wrong = client.post("/request/go-on", data={"aside": "yes", **BORN, "birth_date.day": "28"})
    assert (wrong.status_code, "not the birth date we have" in words_of(wrong.text)) == (422, True)
    assert "Maria" in client.post("/request/go-on", data={"aside": "yes", **BORN}, follow_redirects=True).text


def test_what_was_written_while_away_is_kept_but_not_who_the_patient_is(client: FlaskClient) -> None:
    fill_in_all(client, [])
    _be_away(client, 31, "draft_seen")
    client.post("/request/patient", data={"patient.given": "Eve", "patient.birth_date.year": "1990"})
    client.post("/request/go-on", data={"aside": "yes", **BORN})
    _be_away(client, 31, "draft_seen")
    client.post("/request/first-opinion", data={"first_opinion.plan": "Radiation first"})
    shown = client.post("/request/go-on", data={"aside": "yes", **BORN}, follow_redirects=True)
    assert "Radiation first" in shown.text
    assert "Eve" not in client.get("/request/patient").text


def test_somebody_else_at_the_same_browser_begins_without_them(client: FlaskClient) -> None:
    fill_in_all(client, [])
    _be_away(client, 31, "draft_seen")
    start(client, [])
    assert client.get("/request/specialists").headers["Location"] == "/request/go-on"
    shown = client.post("/request/go-on", data={"anew": "yes"}, follow_redirects=True)
    assert shown.request.path.startswith("/request/")
    assert "Maria" not in client.get("/request/patient").text


def test_a_request_that_was_sent_is_not_opened_again_by_its_draft(client: FlaskClient) -> None:
    fill_in_all(client, [])
    send(client)
    _be_away(client, 31, "draft_seen")
    _be_away(client, 31)
    assert client.post("/request/send").headers["Location"] == "/request/go-on"
    assert client.get("/request/sent").headers["Location"] == "/track"


def _go_on(client: FlaskClient, link: str, data: dict[str, str]) -> TestResponse:
    """Give the birth date, and send the form once more as a browser does after a 307, with its fields."""
    led = client.post(link, data=data)
    assert led.status_code == 307
    return client.post(led.headers["Location"], data=data, follow_redirects=True)


def test_an_office_that_was_away_opens_its_link_again_and_finds_what_it_wrote(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    door, page = f"/office/{office_token(app, request)}", office_page(request)
    client.post(door)
    for minutes in (29, 29):
        _be_away(client, minutes, "office_seen")
        assert client.get(page).status_code == 200
    _be_away(client, 31, "office_seen")
    shown = client.get(page)
    assert (shown.status_code, faults_of(shown.text)) == (410, [])
    assert "Maria" not in shown.text
    form = {"action": "return-with-advice", "version": "1", "return-with-advice.text": "Ask a surgeon first."}
    unsent = client.post(page, data=form)
    assert (unsent.status_code, "Ask a surgeon first." in unsent.text) == (410, True)
    assert "The link in our message opens it again." in words_of(unsent.text)
    assert client.post(door, follow_redirects=True).status_code == 200


def _be_away(client: FlaskClient, minutes: int, since: str = "seen") -> None:
    """Let the browser have been here last so long ago."""
    with client.session_transaction() as session:
        session[since] -= minutes * 60


@pytest.mark.parametrize("way", ["/../../../guide", "//sample.example", "/\\sample", "/account\r\nX-More: 1"])
def test_a_form_that_was_carried_goes_to_a_page_of_that_request_alone(client: FlaskClient, way: str) -> None:
    link = link_to(a_request())
    assert client.post(link, data={**BORN, "then": f"{link}{way}", "again": "1"}).location == link
