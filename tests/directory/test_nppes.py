"""The import of NPPES files: who is kept, who is left out and why, and what other sources said stays."""

import gzip
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from referral.directory.native import import_native
from referral.directory.nppes import import_nppes
from referral.directory.report import ImportRefused, Report
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
    nppes_header,
    write_csv,
)

LATER = NOW + timedelta(days=1)
CODE, PRIMARY = "Healthcare Provider Taxonomy Code_{}", "Healthcare Provider Primary Taxonomy Switch_{}"
FAMILY_DOCTOR = {CODE.format(1): "207Q00000X"}
GONE = {"Entity Type Code": "", "NPI Deactivation Date": "01/15/2026", CODE.format(1): ""}
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "nppes"


def imported(session: Session, folder: Path, rows: Sequence[Fields], since: date | None = None) -> Report:
    """The report on an NPPES file with these rows."""
    return import_nppes(nppes_file(folder / "npidata_pfile.csv", rows), session=session, now=NOW, since=since)


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
    import_native(native_folder(tmp_path / "east"), session=session, now=NOW)
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
    import_native(native_folder(tmp_path / "east"), session=session, now=NOW)
    imported(session, tmp_path, [{}, {"NPI": BEN}])

    report = imported(session, tmp_path, [FAMILY_DOCTOR, {"NPI": BEN, **FAMILY_DOCTOR}])
    session.commit()
    session.expire_all()

    assert report.retired == 1
    assert session.get_one(Practitioner, BEN).retired_at == NOW
    assert session.get_one(Practitioner, ANA).retired_at is None
    assert session.get_one(PractitionerRole, f"nppes:{ANA}").retired_at == NOW


def test_the_same_file_twice_changes_nothing(tmp_path: Path, session: Session) -> None:
    rows = [{"NPI": npi(number)} for number in range(1, 1203)]
    imported(session, tmp_path, rows)
    session.commit()

    again = imported(session, tmp_path, rows)

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
    assert (role.country, role.postcode, role.latitude, role.channel) == ("CA", "K1A 0B1", None, "post")
    assert (report.changed, report.notes.total()) == (1, 1)
    assert any("outside the US" in line for line in report.lines())


def test_what_another_source_said_stays_and_only_blanks_are_filled(tmp_path: Path, session: Session) -> None:
    folder = native_folder(tmp_path / "east", specialists=[{"given": "Anita", "credential": "", "gender": ""}])
    import_native(folder, session=session, now=NOW)
    session.commit()

    imported(session, tmp_path, [{}])
    session.commit()
    session.expire_all()

    ana = session.get_one(Practitioner, ANA)
    assert (ana.given, ana.languages, ana.taxonomy_codes) == ("Anita", ["en", "es"], ["2086X0206X"])
    assert (ana.credential, ana.gender, ana.source) == ("M.D.", "female", "native:east")
    assert session.get_one(PractitionerRole, "r1").channel == "email"
    assert import_native(folder, session=session, now=LATER).changed == 0


def test_replace_keeps_a_specialist_whom_nppes_still_places(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "east"), session=session, now=NOW)
    imported(session, tmp_path, [{}])
    emptied = native_folder(tmp_path / "east", specialists=[], roles=[], experience=[])

    import_native(emptied, session=session, now=LATER, replace=True)
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
    import_native(native_folder(tmp_path / "demo"), session=session, now=NOW, demo=True)
    session.commit()
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": BEN}, {"NPI": "1"}])

    trial = import_nppes(path, session=session, now=NOW, dry_run=True)
    session.commit()

    assert session.get(Practitioner, BEN) is None
    assert session.get_one(Practitioner, ANA).retired_at is None
    assert import_nppes(path, session=session, now=NOW).lines()[1:] == trial.lines()[1:]
    assert trial.demo_retired == 5


@pytest.mark.parametrize("width", [329, 330])
def test_both_widths_of_the_layout_are_read(tmp_path: Path, memory: Session, width: int) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}], width=width)

    assert len(nppes_header(width)) == width
    assert import_nppes(path, session=memory, now=NOW).added == 1


def test_more_columns_in_another_order_and_the_newer_name_of_one_are_read(tmp_path: Path, memory: Session) -> None:
    header = ["Something New", *reversed(nppes_header())]
    plain = nppes_file(tmp_path / "plain.csv", [{}])
    row = plain.read_text().splitlines()[1][1:-1].split('","')
    header = [name.replace("Provider Gender Code", "Provider Sex Code") for name in header]
    path = write_csv(tmp_path / "wide.csv", header, [["x", *reversed(row)]])

    assert import_nppes(path, session=memory, now=NOW).added == 1
    assert memory.get_one(Practitioner, ANA).gender == "female"


def test_another_file_is_refused_and_the_missing_columns_are_named(tmp_path: Path, memory: Session) -> None:
    path = write_csv(tmp_path / "other.csv", ["NPI", "Entity Type Code", "name"], [])

    with pytest.raises(ImportRefused, match="lacks “Provider Last Name") as caught:
        import_nppes(path, session=memory, now=NOW)
    assert (caught.value.file, caught.value.line) == ("other.csv", 1)
    assert "more columns" in caught.value.message


