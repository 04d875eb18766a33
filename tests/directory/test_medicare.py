"""Medicare by provider and service: which rows become evidence, of what, and what is never concluded."""

import csv
import gzip
import random
import time
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from referral import reference
from referral.directory import headed_rows, medicare
from referral.directory.medicare import NO_SIGNAL, SIGNAL_FILES, TOO_WEAK, signals, source
from referral.directory.report import ImportRefused, Report
from referral.directory.statements import Counted, Known, Subject
from referral.domain.codes import EvidenceKind
from tests.directory.files import ANA, BEN, npi
from tests.directory.layouts import Fields, many_medicare_rows, medicare_file, medicare_file_until_2018
from tests.directory.reading import SAMPLES, TODAY, read

NAME = "MUP_PHY_R24_P05_V10_D22_Prov_Svc.csv"
MYELOMA = {"HCPCS_Cd": "J9047"}
PROSTATECTOMY = {"HCPCS_Cd": "55866", "Tot_Benes": "30", "Tot_Srvcs": "31"}
VISIT = {"HCPCS_Cd": "99213"}


def evidence(folder: Path, rows: Sequence[Fields], name: str = NAME) -> tuple[list[Counted], Report]:
    items, report = read(medicare.read, medicare_file(folder / name, rows))
    return cast(list[Counted], items), report


def counts(found: list[Counted]) -> dict[tuple[str, str, str], int | None]:
    return {(each.owner_id, each.code, str(each.kind)): each.count for each in found}


def test_a_row_of_a_drug_for_one_cancer_becomes_patients_with_source_period_and_line(tmp_path: Path) -> None:
    found, _ = evidence(tmp_path, [VISIT, MYELOMA])

    assert found == [
        Counted(
            Subject.PRACTITIONER, ANA, "PCM", EvidenceKind.PATIENTS, 19, date(2022, 1, 1), date(2022, 12, 31),
            source(2022), medicare.SOURCE_URL, line=3, rows=1,
        )
    ]  # fmt: skip


def test_an_operation_becomes_procedures(tmp_path: Path) -> None:
    found, _ = evidence(tmp_path, [PROSTATECTOMY])

    assert counts(found) == {(ANA, "PRAD", "procedures"): 30}


def test_procedures_of_several_codes_and_places_of_service_add_up(tmp_path: Path) -> None:
    rows = [
        {**PROSTATECTOMY, "Place_Of_Srvc": "F", "Tot_Srvcs": "20"},
        {**PROSTATECTOMY, "Place_Of_Srvc": "O", "Tot_Srvcs": "30"},
        {**PROSTATECTOMY, "HCPCS_Cd": "55840", "Tot_Srvcs": "50"},
    ]

    found, _ = evidence(tmp_path, rows)

    assert counts(found) == {(ANA, "PRAD", "procedures"): 99}
    assert (found[0].line, found[0].rows) == (2, 3)


def test_of_patients_the_largest_number_counts_since_they_may_be_the_same(tmp_path: Path) -> None:
    rows = [{**MYELOMA, "Tot_Benes": "20"}, {**MYELOMA, "HCPCS_Cd": "J9145", "Tot_Benes": "40"}, MYELOMA]

    found, _ = evidence(tmp_path, rows)

    assert counts(found) == {(ANA, "PCM", "patients"): 38}
    assert found[0].rows == 3


def test_a_file_that_is_not_sorted_gives_the_same(tmp_path: Path) -> None:
    rows = [{"Rndrng_NPI": who, **what} for who in (ANA, BEN) for what in (MYELOMA, PROSTATECTOMY)] * 2
    shuffled = rows.copy()
    random.Random(3).shuffle(shuffled)

    (sorted_rows, _), (mixed, _) = evidence(tmp_path, rows), evidence(tmp_path, shuffled)

    assert shuffled != rows
    assert counts(mixed) == counts(sorted_rows)


def test_a_code_that_points_to_several_cancers_is_shared_out(tmp_path: Path) -> None:
    found, _ = evidence(tmp_path, [{"HCPCS_Cd": "48150", "Tot_Srvcs": "100"}])

    shares = {each.code: each.count for each in found}
    assert shares["PAAD"] == 58
    assert sum(count or 0 for count in shares.values()) <= 100


def test_a_number_is_cut_and_less_than_one_case_is_no_evidence(tmp_path: Path) -> None:
    found, report = evidence(tmp_path, [{"HCPCS_Cd": "48150", "Tot_Benes": "11", "Tot_Srvcs": "11"}])

    assert counts(found) == {(ANA, "PAAD", "procedures"): 6, (ANA, "AMPCA", "procedures"): 1}
    assert report.notes == {TOO_WEAK: 3}


