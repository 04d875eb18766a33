from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.domain.directory_checks import CheckReason
from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import DirectoryCheck, DirectoryImport, PractitionerRole, Staff
from tests.factories import make_experience, make_index, make_npi, make_organization, make_role, make_staff
from tests.services.steward_rows import (
    make_alias,
    make_check,
    make_import,
    make_official,
    make_payment,
    make_word,
)
from tests.signing_in import sign_in
from tests.web.office_steps import right_now
from tests.web.page_rules import faults_of, title_of, words_of

LISTS = (
    "/admin/", "/admin/imports", "/admin/checks/", "/admin/organizations/review", "/admin/trials/review",
    "/admin/specialists",
)  # fmt: skip


@pytest.fixture
def ines(client: FlaskClient) -> Staff:
    """A steward who is signed in."""
    staff = make_staff("ines@example.org", role="admin")
    sign_in(client, staff)
    return staff


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    assert faults_of(answer.text) == []
    return answer.text


def known_role() -> PractitionerRole:
    """A place of work of which two sources speak."""
    role = make_role(organization=make_organization(name="Harbor Cancer Centre"), phone="617-555-0142")
    said = {"npi": role.npi, "organization_id": role.organization_id, "phone": "617-555-0142", "city": "Boston"}
    make_word(Subject.ROLE, role.id, "clinicians", said, make_import(), 77)
    brought = make_import("nppes", "npidata.csv")
    make_word(Subject.ROLE, role.id, "nppes", {"npi": role.npi, "phone": "617-555-0199"}, brought, 1204)
    db.session.commit()
    return role


@pytest.mark.parametrize("address", LISTS)
def test_strangers_are_led_to_the_sign_in(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.location) == (302, "/sign-in")


@pytest.mark.parametrize("role", ["coordinator", "lead", "auditor"])
@pytest.mark.parametrize("address", LISTS)
def test_for_every_other_role_the_pages_do_not_exist(client: FlaskClient, role: str, address: str) -> None:
    sign_in(client, make_staff(role=role))
    assert client.get(address).status_code == 404


def test_nobody_else_changes_anything(client: FlaskClient) -> None:
    role = make_role()
    check = make_check(role)
    sign_in(client, make_staff(role="lead"))
    for address in (f"/admin/checks/{check.id}", f"/admin/facts/role/{role.id}/phone", f"/admin/use/role/{role.id}"):
        assert client.post(address, data={"do": "retire", "why": "x"}).status_code == 404
    assert (role.retired_at, check.closed_at) == (None, None)


@pytest.mark.parametrize("address", LISTS)
def test_every_list_says_so_when_it_is_empty(client: FlaskClient, ines: Staff, address: str) -> None:
    assert 'class="empty"' in page(client, address)


def test_the_first_page_counts_what_waits(client: FlaskClient, ines: Staff) -> None:
    role = make_role()
    make_check(role, CheckReason.BOUNCED)
    make_alias(make_organization(), make_organization())
    make_official(role.npi)
    make_import(state="failed", problem="data.csv: the column “npi” is missing")
    db.session.commit()
    words = words_of(page(client, "/admin/"))
    for part in ("4 things in the directory wait for you", "Mail came back 1", "the column “npi” is missing"):
        assert part in words


def test_an_import_that_failed_and_then_went_well_waits_for_nobody(client: FlaskClient, ines: Staff) -> None:
    make_import(state="failed", problem="broken")
    make_import()
    db.session.commit()
    assert "Nothing in the directory waits for you" in page(client, "/admin/")


def running(**columns: object) -> DirectoryImport:
    now = right_now()
    values: dict[str, Any] = {
        "state": "running",
        "started_at": now,
        "heartbeat_at": now,
        "finished_at": None,
        **columns,
    }
    made = make_import(rows=1234, bytes_read=410, bytes_total=1000, **values)
    db.session.commit()
    return made


def test_a_running_import_shows_how_far_it_is_and_looks_again(client: FlaskClient, ines: Staff) -> None:
    made = running()
    for address in ("/admin/imports", f"/admin/imports/{made.id}"):
        answer = client.get(address)
        assert answer.headers["Refresh"] == "5"
        assert "41% read, 1,234 rows so far" in answer.text
        assert 'max="1000" value="410"' in answer.text
        assert "Refresh" not in client.get(address, query_string={"still": "1"}).headers


