"""Medical records on the pages of patient, desk and office: sending, reading, the packet, the office's link."""

import io
import re
import zipfile
from base64 import b64encode
from hashlib import sha256
from typing import Any

import flask
import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from referral.access import links
from referral.access.links import Purpose
from referral.access.uploads import MOST_BYTES, MOST_BYTES_AT_ONCE
from referral.domain.codes import Situation
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import upload_in_parts
from referral.services.act import act
from referral.services.effects import Details
from referral.services.keep_document import keep, readable
from referral.services.upload_in_parts import Announced
from referral.web.record_forms import TAKES_FILES
from referral.web.track_uploads import PART
from tests.factories import COORDINATOR, make_request, make_staff
from tests.records import form_with, pdf, picture, upload
from tests.services.journeys import patient
from tests.signing_in import sign_in
from tests.web.office_steps import carry, fresh_role, office_page, office_token, right_now, sent_request
from tests.web.page_rules import faults_of, words_of

PATHOLOGY = "pathology-report"
BIRTH_DATE = {"birth_date.day": "27", "birth_date.month": "3", "birth_date.year": "1961"}


def form(content: bytes = b"", name: str = "report.pdf", record: str = PATHOLOGY, **more: str) -> dict[str, Any]:
    return {"record": record, "file": (io.BytesIO(content or pdf()), name), **more}


def tracking(app: Flask, client: FlaskClient, request: ServiceRequest) -> str:
    """The address of the patient's records, opened in this browser."""
    token = links.issue(app.extensions["settings"].secret_key, Purpose.TRACK, request.id, None, right_now())
    db.session.commit()
    assert client.post(f"/track/{token}", data=BIRTH_DATE).status_code == 303
    return f"/track/{token}/records"


def desk(client: FlaskClient, request: ServiceRequest) -> str:
    """The address of the referral on the desk, with a coordinator signed in."""
    sign_in(client, make_staff())
    return f"/coordinator/referrals/{request.id}"


def office(app: Flask, client: FlaskClient, request: ServiceRequest) -> None:
    assert client.post(f"/office/{office_token(app, request)}").status_code == 302


def fetched(client: FlaskClient, address: str) -> Response:
    """A file, read to its end and closed."""
    with client.get(address) as answer:
        assert answer.status_code == 200
        answer.get_data()
    return answer


def test_a_patient_sends_a_record_and_reads_it_again(app: Flask, client: FlaskClient) -> None:
    request = make_request(now=right_now())
    records = tracking(app, client, request)

    assert client.post(records, data=form(name="../r\u202eeport.pdf")).status_code == 303
    page = client.get(records).text

    assert faults_of(page) == []
    assert "We have your files." in page
    (document,) = readable(db.session.merge(request), COORDINATOR)
    answer = fetched(client, f"{records}/{document.id}")
    assert answer.data == pdf()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "attachment; filename=report.pdf"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "content, record, status, words",
    [
        (b"<html>no", PATHOLOGY, 422, "“report.pdf” is not a kind of file we can take"),
        (b"%PDF-1.4" + bytes(MOST_BYTES), PATHOLOGY, 413, "“report.pdf” is too large: a file may have 25 megabytes"),
        (pdf(), "passport", 422, "Choose what the files are."),
    ],
    ids=["html", "26 MB", "unknown record"],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    app: Flask, client: FlaskClient, content: bytes, record: str, status: int, words: str
) -> None:
    records = tracking(app, client, make_request(now=right_now()))
    body, kind = form_with(content, "report.pdf", record)

    answer = client.post(records, data=body, content_type=kind)

    assert answer.status_code == status
    assert words in answer.text
    assert faults_of(answer.text) == []


def test_a_form_without_a_file_asks_for_one(app: Flask, client: FlaskClient) -> None:
    answer = client.post(tracking(app, client, make_request(now=right_now())), data={"record": PATHOLOGY})

    assert (answer.status_code, "Choose a file." in answer.text) == (422, True)


