"""A patient takes everything along or has it erased, each with the birth date once more."""

import io
import json
import zipfile
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.access import links
from referral.extensions import db
from referral.models import AuditEntry, Patient, RequestDraft, ServiceRequest
from referral.services import aftermath, drafts, erase
from tests.services.journeys import again
from tests.web.office_steps import carry, right_now, sent_request
from tests.web.page_rules import faults_of, words_of
from tests.web.test_track_pages import BORN, a_request, opened, page

WRONG = {**BORN, "birth_date.day": "28"}


def is_erased(request_id: object) -> bool:
    db.session.rollback()
    found = db.session.get(ServiceRequest, request_id)
    assert found is not None
    return found.patient.erased_at is not None


def test_everything_comes_as_one_file_after_the_birth_date(client: FlaskClient) -> None:
    link = opened(client, a_request())
    page(client, f"{link}/download")
    wrong = client.post(f"{link}/download", data=WRONG)
    assert wrong.status_code == 422
    assert faults_of(wrong.text) == []
    answer = client.post(f"{link}/download", data=BORN, buffered=True)
    assert answer.headers["Content-Disposition"].endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert json.loads(archive.read("request.json"))["patient"]["family"] == "Sample"
        assert "This is what the service holds about your request" in archive.read("README.txt").decode()
    client.get(f"{link}?page-language=es")
    answer = client.post(f"{link}/download", data=BORN, buffered=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "Esto es lo que el servicio guarda sobre su solicitud" in archive.read("README.txt").decode()


def test_erasing_takes_two_steps_and_leaves_nobody(client: FlaskClient) -> None:
    request = a_request()
    link, request_id = opened(client, request), request.id
    own, other = (
        drafts.begin({**aftermath.another(request, right_now().date()), "at": "check"}, right_now()),
        a_draft_of_somebody_else(),
    )
    with client.session_transaction() as session:
        session["draft"] = drafts.begin({"cancer": "BRCA"}, right_now())
    told = words_of(page(client, f"{link}/erase"))
    assert "What stays" in told
    assert "Your name is not in it." in told
    assert client.post(f"{link}/erase/now").headers["Location"].endswith("/erase")  # the first step was left out
    assert client.post(f"{link}/erase", data=WRONG).status_code == 422
    assert "This cannot be undone." in words_of(client.post(f"{link}/erase", data=BORN).text)
    assert not is_erased(request_id)
    done = client.post(f"{link}/erase/now", follow_redirects=True)
    assert "Everything is erased" in done.text
    assert faults_of(done.text) == []
    assert is_erased(request_id)
    assert client.get(link).status_code == 404
    assert db.session.query(Patient).one().family == ""
    assert drafts.read(own, right_now()) is None
    assert [draft.id for draft in db.session.query(RequestDraft)] == [links.digest(other)]
    trail = db.session.scalars(select(AuditEntry).where(AuditEntry.request_id == request_id))
    assert [(one.actor, one.detail) for one in trail if one.action == "erase"] == [("system", {"way": "patient"})]


def a_draft_of_somebody_else() -> str:
    return drafts.begin({"cancer": "BRCA", "patient": {"birth_date": "1990-01-01"}}, right_now())


def test_a_draft_of_somebody_else_stays_in_a_browser_where_a_request_is_erased(client: FlaskClient) -> None:
    link, other = opened(client, a_request()), a_draft_of_somebody_else()
    with client.session_transaction() as session:
        session["draft"] = other
    client.post(f"{link}/erase", data=BORN)
    assert client.post(f"{link}/erase/now").status_code == 303
    assert drafts.read(other, right_now()) is not None


def test_an_office_that_has_it_is_told_first_and_then_it_is_erased_by_itself(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    link, request_id = opened(client, request), request.id
    client.post(f"{link}/erase", data=BORN)
    done = client.post(f"{link}/erase/now", follow_redirects=True)
    assert "An office had it, so we first tell them to stop." in words_of(done.text)
    assert erase.finish_asked(right_now()) == 0
    assert not is_erased(request_id)
    carry(app, again(request_id))
    assert erase.finish_asked(right_now()) == 1
    assert is_erased(request_id)


def test_what_has_to_be_kept_is_said_plainly(client: FlaskClient) -> None:
    request = a_request()
    link, request_id = opened(client, request), request.id
    erase.keep(request_id, right_now() + timedelta(days=9), "A dispute.")
    client.post(f"{link}/erase", data=BORN)
    answer = client.post(f"{link}/erase/now")
    assert answer.status_code == 409
    assert "We have to keep this request for now, for a legal reason." in words_of(answer.text)
    assert "dispute" not in answer.text
    assert not is_erased(request_id)


def test_dates_that_nobody_was_born_on_are_answered_like_any_wrong_one(client: FlaskClient) -> None:
    link = opened(client, a_request())
    tomorrow = right_now() + timedelta(days=1)
    for born in ({**BORN, "birth_date.year": "1861"}, _date(tomorrow.day, tomorrow.month, tomorrow.year)):
        assert client.post(f"{link}/download", data=born).status_code == 422
        assert client.post(link, data=born).status_code == 422


def _date(day: int, month: int, year: int) -> dict[str, str]:
    return {"birth_date.day": str(day), "birth_date.month": str(month), "birth_date.year": str(year)}
