"""Open Payments: research becomes evidence of trials, everything else a fact that is never rewarded."""

import csv
import zipfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from referral.directory import open_payments
from referral.directory.open_payments import NO_CANCER, Trials
from referral.directory.report import ImportRefused, Report
from referral.directory.statements import Counted, Item, Payment, Subject
from referral.domain.codes import EvidenceKind
from tests.directory.files import ANA, BEN, npi
from tests.directory.layouts import GENERAL, RESEARCH, Fields, general_file, research_file
from tests.directory.reading import SAMPLES, Reader, read

INVESTIGATOR = "Principal_Investigator_{}_NPI"
STUDY, NCT = "Name_of_Study", "ClinicalTrials_Gov_Identifier"
AMOUNT, NATURE = "Total_Amount_of_Payment_USDollars", "Nature_of_Payment_or_Transfer_of_Value"
PAYER = "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_Name"


def research(folder: Path, rows: Sequence[Fields], trials: Trials | None = None) -> tuple[list[Counted], Report]:
    reader = partial(open_payments.read, trials=trials or {})
    items, report = read(cast(Reader, reader), research_file(folder / "OP_DTL_RSRCH_PGYR2023.csv", rows))
    return cast(list[Counted], items), report


def general(folder: Path, rows: Sequence[Fields]) -> tuple[list[Item], Report]:
    return read(open_payments.read, general_file(folder / "OP_DTL_GNRL_PGYR2023.csv", rows))


def counts(found: list[Counted]) -> dict[tuple[str, str], int | None]:
    return {(each.owner_id, each.code): each.count for each in found}


def test_a_study_becomes_evidence_of_trials_with_source_and_line(tmp_path: Path) -> None:
    found, report = research(tmp_path, [{}])

    assert found == [
        Counted(
            Subject.PRACTITIONER, ANA, "CHOL", EvidenceKind.TRIALS, 1, date(2023, 1, 1), date(2023, 12, 31),
            "Open Payments 2023: studies whose principal investigator or research payee is this specialist",
            open_payments.SOURCE_URL, line=2, rows=1,
        )
    ]  # fmt: skip
    assert report.read == 1


def test_a_study_counts_once_however_often_it_was_paid_for(tmp_path: Path) -> None:
    rows = [
        {STUDY: "LP-101 in Patients with Cholangiocarcinoma", NCT: "NCT00000001"},
        {STUDY: "LP-101, EXTENSION, IN PATIENTS WITH CHOLANGIOCARCINOMA", NCT: "nct00000001"},
        {STUDY: "LP-202 for cholangiocarcinoma"},
        {STUDY: "LP-202  for Cholangiocarcinoma"},
    ]

    found, _ = research(tmp_path, rows)

    assert counts(found) == {(ANA, "CHOL"): 2}
    assert (found[0].line, found[0].rows) == (2, 4)


def test_money_does_not_change_the_evidence(tmp_path: Path) -> None:
    little, _ = research(tmp_path, [{AMOUNT: "1.00"}])
    much, _ = research(tmp_path, [{AMOUNT: "9000000.00"}])

    assert little == much


def test_all_five_investigators_and_a_physician_paid_directly_count(tmp_path: Path) -> None:
    people = [npi(number) for number in range(10, 16)]
    row = {INVESTIGATOR.format(place): people[place - 1] for place in range(1, 6)} | {
        "Covered_Recipient_NPI": people[5]
    }
    path = research_file(tmp_path / "research.csv", [row])

    items, _ = read(open_payments.read, path, people)

    assert [cast(Counted, each).owner_id for each in items] == people


def test_the_same_person_twice_in_a_row_counts_once(tmp_path: Path) -> None:
    found, _ = research(tmp_path, [{INVESTIGATOR.format(2): ANA, "Covered_Recipient_NPI": ANA}])

    assert (counts(found), found[0].rows) == ({(ANA, "CHOL"): 1}, 1)


def test_a_trial_known_from_the_register_is_of_the_cancers_the_register_names(tmp_path: Path) -> None:
    known = {"NCT00000001": ("GBC", "PAAD")}

    found, _ = research(tmp_path, [{NCT: "NCT00000001"}], known)

    assert counts(found) == {(ANA, "GBC"): 1, (ANA, "PAAD"): 1}


@pytest.mark.parametrize(
    "name, cancer",
    [
        ("A Phase 3, Open-label Trial of LP-101 in Subjects with Unresectable Hepatocellular Carcinoma", "HCC"),
        ("LP-7 for the Treatment of Chronic Lymphocytic Leukemia, previously untreated", "CLLSLL"),
        ("A Study of LP-9 in Non-Small Cell Lung Cancer (LARK-2)", "NSCLC"),
        ("Cholangiocarcinoma", "CHOL"),
    ],
)
def test_the_name_of_a_study_tells_its_cancer(tmp_path: Path, name: str, cancer: str) -> None:
    assert counts(research(tmp_path, [{STUDY: name}])[0]) == {(ANA, cancer): 1}


