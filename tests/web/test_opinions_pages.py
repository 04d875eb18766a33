"""The opinions side by side: what differs is marked, nobody wins, and the patient goes on from there."""

import io

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.domain.lifecycle import Action
from referral.domain.opinions import OpinionText
from referral.extensions import db
from referral.models import OpinionSurvey, PatientNote, RequestDraft, ServiceRequest
from referral.services import aftermath, drafts
from referral.services.refer import refer
from referral.services.suggest_roles import npis_asked
from referral.web import forms_request
from tests.factories import make_index, make_staff
from tests.services.journeys import step
from tests.signing_in import sign_in
from tests.web.office_steps import right_now, sent_request
from tests.web.page_rules import faults_of, words_of
from tests.web.test_track_pages import opened

SURGERY = {"name": "Surgery", "benefits": "May cure", "risks": "Long recovery"}
OPINION = OpinionText(
    diagnosis="cholangiocarcinoma",
    plan="Surgery first",
    options=(SURGERY,),
    text="Dear Maria",
    agreement="refined",
    details={"grade": "G2"},
    impact="major",
    open_questions=("Is the margin free?",),
)


def answered(app: Flask) -> ServiceRequest:
    """A request with its opinion."""
    request = sent_request(app)
    step(request.id, Action.ACCEPT, now=right_now())
    step(request.id, Action.SUBMIT_OPINION, now=right_now(), opinion=OPINION)
    return request


def link_of(client: FlaskClient, request: ServiceRequest) -> str:
    return opened(client, request).replace("/track/", "/opinions/")


def test_both_opinions_stand_side_by_side_and_what_differs_is_marked(app: Flask, client: FlaskClient) -> None:
    shown = client.get(link_of(client, answered(app)))
    words = words_of(shown.text)
    assert faults_of(shown.text) == []
    assert words.count(" differs ") == 1  # the plan; the diagnosis is the same but for its capital
    assert "Grade: how the cells look not given G2" in words
    assert "Surgery May cure Long recovery" in words
    assert "A large part of the plan would change." in words
    assert "Is the margin free?" in words
    assert "better" not in words.replace("Neither is marked as better here", "")


def test_the_request_page_leads_to_them(app: Flask, client: FlaskClient) -> None:
    request = answered(app)
    link = opened(client, request)
    assert f'href="{link.replace("/track/", "/opinions/")}"' in client.get(link).text


def test_without_an_opinion_the_page_says_where_to_look(app: Flask, client: FlaskClient) -> None:
    answer = client.get(link_of(client, sent_request(app)))
    assert answer.status_code == 404
    assert "No opinion is here yet" in answer.text


def test_a_new_device_is_asked_for_the_birth_date_and_comes_back_here(app: Flask, client: FlaskClient) -> None:
    link = link_of(client, answered(app))
    client.post("/track/leave")
    asked = client.get(link)
    assert "Dear Maria" not in asked.text
    born = {"birth_date.day": "27", "birth_date.month": "3", "birth_date.year": "1961", "then": "opinions"}
    answer = client.post(link.replace("/opinions/", "/track/"), data=born)
    assert answer.headers["Location"] == link


def test_own_notes_are_kept_changed_and_taken_along(app: Flask, client: FlaskClient) -> None:
    link = link_of(client, answered(app))
    for text in ("Ask about KRAS", "Ask about the margin"):
        client.post(f"{link}/notes", data={"notes": text})
    shown = words_of(client.get(link).text)
    assert "Ask about the margin" in shown
    assert "KRAS" not in shown
    with pikepdf.open(io.BytesIO(client.get(f"{link}/sheet.pdf").data)) as sheet:
        assert str(sheet.docinfo["/Title"]) == "For the visit to my doctor"


def test_page_answers_and_sheet_are_in_the_language_of_the_page(app: Flask, client: FlaskClient) -> None:
    link = link_of(client, answered(app))
    shown = words_of(client.get(f"{link}?page-language=es", follow_redirects=True).text)
    assert "Cambiaría una gran parte del plan." in shown
    kept = client.post(f"{link}/notes", data={"notes": "KRAS"}, follow_redirects=True)
    assert "Guardamos sus notas." in kept.text
    with pikepdf.open(io.BytesIO(client.get(f"{link}/sheet.pdf").data)) as sheet:
        assert str(sheet.docinfo["/Title"]) == "Para la visita a mi médico"
        assert str(sheet.Root["/Lang"]) == "es-US"


def test_notes_that_are_too_long_are_refused_and_not_lost(app: Flask, client: FlaskClient) -> None:
    answer = client.post(f"{link_of(client, answered(app))}/notes", data={"notes": "x" * 20_001})
    assert answer.status_code == 422
    assert "at most 20,000 characters" in answer.text
    assert "x" * 20_001 in answer.text


def test_what_became_of_it_is_kept_once_and_can_be_changed(app: Flask, client: FlaskClient) -> None:
    link = link_of(client, answered(app))
    client.post(f"{link}/outcome", data={"decided": "not-yet"})
    client.post(f"{link}/outcome", data={"decided": "second", "changed": ["treatment", "timing"], "helped": "4"})
    kept = db.session.scalars(select(OpinionSurvey)).one()
    assert (kept.decided, kept.changed, kept.helped) == ("second", ["treatment", "timing"], 4)


