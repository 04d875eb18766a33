"""Templates on the desk: written with fields, shown in both languages, used in a form where nothing is lost."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.extensions import db
from referral.models import AuditEntry, ReplyTemplate, Staff
from referral.store import replies, threads
from tests.factories import make_staff, new_referral
from tests.signing_in import sign_in
from tests.web.page_rules import faults_of, words_of
from tests.web.test_coordinator_pages import fresh_request

SLIDES = {
    "kind": "record-request",
    "name": "Ask for slides",
    "text_en": "Dear {patient_given}, please ask for the slides by {deadline}. {specialist} needs them. {coordinator}",
    "text_es": "{patient_given}: pida las laminillas de {cancer}. Solicitud {reference}.",
    "records": ["slides"],
    "whose": "everybody",
}


@pytest.fixture
def lena(client: FlaskClient) -> Staff:
    """A lead who is signed in."""
    staff = make_staff("lena@example.org", role="lead")
    sign_in(client, staff)
    return staff


def made(client: FlaskClient, **changes: object) -> ReplyTemplate:
    """A template that was written on its page."""
    answer = client.post("/coordinator/templates/new", data={**SLIDES, **changes})
    assert answer.status_code == 303, answer.text
    found = db.session.query(ReplyTemplate).order_by(ReplyTemplate.created_at.desc()).first()
    assert found is not None
    return found


def test_it_is_written_previewed_in_both_languages_changed_and_put_away(client: FlaskClient, lena: Staff) -> None:
    address = f"/coordinator/templates/{made(client).id}"
    page = client.get(address).text
    assert "Dear Maria, please ask for the slides by Thursday 3 December." in page
    assert "Maria: pida las laminillas de colangiocarcinoma. Solicitud SO-7K3M-92QX." in page
    assert faults_of(page) == faults_of(client.get("/coordinator/templates").text) == []

    changed = {**SLIDES, "text_en": "Please send the slides.", "version": "1"}
    assert client.post(address, data=changed).status_code == 303
    assert "Version 1" in client.get(address).text
    overtaken = client.post(address, data={**changed, "text_en": "Mine"})
    assert (overtaken.status_code, "Mine" in overtaken.text) == (409, True)
    assert "lena@example.org" in overtaken.text

    client.post(address, data={"do": "archive", "version": "2"})
    assert "Put away (1)" in client.get("/coordinator/templates").text


@pytest.mark.parametrize(
    "text, said",
    [
        ("Dear {patient_name}", "There is no field {patient_name}. The fields are: {patient_given}, {reference},"),
        ("Dear {patient_given", "A brace stands alone."),
        ("x" * 100_000, "This is too long: 100,000 characters. At most 4,000 fit."),
        ("", "Write the English text."),
    ],
)
def test_what_cannot_be_a_template_is_told_at_its_field(client: FlaskClient, lena: Staff, text: str, said: str) -> None:
    answer = client.post("/coordinator/templates/new", data={**SLIDES, "text_en": text})
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.query(ReplyTemplate).count() == 0


def test_used_without_javascript_everything_typed_is_kept(client: FlaskClient, lena: Staff) -> None:
    template, request = made(client), fresh_request()
    field = "request-records"
    page = client.get(f"/coordinator/referrals/{request.id}").text
    assert f'<option value="{template.id}">Ask for slides</option>' in page

    typed = {
        "fill": field, f"{field}.template": str(template.id), f"{field}.language": "en",
        f"{field}.text": "As we said.", f"{field}.items": "imaging-reports", "version": str(request.version),
    }  # fmt: skip
    answer = client.post(f"/coordinator/referrals/{request.id}/template", data=typed)

    assert answer.status_code == 200
    assert "As we said.\n\nDear Maria, please ask for the slides by" in answer.text
    assert "[the specialist who is asked]" in answer.text
    assert "Not known for this request: the specialist who is asked." in answer.text
    for record in ("imaging-reports", "slides"):
        assert f'value="{record}" checked' in answer.text
    assert request.stage == "submitted"

    form = re.search(rf'<form method="post" action="([^"]+)"(?:(?!</form>).)*name="{field}.text"', answer.text, re.S)
    assert form is not None
    said = {**typed, "action": field, f"{field}.text": "As we said."}
    assert client.post(form[1], data=said).status_code == 302
    assert db.session.get_one(type(request), request.id, populate_existing=True).stage == "records-needed"


def test_the_patients_language_comes_first_and_a_browser_may_ask_for_the_text_alone(
    client: FlaskClient, lena: Staff
) -> None:
    template = made(client)
    patient = replace(new_referral().patient, language="es")
    request = fresh_request(patient=patient)
    data = {"fill": "request-records", "request-records.template": str(template.id)}
    address = f"/coordinator/referrals/{request.id}/template"

    answer = client.post(address, data=data, headers={"Accept": "application/json"})

    assert answer.json is not None
    assert answer.json["text"] == f"Maria: pida las laminillas de colangiocarcinoma. Solicitud {request.identifier}."
    assert answer.json["records"] == ["slides"]


def test_beside_the_message_it_is_put_into_the_message(client: FlaskClient, lena: Staff) -> None:
    template, request = made(client, kind="patient-message", records=[]), fresh_request()
    address = f"/coordinator/referrals/{request.id}"
    assert '<select id="message-template" name="message.template" autocomplete="off">' in client.get(address).text
    typed = {"fill": "message", "message.template": str(template.id), "message": "Good morning."}
    filled = client.post(f"{address}/template", data=typed).text
    assert "Good morning.\n\nDear Maria, please ask for the slides by" in filled


def test_what_is_written_to_a_record_request_the_patient_reads(client: FlaskClient, lena: Staff) -> None:
    request = fresh_request()
    form = {"action": "request-records", "version": str(request.version), "request-records.items": "slides",
            "request-records.text": "Dear Maria, the slides please."}  # fmt: skip
    assert client.post(f"/coordinator/referrals/{request.id}", data=form).status_code == 302
    (message,) = threads.of_request(request.id)
    assert (message.actor, message.text) == ("lead", "Dear Maria, the slides please.")
    assert request.events[-1].text == "Records: Pathology slides or blocks.\nWith a message to the patient."


def test_coordinators_write_their_own_and_only_use_everybodys(app: Flask, client: FlaskClient, lena: Staff) -> None:
    shared = made(client)
    casey = app.test_client()
    sign_in(casey, make_staff())
    assert "You can use this one" in casey.get(f"/coordinator/templates/{shared.id}").text
    assert casey.post(f"/coordinator/templates/{shared.id}", data={**SLIDES, "version": "1"}).status_code == 404
    assert casey.post("/coordinator/templates/new", data=SLIDES).status_code == 404

    own = made(casey, whose="mine", name="My words")
    assert client.get(f"/coordinator/templates/{own.id}").status_code == 404
    assert "My words" not in client.get("/coordinator/templates").text


def test_a_macro_takes_its_steps_with_one_button_each_in_the_history(client: FlaskClient, lena: Staff) -> None:
    words = {"text_en": "Dear {patient_given}, the slides please.", "text_es": ""}
    template, request = made(client, **words), fresh_request()
    asks = {"name": "Ask and take it", "steps": ["assign", "records"], "records.template": str(template.id)}
    assert client.post("/coordinator/macros", data={**asks, "steps": ["message"]}).status_code == 422
    assert client.post("/coordinator/macros", data=asks).status_code == 303
    page = client.get("/coordinator/macros").text
    assert "Assign it to whoever presses the button; Ask for records with “Ask for slides”" in words_of(page)
    (macro,) = replies.macros()
    address, run = f"/coordinator/referrals/{request.id}", {"macro": str(macro.id), "version": str(request.version)}
    shown = client.get(address).text
    assert faults_of(page) == faults_of(shown) == []
    assert "Ask and take it" in shown
    before = db.session.query(AuditEntry).count()
    assert client.post(f"{address}/macro", data=run).status_code == 303
    assert "Assigned to you. Asked for records." in client.get(address).text
    db.session.refresh(request)
    assert (request.stage, request.assignee_id) == ("records-needed", lena.id)
    assert threads.of_request(request.id)[-1].text == "Dear Maria, the slides please."
    noted = db.session.query(AuditEntry).order_by(AuditEntry.number).offset(before).all()
    steps = ["assign", "request-records", "run-macro"]
    assert [entry.action for entry in noted if entry.action in steps] == steps
    assert client.post(f"{address}/macro", data=run).status_code == 409  # an old page

    unknown = {**SLIDES, "text_en": "{specialist} needs them.", "version": "1"}
    assert client.post(f"/coordinator/templates/{template.id}", data=unknown).status_code == 303
    other = fresh_request()
    stopped = client.post(f"/coordinator/referrals/{other.id}/macro", data={"macro": str(macro.id)})
    assert stopped.status_code == 409
    assert "Nothing was done: “Ask for slides” needs the specialist who is asked" in stopped.text
    client.post("/coordinator/macros", data={**asks, "macro": str(macro.id), "version": "1", "do": "archive"})
    assert "Run a macro" not in client.get(address).text
