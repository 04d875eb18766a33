"""The names of specialty codes, from the file that the deployer fetched."""

from pathlib import Path

import pytest

from referral import reference
from referral.directory import nucc
from referral.directory.report import ImportRefused
from referral.directory.statements import TaxonomyName
from tests.directory.layouts import NUCC, nucc_file
from tests.directory.reading import SAMPLES, read


def test_a_code_gets_its_display_name(tmp_path: Path) -> None:
    items, report = read(nucc.read, nucc_file(tmp_path / "nucc_taxonomy_251.csv", [{}]))

    assert items == [TaxonomyName("207RX0202X", "Medical Oncology Physician", 2)]
    assert (report.read, report.rejected_count) == (1, 0)


@pytest.mark.parametrize(
    "specialization, name", [("Medical Oncology", "Medical Oncology (Internal Medicine)"), ("", "Internal Medicine")]
)
def test_older_files_without_display_names_give_one_of_the_classification(
    tmp_path: Path, specialization: str, name: str
) -> None:
    path = nucc_file(tmp_path / "nucc.csv", [{"Specialization": specialization}], NUCC[:6])

    assert read(nucc.read, path)[0] == [TaxonomyName("207RX0202X", name, 2)]


def test_a_bad_code_a_missing_name_and_a_repeated_code_are_rejected(tmp_path: Path) -> None:
    rows = [
        {},
        {"Code": "ONCOLOGY"},
        {"Code": ""},
        {"Code": "208C00000X", "Display Name": "", "Classification": ""},
        {"Display Name": "Another name"},
    ]

    items, report = read(nucc.read, nucc_file(tmp_path / "nucc.csv", rows))

    assert len(items) == 1
    assert [(each.line, each.column) for each in report.rejected] == [
        (3, "Code"), (4, "Code"), (5, "Classification"), (6, "Code"),
    ]  # fmt: skip
    assert "stands in the file already" in report.rejected[3].reason


def test_wrong_bytes_in_a_definition_do_no_harm_but_in_a_name_they_do(tmp_path: Path) -> None:
    path = nucc_file(tmp_path / "nucc.csv", [{"Definition": "A~"}, {"Code": "208C00000X", "Display Name": "B~"}])
    path.write_bytes(path.read_bytes().replace(b"~", b"\x92"))

    items, report = read(nucc.read, path)

    assert len(items) == 1
    assert [(each.line, each.column, each.reason) for each in report.rejected] == [(3, "Display Name", "is not UTF-8")]


def test_another_file_is_refused_by_naming_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "taxonomies.csv"
    path.write_text("Code,Classification\n")

    with pytest.raises(ImportRefused, match="lacks “Grouping”, “Specialization”"):
        read(nucc.read, path)


def test_two_versions_at_once_are_refused(tmp_path: Path) -> None:
    nucc_file(tmp_path / "nucc_taxonomy_250.csv", [{}])
    nucc_file(tmp_path / "nucc_taxonomy_251.csv", [{}])

    with pytest.raises(ImportRefused, match="one version"):
        read(nucc.read, tmp_path)


def test_an_empty_file_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()

    with pytest.raises(ImportRefused, match="lacks “Code”"):
        read(nucc.read, tmp_path / "empty.csv")
    with pytest.raises(ImportRefused, match="cannot be read"):
        read(nucc.read, tmp_path / "missing.csv")


def test_an_empty_folder_and_a_broken_archive_are_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (tmp_path / "folder").mkdir()

    with pytest.raises(ImportRefused, match=r"holds no file that ends in \.csv"):
        read(nucc.read, tmp_path / "folder")
    with pytest.raises(ImportRefused, match="not a complete ZIP archive"):
        read(nucc.read, tmp_path / "broken.zip")


def test_which_codes_are_disciplines_stays_our_own_table(tmp_path: Path) -> None:
    before = dict(reference.disciplines())

    read(nucc.read, nucc_file(tmp_path / "nucc.csv", [{"Code": "207Q00000X"}]))

    assert dict(reference.disciplines()) == before


if SAMPLES.exists():

    def test_a_sample_of_the_real_file_gives_the_known_counts() -> None:
        items, report = read(nucc.read, SAMPLES / "nucc" / "nucc_taxonomy_251_oncology_subset.csv")

        assert (len(items), report.read, report.rejected_count) == (141, 141, 0)
        assert TaxonomyName("208C00000X", "Colon & Rectal Surgery Physician", 3) in items
