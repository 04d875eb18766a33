"""A request by telephone: one page, nothing typed is lost, who took it down and what was said stays with it."""

from flask.testing import FlaskClient
from sqlalchemy import select

from referral.extensions import db
from referral.models import Consent, ServiceRequest
from referral.services.consents import TEXT
from referral.store import messages
from tests.factories import make_experience, make_index, make_role, make_staff
from tests.signing_in import sign_in
from tests.web.office_steps import right_now
from tests.web.page_rules import faults_of, words_of

INTAKE = "/coordinator/intake"
CALL = {
    "key": "one-call", "cancer": "Cholangiocarcinoma", "near": "02115",
    "patient.given": "Maria", "patient.family": "Sample", "patient.birth_date.day": "27",
    "patient.birth_date.month": "3", "patient.birth_date.year": "1961", "for_other": "yes",
    "requester.name": "Lucia Sample", "requester.relation": "daughter", "patient.phone": "617 555 0123",
    "number_confirmed": "yes", "patient.postcode": "02115", "patient.language": "es", "situation": "rare-or-complex",
    "questions": "Can it be operated on?", "reroute.allowed": "yes", "reroute.max_tries": "3",
    "first_opinion.grade": "G2",
}  # fmt: skip


def a_specialist() -> str:
    """The id of one who can be found."""
    role = make_role()
    make_experience(role)
    make_index()
    return role.id


def test_a_call_becomes_a_request_with_a_permission_for_each_recipient(client: FlaskClient) -> None:
    role_id = a_specialist()
    sign_in(client, make_staff())
    assert faults_of(client.get(INTAKE).text) == []
    found = client.post(INTAKE, data={**CALL, "do": "find"})
    assert (found.status_code, faults_of(found.text)) == (200, [])
    assert "Ana Rivera" in found.text
    listed = client.post(INTAKE, data={**CALL, "do": f"add:{role_id}"}).text
    assert f'name="shortlist" value="{role_id}"' in listed
    assert "Estos pueden leer su solicitud, cada uno por separado:" in listed
    assert "These may read your request, each by itself:" in listed
    assert "Questions that fit cholangiocarcinoma" in words_of(listed)
    call = {**CALL, "requester.email": "lucia@sample.example", "shortlist": role_id, "do": "file"}
    refused = client.post(INTAKE, data=call)
    assert refused.status_code == 422
    assert '<a href="#consent-share-1">Tick the box for Ana Rivera, or take them off the list.</a>' in refused.text
    assert "Say who hears from us" in refused.text
    call["news_to"] = "both"
    for _ in range(2):  # a second click is no second request
        assert client.post(INTAKE, data={**call, "consent.share.1": role_id}).status_code == 303
    made = db.session.scalars(select(ServiceRequest)).one()
    given = {(one.purpose, one.role_id, one.way, one.witness, one.text_version) for one in made.consents}
    heard = ("verbal", "casey@example.org", f"{TEXT}/es")  # the patient speaks Spanish
    assert given == {("share", role_id, *heard), ("reroute", None, *heard)}
    assert made.contact_confirmed_at is not None
    assert made.patient.requester_name == "Lucia Sample"
    assert made.patient.news_to == "both"
    assert [one.email for one in messages.waiting_changes(made.id, right_now())] == ["lucia@sample.example"]
    assert made.first_opinion["grade"] == "G2"
    assert [(event.action, event.actor_name) for event in made.events] == [
        ("submit", "casey@example.org"), ("confirm-contact", "casey@example.org"),
    ]  # fmt: skip
    words = words_of(client.get(f"{INTAKE}/filed").text)
    assert made.identifier in words
    assert "Read this code out" in words
    page = client.get(f"/coordinator/referrals/{made.id}").text
    assert "Taken down on the telephone by casey@example.org" in page
    assert "Lucia Sample (daughter) called" in page
    assert faults_of(page) == []


def test_whatever_is_wrong_everything_that_was_typed_stays(client: FlaskClient) -> None:
    sign_in(client, make_staff())
    wrong = {
        "patient.birth_date.month": "blue", "patient.phone": "", "cancer": "liver something odd", "patient.given": "",
        "reroute.max_km": "far", "first_opinion.plan": "Chemotherapy first", "consent.read_in": "en",
    }  # fmt: skip
    answer = client.post(INTAKE, data={**CALL, **wrong, "do": "file"})
    assert (answer.status_code, faults_of(answer.text)) == (422, [])
    kept = ("blue", "Lucia Sample", "daughter", "liver something odd", "Can it be operated on?", "far")
    for typed in (*kept, "Chemotherapy first"):
        assert typed in answer.text
    assert 'name="consent.read_in" value="en" checked' in answer.text
    assert db.session.scalars(select(Consent)).all() == []


def test_who_did_not_file_it_does_not_read_its_code(client: FlaskClient) -> None:
    sign_in(client, make_staff())
    assert client.get(f"{INTAKE}/filed").status_code == 404