def test_a_strangers_browser_finds_no_records(app: Flask, client: FlaskClient) -> None:
    request = make_request(now=right_now())
    (document,) = keep(request.id, PATHOLOGY, [upload(pdf())], COORDINATOR, right_now())
    records, document_id = tracking(app, client, request), document.id

    stranger = app.test_client()

    assert stranger.get(records).status_code == 404
    assert stranger.get(f"{records}/{document_id}").status_code == 404
    assert stranger.post(records, data=form()).status_code == 404
    assert stranger.get(f"{office_page(request)}/documents/{document_id}").status_code == 404
    assert stranger.get(f"{office_page(request)}/packet.pdf").status_code == 404


def test_a_patient_says_what_cannot_be_had(app: Flask, client: FlaskClient) -> None:
    records = tracking(app, client, make_request(now=right_now()))

    wrong = client.post(f"{records}/cannot", data={"item": "slides", "reason": ""})
    right = client.post(f"{records}/cannot", data={"item": "slides", "reason": "The hospital closed."})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert 'href="#reason-slides"' in wrong.text
    assert faults_of(wrong.text) == []
    assert "you cannot get it" in client.get(records).text


def test_once_a_record_cannot_be_had_the_page_and_the_desk_say_who_goes_on(app: Flask, client: FlaskClient) -> None:
    request = make_request(now=right_now(), situation=Situation.UNCERTAIN_DIAGNOSIS)
    act(request.id, Action.REQUEST_RECORDS, COORDINATOR, Details(items=(PATHOLOGY,)), right_now())
    records, desk_browser = tracking(app, client, request), app.test_client()
    track = records.removesuffix("/records")
    referral = desk(desk_browser, request)
    words = words_of(client.get(track).text)
    assert "We need medical records from you" in words
    assert "We asked for: Pathology report (what was seen under the microscope)." in words
    assert "stage-circle" in desk_browser.get(referral).text
    client.post(f"{records}/cannot", data={"item": PATHOLOGY, "reason": "The hospital closed."})
    words = words_of(client.get(track).text)
    assert "A record cannot be had. A coordinator decides how your request goes on by" in words
    assert "stage-square" in desk_browser.get(referral).text


def test_the_desk_works_on_the_records(app: Flask, client: FlaskClient) -> None:
    request = make_request(now=right_now())
    referral = desk(client, request)

    assert client.post(f"{referral}/records", data=form()).status_code == 303
    for state, reason in (("checked", ""), ("expired", "From 2019."), ("asked", "")):
        changed = client.post(f"{referral}/records/state", data={"item": PATHOLOGY, "state": state, "reason": reason})
        assert changed.status_code == 303
    late = {"item": PATHOLOGY, "state": "refused", "reason": "Lost in a fire.", "was": "needed"}
    stale = client.post(f"{referral}/records/state", data=late)
    assert stale.status_code == 409
    assert "athology report is asked for now. Your change was not made." in words_of(stale.text)
    assert "Lost in a fire." in stale.text
    refused = client.post(f"{referral}/records/state", data={"item": "slides", "state": "waived", "reason": ""})

    assert (refused.status_code, "Say why in a few words." in refused.text) == (422, True)
    page = client.get(f"{referral}/records").text
    assert faults_of(page) == faults_of(refused.text) == []
    assert "report.pdf" in page
    assert client.get(referral).status_code == 200
    db.session.refresh(request)
    assert {i.name: i.status for i in request.record_items}[PATHOLOGY] == "asked"