def test_an_empty_file_a_folder_and_no_file_are_refused(tmp_path: Path, memory: Session) -> None:
    (tmp_path / "empty.csv").touch()
    for path, why in ((tmp_path / "empty.csv", "is empty"), (tmp_path, "is a folder"), (tmp_path / "no.csv", "read")):
        with pytest.raises(ImportRefused, match=why):
            import_nppes(path, session=memory, now=NOW)


def _zipped(path: Path, *names: str) -> Path:
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.write(path, name)
    return packed


def _gzipped(path: Path) -> Path:
    packed = path.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed


def _as_cms_packs_it(path: Path) -> Path:
    return _zipped(
        path, "npidata_pfile_20050523-20261108.csv", "npidata_pfile_20050523-20261108_fileheader.csv",
        "othername_pfile_20050523-20261108.csv", "NPPES_Data_Dissemination_CodeValues.pdf",
    )  # fmt: skip


def _second_version(path: Path) -> Path:
    return _zipped(path, "npidata_pfile_20261102-20261108_V2.csv", "npidata_pfile_20261102-20261108_V2_fileheader.csv")


@pytest.mark.parametrize("packed", [_as_cms_packs_it, _second_version, _gzipped])
def test_packed_files_are_read_as_they_come(tmp_path: Path, memory: Session, packed: Callable[[Path], Path]) -> None:
    path = packed(nppes_file(tmp_path / "npidata_pfile.csv", [{}, {"NPI": BEN}]))

    assert import_nppes(path, session=memory, now=NOW).added == 2


@pytest.mark.parametrize("packed", [_as_cms_packs_it, _gzipped])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_packed_file_that_is_cut_off_is_refused(
    tmp_path: Path, memory: Session, packed: Callable[[Path], Path], share: float
) -> None:
    path = packed(nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": npi(at)} for at in range(1, 400)]))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    with pytest.raises(ImportRefused, match="fetch it again"):
        import_nppes(path, session=memory, now=NOW)


def test_a_zip_file_with_a_changed_byte_is_refused(tmp_path: Path, memory: Session) -> None:
    path = _as_cms_packs_it(nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": npi(at)} for at in range(1, 400)]))
    content = bytearray(path.read_bytes())
    content[3000] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(ImportRefused, match="fetch it again"):
        import_nppes(path, session=memory, now=NOW)


def test_an_archive_without_the_file_or_with_two_is_refused(tmp_path: Path, memory: Session) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}])

    for names, found in ((["other.csv"], "no file"), (["npidata_pfile_1.csv", "npidata_pfile_2.csv"], "2 files")):
        with pytest.raises(ImportRefused, match=found):
            import_nppes(_zipped(path, *names), session=memory, now=NOW)


def test_wrong_bytes_reject_only_a_row_that_is_for_us(tmp_path: Path, memory: Session) -> None:
    wrong = {"Provider First Name": "REN\u00c9"}
    path = nppes_file(
        tmp_path / "npidata_pfile.csv", [{}, {"NPI": BEN, **wrong}, {"NPI": npi(3), **wrong, **FAMILY_DOCTOR}]
    )
    path.write_bytes(path.read_bytes().replace("\u00c9".encode(), b"\xc9"))

    report = import_nppes(path, session=memory, now=NOW)

    assert [str(each).split(": ")[1] for each in report.rejected] == ["is not UTF-8"]
    assert (report.added, report.skipped.total()) == (1, 1)


@pytest.mark.parametrize("lost", [700, 701, 702, 990, 991, 992])
def test_a_file_that_stops_in_the_middle_of_a_row_is_refused(tmp_path: Path, memory: Session, lost: int) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}, {"NPI": BEN}])
    path.write_bytes(path.read_bytes()[:-lost])

    with pytest.raises(ImportRefused, match="cut off") as caught:
        import_nppes(path, session=memory, now=NOW)
    assert caught.value.line == 3


def test_a_row_of_another_width_is_rejected(tmp_path: Path, memory: Session) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}])
    with path.open("a") as file:
        file.write('"1","2"\n')

    report = import_nppes(path, session=memory, now=NOW)

    assert [str(each) for each in report.rejected] == ["npidata_pfile.csv, line 3: 330 fields were expected, 2 found"]


def test_progress_is_told_with_the_file_and_the_rows_read(tmp_path: Path, memory: Session) -> None:
    told: list[tuple[str, int]] = []
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}, {"NPI": BEN}])

    import_nppes(path, session=memory, now=NOW, progress=lambda *what: told.append(what))

    assert told == [("npidata_pfile.csv", 2)]


# Real files of the public registry, where the machine has them: who is in them is looked at by number only.
REAL = [
    ("npidata_pfile_sample.csv", 336, 97, {"no oncology taxonomy": 239}),
    ("npidata_pfile_organizations_sample.csv", 40, 0, {"organization row": 40}),
    ("npidata_pfile_header.csv", 0, 0, {}),
]


if SAMPLES.exists():

    @pytest.mark.parametrize("name, read, added, skipped", REAL)
    def test_a_sample_of_the_real_file_gives_the_known_counts(
        session: Session, name: str, read: int, added: int, skipped: dict[str, int]
    ) -> None:
        report = import_nppes(SAMPLES / name, session=session, now=NOW)

        assert (report.read, report.added, report.rejected_count) == (read, added, 0)
        assert report.skipped == skipped
        assert report.notes.total() == 0
