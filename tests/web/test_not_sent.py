"""A form whose session ended is shown again with what was written, and does nothing before it comes with a token."""

import re
from contextvars import Context
from functools import partial
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from referral.extensions import db
from referral.models import RequestDraft
from referral.store import threads
from tests.web.office_steps import fresh_role
from tests.web.page_rules import faults_of, title_of, words_of
from tests.web.request_steps import fill_in, start
from tests.web.test_come_back import kept
from tests.web.test_track_pages import BORN, a_request, opened

OWN = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
"""What a browser says of a form that one of our own pages sent."""
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
WORDS = "Two doctors,\n“one” question & no answer."


def send(app: Flask, client: FlaskClient, path: str, form: dict[str, str], **headers: str) -> TestResponse:
    """A form as a browser sends it to the service that runs: tokens are looked at, each page makes its own."""
    app.config["WTF_CSRF_ENABLED"] = True
    db.session.rollback()  # what the test itself has read
    return Context().run(partial(client.post, path, data=form, headers=headers or OWN))


def carried(page: str) -> dict[str, str]:
    """The hidden fields of a page, its token among them."""
    return dict(FIELD.findall(unescape(page)))


def test_what_was_reported_stays_on_the_page_and_goes_with_one_more_press(app: Flask, client: FlaskClient) -> None:
    path = f"/specialists/{fresh_role().npi}/report"
    db.session.commit()
    shown = send(app, client, path, {"reason": "phone", "text": WORDS})
    assert (shown.status_code, faults_of(shown.text)) == (400, [])
    assert title_of(shown.text).startswith("You were away for a while")
    assert "Nothing was sent, and what you wrote is kept. Press once more" in words_of(shown.text)
    assert f"<blockquote>{WORDS}</blockquote>" in unescape(shown.text)
    once_more = carried(shown.text)
    assert {**once_more, "csrf_token": ""} == {"reason": "phone", "text": WORDS, "csrf_token": ""}
    assert f'action="{path}"' in shown.text
    assert send(app, client, path, once_more).location == f"{path}ed"


def test_a_text_to_the_coordinators_goes_on_after_the_birth_date(app: Flask, client: FlaskClient) -> None:
    made = a_request()
    link = opened(client, made)
    client.delete_cookie("session")
    asked = send(app, client, f"{link}/write", {"message": WORDS})
    assert (asked.status_code, faults_of(asked.text)) == (400, [])
    assert "what you wrote is kept" in words_of(asked.text)
    assert threads.of_request(made.id) == []
    form = {**carried(asked.text), **BORN}
    led = send(app, client, link, form)
    assert (led.status_code, led.location) == (307, f"{link}/write")
    assert send(app, client, led.location, form).status_code == 303
    db.session.rollback()
    assert [one.text for one in threads.of_request(made.id)] == [WORDS]


def test_an_answer_of_a_request_goes_on_with_the_code_of_the_draft(app: Flask, client: FlaskClient) -> None:
    start(client, [])
    fill_in(client, "why")
    code, _ = kept(client)
    client.delete_cookie("session")
    asked = send(app, client, "/request/first-opinion", {"first_opinion.plan": WORDS, "change": "yes"})
    assert (asked.status_code, faults_of(asked.text)) == (400, [])
    assert f"<blockquote>{WORDS}</blockquote>" in unescape(asked.text)
    form = carried(asked.text)
    wrong = send(app, client, "/request/go-on", {**form, "code": "7KQ2"})
    assert (wrong.status_code, faults_of(wrong.text)) == (422, [])
    assert {**carried(wrong.text), "csrf_token": ""} == {**form, "csrf_token": ""}
    spanish = send(app, client, "/request/go-on", {**carried(wrong.text), "page-language": "es"})
    assert {**carried(spanish.text), "csrf_token": ""} == {**form, "csrf_token": ""}
    led = send(app, client, "/request/go-on", {**form, "code": code})
    assert (led.status_code, led.location) == (307, "/request/first-opinion")
    assert send(app, client, led.location, {**form, "code": code}).location == "/request/check"
    db.session.rollback()
    [draft] = db.session.query(RequestDraft).all()
    assert draft.data["first_opinion"]["plan"] == WORDS


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        {"Origin": "https://elsewhere.example"},
    ],
)
def test_what_a_foreign_page_fills_in_is_not_shown_under_our_name(
    app: Flask, client: FlaskClient, headers: dict[str, str]
) -> None:
    path = f"/specialists/{fresh_role().npi}/report"
    db.session.commit()
    shown = send(app, client, path, {"reason": "phone", "text": "Pay here"}, **headers)
    assert shown.status_code == 400
    assert "Pay here" not in shown.text
    assert "csrf_token" not in shown.text
    assert "This page was open too long" in shown.text


@pytest.mark.parametrize("path", ["/track/account/sign-in", "/sign-in", "/coordinator/intake"])
def test_passwords_and_the_forms_of_staff_are_written_into_no_page(app: Flask, client: FlaskClient, path: str) -> None:
    shown = send(app, client, path, {"email": "maria@sample.example", "password": "seven blue horses"})
    assert shown.status_code == 400
    assert "seven blue horses" not in shown.text