def test_the_office_reads_records_and_packet_and_sends_a_file(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    request_id = request.id
    keep(request_id, PATHOLOGY, [upload(pdf(2))], COORDINATOR, right_now())
    office(app, client, request)
    sent = form(picture(), "slide.png", "other")

    assert client.post(f"{office_page(request)}/records", data=sent).status_code == 303
    page = client.get(office_page(request))
    packet = fetched(client, f"{office_page(request)}/packet.pdf")
    originals = fetched(client, f"{office_page(request)}/originals.zip")

    assert faults_of(page.text) == []
    assert "report.pdf" in page.text
    assert "slide.png" in page.text
    with pikepdf.open(io.BytesIO(packet.data)) as opened:
        assert len(opened.pages) == 3 + 2 + 1
    assert len(zipfile.ZipFile(io.BytesIO(originals.data)).namelist()) == 2
    assert "attachment" in packet.headers["Content-Disposition"]


def test_the_office_asks_for_records_by_name(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    office(app, client, request)
    act(request.id, Action.ACKNOWLEDGE, COORDINATOR, Details(), right_now())
    sent = {"action": "request-information", "version": str(request.version), "request-information.items": "slides"}

    assert client.post(office_page(request), data=sent).status_code == 302

    db.session.refresh(request)
    assert {i.name for i in request.record_items if i.status == "asked"} == {"slides"}
    assert request.events[-1].text == "Records: Pathology slides or blocks."


def test_an_opinion_comes_as_a_pdf_with_its_main_fields(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    office(app, client, request)
    act(request.id, Action.ACCEPT, COORDINATOR, Details(), right_now())
    at = "submit-opinion"

    def send(content: bytes, diagnosis: str) -> int:
        fields = {"action": at, "version": str(request.version), f"{at}.diagnosis": diagnosis, f"{at}.trial": "NCT-1"}
        return client.post(
            office_page(request), data={**fields, f"{at}.file": (io.BytesIO(content), "o.pdf")}
        ).status_code

    assert send(picture(), "Bile duct cancer.") == 422
    assert send(pdf(), "") == 422
    assert request.documents == []
    assert send(pdf(), "Bile duct cancer.") == 302
    db.session.refresh(request)
    (opinion,) = request.opinions
    assert (opinion.trial, [one.file_name for one in opinion.documents]) == ("NCT-1", ["o.pdf"])
    records = tracking(app, client, request)
    shown = client.get(records.removesuffix("/records").replace("/track/", "/opinions/")).text
    assert "NCT-1" in shown
    assert f'href="{records}/{opinion.documents[0].id}"' in shown
    assert fetched(client, f"{records}/{opinion.documents[0].id}").data == pdf()


def test_an_opinion_that_comes_after_silence_is_kept_behind_the_same_link(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app, fresh_role(), fresh_role(family="Okafor"))
    token = office_token(app, request)
    act(request.id, Action.DECLINE, COORDINATOR, Details(reason="no-capacity"), right_now())
    carry(app, request)
    gone = client.get(f"/office/{token}")

    empty = client.post(f"/office/{token}/late", data={})
    kept = client.post(
        f"/office/{token}/late",
        data={"submit-opinion.plan": "Surgery first.", "submit-opinion.file": (io.BytesIO(pdf()), "late.pdf")},
    )

    assert faults_of(gone.text) == faults_of(empty.text) == []
    assert (empty.status_code, kept.status_code) == (422, 303)
    assert "Maria" not in gone.text + empty.text
    db.session.refresh(request)
    assert [(o.plan, o.documents[0].file_name) for o in request.opinions] == [("Surgery first.", "late.pdf")]
    assert request.current_task is not None
    assert request.current_task.role.practitioner.family == "Okafor"


def test_an_old_link_brings_a_few_late_opinions_and_no_more(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app, fresh_role(), fresh_role(family="Okafor"))
    token = office_token(app, request)
    act(request.id, Action.DECLINE, COORDINATOR, Details(reason="no-capacity"), right_now())
    carry(app, request)

    sent = [client.post(f"/office/{token}/late", data={"submit-opinion.plan": f"Plan {n}."}) for n in range(6)]

    assert [answer.status_code for answer in sent] == [303] * 5 + [422]
    assert "Reply to our message about another" in sent[-1].text
    db.session.refresh(request)
    assert len(request.opinions) == 5


def test_a_living_request_takes_no_late_opinion(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)

    client.post(f"/office/{office_token(app, request)}/late", data={"submit-opinion.plan": "Surgery."})

    db.session.refresh(request)
    assert request.opinions == []


def test_a_coordinator_ends_the_link_and_sends_a_new_one(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    first, office_browser = office_token(app, request), app.test_client()
    office_browser.post(f"/office/{first}")
    referral = desk(client, request)

    assert client.post(f"{referral}/link", data={"link": "end"}).status_code == 303
    assert office_browser.get(office_page(request)).status_code == 410
    assert client.get(f"/office/{first}").status_code == 410
    assert client.post(f"{referral}/link", data={"link": "end"}).status_code == 409
    assert client.post(f"{referral}/link", data={"link": "new", "version": "1"}).status_code == 409  # an old page
    assert "It opens nothing." in words_of(client.get(referral).text)
    assert client.post(f"{referral}/link", data={"link": "new"}).status_code == 303
    carry(app, request)
    second = office_token(app, request)

    assert second != first
    assert client.get(f"/office/{second}").status_code == 200
    assert client.get(f"/office/{first}").status_code == 410


def test_the_addresses_of_a_form_that_takes_files_are_all_there(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= TAKES_FILES


def test_strangers_keep_to_the_small_limit(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)

    def most(browser: FlaskClient, address: str) -> int | None:
        with browser:
            browser.post(address)
            return flask.request.max_content_length

    token, usual = office_token(app, request), app.config["MAX_CONTENT_LENGTH"]
    for address in (
        office_page(request),
        f"{office_page(request)}/records",
        f"/office/{'x' * 43}/late",
        "/track/x/records",
    ):
        assert most(client, address) == usual
    assert most(client, f"/office/{token}/late") == MOST_BYTES_AT_ONCE
    office(app, client, request)
    assert most(client, f"{office_page(request)}/records") == MOST_BYTES_AT_ONCE
    desk_browser, patients = app.test_client(), app.test_client()
    assert most(desk_browser, f"{desk(desk_browser, request)}/records") == MOST_BYTES_AT_ONCE
    assert most(patients, tracking(app, patients, request)) == MOST_BYTES_AT_ONCE


def test_a_file_comes_in_parts_by_its_protocol(app: Flask, client: FlaskClient) -> None:
    request = make_request(now=right_now())
    records, content = tracking(app, client, request), pdf()
    uploads = records.replace("/records", "/uploads")
    named = {"filename": "scan.pdf", "record": PATHOLOGY, "sha256": sha256(content).hexdigest()}
    told = ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in named.items())
    begin = {"Upload-Length": str(len(content)), "Upload-Metadata": told}

    def send(address: str, start: int, part: bytes) -> TestResponse:
        return client.patch(address, data=part, content_type=PART, headers={"Upload-Offset": str(start)})

    begun = client.post(uploads, headers=begin)
    address = begun.headers["Location"]
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "0")
    assert send(address, 0, content[:99]).status_code == 204
    assert (client.head(address).headers["Upload-Offset"], send(address, 0, b"x").status_code) == ("99", 409)
    page = client.get(records).text
    assert "scan.pdf" in page
    assert "stopped half-way" in page
    assert faults_of(page) == []
    stranger = app.test_client()
    assert [stranger.head(address).status_code, stranger.post(uploads, headers=begin).status_code] == [404, 404]
    assert client.post(uploads, headers={**begin, "Upload-Length": "99999999"}).status_code == 413
    assert "too large" in client.post(uploads, headers={**begin, "Upload-Length": "99999999"}).text
    assert send(address, 99, content[99:]).headers["Upload-Offset"] == str(len(content))

    page = client.get(records).text
    assert page.count("We have your files.") == 1
    assert "stopped half-way" not in page
    assert "scan.pdf" in page


def test_half_a_file_is_deleted_by_a_button(app: Flask, client: FlaskClient) -> None:
    request = make_request(now=right_now())
    records = tracking(app, client, request)
    upload_in_parts.begin(request.id, Announced(PATHOLOGY, "half.pdf", 9, "0" * 64), patient(request.id), right_now())
    (address,) = re.findall(r'action="([^"]+/end)"', client.get(records).text)

    assert client.post(address).status_code == 303

    page = client.get(records).text
    assert ("half.pdf" in page, "What had come of the file is deleted." in page) == (False, True)