def test_an_import_that_fell_silent_is_not_waited_for(client: FlaskClient, ines: Staff) -> None:
    made = running(heartbeat_at=right_now() - timedelta(minutes=10))
    answer = client.get(f"/admin/imports/{made.id}")
    assert "Refresh" not in answer.headers
    assert "has given no sign of life since" in answer.text


def test_an_import_reports_what_became_of_its_rows(app: Flask, client: FlaskClient, ines: Staff) -> None:
    report = {
        "read": 1000, "added": 600, "changed": 50, "unchanged": 40, "rejected_count": 10,
        "skipped": {"no oncology taxonomy": 300}, "notes": {"ZIP code without its zero": 7},
        "rejected": [["a.csv", 12, "npi", "is empty"]],
    }  # fmt: skip
    made = make_import(report=report)
    db.session.commit()
    words = words_of(page(client, f"/admin/imports/{made.id}"))
    for part in (
        "New 600",
        "300 Left out: no oncology taxonomy",
        "7 Taken over, with the remark",
        "a.csv 12 npi is empty",
    ):
        assert part in words
    address = f"/admin/imports/{made.id}/rejected.csv"
    assert client.get(address).status_code == 404
    folder: Path = app.extensions["settings"].data_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{made.id}-rejected.csv").write_text("file,line,column,reason\na.csv,12,npi,is empty\n")
    answer = client.get(address)
    assert answer.text.splitlines()[1] == "a.csv,12,npi,is empty"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    answer.close()
    assert address in page(client, f"/admin/imports/{made.id}")


def test_why_an_import_failed_stands_on_its_page(client: FlaskClient, ines: Staff) -> None:
    made = make_import(state="failed", problem="x.zip: the archive ends too early", report=None)
    db.session.commit()
    words = words_of(page(client, f"/admin/imports/{made.id}"))
    assert "Nothing was imported x.zip: the archive ends too early" in words


@pytest.mark.parametrize(
    "address",
    ["/admin/imports/99", "/admin/imports/99999999999999999999", "/admin/checks/99", "/admin/specialists/1234567893",
     "/admin/organizations/of/none", "/admin/facts/role/none/phone", "/admin/facts/weather/1/phone",
     "/admin/use/role/none"],
)  # fmt: skip
def test_what_is_not_there_is_a_page_not_found(client: FlaskClient, ines: Staff, address: str) -> None:
    page(client, address, 404)


def test_checks_stand_by_urgency_and_can_be_narrowed(client: FlaskClient, ines: Staff) -> None:
    role = make_role(family="Okafor")
    make_check(role, CheckReason.AGEING)
    make_check(role, CheckReason.PHONE, detail="It is a bakery.", opened_by="visitor")
    words = words_of(page(client, "/admin/checks/"))
    table = words[words.index("Waits since") :]
    assert table.index("It is a bakery.") < table.index("Not confirmed for 90 days")
    narrowed = words_of(page(client, "/admin/checks/?reason=older-than-90-days"))
    assert "It is a bakery." not in narrowed
    assert "All checks" in words_of(page(client, "/admin/checks/?reason=nonsense&from=abc"))


def test_a_check_is_closed_with_an_outcome_and_a_note(client: FlaskClient, ines: Staff) -> None:
    role = known_role()
    check = make_check(role, CheckReason.PHONE, detail="It is a bakery.")
    shown = words_of(page(client, f"/admin/checks/{check.id}"))
    assert "It is a bakery." in shown
    assert "617-555-0142" in shown
    refused = client.post(f"/admin/checks/{check.id}", data={"outcome": "confirmed", "note": ""})
    assert refused.status_code == 422
    assert '<a href="#note">' in refused.text
    assert title_of(refused.text).startswith("Error:")
    assert faults_of(refused.text) == []
    answer = client.post(f"/admin/checks/{check.id}", data={"outcome": "confirmed", "note": "Called them."})
    assert answer.status_code == 302
    db.session.refresh(check)
    assert (check.outcome, check.closed_by) == ("confirmed", "ines@example.org")
    assert "Right as it is ines@example.org" in words_of(page(client, "/admin/checks/"))
    again = client.post(f"/admin/checks/{check.id}", data={"outcome": "retired", "note": "Called them."})
    assert again.status_code == 409
    assert "ines@example.org closed this check already" in again.text