@pytest.mark.parametrize(
    "name",
    [
        "LARK-2",
        "A Study of LP-3 in Type 2 Diabetes",
        "An Open-label Study in Subjects with Solid Tumors",
        "LP-4 in Adults with Atopic Dermatitis",
        "A Study in Patients with Melanoma or Renal Cell Carcinoma",
    ],
)
def test_a_study_of_no_cancer_or_of_one_that_is_not_sure_gives_nothing(tmp_path: Path, name: str) -> None:
    found, report = research(tmp_path, [{STUDY: name}])

    assert found == []
    assert report.skipped[NO_CANCER] == 1


def test_research_rows_that_cannot_be_used_are_rejected_with_the_files_own_column(tmp_path: Path) -> None:
    rows = [
        {STUDY: ""},
        {"Program_Year": "2087"},
        {"Program_Year": "1999"},
        {INVESTIGATOR.format(2): "1234567890"},
        {},
    ]

    found, report = research(tmp_path, rows)

    assert [(each.line, each.column) for each in report.rejected] == [
        (2, STUDY), (3, "Program_Year"), (4, "Program_Year"), (5, "Principal_Investigator_2_NPI"),
    ]  # fmt: skip
    assert counts(found) == {(ANA, "CHOL"): 1}


def test_payments_are_summed_by_year_payer_and_nature_to_the_cent(tmp_path: Path) -> None:
    rows = [
        {AMOUNT: "0.10"}, {AMOUNT: "0.20"}, {NATURE: "Food and Beverage", AMOUNT: "12.5"},
        {PAYER: "Harbor Devices"}, {"Program_Year": "2022"}, {"Covered_Recipient_NPI": BEN},
    ]  # fmt: skip

    items, _ = general(tmp_path, rows)

    fee, larkspur = "Consulting Fee", "Larkspur Pharma"
    assert items == [
        Payment(ANA, 2022, larkspur, fee, Decimal("100.00"), 6),
        Payment(ANA, 2023, "Harbor Devices", fee, Decimal("100.00"), 5),
        Payment(ANA, 2023, larkspur, fee, Decimal("0.30"), 2, 2),
        Payment(ANA, 2023, larkspur, "Food and Beverage", Decimal("12.50"), 4),
        Payment(BEN, 2023, larkspur, fee, Decimal("100.00"), 7),
    ]


def test_a_payment_is_never_evidence(tmp_path: Path) -> None:
    items, _ = general(tmp_path, [{}])

    assert {type(each) for each in items} == {Payment}


def test_rows_of_others_and_of_hospitals_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [{"Covered_Recipient_NPI": npi(77)}, {"Covered_Recipient_NPI": ""}, {}]

    items, report = general(tmp_path, rows)

    assert len(items) == 1
    assert report.skipped["not in the directory"] == 2
    assert report.read == 3


@pytest.mark.parametrize("amount", ["", "ten", "-1", "NaN", "1e30"])
def test_a_bad_amount_is_rejected(tmp_path: Path, amount: str) -> None:
    items, report = general(tmp_path, [{AMOUNT: amount}])

    assert items == []
    assert [(each.line, each.column) for each in report.rejected] == [(2, AMOUNT)]


def test_an_archive_of_a_whole_year_is_read_without_ownership_and_rows_taken_back(tmp_path: Path) -> None:
    paths = [
        research_file(tmp_path / "OP_DTL_RSRCH_PGYR2023.csv", [{}]),
        general_file(tmp_path / "OP_DTL_GNRL_PGYR2023.csv", [{}]),
    ]
    with zipfile.ZipFile(tmp_path / "PGYR2023.zip", "w") as archive:
        for path in paths:
            archive.write(path, path.name)
        archive.writestr("OP_DTL_OWNRSHP_PGYR2023.csv", "Change_Type,Physician_Profile_ID\n")
        archive.writestr("OP_REMOVED_DELETED_PGYR2023.csv", "Change_Type,Program_Year\n")

    items, _ = read(open_payments.read, tmp_path / "PGYR2023.zip")

    assert [type(each) for each in items] == [Counted, Payment]


def test_two_years_at_once_are_refused(tmp_path: Path) -> None:
    for year in (2022, 2023):
        general_file(tmp_path / f"OP_DTL_GNRL_PGYR{year}.csv", [{}])

    with pytest.raises(ImportRefused, match="one year at a time"):
        read(open_payments.read, tmp_path)


def test_the_ownership_file_and_files_of_the_years_before_npis_are_refused_by_what_they_lack(tmp_path: Path) -> None:
    ownership, old = tmp_path / "OP_DTL_OWNRSHP.csv", tmp_path / "old.csv"
    ownership.write_text("Change_Type,Physician_Profile_ID,Program_Year,Total_Amount_Invested_USDollars\n")
    old.write_text(",".join(name for name in GENERAL if name != "Covered_Recipient_NPI") + "\n")

    with pytest.raises(ImportRefused, match="the header lacks"):
        read(open_payments.read, ownership)
    with pytest.raises(ImportRefused, match=r"lacks “Covered_Recipient_NPI”$"):
        read(open_payments.read, old)


if SAMPLES.exists():

    def test_the_layouts_of_these_tests_are_those_of_the_real_files() -> None:
        for name, header in (("research", RESEARCH), ("general", GENERAL)):
            with (SAMPLES / "open_payments" / f"{name}_header.csv").open(encoding="utf-8") as file:
                assert next(csv.reader(file)) == list(header)