@pytest.mark.parametrize("written", ["", "*"])
def test_a_suppressed_number_is_passed_on_as_suppressed_and_never_as_zero(tmp_path: Path, written: str) -> None:
    found, _ = evidence(tmp_path, [{**MYELOMA, "Tot_Benes": written}])

    assert counts(found) == {(ANA, "PCM", "patients"): None}


def test_a_suppressed_number_does_not_hide_a_known_one(tmp_path: Path) -> None:
    found, _ = evidence(tmp_path, [{**MYELOMA, "Tot_Benes": "*"}, {**MYELOMA, "Tot_Benes": "20"}])

    assert counts(found) == {(ANA, "PCM", "patients"): 19}


def test_the_source_says_whose_patients_these_are_and_what_an_absent_row_means() -> None:
    text = source(2022)

    assert "2022" in text
    assert "fee-for-service patients only" in text
    assert "1–10 or none" in text
    assert len(text) <= 300


def test_nothing_is_said_of_somebody_without_a_row(tmp_path: Path) -> None:
    found, _ = evidence(tmp_path, [MYELOMA])

    assert {each.owner_id for each in found} == {ANA}


def test_rows_of_others_and_of_visits_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [MYELOMA, VISIT, {"Rndrng_NPI": npi(77)}, {"Rndrng_NPI": npi(77), **MYELOMA}, {"Rndrng_NPI": npi(78)}]

    found, report = evidence(tmp_path, rows)

    assert len(found) == 1
    assert report.skipped == {"not in the directory": 3, NO_SIGNAL: 1}
    assert report.read == 5


def test_bad_rows_are_rejected_with_the_files_own_column_and_a_reason(tmp_path: Path) -> None:
    rows = [
        {**MYELOMA, "Rndrng_NPI": "1234567890"},
        {**MYELOMA, "Tot_Benes": "many"},
        {**MYELOMA, "Tot_Benes": "5"},
        {**MYELOMA, "Tot_Srvcs": "NaN"},
        {**MYELOMA, "Rndrng_NPI": ""},
        MYELOMA,
    ]

    found, report = evidence(tmp_path, rows)

    assert [(each.line, each.column) for each in report.rejected] == [
        (2, "Rndrng_NPI"), (3, "Tot_Benes"), (4, "Tot_Benes"), (5, "Tot_Srvcs"), (6, "Rndrng_NPI"),
    ]  # fmt: skip
    assert "CMS publishes no such row" in report.rejected[2].reason
    assert len(found) == 1
    assert report.read == 6


def test_the_names_of_columns_used_until_2018_are_read(tmp_path: Path) -> None:
    path = medicare_file_until_2018(tmp_path / "Medicare_2017.csv", [MYELOMA, PROSTATECTOMY])

    items, _ = read(medicare.read, path)

    found = cast(list[Counted], items)
    assert counts(found) == {(ANA, "PCM", "patients"): 19, (ANA, "PRAD", "procedures"): 30}
    assert {each.period_start for each in found} == {date(2017, 1, 1)}


@pytest.mark.parametrize(
    "name, year",
    [
        ("MUP_PHY_R24_P05_V10_D22_Prov_Svc.csv", 2022),
        ("MUP_PHY_RY23_P04_V10_DY21_PrvSvc.csv", 2021),
        ("Medicare_Physician_and_Other_Practitioners_2020.csv", 2020),
        ("puf_cy2013.csv", 2013),
    ],
)
def test_the_year_is_read_from_the_name_of_the_file(tmp_path: Path, name: str, year: int) -> None:
    found, _ = evidence(tmp_path, [MYELOMA], name)

    assert (found[0].period_start, found[0].period_end) == (date(year, 1, 1), date(year, 12, 31))


@pytest.mark.parametrize("name", ["medicare.csv", "medicare_2087.csv", "of_2019_and_2020.csv", "x_D09_.csv"])
def test_a_file_whose_name_tells_no_year_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportRefused, match=r"the year of the data .* medicare_2022.csv"):
        evidence(tmp_path, [MYELOMA], name)


def test_packed_files_give_the_same_and_the_name_inside_an_archive_tells_the_year(tmp_path: Path) -> None:
    plain = medicare_file(tmp_path / NAME, [VISIT, MYELOMA])
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
        archive.write(plain, NAME)
        archive.writestr("read me.pdf", b"")
    with gzip.open(tmp_path / f"{NAME}.gz", "wb") as packed:
        packed.write(plain.read_bytes())

    readings = [read(medicare.read, tmp_path / name)[0] for name in (NAME, "download.zip", f"{NAME}.gz")]

    assert readings[0] == readings[1] == readings[2]
    assert len(readings[0]) == 1