def test_organizations_stand_side_by_side_and_are_decided(client: FlaskClient, ines: Staff) -> None:
    ours, theirs = make_organization(name="Harbor Cancer Centre"), make_organization(name="Harbor Cancer Center Inc")
    role = make_role(organization=theirs)
    alias = make_alias(theirs, ours)
    words = words_of(page(client, "/admin/organizations/review"))
    for part in ("Harbor Cancer Center Inc", "Harbor Cancer Centre", "likely (84%)", "the same city", "1 specialist"):
        assert part in words
    client.post("/admin/organizations/review", data={"key": alias.key, "decision": "same"})
    db.session.refresh(role)
    assert role.organization_id == ours.id
    words = words_of(page(client, "/admin/organizations/review"))
    assert "the same as Harbor Cancer Centre ines@example.org" in words
    client.post("/admin/organizations/review", data={"key": alias.key, "decision": "undo"})
    db.session.refresh(role)
    assert role.organization_id == theirs.id
    client.post("/admin/organizations/review", data={"key": alias.key, "decision": "different"})
    assert "not the same as Harbor Cancer Centre" in words_of(page(client, "/admin/organizations/review"))


@pytest.mark.parametrize("key, decision, status", [("none", "same", 404), ("none", "weather", 400), ("", "", 400)])
def test_a_decision_on_nothing_changes_nothing(
    client: FlaskClient, ines: Staff, key: str, decision: str, status: int
) -> None:
    answer = client.post("/admin/organizations/review", data={"key": key, "decision": decision})
    assert answer.status_code == status


def test_officials_are_confirmed_refused_and_undone(client: FlaskClient, ines: Staff) -> None:
    role = make_role()
    official = make_official(role.npi)
    words = words_of(page(client, "/admin/trials/review"))
    for part in ("Ana M. Rivera, MD", "very likely (92%)", "Counts for: Cholangiocarcinoma", "the same organization"):
        assert part in words
    address = f"/admin/trials/review/{official.id}"
    for decision, words_after in (
        ("confirm", "is Ana Rivera"),
        ("undo", "Ana M. Rivera, MD"),
        ("refuse", "is not Ana"),
    ):
        assert client.post(address, data={"decision": decision}).status_code == 302
        assert words_after in words_of(page(client, "/admin/trials/review"))
    assert client.post(address, data={"decision": "weather"}).status_code == 400
    assert client.post("/admin/trials/review/9999", data={"decision": "confirm"}).status_code == 404


@pytest.mark.parametrize("asked", ["rive", "Ana Rivera", "ana riv", "NPI"])
def test_a_specialist_is_found_by_name_and_by_number(client: FlaskClient, ines: Staff, asked: str) -> None:
    role = make_role()
    make_role(family="Okafor")
    db.session.commit()
    words = words_of(page(client, f"/admin/specialists?q={role.npi if asked == 'NPI' else asked}"))
    assert "1 found" in words
    assert role.npi in words


def test_a_search_that_finds_nobody_says_so(client: FlaskClient, ines: Staff) -> None:
    for asked in ("zzz", "%", "_", "x" * 500):
        assert 'class="empty"' in page(client, f"/admin/specialists?q={asked}")


def test_every_field_has_its_source_row_and_rivals(client: FlaskClient, ines: Staff) -> None:
    words = words_of(page(client, f"/admin/specialists/{known_role().npi}"))
    assert "Medicare’s Doctors and Clinicians file row 77 of DAC_NationalFile.csv, imported 23 Nov 2026" in words
    assert "617-555-0199 Registry of NPIs (NPPES), row 1,204 of npidata.csv, imported 23 Nov 2026" in words
    assert "The sources differ: the one that stands first in the order counts." in words


def test_a_field_is_corrected_and_the_correction_taken_back(client: FlaskClient, ines: Staff) -> None:
    role = known_role()
    address = f"/admin/facts/role/{role.id}/phone"
    assert 'value="617-555-0142"' in page(client, address)
    refused = client.post(address, data={"phone": "617-555-0177", "why": "", "do": "correct"})
    assert refused.status_code == 422
    assert '<a href="#why">' in refused.text
    assert 'value="617-555-0177"' in refused.text
    assert faults_of(refused.text) == []
    answer = client.post(address, data={"phone": "617-555-0177", "why": "Called them.", "do": "correct"})
    assert answer.location == f"/admin/specialists/{role.npi}"
    words = words_of(page(client, answer.location))
    for part in ("Phone: The correction counts.", "The steward of this directory", "ines@example.org: Called them."):
        assert part in words
    assert "ines@example.org corrected: Phone." in words
    client.post(address, data={"why": "The number changed back.", "do": "withdraw"})
    db.session.refresh(role)
    assert role.phone == "617-555-0142"


