import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from referral.access.authorize import SYSTEM
from referral.access.gate import PUBLIC
from referral.domain.errors import Invalid, NotAllowed, NotFound
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.sealing import SealingError
from referral.services import audit_log
from tests.factories import make_request, make_staff
from tests.signing_in import sign_in
from tests.web.page_rules import faults_of, words_of

FROM_OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}


def failing_form(app: Flask, view: Callable[[], str]) -> None:
    """Have `/fails` take a form with this view; a failure of ours is not passed on to the test."""
    app.add_url_rule("/fails", "fails", view, methods=["POST"])
    app.extensions["doors"]["fails"] = PUBLIC
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)


def page_of(app: Flask, error: Exception, path: str = "/raises") -> tuple[int, str]:
    """What a view that raises this error answers; a failure of ours is not passed on to the test."""

    def view() -> str:
        raise error

    app.add_url_rule(path, "raises", view)
    app.extensions["doors"]["raises"] = PUBLIC
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    answer = app.test_client().get(path)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    "error, status, words",
    [
        (NotFound("There is no such referral."), 404, "There is no such referral."),
        (NotAllowed("The office has answered."), 409, "The office has answered."),
        (Invalid("text", "Write what you want to say."), 422, "Write what you want to say."),
        (
            SealingError("patient.given of row 5b1c is sealed with the key 00aa11bb"),
            503,
            "Something went wrong on our side",
        ),
        (RequestEntityTooLarge(), 413, "This is too large"),
        (ZeroDivisionError("a secret of the inside"), 500, "Something went wrong on our side"),
    ],
)
def test_every_error_is_a_page_of_the_same_design(app: Flask, error: Exception, status: int, words: str) -> None:
    answered, page = page_of(app, error)
    assert answered == status
    assert words in words_of(page)
    assert faults_of(page) == []
    assert re.search(rf"quote error {status}-[0-9a-f]{{8}}", words_of(page))


def test_the_inside_of_a_failure_is_not_shown(app: Flask) -> None:
    _, page = page_of(app, ZeroDivisionError("a secret of the inside"))
    assert "secret of the inside" not in page
    assert "Traceback" not in page


def test_a_value_that_cannot_be_opened_is_named_in_the_log_by_place_and_key_without_a_trace(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    request, staff = make_request(), make_staff()
    row = request.patient_id.hex
    db.session.execute(text("UPDATE patient SET given = 's1.00000000.' || substr(given, 13)"))
    db.session.commit()
    sign_in(client, staff)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    answer = client.get(f"/coordinator/referrals/{request.id}")
    found = re.search(r"503-([0-9a-f]{8})", answer.text)
    assert found is not None
    assert answer.status_code == 503
    (said,) = (record for record in caplog.records if record.name == "referral.web.errors")
    assert said.exc_info is None
    assert said.getMessage() == (
        f"Answered 503, error {found[1]}: patient.given of row {row} is sealed with the key 00000000, "
        "which is not among FIELD_KEYS"
    )


@pytest.mark.parametrize("path, named", [("/coordinator/raises", True), ("/raises", False)])
def test_what_is_possible_instead_is_named_to_staff_alone(app: Flask, path: str, named: bool) -> None:
    _, page = page_of(app, NotAllowed("Too late.", (Action.ANSWER_INFORMATION, Action.CANCEL)), path)
    assert ("Possible now: Answer information Cancel" in words_of(page)) is named


@pytest.mark.parametrize("seconds, said", [(40, "in a minute"), (1800, "in 30 minutes")])
def test_whoever_asks_too_often_is_told_how_long_to_wait(app: Flask, seconds: int, said: str) -> None:
    status, page = page_of(app, TooManyRequests(retry_after=seconds))
    assert (status, said in words_of(page)) == (429, True)


def test_after_a_failure_of_ours_the_page_is_tried_again(app: Flask) -> None:
    _, page = page_of(app, RuntimeError("gone"))
    assert '<a class="button" href="/raises">Try again</a>' in page
    assert "If it happens again" in page


def test_what_was_written_when_we_failed_is_kept_and_sent_once_more(app: Flask) -> None:
    def fail() -> str:
        raise RuntimeError

    failing_form(app, fail)
    kept = app.test_client().post("/fails", data={"text": "Two “long” words"}, headers=FROM_OWN_PAGE)
    assert (kept.status_code, faults_of(kept.text)) == (500, [])
    assert '<input type="hidden" name="text" value="Two “long” words">' in kept.text
    assert "<blockquote>Two “long” words</blockquote>" in kept.text
    assert 'action="/fails"' in kept.text
    foreign = app.test_client().post("/fails", data={"text": "Pay here"})
    assert "Pay here" not in foreign.text


def test_what_was_saved_before_we_failed_is_not_offered_to_be_sent_again(app: Flask) -> None:
    def save_and_fail() -> str:
        audit_log.note(SYSTEM, "erase", "referral", uuid4(), None)
        db.session.commit()
        raise RuntimeError

    failing_form(app, save_and_fail)
    told = app.test_client().post("/fails", data={"text": "Two “long” words"}, headers=FROM_OWN_PAGE)
    assert (told.status_code, "What you sent has arrived" in told.text) == (500, True)
    assert "Two “long” words" not in told.text


def test_an_unknown_page_leads_back_to_the_search_and_the_request(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert 'href="/track"' in answer.text


def test_a_wrong_method_is_answered_with_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/track")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert faults_of(answer.text) == []


def test_a_form_without_its_token_says_that_the_page_was_open_too_long(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/track", data={"code": "7KQ2-M4XA-93TD"})
    assert answer.status_code == 400
    assert "This page was open too long" in answer.text


def test_the_search_needs_no_token(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert app.test_client().post("/results", data={}).status_code == 422


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/v1/nowhere", "/fhir/nowhere"])
def test_programs_get_no_page(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<html" not in answer.text