def test_another_kind_of_file_is_refused_by_naming_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text("Rndrng_NPI,Rndrng_Prvdr_Type,Tot_Benes\n")

    with pytest.raises(ImportRefused, match="lacks “HCPCS_Cd”, “Tot_Srvcs”"):
        read(medicare.read, path)


def test_a_file_with_tabs_is_refused_by_saying_so(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text("npi\thcpcs_code\tline_srvc_cnt\tbene_unique_cnt\n")

    with pytest.raises(ImportRefused, match="use commas"):
        read(medicare.read, path)


def test_several_years_at_once_are_refused(tmp_path: Path) -> None:
    for year in (2021, 2022):
        medicare_file(tmp_path / f"medicare_{year}.csv", [MYELOMA])

    with pytest.raises(ImportRefused, match="one year's file at a time"):
        read(medicare.read, tmp_path)


def test_a_file_that_was_cut_off_is_refused_also_in_a_row_of_somebody_else(tmp_path: Path) -> None:
    path = medicare_file(tmp_path / NAME, [MYELOMA, {"Rndrng_NPI": npi(77)}])
    path.write_bytes(path.read_bytes()[:-60])

    with pytest.raises(ImportRefused, match="cut off"):
        read(medicare.read, path)


def test_a_field_over_several_lines_does_not_shift_the_lines_that_follow(tmp_path: Path) -> None:
    other = {"Rndrng_NPI": npi(77), "Rndrng_Prvdr_St1": f"line one\n{npi(77)},line two"}

    found, report = evidence(tmp_path, [other, VISIT, MYELOMA])

    assert found[0].line == 5
    assert report.read == 3


def test_without_the_table_of_cpt_codes_the_other_still_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / SIGNAL_FILES[0]).write_bytes((reference.SEED_DATA / SIGNAL_FILES[0]).read_bytes())
    monkeypatch.setattr(reference, "SEED_DATA", tmp_path)

    found, report = evidence(tmp_path, [MYELOMA, PROSTATECTOMY])

    assert counts(found) == {(ANA, "PCM", "patients"): 19}
    assert report.skipped[NO_SIGNAL] == 1


def test_the_quick_way_past_rows_of_others_gives_what_reading_every_row_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = medicare_file(tmp_path / NAME, many_medicare_rows(2_000, known_share=0.3))
    known = [npi(number) for number in range(0, 200, 2)]
    quick, quick_report = read(medicare.read, path, known)

    monkeypatch.setattr(headed_rows, "_is_row", lambda raw: False)
    slow, slow_report = read(medicare.read, path, known)

    assert quick == slow
    assert len(quick) > 10
    assert (quick_report.skipped, quick_report.read) == (slow_report.skipped, slow_report.read)


def test_progress_is_told_while_nothing_is_of_interest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headed_rows, "_TELL_EVERY", 500)
    path = medicare_file(tmp_path / NAME, many_medicare_rows(1_200, known_share=0))
    told: list[tuple[str, int]] = []

    list(medicare.read(path, Known(frozenset(), TODAY), Report("test"), lambda name, rows: told.append((name, rows))))

    assert told == [(NAME, 0), (NAME, 500), (NAME, 1_000)]


def test_reading_is_faster_than_the_plain_reader_of_the_language(tmp_path: Path) -> None:
    path = medicare_file(tmp_path / NAME, many_medicare_rows(15_000, known_share=0.05))
    known = frozenset(npi(number) for number in range(1_500))
    start = time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        plain_rows = sum(1 for _ in csv.DictReader(file))
    plain = time.process_time() - start

    start = time.process_time()
    report = Report("test")
    list(medicare.read(path, Known(known, TODAY), report, None))
    ours = time.process_time() - start

    assert plain_rows == report.read == 15_000
    assert ours < plain


def test_the_tables_are_read_with_both_kinds_of_codes() -> None:
    found = signals()

    assert [signal.oncotree_code for signal in found["J9047"]] == ["PCM"]
    assert [signal.oncotree_code for signal in found["55866"]] == ["PRAD"]


if SAMPLES.exists():

    def test_a_sample_of_the_real_file_gives_the_known_counts() -> None:
        path = SAMPLES / "medicare_puf" / "MUP_PHY_provider_service_2021_mohs17311_sample.csv"
        with path.open(encoding="utf-8") as file:
            known = {row["Rndrng_NPI"] for row in csv.DictReader(file)}

        items, report = read(medicare.read, path, known)

        assert (report.read, report.rejected_count) == (400, 0)
        assert report.skipped == {NO_SIGNAL: 183}
        assert len(items) == 501