@pytest.mark.parametrize(
    "name",
    ["organization_id", "address", "accepts_new_patients", "insurers", "wait_days", "channel", "paused_until"],
)
def test_every_field_of_a_place_has_a_form(client: FlaskClient, ines: Staff, name: str) -> None:
    page(client, f"/admin/facts/role/{known_role().id}/{name}")


@pytest.mark.parametrize("name", ["given", "other_names", "gender", "languages", "taxonomy_codes"])
def test_every_field_of_a_person_has_a_form(client: FlaskClient, ines: Staff, name: str) -> None:
    page(client, f"/admin/facts/practitioner/{known_role().npi}/{name}")


def test_what_follows_from_something_else_has_no_form(client: FlaskClient, ines: Staff) -> None:
    role = known_role()
    page(client, f"/admin/facts/role/{role.id}/assured", 404)
    page(client, f"/admin/facts/role/{role.id}/weather", 404)


def test_a_specialist_goes_out_of_use_and_comes_back(client: FlaskClient, ines: Staff) -> None:
    role = known_role()
    address = f"/admin/use/practitioner/{role.npi}"
    assert "Nothing is deleted" in page(client, address)
    assert client.post(address, data={"do": "retire", "why": ""}).status_code == 422
    client.post(address, data={"do": "retire", "why": "Retired from practice."})
    assert client.get(f"/specialists/{role.npi}").status_code == 404
    assert "by a steward" in words_of(page(client, f"/admin/specialists/{role.npi}"))
    client.post(address, data={"do": "bring-back", "why": "A mistake."})
    assert client.get(f"/specialists/{role.npi}").status_code == 200


def test_the_facts_of_an_organization_have_a_page(client: FlaskClient, ines: Staff) -> None:
    role = known_role()
    assert "Harbor Cancer Centre" in page(client, f"/admin/organizations/of/{role.organization_id}")
    address = f"/admin/facts/organization/{role.organization_id}/designation"
    answer = client.post(address, data={"designation": "nci-clinical", "why": "The institute’s list.", "do": "correct"})
    assert answer.status_code == 302
    assert "Cancer centre named by the National Cancer Institute" in page(client, answer.location)


def report(client: FlaskClient, npi: str, **fields: str) -> tuple[int, str]:
    answer = client.post(f"/specialists/{npi}/report", data={"reason": "phone", "text": "It is a bakery.", **fields})
    return answer.status_code, answer.text


def test_anybody_can_report_an_error_on_a_profile(client: FlaskClient) -> None:
    role = make_role()
    make_index(right_now())
    assert f"/specialists/{role.npi}/report" in page(client, f"/specialists/{role.npi}")
    form = page(client, f"/specialists/{role.npi}/report")
    assert 'type="email"' not in form
    assert report(client, role.npi)[0] == 302
    check = db.session.query(DirectoryCheck).one()
    assert (check.role_id, check.reason, check.opened_by) == (role.id, "phone", "visitor")
    assert "This is what happens now" in page(client, f"/specialists/{role.npi}/reported")


def test_a_report_of_nothing_is_refused_in_words(client: FlaskClient) -> None:
    npi = make_npi()
    make_role(npi=npi)
    make_role(npi=npi)
    make_index(right_now())
    status, text = report(client, npi, reason="")
    assert status == 422
    assert '<a href="#reason">Choose what is wrong.</a>' in text
    assert "It is a bakery." in text
    assert faults_of(text) == []
    assert report(client, "1234567893")[0] == 404


def test_too_many_reports_are_refused_in_words(client: FlaskClient) -> None:
    role = make_role()
    for number in range(10):
        make_check(role, CheckReason.OTHER, detail=str(number), opened_by="visitor")
    status, text = report(client, role.npi)
    assert status == 429
    assert "We have many reports on this profile already" in text
    assert faults_of(text) == []


def test_a_number_leads_to_source_day_file_and_row(client: FlaskClient) -> None:
    role = known_role()
    brought = make_import("medicare", "MUP_PHY_2022.csv")
    own = make_experience(role, count=31)
    own.import_id, own.line = brought.id, 1204
    added_up = make_experience(role, code="GBC", count=12)
    added_up.import_id, added_up.line, added_up.rows = brought.id, 9, 3
    make_index(right_now())
    words = words_of(page(client, f"/specialists/{role.npi}?cancer=CHOL"))
    assert "Test registry , retrieved 1 Jun 2026 row 1,204 of MUP_PHY_2022.csv, imported 23 Nov 2026" in words
    assert "3 rows from row 9 on of MUP_PHY_2022.csv" in words


