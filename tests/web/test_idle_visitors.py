"""A browser that was left open asks for the birth date again."""

from flask import Flask
from flask.testing import FlaskClient

from tests.web.office_steps import office_page, office_token, sent_request
from tests.web.page_rules import faults_of, words_of
from tests.web.request_steps import fill_in_all, send, start
from tests.web.test_track_pages import BIRTH_DATE, BORN, a_request, opened


def test_after_half_an_hour_without_a_page_the_birth_date_is_asked_and_leads_back(client: FlaskClient) -> None:
    link = opened(client, a_request())
    _be_away(client, 29)
    assert BIRTH_DATE not in client.get(link).text
    _be_away(client, 29)
    assert BIRTH_DATE not in client.get(link).text, "each page begins the half hour anew"
    _be_away(client, 31)
    refused = client.post(f"{link}/cancel")
    assert (refused.status_code, "Open your link again" in refused.text) == (404, True)
    asked = client.get(link).text
    assert BIRTH_DATE in asked
    assert "after 30 minutes without a page" in asked
    client.post(link, data=BORN)
    assert BIRTH_DATE not in client.get(link).text


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
