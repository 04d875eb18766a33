"""What each row of a `native` folder may say, and what is answered to what it may not."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.report import Report
from referral.models import Experience, Organization, Practitioner, PractitionerRole
from tests.directory.files import ANA, BEN, NOW, native_folder, npi
from tests.directory.imports import import_native


def imported(folder: Path, session: Session) -> Report:
    return import_native(folder, now=NOW)


def only_rejection(report: Report) -> tuple[str, str | None, str]:
    """The one row that was rejected: file, column and reason."""
    assert report.rejected_count == len(report.rejected) == 1
    rejection = report.rejected[0]
    return rejection.file, rejection.column, rejection.reason


def test_every_field_of_a_folder_arrives_in_its_place(tmp_path: Path, memory: Session) -> None:
    report = imported(native_folder(tmp_path / "east"), memory)

    assert (report.read, report.added, report.rejected_count) == (5, 5, 0)
    ana = memory.get_one(Practitioner, ANA)
    assert (ana.name, ana.credential, ana.gender) == ("Ana Rivera", "MD", "female")
    assert (ana.languages, ana.taxonomy_codes, ana.source) == (["en", "es"], ["2086X0206X"], "native:east")
    role = memory.get_one(PractitionerRole, "r1")
    assert (role.line1, role.city, role.state, role.postcode) == ("1 Larkspur Road", "Boston", "MA", "02115")
    assert (role.latitude, role.longitude, role.country) == (42.34, -71.09, "US")
    assert (role.accepts_new_patients, role.remote_opinion) == (True, False)
    assert (role.insurers, role.wait_days, role.fee_usd) == (["Medicare", "Self-pay"], 9, 400)
    assert (role.channel, role.channel_address) == ("email", "office@harbor.example")
    assert (role.assured_on, role.organization_id) == (date(2026, 10, 1), "harbor")
    evidence = memory.scalars(select(Experience)).one()
    assert (evidence.oncotree_code, evidence.kind, evidence.count) == ("CHOL", "procedures", 31)
    assert (evidence.period_start, evidence.period_end) == (date(2025, 1, 1), date(2025, 12, 31))
    assert (evidence.source_url, evidence.origin) == ("https://example.org/registry", "native:east")


def test_an_empty_field_means_not_known(tmp_path: Path, memory: Session) -> None:
    blank = dict.fromkeys(
        ("organization_id", "line1", "phone", "accepts_new_patients", "remote_opinion", "insurers", "wait_days",
         "fee_usd", "channel", "channel_address", "assured_on", "country"), "",
    )  # fmt: skip
    imported(native_folder(tmp_path, roles=[blank]), memory)

    role = memory.get_one(PractitionerRole, "r1")
    assert (role.organization_id, role.accepts_new_patients, role.remote_opinion) == (None, None, None)
    assert (role.insurers, role.wait_days, role.fee_usd, role.assured_on) == ([], None, None, None)
    assert (role.channel, role.country) == ("", "US")


BAD_FIELDS = [
    ("specialists", {"npi": "2000000011"}, "npi", "no NPI"),
    ("specialists", {"npi": "12345"}, "npi", "no NPI"),
    ("specialists", {"npi": ""}, "npi", "is empty"),
    ("specialists", {"given": ""}, "given", "is empty"),
    ("specialists", {"family": "R" * 201}, "family", "201 characters"),
    ("specialists", {"gender": "lady"}, "gender", "use one of"),
    ("specialists", {"languages": "en|english-speaking"}, "languages", "BCP 47"),
    ("specialists", {"taxonomy_codes": "oncologist"}, "taxonomy_codes", "NUCC"),
    ("specialists", {"given": "An\x00a"}, "given", "control character U+0000"),
    ("specialists", {"given": "An\x07a"}, "given", "control character U+0007"),
    ("specialists", {"given": "An\u202ea"}, "given", "control character U+202E"),
    ("organizations", {"organization_id": ""}, "organization_id", "is empty"),
    ("organizations", {"name": ""}, "name", "is empty"),
    ("roles", {"role_id": ""}, "role_id", "is empty"),
    ("roles", {"role_id": "x" * 101}, "role_id", "101 characters"),
    ("roles", {"npi": BEN}, "npi", "neither in specialists.csv nor in the directory"),
    ("roles", {"organization_id": "elsewhere"}, "organization_id", "neither in organizations.csv"),
    ("roles", {"longitude": ""}, "longitude", "is empty although latitude is given"),
    ("roles", {"latitude": ""}, "latitude", "is empty although longitude is given"),
    ("roles", {"latitude": "90.5"}, "latitude", "degrees from -90 to 90"),
    ("roles", {"longitude": "-181"}, "longitude", "degrees from -180 to 180"),
    ("roles", {"latitude": "nan"}, "latitude", "degrees"),
    ("roles", {"latitude": "inf"}, "latitude", "degrees"),
    ("roles", {"latitude": "4e1"}, "latitude", "degrees"),
    ("roles", {"latitude": "42,34"}, "latitude", "degrees"),
    ("roles", {"country": "USA"}, "country", "two-letter"),
    ("roles", {"postcode": "Boston"}, "postcode", "no ZIP code"),
    ("roles", {"accepts_new_patients": "maybe"}, "accepts_new_patients", "use one of: yes, no"),
    ("roles", {"remote_opinion": "1"}, "remote_opinion", "use one of: yes, no"),
    ("roles", {"wait_days": "-3"}, "wait_days", "is negative"),
    ("roles", {"wait_days": "2.5"}, "wait_days", "not a whole number"),
    ("roles", {"fee_usd": "9" * 400}, "fee_usd", "is more than"),
    ("roles", {"channel": "fax"}, "channel", "use one of: email, fhir, webhook, post"),
    ("roles", {"channel": ""}, "channel", "is empty although channel_address is given"),
    ("roles", {"channel_address": ""}, "channel_address", "is empty although the channel is email"),
    ("roles", {"channel_address": "office"}, "channel_address", "no email address"),
    ("roles", {"channel_address": "a@b\nBcc: c@d.example"}, "channel_address", "no email address"),
    ("roles", {"channel": "fhir", "channel_address": "http://fhir.example"}, "channel_address", "https://"),
    ("roles", {"channel": "webhook", "channel_address": "x@y.example"}, "channel_address", "https://"),
    ("roles", {"channel": "fhir", "channel_address": "https://a:b@c.example"}, "channel_address", "password"),
    ("roles", {"channel": "fhir", "channel_address": "https://[x/"}, "channel_address", "no web address"),
    ("roles", {"assured_on": "2027-01-01"}, "assured_on", "in the future"),
    ("roles", {"assured_on": "01.10.2026"}, "assured_on", "no date"),
    ("roles", {"assured_on": "20261001"}, "assured_on", "no date"),
    ("roles", {"assured_on": "2026-02-30"}, "assured_on", "no date"),
    ("roles", {"assured_on": "0026-10-01"}, "assured_on", "before 1900"),
    ("experience", {"npi": BEN}, "npi", "neither in specialists.csv"),
    ("experience", {"oncotree_code": "XYZ"}, "oncotree_code", "no OncoTree code"),
    ("experience", {"oncotree_code": "chol"}, "oncotree_code", "no OncoTree code"),
    ("experience", {"oncotree_code": ""}, "oncotree_code", "is empty"),
    ("experience", {"kind": "operations"}, "kind", "use one of: patients, procedures"),
    ("experience", {"kind": ""}, "kind", "is empty"),
    ("experience", {"count": "-1"}, "count", "is negative"),
    ("experience", {"count": "3.5"}, "count", "not a whole number"),
    ("experience", {"count": "1,200"}, "count", "not a whole number"),
    ("experience", {"count": "²"}, "count", "not a whole number"),
    ("experience", {"count": "1000001"}, "count", "is more than 1,000,000"),
    ("experience", {"period_start": "2026-12-01"}, "period_start", "in the future"),
    ("experience", {"period_end": "2027-01-01"}, "period_end", "in the future"),
    ("experience", {"period_end": "2024-12-31"}, "period_end", "before period_start"),
    ("experience", {"period_start": ""}, "period_start", "number per year"),
    ("experience", {"period_end": "", "kind": "patients"}, "period_end", "number per year"),
    ("experience", {"period_end": "", "kind": "trials"}, "period_end", "number per year"),
    ("experience", {"period_end": "", "kind": "publications"}, "period_end", "number per year"),
    ("experience", {"retrieved_on": "2026-11-24"}, "retrieved_on", "in the future"),
    ("experience", {"source": ""}, "source", "is empty"),
    ("experience", {"source_url": "javascript:alert(1)"}, "source_url", "https://"),
    ("organization_experience", {"organization_id": "x"}, "organization_id", "neither in organizations.csv"),
    ("organization_experience", {"count": "many"}, "count", "not a whole number"),
]  # fmt: skip


@pytest.mark.parametrize("table, wrong, column, reason", BAD_FIELDS)
def test_a_row_with_a_bad_field_is_skipped_and_its_file_line_and_column_are_named(
    tmp_path: Path, memory: Session, table: str, wrong: Mapping[str, str], column: str, reason: str
) -> None:
    extra = {"specialists": {"npi": BEN}, "organizations": {"organization_id": "other"}, "roles": {"role_id": "r2"}}
    rows = [{}, {**extra.get(table, {"oncotree_code": "PAAD"}), **wrong}]

    report = imported(native_folder(tmp_path, **{table: rows}), memory)

    file, named, why = only_rejection(report)
    assert (file, named) == (f"{table}.csv", column)
    assert reason in why
    assert report.rejected[0].line == 3
    assert (report.read, report.added) == (6, 5)


def test_a_message_shows_no_personal_value(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path, roles=[{"channel_address": "ana.rivera@home"}], specialists=[{"gender": "f"}])

    report = imported(folder, memory)

    assert "ana.rivera" not in "\n".join(report.lines())


@pytest.mark.parametrize(
    "channel, address",
    [("post", ""), ("fhir", "https://fhir.example/r4"), ("webhook", "https://h.example/in"), ("", "")],
)
def test_a_channel_with_the_address_it_needs_is_taken(
    tmp_path: Path, memory: Session, channel: str, address: str
) -> None:
    folder = native_folder(tmp_path, roles=[{"channel": channel, "channel_address": address}])

    assert imported(folder, memory).rejected_count == 0
    assert memory.get_one(PractitionerRole, "r1").channel_address == address


def test_a_plain_http_address_is_taken_only_where_the_operator_allows_its_host(tmp_path: Path, memory: Session) -> None:
    role = {"channel": "webhook", "channel_address": "http://127.0.0.1:9000/hook"}
    folder = native_folder(tmp_path, roles=[role])

    refused = import_native(folder, now=NOW)
    allowed = import_native(folder, now=NOW, outbound_allow=frozenset({"127.0.0.1:9000"}))

    assert (refused.rejected_count, allowed.rejected_count) == (1, 0)


@pytest.mark.parametrize("kind", ["certification", "centre", "self-declared"])
def test_what_is_not_counted_over_time_needs_no_period(tmp_path: Path, memory: Session, kind: str) -> None:
    row = {"kind": kind, "period_start": "", "period_end": "", "count": ""}

    assert imported(native_folder(tmp_path, experience=[row]), memory).rejected_count == 0


def test_an_empty_count_of_patients_is_kept_as_suppressed_and_zero_as_zero(tmp_path: Path, memory: Session) -> None:
    imported(native_folder(tmp_path, experience=[{"count": ""}, {"count": "0", "kind": "patients"}]), memory)

    counts = {row.kind: row.count for row in memory.scalars(select(Experience))}
    assert counts == {"procedures": None, "patients": 0}


def test_a_period_may_end_with_the_current_year_and_start_today(tmp_path: Path, memory: Session) -> None:
    row = {"period_start": "2026-11-23", "period_end": "2026-12-31"}

    assert imported(native_folder(tmp_path, experience=[row]), memory).rejected_count == 0


def test_a_missing_position_is_that_of_the_postcode(tmp_path: Path, memory: Session) -> None:
    imported(native_folder(tmp_path, roles=[{"latitude": "", "longitude": ""}]), memory)

    role = memory.get_one(PractitionerRole, "r1")
    assert role.latitude == pytest.approx(42.34, abs=0.05)
    assert role.longitude == pytest.approx(-71.09, abs=0.05)


def test_a_role_whose_place_nobody_knows_is_taken_and_noted(tmp_path: Path, memory: Session) -> None:
    abroad = {"latitude": "", "longitude": "", "postcode": "SW3 6JJ", "country": "gb"}

    report = imported(native_folder(tmp_path, roles=[abroad]), memory)

    role = memory.get_one(PractitionerRole, "r1")
    assert (role.latitude, role.country, role.postcode) == (None, "GB", "SW3 6JJ")
    assert report.notes.total() == 1


def test_minus_zero_degrees_is_zero(tmp_path: Path, memory: Session) -> None:
    imported(native_folder(tmp_path, roles=[{"latitude": "-0", "longitude": "-0.0"}]), memory)

    role = memory.get_one(PractitionerRole, "r1")
    assert [str(role.latitude), str(role.longitude)] == ["0.0", "0.0"]


@pytest.mark.parametrize(
    "written, read",
    [("2115", "02115"), ("02115", "02115"), ("02115-6013", "02115-6013"), ("21156013", "02115-6013"), ("601", "00601")],
)
def test_a_zip_code_gets_back_the_zeros_a_spreadsheet_dropped(
    tmp_path: Path, memory: Session, written: str, read: str
) -> None:
    imported(native_folder(tmp_path, roles=[{"postcode": written}]), memory)

    assert memory.get_one(PractitionerRole, "r1").postcode == read


def test_lists_lose_blanks_and_repetitions_and_language_tags_get_their_usual_spelling(
    tmp_path: Path, memory: Session
) -> None:
    specialist = {"languages": " EN | pt-br||zh-HANT|en", "taxonomy_codes": "2086X0206X|208600000X|2086X0206X"}
    imported(native_folder(tmp_path, specialists=[specialist]), memory)

    ana = memory.get_one(Practitioner, ANA)
    assert ana.languages == ["en", "pt-BR", "zh-Hant"]
    assert ana.taxonomy_codes == ["2086X0206X", "208600000X"]


def test_a_designation_that_is_not_known_is_kept(tmp_path: Path, memory: Session) -> None:
    imported(native_folder(tmp_path, organizations=[{"designation": "regional-leader"}]), memory)

    assert memory.get_one(Organization, "harbor").designation == "regional-leader"


def test_of_two_rows_with_one_key_the_first_stands_and_the_other_is_reported(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(
        tmp_path,
        specialists=[{}, {"given": "Bea"}],
        organizations=[{}, {"name": "Other"}],
        roles=[{}, {"city": "Salem"}],
        experience=[{}, {"count": "99"}, {"period_end": "2025-06-30"}],
    )

    report = imported(folder, memory)

    assert [(each.file, each.line, each.column) for each in report.rejected] == [
        ("organizations.csv", 3, "organization_id"),
        ("specialists.csv", 3, "npi"),
        ("roles.csv", 3, "role_id"),
        ("experience.csv", 3, None),
    ]
    assert all("line 2" in each.reason for each in report.rejected)
    assert memory.get_one(Practitioner, ANA).given == "Ana"
    assert sorted(row.count or 0 for row in memory.scalars(select(Experience))) == [31, 31]


def test_a_rejected_specialist_takes_roles_and_evidence_along_and_each_says_so(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(
        tmp_path, specialists=[{"given": ""}, {"npi": BEN}], roles=[{}, {"role_id": "r2", "npi": BEN}]
    )

    report = imported(folder, memory)

    hanging = [each for each in report.rejected if each.file in ("roles.csv", "experience.csv")]
    assert [(each.file, each.line, each.column) for each in hanging] == [
        ("roles.csv", 2, "npi"),
        ("experience.csv", 2, "npi"),
    ]
    assert all("was rejected (specialists.csv, line 2)" in each.reason for each in hanging)
    assert memory.get(PractitionerRole, "r2") is not None
    assert memory.scalars(select(Experience)).all() == []


def test_a_rejected_organization_takes_its_roles_along(tmp_path: Path, memory: Session) -> None:
    report = imported(native_folder(tmp_path, organizations=[{"name": ""}]), memory)

    assert [each.file for each in report.rejected] == [
        "organizations.csv", "roles.csv", "organization_experience.csv",
    ]  # fmt: skip


def test_a_role_may_point_to_whom_an_earlier_import_brought(tmp_path: Path, memory: Session) -> None:
    imported(native_folder(tmp_path / "first"), memory)
    second = native_folder(
        tmp_path / "second", specialists=[], organizations=[], roles=[{"role_id": "r9"}], organization_experience=[]
    )

    assert imported(second, memory).rejected_count == 0


def test_every_row_read_is_counted_once(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path, specialists=[{}, {"npi": npi(7)}, {"npi": "1"}], roles=[{}, {"role_id": ""}])
    imported(native_folder(tmp_path / "before"), memory)
    with (folder / "specialists.csv").open("a") as file:
        file.write(",,,,,,\n\n")

    report = imported(folder, memory)

    assert report.read == report.taken + report.skipped.total() + report.rejected_count
    assert report.skipped == {"empty row": 1}
