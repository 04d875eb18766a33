"""The import of NPPES files: who is kept, who is left out and why, and what other sources said stays."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from referral.directory.report import Report
from referral.models import Practitioner, PractitionerRole
from tests.directory.files import (
    ANA,
    BEN,
    NOW,
    PRACTICE,
    Fields,
    native_folder,
    npi,
    nppes_file,
)
from tests.directory.imports import import_native, import_nppes

LATER = NOW + timedelta(days=1)
CODE, PRIMARY = "Healthcare Provider Taxonomy Code_{}", "Healthcare Provider Primary Taxonomy Switch_{}"
FAMILY_DOCTOR = {CODE.format(1): "207Q00000X"}
GONE = {"Entity Type Code": "", "NPI Deactivation Date": "01/15/2026", CODE.format(1): ""}


def imported(session: Session, folder: Path, rows: Sequence[Fields], since: date | None = None) -> Report:
    """The report on an NPPES file with these rows."""
    return import_nppes(nppes_file(folder / "npidata_pfile.csv", rows), now=NOW, since=since)


def test_a_specialist_arrives_with_one_role_at_the_practice_address(tmp_path: Path, session: Session) -> None:
    report = imported(session, tmp_path, [{}])
    session.commit()

    assert (report.read, report.added, report.notes.total()) == (1, 1, 0)
    ana = session.get_one(Practitioner, ANA)
    assert (ana.given, ana.family, ana.credential, ana.gender) == ("Ana M.", "Rivera", "M.D.", "female")
    assert (ana.languages, ana.taxonomy_codes, ana.source) == ([], ["207RX0202X"], "nppes")
    role = session.get_one(PractitionerRole, f"nppes:{ANA}")
    assert (role.line1, role.city, role.state) == ("55 Lake Ave NW, 2nd Floor", "Boston", "MA")
    assert (role.postcode, role.country, role.phone) == ("02115", "US", "617-555-0101")
    assert role.latitude == pytest.approx(42.34, abs=0.05)
    assert (role.organization_id, role.channel, role.accepts_new_patients, role.assured_on) == (None, "", None, None)


def test_rows_that_are_not_for_us_are_counted_by_reason(tmp_path: Path, memory: Session) -> None:
    rows = [
        {},
        {"NPI": npi(3), "Entity Type Code": "2"},
        {"NPI": npi(4), "Entity Type Code": "2"},
        {"NPI": npi(5), **GONE},
        {"NPI": npi(6), **FAMILY_DOCTOR},
        {"NPI": npi(7), "Entity Type Code": ""},
        {"NPI": "2000000011"},
        {"NPI": npi(8), "Provider Last Name (Legal Name)": ""},
    ]

    report = imported(memory, tmp_path, rows)

    assert report.skipped == {"organization row": 2, "deactivated": 1, "no oncology taxonomy": 1, "no entity type": 1}
    assert [(each.line, each.column) for each in report.rejected] == [
        (8, "NPI"), (9, "Provider Last Name (Legal Name)"),
    ]  # fmt: skip
    assert report.read == 8 == report.taken + report.skipped.total() + report.rejected_count


@pytest.mark.parametrize("place", [1, 2, 8, 15])
def test_an_oncology_code_counts_in_each_of_the_fifteen_columns(tmp_path: Path, memory: Session, place: int) -> None:
    row = {CODE.format(1): "207Q00000X", CODE.format(place): "2086X0206X"}

    assert imported(memory, tmp_path, [row]).added == 1


def test_the_primary_taxonomy_stands_first_and_none_twice(tmp_path: Path, memory: Session) -> None:
    row = {
        CODE.format(1): "207Q00000X", PRIMARY.format(1): "N", CODE.format(2): "207RX0202X", PRIMARY.format(2): "Y",
        CODE.format(3): "207Q00000X", CODE.format(4): "207RH0003X",
    }  # fmt: skip
    imported(memory, tmp_path, [row])

    assert memory.get_one(Practitioner, ANA).taxonomy_codes == ["207RX0202X", "207Q00000X", "207RH0003X"]


@pytest.mark.parametrize(
    "ended, again, kept",
    [
        ("", "", True),
        ("03/16/2006", "03/21/2006", True),
        ("03/16/2006", "03/16/2006", True),
        ("03/16/2006", "", False),
        ("03/16/2006", "03/15/2006", False),
        ("sometime", "", False),
    ],
)
def test_a_deactivated_number_counts_again_only_after_a_reactivation(
    tmp_path: Path, memory: Session, ended: str, again: str, kept: bool
) -> None:
    row = {"NPI Deactivation Date": ended, "NPI Reactivation Date": again}

    assert imported(memory, tmp_path, [row]).added == int(kept)


def test_a_held_specialist_whose_number_is_deactivated_is_retired_with_every_role(
    tmp_path: Path, session: Session
) -> None:
    import_native(native_folder(tmp_path / "east"), now=NOW)
    imported(session, tmp_path, [{}, {"NPI": BEN}])

    report = imported(session, tmp_path, [GONE, {"NPI": npi(9), **GONE}])
    session.commit()
    session.expire_all()

    assert (report.retired, report.skipped["deactivated"]) == (1, 2)
    assert session.get_one(Practitioner, ANA).retired_at == NOW
    assert session.get_one(PractitionerRole, "r1").retired_at == NOW
    assert session.get_one(Practitioner, BEN).retired_at is None
    back = imported(session, tmp_path, [{}])
    session.expire_all()
    assert back.changed == 1
    assert session.get_one(Practitioner, ANA).retired_at is None


def test_somebody_who_left_oncology_is_retired_unless_another_source_has_them(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "east"), now=NOW)
    imported(session, tmp_path, [{}, {"NPI": BEN}])

    report = imported(session, tmp_path, [FAMILY_DOCTOR, {"NPI": BEN, **FAMILY_DOCTOR}])
    session.commit()
    session.expire_all()

    assert report.retired == 1
    assert session.get_one(Practitioner, BEN).retired_at == NOW
    assert session.get_one(Practitioner, ANA).retired_at is None
    assert session.get_one(PractitionerRole, f"nppes:{ANA}").retired_at == NOW


def test_the_same_file_twice_is_not_even_read_again(tmp_path: Path, session: Session) -> None:
    imported(session, tmp_path, [{}])

    again = imported(session, tmp_path, [{}])

    assert (again.read, again.added, again.changed, again.unchanged, again.retired) == (0, 0, 0, 0, 0)
    assert again.lines() == [
        "Import of nppes files from “npidata_pfile.csv”: the same file was imported on 2026-11-23; nothing to do."
    ]


def test_a_file_that_says_the_same_changes_nothing(tmp_path: Path, session: Session) -> None:
    rows = [{"NPI": npi(number)} for number in range(1, 1203)]
    imported(session, tmp_path, rows)

    again = imported(session, tmp_path, [*rows, {"NPI": BEN, **FAMILY_DOCTOR}])

    assert (again.added, again.changed, again.unchanged, again.retired) == (0, 0, 1202, 0)


def test_a_number_listed_twice_is_taken_once(tmp_path: Path, memory: Session) -> None:
    report = imported(memory, tmp_path, [{}, {"Provider First Name": "ANNE"}])

    assert [(each.line, each.column) for each in report.rejected] == [(3, "NPI")]
    assert memory.get_one(Practitioner, ANA).given == "Ana M."


def test_a_move_changes_the_whole_place_and_nothing_the_file_does_not_know(tmp_path: Path, session: Session) -> None:
    imported(session, tmp_path, [{}])
    session.get_one(PractitionerRole, f"nppes:{ANA}").channel = "post"
    session.commit()
    abroad = {
        f"{PRACTICE} Country Code (If outside U.S.)": "CA", f"{PRACTICE} Postal Code": "K1A 0B1",
        f"{PRACTICE} State Name": "ONTARIO", f"{PRACTICE} City Name": "OTTAWA",
    }  # fmt: skip

    report = imported(session, tmp_path, [abroad])
    session.commit()
    session.expire_all()

    role = session.get_one(PractitionerRole, f"nppes:{ANA}")
    assert (role.country, role.postcode, role.channel) == ("CA", "K1A 0B1", "post")
    assert (role.latitude, role.precision) == (45.411, "city")  # no ZIP area there, but a city of that name
    assert (report.changed, report.notes.total()) == (1, 1)
    assert any("outside the US" in line for line in report.lines())


def test_what_another_source_said_stays_and_only_blanks_are_filled(tmp_path: Path, session: Session) -> None:
    folder = native_folder(tmp_path / "east", specialists=[{"given": "Anita", "credential": "", "gender": ""}])
    import_native(folder, now=NOW)
    session.commit()

    imported(session, tmp_path, [{}])
    session.commit()
    session.expire_all()

    ana = session.get_one(Practitioner, ANA)
    assert (ana.given, ana.languages, ana.taxonomy_codes) == ("Anita", ["en", "es"], ["2086X0206X"])
    assert (ana.credential, ana.gender, ana.source) == ("M.D.", "female", "native:east")
    assert session.get_one(PractitionerRole, "r1").channel == "email"
    assert import_native(folder, now=LATER).changed == 0


def test_replace_keeps_a_specialist_whom_nppes_still_places(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "east"), now=NOW)
    imported(session, tmp_path, [{}])
    emptied = native_folder(tmp_path / "east", specialists=[], roles=[], experience=[])

    import_native(emptied, now=LATER, replace=True)
    session.expire_all()

    assert session.get_one(Practitioner, ANA).retired_at is None
    assert session.get_one(PractitionerRole, "r1").retired_at == LATER


def test_since_leaves_out_what_was_not_updated_but_no_deactivation(tmp_path: Path, memory: Session) -> None:
    imported(memory, tmp_path, [{}, {"NPI": BEN}])
    rows = [
        {"NPI": npi(3), "Last Update Date": "12/31/2025"},
        {"NPI": npi(4), "Last Update Date": "01/01/2026"},
        {"NPI": npi(5), "Last Update Date": ""},
        {**GONE, "Last Update Date": ""},
    ]

    report = imported(memory, tmp_path, rows, since=date(2026, 1, 1))

    assert report.skipped == {"not updated since 2026-01-01": 1, "deactivated": 1}
    assert (report.added, report.retired) == (2, 1)


def test_an_unknown_zip_code_is_taken_without_a_place(tmp_path: Path, memory: Session) -> None:
    report = imported(memory, tmp_path, [{f"{PRACTICE} Postal Code": "00000"}])

    assert (report.added, report.notes.total()) == (1, 1)
    assert memory.get_one(PractitionerRole, f"nppes:{ANA}").latitude is None


def test_a_trial_run_writes_nothing_and_says_the_same(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "demo"), now=NOW, demo=True)
    session.commit()
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": BEN}, {"NPI": "1"}])

    trial = import_nppes(path, now=NOW, dry_run=True)
    session.commit()

    assert session.get(Practitioner, BEN) is None
    assert session.get_one(Practitioner, ANA).retired_at is None
    assert import_nppes(path, now=NOW).lines()[1:] == trial.lines()[1:]
    assert trial.demo_retired == 5
