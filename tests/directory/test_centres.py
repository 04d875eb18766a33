"""The cancer centers designated by the National Cancer Institute."""

from collections import Counter
from pathlib import Path

import pytest

from referral import reference
from referral.directory import centres
from referral.directory.report import ImportRefused
from referral.directory.statements import Item, Mention, Statement, Subject
from tests.directory.reading import read


def statements(items: list[Item]) -> list[Statement]:
    return [each for each in items if isinstance(each, Statement)]


def test_the_table_holds_all_seventy_three_centers_one_of_them_at_three_places() -> None:
    items, report = read(centres.read, centres.PATH)

    found = statements(items)
    names = Counter(each.values["name"] for each in found)
    assert (report.read, report.rejected_count, len(found)) == (75, 0, 75)
    assert len(names) == 73
    assert names.most_common(1) == [("Mayo Clinic Comprehensive Cancer Center", 3)]


def test_the_designations_are_those_of_the_directory() -> None:
    one_each = {
        each.values["name"]: each.values["designation"] for each in statements(read(centres.read, centres.PATH)[0])
    }

    assert Counter(one_each.values()) == {"nci-comprehensive": 57, "nci-clinical": 9, "nci-basic": 7}


def test_a_center_is_mentioned_under_the_key_by_which_it_is_stated() -> None:
    items, _ = read(centres.read, centres.PATH)

    mentions = {each.key: each for each in items if isinstance(each, Mention)}
    moffitt = mentions["nci:moffitt-cancer-center"]
    assert [each.id for each in statements(items)] == list(mentions)
    assert (moffitt.name, moffitt.city, moffitt.state, moffitt.postcode) == (
        "Moffitt Cancer Center", "Tampa", "FL", "33612",
    )  # fmt: skip


def test_every_center_lies_at_its_zip_code() -> None:
    for each in statements(read(centres.read, centres.PATH)[0]):
        place = reference.gazetteer().postcode(each.values["postcode"])
        assert each.subject is Subject.ORGANIZATION
        assert place, each.id
        assert (place.latitude, place.longitude) == (each.values["latitude"], each.values["longitude"]), each.id


def test_a_row_that_cannot_be_used_is_rejected_with_its_column(tmp_path: Path) -> None:
    lines = centres.PATH.read_text(encoding="utf-8").splitlines()
    bad = [
        lines[1].replace("35294", "ZIP"),
        lines[2].replace("comprehensive", "best"),
        lines[3].replace(",Orange,", ",,"),
    ]
    path = tmp_path / "nci_centres.csv"
    path.write_text("\n".join([lines[0], *bad, lines[4], ""]), encoding="utf-8")

    items, report = read(centres.read, path)

    assert [(each.line, each.column) for each in report.rejected] == [(2, "postcode"), (3, "type"), (4, "city")]
    assert len(statements(items)) == 1


def test_another_file_is_refused_by_naming_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "centres.csv"
    path.write_text("name,city,state\n")

    with pytest.raises(ImportRefused, match="lacks “centre_id”, “postcode”, “type”"):
        read(centres.read, path)
