"""Files that are not what they should be: headers, encodings, broken and endless rows, cut-off files."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.directory.report import ImportRefused, Report
from referral.models import Organization, Practitioner, PractitionerRole
from tests.directory.files import ANA, BEN, NOW, change, native_folder
from tests.directory.imports import import_native


def imported(folder: Path, session: Session) -> Report:
    return import_native(folder, now=NOW)


def refusal(folder: Path, session: Session) -> ImportRefused:
    """Why the folder was refused as a whole; nothing of it is in the database."""
    with pytest.raises(ImportRefused) as caught:
        imported(folder, session)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Practitioner)) == 0
    return caught.value


@pytest.mark.parametrize("name", ["specialists", "organizations", "roles", "experience"])
def test_a_folder_without_a_required_file_is_refused_by_its_name(tmp_path: Path, memory: Session, name: str) -> None:
    folder = native_folder(tmp_path)
    (folder / f"{name}.csv").unlink()

    refused = refusal(folder, memory)

    assert refused.file == f"{name}.csv"
    assert str(refused).startswith(f"{name}.csv: is missing")


def test_the_file_of_the_organizations_evidence_may_be_absent(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    (folder / "organization_experience.csv").unlink()

    assert imported(folder, memory).read == 4


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path, memory: Session) -> None:
    assert "is no folder" in str(refusal(tmp_path / "nowhere", memory))
    (tmp_path / "file").touch()
    assert "is no folder" in str(refusal(tmp_path / "file", memory))


def test_an_unknown_column_is_refused_by_name(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    change(folder, "roles", "phone", "telephone")

    refused = refusal(folder, memory)

    assert (refused.file, refused.line, refused.column) == ("roles.csv", 1, "telephone")
    assert str(refused).startswith("roles.csv, line 1, column telephone: the column is not known")


def test_a_column_that_stands_twice_is_refused_by_name(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    change(folder, "organizations", "designation", "name")

    refused = refusal(folder, memory)

    assert (refused.column, refused.message) == ("name", "the column stands twice in the header")


def test_missing_columns_are_all_named(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    (folder / "experience.csv").write_text("npi,oncotree_code,kind\n")

    assert "lacks: count, period_start, period_end, source" in str(refusal(folder, memory))


def test_columns_that_may_be_unknown_may_be_missing_and_stand_in_any_order(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    (folder / "specialists.csv").write_text(f" family ,npi,given\nRivera,{ANA},Ana\n")

    assert imported(folder, memory).rejected_count == 0
    assert memory.get_one(Practitioner, ANA).name == "Ana Rivera"


def test_semicolons_instead_of_commas_are_named_as_what_they_are(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    (folder / "organizations.csv").write_text("organization_id;name\nharbor;Harbor\n")

    assert "separated by semicolons" in str(refusal(folder, memory))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused_and_the_header_it_needs_is_shown(
    tmp_path: Path, memory: Session, content: bytes
) -> None:
    folder = native_folder(tmp_path)
    (folder / "specialists.csv").write_bytes(content)

    assert "specialists.csv: is empty; a header row was expected: npi,given," in str(refusal(folder, memory))


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path, specialists=[{"family": "Peña"}])
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert imported(folder, memory).added == 5
    assert memory.get_one(Practitioner, ANA).family == "Peña"


def test_old_line_ends_of_a_lone_carriage_return_are_read(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path, organizations=[{}, {"organization_id": ""}])
    path = folder / "organizations.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))

    report = imported(folder, memory)

    assert [(each.file, each.line) for each in report.rejected] == [("organizations.csv", 3)]


def test_another_encoding_is_refused_with_line_and_byte(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path, specialists=[{}, {"npi": BEN, "family": "Pena"}])
    path = folder / "specialists.csv"
    path.write_bytes(path.read_bytes().replace(b"Pena", b"Pe\xf1a"))

    refused = refusal(folder, memory)

    assert (refused.file, refused.line) == ("specialists.csv", 3)
    assert "byte 18 (hexadecimal F1) is not UTF-8" in refused.message


def test_a_file_in_utf_16_is_named_as_such(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    path = folder / "roles.csv"
    path.write_text(path.read_text(), encoding="utf-16")

    assert "the file is UTF-16" in str(refusal(folder, memory))


def test_a_file_cut_off_inside_a_quoted_field_is_refused_with_the_line_where_the_row_begins(
    tmp_path: Path, memory: Session
) -> None:
    folder = native_folder(tmp_path, organizations=[{}, {"organization_id": "b", "name": 'The "Good"\nPlace'}])
    path = folder / "organizations.csv"
    path.write_bytes(path.read_bytes().split(b"Place")[0])

    refused = refusal(folder, memory)

    assert (refused.file, refused.line) == ("organizations.csv", 3)
    assert "cut off" in refused.message


def test_a_file_that_ends_in_the_middle_of_a_row_is_refused(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path, roles=[{}, {"role_id": "r2"}])
    path = folder / "roles.csv"
    path.write_bytes(path.read_bytes()[:-60])

    refused = refusal(folder, memory)

    assert (refused.file, refused.line) == ("roles.csv", 3)
    assert "cut off" in refused.message


def test_the_last_line_needs_no_line_end(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().rstrip(b"\n"))

    assert imported(folder, memory).added == 5


def test_a_row_with_too_few_or_too_many_fields_is_skipped(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    (folder / "organizations.csv").write_text("organization_id,name\nharbor,Harbor\nshort\nlong,Long,,\nlast,Last\n")

    report = imported(folder, memory)

    assert [str(each) for each in report.rejected] == [
        "organizations.csv, line 3: 2 fields were expected, 1 found",
        "organizations.csv, line 4: 2 fields were expected, 4 found",
    ]
    assert memory.get(Organization, "last") is not None


def test_the_line_of_a_rejection_is_the_one_in_the_file_although_fields_span_several(
    tmp_path: Path, memory: Session
) -> None:
    rows = [{"name": "Harbor\nCancer\r\nCentre"}, {"organization_id": ""}, {"organization_id": "z", "name": "a\nb"}]
    folder = native_folder(tmp_path, organizations=[*rows, {"organization_id": "y", "name": ""}])

    report = imported(folder, memory)

    assert [each.line for each in report.rejected] == [5, 8]
    assert memory.get_one(Organization, "harbor").name == "Harbor Cancer Centre"


def test_a_field_of_a_million_characters_is_a_rejected_row_and_the_rest_is_read(
    tmp_path: Path, memory: Session
) -> None:
    folder = native_folder(tmp_path, roles=[{"line1": "x" * 1_000_000}, {"role_id": "r2"}])

    report = imported(folder, memory)

    assert [(each.file, each.line, each.column) for each in report.rejected] == [("roles.csv", 2, "line1")]
    assert memory.get(PractitionerRole, "r2") is not None


def test_a_quote_that_is_never_closed_early_in_a_long_file_is_reported_and_the_rest_is_read(
    tmp_path: Path, memory: Session
) -> None:
    many = [{"organization_id": f"o{number}"} for number in range(6000)]
    folder = native_folder(tmp_path, organizations=[{}, {"organization_id": "open"}, *many])
    change(folder, "organizations", "open,", '"open,')

    report = imported(folder, memory)

    assert report.rejected[0].line == 3
    assert "seems not to be closed" in report.rejected[0].reason
    assert memory.get(Organization, "o5999") is not None


def test_text_after_a_closing_quote_is_a_rejected_row(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path, organizations=[{}, {"organization_id": "b", "name": "Beta"}])
    change(folder, "organizations", "Beta", '"Be"ta')

    report = imported(folder, memory)

    assert [(each.line, each.reason[:16]) for each in report.rejected] == [(3, "text stands afte")]


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path, memory: Session) -> None:
    folder = native_folder(tmp_path)
    os.truncate(folder / "specialists.csv", 40 * 2**20)

    refused = refusal(folder, memory)

    assert "longer than" in refused.message


ODD = st.sampled_from([
    b",", b'"', b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"|", b"npi", b"\xc3\xa9", b"\xe2\x80\xae", b"2", b"a", b"-",
    b"\xef\xbb\xbf", b"\x1a", b";", b"\xed\xa0\x80",
])  # fmt: skip


@given(st.lists(ODD, max_size=60), st.sampled_from(["specialists", "organizations", "roles", "experience"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_bytes_follow_the_header_every_row_is_counted_or_the_file_refused(
    tmp_path: Path, memory: Session, odd: list[bytes], name: str
) -> None:
    folder = native_folder(tmp_path / "odd")
    path = folder / f"{name}.csv"
    path.write_bytes(path.read_bytes() + b"".join(odd))

    refused: ImportRefused | None
    try:
        report = import_native(folder, now=NOW, dry_run=True)
    except ImportRefused as error:
        refused = error
    else:
        refused = None
        assert report.read == report.taken + report.skipped.total() + report.rejected_count
        assert len(report.lines()) >= 2
    assert refused is None or (refused.file == path.name and refused.line is not None)