def test_a_detail_leads_to_whoever_says_it_and_whoever_says_otherwise(client: FlaskClient) -> None:
    role = known_role()
    make_index(right_now())
    words = words_of(page(client, f"/specialists/{role.npi}"))
    assert "617-555-0142 Medicare’s Doctors and Clinicians file, row 77 of DAC_NationalFile.csv" in words
    assert "Another source says 617-555-0199: Registry of NPIs (NPPES), row 1,204 of npidata.csv" in words
    assert "referrals@harbor.example" not in words


def test_payments_are_facts_that_never_change_the_order(client: FlaskClient) -> None:
    role = make_role()
    make_payment(role.npi)
    make_index(right_now())
    words = words_of(page(client, f"/specialists/{role.npi}"))
    assert "Example Pharma Inc Consulting Fee 2025 $1,250.50 Open Payments" in words
    assert "It never changes the order of the results." in words
    other = make_role()
    make_index(right_now())
    assert "Payments from companies" not in page(client, f"/specialists/{other.npi}")


def test_nobody_knows_it_empties_a_field_until_it_is_taken_back(client: FlaskClient, ines: Staff) -> None:
    role = known_role()
    address = f"/admin/facts/role/{role.id}/phone"
    assert "Nobody knows it" in page(client, address)
    assert client.post(address, data={"do": "empty", "why": ""}).status_code == 422
    answer = client.post(address, data={"do": "empty", "why": "It is a bakery."})
    words = words_of(page(client, answer.location))
    assert "Phone: It is empty now." in words
    assert "said that it is empty: Phone." in words
    db.session.refresh(role)
    assert role.phone == ""
    client.post(address, data={"do": "withdraw", "why": "A mistake."})
    db.session.refresh(role)
    assert role.phone == "617-555-0142"
    name = f"/admin/facts/practitioner/{role.npi}/family"
    assert "Nobody knows it" not in page(client, name)
    assert client.post(name, data={"do": "empty", "why": "x"}).status_code == 409


@pytest.mark.parametrize("name, value", [("paused_until", "2027-01-12"), ("not_treated", "CHOL")])
def test_what_an_office_takes_is_corrected_like_any_field(
    client: FlaskClient, ines: Staff, name: str, value: str
) -> None:
    role = known_role()
    address = f"/admin/facts/role/{role.id}/{name}"
    page(client, address)
    assert client.post(address, data={name: "nonsense", "why": "Called.", "do": "correct"}).status_code == 422
    assert client.post(address, data={name: value, "why": "Called.", "do": "correct"}).status_code == 302
    shown = words_of(page(client, f"/admin/specialists/{role.npi}"))
    assert ("12 Jan 2027, by the steward" if name == "paused_until" else "Cholangiocarcinoma") in shown


def test_an_organization_goes_out_of_use_from_its_page_and_comes_back(client: FlaskClient, ines: Staff) -> None:
    organization = make_organization(name="Harbor Cancer Centre")
    db.session.commit()
    home, address = f"/admin/organizations/of/{organization.id}", f"/admin/use/organization/{organization.id}"
    assert address in page(client, home)
    assert "Its specialists stay in the search" in page(client, address)
    client.post(address, data={"do": "retire", "why": "Closed."})
    assert "by a steward" in words_of(page(client, home))
    client.post(address, data={"do": "bring-back", "why": "A mistake."})
    assert "In use yes" in words_of(page(client, home))


def test_long_lists_are_cut_into_pages(client: FlaskClient, ines: Staff) -> None:
    for number in range(101):
        make_import(name=f"file-{number:03d}.csv")
    ours = make_organization()
    for number in range(21):
        make_alias(make_organization(), ours, name=f"Name {number:03d}", confidence=0.9 - number / 100)
    first, second = page(client, "/admin/imports"), page(client, "/admin/imports?from=100")
    assert ("file-100.csv" in first, "file-000.csv" in first) == (True, False)
    assert "/admin/imports?from=100" in first
    assert ("file-100.csv" in second, "file-000.csv" in second) == (False, True)
    assert "Back to the top of the list" in second
    assert "Name 020" not in page(client, "/admin/organizations/review")
    assert "Name 020" in page(client, "/admin/organizations/review?from=20")
    assert "Name 000" in page(client, "/admin/organizations/review?from=-4")