def test_no_button_of_the_page_loses_what_stands_in_its_other_fields(app: Flask, client: FlaskClient) -> None:
    link = link_of(client, answered(app))
    page = client.get(link).text
    assert page.count('formaction="') == 2, "one form holds all that is written here"
    wrong = client.post(f"{link}/outcome", data={"notes": "Ask why", "decided": "?", "helped": "0"})
    assert (wrong.status_code, "Ask why</textarea>" in wrong.text) == (422, True)
    kept = client.post(f"{link}/notes", data={"notes": "Ask him", "decided": "second", "helped": "4"})
    assert (kept.status_code, faults_of(kept.text)) == (200, [])
    assert 'value="second" checked' in kept.text
    assert db.session.scalars(select(OpinionSurvey)).all() == [], "an answer is sent by its own button"
    client.post(f"{link}/outcome", data={"notes": "Ask her", "decided": "second", "helped": "0"})
    assert "Ask her</textarea>" in client.get(link).text
    client.post(f"{link}/another", data={"notes": "Ask again", "decided": "second"})
    assert "Ask again</textarea>" in client.get(link).text


@pytest.mark.parametrize(
    "sent, said",
    [
        ({}, "Choose the plan you go on with"),
        ({"decided": "second", "changed": ["nothing", "timing"]}, "You ticked “nothing” and something else"),
        ({"decided": "second", "helped": "9"}, "Choose one of these answers, or none"),
    ],
)
def test_an_answer_that_cannot_be_is_asked_again(
    app: Flask, client: FlaskClient, sent: dict[str, object], said: str
) -> None:
    answer = client.post(f"{link_of(client, answered(app))}/outcome", data=sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.scalars(select(OpinionSurvey)).all() == []


def test_one_more_opinion_begins_with_all_that_is_known_and_stands_beside_the_others(
    app: Flask, client: FlaskClient
) -> None:
    request = answered(app)
    link = link_of(client, request)
    make_index(right_now())
    client.post(f"{link}/another")
    found = client.post(f"{link}/another", follow_redirects=True)  # a second click goes on with the same
    assert found.status_code == 200
    assert db.session.query(RequestDraft).count() == 1
    with client.session_transaction() as session:
        answers = drafts.read(session["draft"], right_now())
    assert answers is not None
    assert answers["patient"] == {"given": "Maria", "family": request.patient.family, "birth_date": ""}
    assert drafts.needs_birth_date(answers) == "1961-03-27", "it is told to nobody, and protects the draft"
    answers["patient"]["birth_date"] = "1961-03-27"
    answers["consent"] = {"share_with_specialists": True, "contact_by_email": True}
    secret = app.extensions["settings"].secret_key
    third = refer(forms_request.new_referral(answers, right_now().date()), secret, right_now())
    assert third.follows_id == request.id
    assert npis_asked(third) == {task.role.npi for task in request.tasks}
    compared = aftermath.comparison(third)
    assert [opinion.text for opinion in compared.opinions] == ["Dear Maria"]
    assert {row.name: row.texts for row in compared.rows}["grade"] == ("", "G2")


@pytest.mark.parametrize("change", [{"given": "Mother"}, {"birth_date": "1930-01-02"}])
def test_opinions_of_one_person_never_stand_beside_those_of_another(
    app: Flask, client: FlaskClient, change: dict[str, str]
) -> None:
    answers = aftermath.another(answered(app), right_now().date())
    answers["patient"] |= {"birth_date": "1961-03-27", **change}
    answers["consent"] = {"share_with_specialists": True, "contact_by_email": True}
    secret = app.extensions["settings"].secret_key
    other = refer(forms_request.new_referral(answers, right_now().date()), secret, right_now())
    assert other.follows_id is None


def test_another_cancer_begins_without_the_earlier_opinions(app: Flask, client: FlaskClient) -> None:
    client.post(f"{link_of(client, answered(app))}/another")
    client.post("/request/start", data={"cancer": "BRCA", "chosen": []})
    with client.session_transaction() as session:
        answers = drafts.read(session["draft"], right_now())
    assert answers is not None
    assert (answers["follows"], answers["first_opinion"], answers["patient"]["family"]) == ("", {}, "Sample")


def test_notes_that_were_typed_stay_when_the_page_changes_its_language(app: Flask, client: FlaskClient) -> None:
    link = link_of(client, answered(app))
    page = client.post(f"{link}/notes", data={"notes": "Ask about the liver", "page-language": "es"}).text
    assert 'lang="es"' in page
    assert "Ask about the liver" in page
    assert db.session.scalars(select(PatientNote)).all() == []


def test_the_desk_reads_all_of_it_and_sees_when_the_patient_opened_it(app: Flask, client: FlaskClient) -> None:
    request, desk = answered(app), app.test_client()
    sign_in(desk, make_staff())
    address = f"/coordinator/referrals/{request.id}"
    words = words_of(desk.get(address).text)
    for part in ("Grade: how the cells look G2", "Is the margin free?", "A large part of the plan would change"):
        assert part in words
    assert "not opened by the patient yet" in words
    link = link_of(client, request)
    assert "not opened by the patient yet" in words_of(desk.get(address).text)  # the request alone is not the opinion
    client.get(link)
    words = words_of(desk.get(address).text)
    assert "not opened by the patient yet" not in words
    assert "opened by the patient on" in words
