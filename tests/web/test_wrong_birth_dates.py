"""Wrong birth dates are noted and counted wherever they are given; too many end the link, and never the request."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.access.authorize import Acting
from referral.domain.codes import Actor
from referral.extensions import db
from referral.models import AuditEntry, Delivery, PatientMessage
from referral.services import birth_dates, contact, drafts
from referral.store import access
from tests.factories import COORDINATOR, make_request
from tests.services.journeys import again
from tests.web.office_steps import right_now
from tests.web.page_rules import faults_of, words_of
from tests.web.test_track_pages import BORN, a_request, code_of, link_to, opened

WRONG = {**BORN, "birth_date.day": "28"}
NOBODY = Acting(Actor.PATIENT)


def noted(action: str) -> int:
    """How many entries of this kind the audit trail has."""
    db.session.rollback()
    return len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)).all())


def test_twenty_wrong_dates_end_link_and_code_until_the_new_link_is_opened(app_on_both: Flask) -> None:
    client, request = app_on_both.test_client(), a_request()
    link, code, request_id = link_to(request), code_of(request), request.id
    for _ in range(birth_dates.MOST_WRONG - 1):
        assert not birth_dates.refused(request_id, NOBODY, right_now())
    last = client.post(link, data=WRONG)
    assert (last.status_code, faults_of(last.text)) == (422, [])
    assert "so this link has ended" in words_of(last.text)
    assert client.get(link).status_code == 404
    assert client.post("/track", data={"code": code, **BORN}).status_code == 422, "nor does the code open it"
    assert (noted(birth_dates.REFUSED), noted("end-link")) == (birth_dates.MOST_WRONG + 1, 1)
    assert len(db.session.scalars(select(Delivery).where(Delivery.template == "link-ended")).all()) == 1
    fresh = link_to(again(request_id))
    assert fresh != link
    assert client.post(fresh, data=BORN).status_code == 303
    assert client.post("/track", data={"code": code, **BORN}).status_code == 303


def test_a_wrong_date_counts_wherever_it_is_asked(client: FlaskClient) -> None:
    request = a_request()
    code, request_id = code_of(request), request.id
    link = opened(client, request)
    new = {"news_to": "both", "requester.name": "Eve", "requester.email": "eve@sample.example"}
    asked = {
        "/track": {"code": code},
        link: {},
        f"{link}/download": {},
        f"{link}/erase": {},
        f"{link}/address": {"patient.phone": "617 555 0123"},
        f"{link}/news": {**new, **{f"news.{name}": value for name, value in WRONG.items()}},
    }
    for number, (path, data) in enumerate(asked.items(), 1):
        assert client.post(path, data={**WRONG, **data}).status_code == 422, path
        assert (access.most_wrong_dates(request_id), noted(birth_dates.REFUSED)) == (number, number), path


def test_who_has_a_telephone_only_is_called_and_comes_in_by_code_again(app: Flask) -> None:
    request_id = make_request(contact_by_email=False, now=right_now()).id
    for _ in range(birth_dates.MOST_WRONG):
        birth_dates.refused(request_id, NOBODY, right_now())
    assert birth_dates.is_code_closed(request_id)
    call = db.session.scalars(select(PatientMessage).where(PatientMessage.template == "link-ended")).one()
    assert call.way == "call"
    contact.told_by_call(request_id, [call.id], COORDINATOR, right_now())
    assert not birth_dates.is_code_closed(request_id)


def test_a_wrong_date_for_answers_that_are_kept_is_noted(app: Flask) -> None:
    secret = drafts.begin({"cancer": "BRCA", "patient": {"birth_date": "1990-01-01"}}, right_now())
    assert drafts.opened(secret, "1990-01-02", right_now()) is None
    assert drafts.opened(secret, "1990-01-01", right_now()) == secret
    assert noted(birth_dates.REFUSED) == 1


def test_who_reads_the_mail_does_not_guess_on_with_one_new_link_after_another(app: Flask, client: FlaskClient) -> None:
    request = a_request()
    request_id, code = request.id, code_of(request)
    request.patient.phone = "617 555 0142"
    db.session.commit()
    for _ in range(birth_dates.MOST_IN_ALL):
        link = link_to(again(request_id))
        birth_dates.refused(request_id, NOBODY, right_now())
    link = link_to(again(request_id))
    right = client.post(link, data=BORN)
    assert (right.status_code, faults_of(right.text)) == (422, []), "the right one is not told from the others"
    assert "coordinator has spoken with you" in words_of(right.text)
    assert client.post("/track", data={"code": code, **BORN}).status_code == 422
    ended = select(PatientMessage).where(PatientMessage.template == "link-ended").order_by(PatientMessage.created_at)
    calls = [one for one in db.session.scalars(ended) if one.way == "call"]
    assert calls[-1].to_address == "617 555 0142", "the last one is no mail"
    contact.told_by_call(request_id, [one.id for one in calls], COORDINATOR, right_now())
    assert client.post(link, data=BORN).status_code == 303


def test_an_address_that_is_not_the_patients_takes_the_wrong_dates_with_it(app: Flask, client: FlaskClient) -> None:
    request_id = a_request().id
    for _ in range(birth_dates.MOST_IN_ALL):
        link_to(again(request_id))
        birth_dates.refused(request_id, NOBODY, right_now())
    contact.end_links_of_patient(request_id, COORDINATOR, right_now())
    assert client.post(link_to(again(request_id)), data=BORN).status_code == 303
