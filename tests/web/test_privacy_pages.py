"""The patient's page of permissions and disclosures: taking back, allowing again, the list and its file."""

import csv
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.domain import csv_cells
from referral.domain.lifecycle import Action, Stage
from referral.domain.records import OTHER
from referral.extensions import db
from referral.services import accounting, keep_document
from referral.services.audit_log import note_look
from tests.factories import COORDINATOR, make_request, make_staff
from tests.records import pdf, upload
from tests.services.journeys import again, step
from tests.signing_in import sign_in
from tests.web.office_steps import carry, fresh_role, office_page, office_token, right_now, sent_request
from tests.web.page_rules import words_of
from tests.web.test_track_pages import opened, page


def test_a_patient_sees_what_was_allowed_and_takes_it_back_after_being_asked(client: FlaskClient) -> None:
    first, second = fresh_role(), fresh_role(given="Tom", family="Chen")
    request = make_request(first, second, now=right_now())
    link, request_id, role_id = opened(client, request), request.id, second.id
    shown = words_of(page(client, f"{link}/permissions"))
    assert "Tom Chen" in shown
    assert shown.count("You allowed it on") == 2
    asked = words_of(page(client, f"{link}/permissions/take-back?role={role_id}"))
    assert "You can allow it again later." in asked
    client.post(f"{link}/permissions/take-back", data={"role": role_id})
    shown = words_of(page(client, f"{link}/permissions"))
    assert "You took back this permission." in shown
    assert "You took it back on" in shown
    client.post(f"{link}/permissions/give", data={"role": role_id})
    assert words_of(page(client, f"{link}/permissions")).count("You allowed it on") == 2
    assert again(request_id).stage == Stage.SUBMITTED


def test_taking_back_all_says_that_the_request_ends(client: FlaskClient) -> None:
    request = make_request(fresh_role(), now=right_now())
    link, request_id = opened(client, request), request.id
    assert "Your request then ends" in page(client, f"{link}/permissions/take-back")
    client.post(f"{link}/permissions/take-back", data={})
    assert again(request_id).stage == Stage.CANCELLED
    assert "Take back all of it" not in page(client, f"{link}/permissions")


def test_a_stranger_sees_and_changes_nothing(client: FlaskClient, app: Flask) -> None:
    request = make_request(fresh_role(), now=right_now())
    link = opened(client, request)
    other = app.test_client()
    assert other.get(f"{link}/permissions").status_code == 404
    assert other.get(f"{link}/seen.csv").status_code == 404
    assert other.post(f"{link}/permissions/take-back", data={}).status_code == 404
    assert client.get(f"{link}/permissions/take-back?role=role-of-somebody-else").status_code == 404


def test_what_an_office_opened_and_took_stands_there_once_with_the_four_facts(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    kept = keep_document.keep(request.id, "pathology-report", [upload(pdf())], COORDINATOR, right_now())
    document_id, token = kept[0].id, office_token(app, request)
    at_the_office = app.test_client()
    at_the_office.post(f"/office/{token}")
    for _ in range(2):
        at_the_office.get(office_page(request))
        with at_the_office.get(f"{office_page(request)}/documents/{document_id}") as answer:
            assert answer.status_code == 200
    with at_the_office.get(f"{office_page(request)}/originals.zip") as answer:
        assert answer.status_code == 200
    found = accounting.disclosures(again(request.id))
    assert [one.what.partition(";")[0] for one in found] == [
        "Pathology report (report.pdf)",
        accounting.THE_REQUEST,
    ]
    facts = found[0]
    assert facts.to == "Ana Rivera and their office"
    assert facts.place == "Boston, MA"
    assert facts.why.startswith("To decide whether to take your request on")
    assert facts.at.tzinfo is not None
    link = opened(client, again(request.id))
    assert "Pathology report (report.pdf)" in page(client, link)
    rows = list(csv.reader(client.get(f"{link}/seen.csv").text.splitlines()))
    assert rows[0] == ["Date", "To whom", "Place", "What", "Why"]
    assert [row[3].partition(";")[0] for row in rows[1:3]] == [one.what.partition(";")[0] for one in found]


def test_a_printed_packet_counts_with_each_record_from_when_it_was_carried(app: Flask) -> None:
    request = make_request(fresh_role(channel="post"), now=right_now())
    files = [upload(pdf(marked=name), f"{name}.pdf") for name in ("report", "kept back", "waiting")]
    keep_document.keep(request.id, OTHER, files, COORDINATOR, right_now())
    request_id = request.id
    step(request_id, Action.APPROVE, now=right_now(), waive=True)
    named = {one.file_name: one for one in again(request_id).documents}
    named["kept back.pdf"].kept_back, named["waiting.pdf"].checked_at = True, None
    db.session.commit()
    along = [one.file_name for one in keep_document.going_along(again(request_id).tasks[0])]
    step(request_id, Action.SEND, now=right_now())
    assert along == ["report.pdf"]
    whats = [one.what for one in accounting.disclosures(again(request_id))]
    assert len(whats) == 2
    assert all("printed and carried there" in what for what in whats)
    assert any("report.pdf" in what for what in whats)


def test_staff_who_looked_are_named_by_what_they_do(app: Flask, client: FlaskClient) -> None:
    request = make_request(fresh_role(), now=right_now())
    staff = make_staff()
    desk = app.test_client()
    sign_in(desk, staff)
    desk.get(f"/coordinator/referrals/{request.id}")
    shown = page(client, f"{opened(client, request)}/permissions")
    assert "A coordinator of this service" in shown
    assert "casey" not in shown.lower()


def test_a_patient_who_took_a_permission_back_leaves_the_office_with_nothing(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    token, link = office_token(app, request), opened(client, request)
    at_the_office = app.test_client()
    at_the_office.post(f"/office/{token}")
    address, role_id = office_page(request), again(request.id).shortlist[0].role_id
    assert "You cannot undo this" in page(client, f"{link}/permissions/take-back?role={role_id}")
    client.post(f"{link}/permissions/take-back", data={"role": role_id})
    carry(app, again(request.id))
    for answer in (at_the_office.get(address), at_the_office.get(f"/office/{token}")):
        assert answer.status_code == 410
        assert "Maria" not in answer.text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_no_cell_of_a_file_is_taken_for_a_formula(start: str) -> None:
    read = next(csv.reader(csv_cells.lines([(f"{start}HYPERLINK(1)", f'a,"{start}2')])))
    assert not read[0].startswith(tuple("=+-@\t\r\0"))
    assert read[1] == f'a,"{start}2'.replace("\0", "")


def test_the_trail_is_for_auditors_alone_and_is_narrowed_and_saved(app: Flask, client: FlaskClient) -> None:
    request = make_request(fresh_role(), now=right_now())
    auditor, coordinator = make_staff("ada@example.org", "auditor"), make_staff()
    assert client.get("/audit/").status_code == 302
    sign_in(client, coordinator)
    assert client.get("/audit/").status_code == 404
    sign_in(client, auditor)
    with app.test_request_context():
        note_look(replace(COORDINATOR, name="=cmd"), "open", "referral", request.id, request.id)
    shown = page(client, f"/audit/?referral={request.id}&action=submit")
    assert shown.count("<tr>") == 2
    assert "Maria" not in shown
    assert "narrows nothing: day" in words_of(page(client, "/audit/?day=tomorrow"))
    saved = list(csv.DictReader(client.get("/audit/trail.csv?action=submit").text.splitlines()))
    assert [row["request_id"] for row in saved] == [str(request.id)]
    assert "export" in page(client, "/audit/?person=ada@example.org")
