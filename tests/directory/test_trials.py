"""Reading studies of ClinicalTrials.gov: which are taken, what of them, and what is reported."""

import copy
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from referral.directory import trials
from referral.directory.report import ImportRefused, Report
from referral.directory.statements import Known, Official, Site, Trial

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "clinicaltrials_v2"
KNOWN = Known(frozenset(), date(2026, 11, 22))
STUDY: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT00000017", "briefTitle": "A made-up study\nof bile ducts"},
        "statusModule": {
            "overallStatus": "RECRUITING",
            "studyFirstPostDateStruct": {"date": "2024-03-05", "type": "ACTUAL"},
            "lastUpdatePostDateStruct": {"date": "2026-02"},
        },
        "sponsorCollaboratorsModule": {
            "responsibleParty": {
                "type": "PRINCIPAL_INVESTIGATOR", "investigatorFullName": "Ana Rivera",
                "investigatorAffiliation": "Harbor Cancer Centre",
            },
        },
        "conditionsModule": {"conditions": ["Cholangiocarcinoma", "Sarcoma", "Solid Tumor"]},
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE1", "PHASE2"]},
        "contactsLocationsModule": {
            "overallOfficials": [
                {"name": "Ana Rivera, MD, PhD", "affiliation": "Harbor Cancer Centre", "role": "STUDY_CHAIR"},
                {"name": "Medical Director", "affiliation": "A Company", "role": "STUDY_DIRECTOR"},
            ],
            "locations": [
                {
                    "facility": "Harbor Cancer Centre", "status": "RECRUITING", "city": "Boston",
                    "state": "Massachusetts", "zip": "02115", "country": "United States",
                    "geoPoint": {"lat": 42.34, "lon": -71.09},
                    "contacts": [
                        {"name": "Ben Okafor, MD", "role": "PRINCIPAL_INVESTIGATOR"},
                        {"name": "Office", "role": "CONTACT", "phone": "617-555-0101"},
                    ],
                },
                {"facility": "Valley Clinic", "city": "Oslo", "country": "Norway"},
            ],
        },
    },
    "hasResults": False,
}  # fmt: skip


def study(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A study; each change names a module, a member and its value: {"statusModule.overallStatus": "COMPLETED"}."""
    made = copy.deepcopy(STUDY)
    for place, value in (changes or {}).items():
        module, member = place.split(".")
        made["protocolSection"].setdefault(module, {})[member] = value
    return made


def imported(tmp_path: Path, *studies: object) -> tuple[list[Trial], Report]:
    """The trials of a search answer, and the report."""
    path = tmp_path / "search.json"
    path.write_text(json.dumps({"studies": studies, "totalCount": len(studies)}, indent=1), encoding="utf-8")
    report = Report("trials")
    return [each for each in trials.read(path, KNOWN, report, None) if isinstance(each, Trial)], report


def test_a_study_is_taken_with_cancers_dates_sites_and_officials(tmp_path: Path) -> None:
    [trial], report = imported(tmp_path, study())

    assert (trial.nct_id, trial.title, trial.line) == ("NCT00000017", "A made-up study of bile ducts", 3)
    assert (trial.status, trial.phase) == ("RECRUITING", "PHASE1/PHASE2")
    assert (trial.first_posted, trial.updated) == (date(2024, 3, 5), date(2026, 2, 1))
    assert trial.url == "https://clinicaltrials.gov/study/NCT00000017"
    assert trial.sites == (
        Site("Harbor Cancer Centre", "Boston", "Massachusetts", "02115", "United States", 42.34, -71.09, "RECRUITING"),
        Site("Valley Clinic", "Oslo", "", "", "Norway", None, None, ""),
    )
    assert (report.read, report.rejected_count, report.skipped.total()) == (1, 0, 0)


def test_a_condition_that_may_mean_several_cancers_keeps_its_words_alone(tmp_path: Path) -> None:
    [trial], _ = imported(tmp_path, study())

    assert trial.conditions == ("Cholangiocarcinoma", "Sarcoma", "Solid Tumor")
    assert trial.codes == ("CHOL",)


def test_everybody_responsible_is_named_once_and_is_nobody_of_the_directory_yet(tmp_path: Path) -> None:
    [trial], _ = imported(tmp_path, study())

    assert trial.officials == (
        Official("Ana Rivera, MD, PhD", "Harbor Cancer Centre", "STUDY_CHAIR", None),
        Official("Medical Director", "A Company", "STUDY_DIRECTOR", None),
        Official("Ben Okafor, MD", "Harbor Cancer Centre", "PRINCIPAL_INVESTIGATOR", None),
    )


@pytest.mark.parametrize(
    "conditions, taken",
    [
        (["Diabetes Mellitus", "Heart Failure"], False),
        ([], False),
        (["Solid Tumor"], True),
        (["Cancer Pain"], True),
        (["Diabetes Mellitus", "Melanoma"], True),
    ],
)
def test_a_study_without_any_cancer_is_left_out(tmp_path: Path, conditions: list[str], taken: bool) -> None:
    found, report = imported(tmp_path, study({"conditionsModule.conditions": conditions}))

    assert len(found) == taken
    assert report.skipped == ({} if taken else {trials.NO_CANCER: 1})


def test_a_study_that_the_register_files_under_tumors_is_taken(tmp_path: Path) -> None:
    filed = study({"conditionsModule.conditions": ["Xyzopathy"]})
    filed["derivedSection"] = {"conditionBrowseModule": {"ancestors": [{"id": "D009369", "term": "Neoplasms"}]}}

    assert [each.codes for each in imported(tmp_path, filed)[0]] == [()]


def test_the_same_study_on_two_pages_is_taken_once(tmp_path: Path) -> None:
    found, report = imported(tmp_path, study(), study())

    assert (len(found), report.skipped) == (1, {trials.DOUBLED: 1})


@pytest.mark.parametrize("written", ["2087-01-01", "sometime", "2026-13"])
def test_a_date_that_cannot_be_is_left_out_and_noted(tmp_path: Path, written: str) -> None:
    [trial], report = imported(tmp_path, study({"statusModule.lastUpdatePostDateStruct": {"date": written}}))

    assert (trial.updated, trial.first_posted) == (None, date(2024, 3, 5))
    assert sum(report.notes.values()) == 1


@pytest.mark.parametrize(
    "place, value, column",
    [
        ("identificationModule.nctId", "NCT17", "nctId"),
        ("identificationModule.briefTitle", "A \u0007 bell", "briefTitle"),
        ("identificationModule.briefTitle", ["a", "list"], "briefTitle"),
        ("statusModule.overallStatus", "RECRUITING|COMPLETED", "overallStatus"),
        ("conditionsModule.conditions", "Melanoma", "conditions"),
        ("contactsLocationsModule.locations", [{"geoPoint": {"lat": 142.0, "lon": 0}}], "lat"),
        ("contactsLocationsModule.locations", ["Boston"], "locations"),
    ],
)
def test_a_study_that_cannot_be_used_is_rejected_with_its_line_and_member(
    tmp_path: Path, place: str, value: object, column: str
) -> None:
    found, report = imported(tmp_path, study(), study({"identificationModule.nctId": "NCT00000018"} | {place: value}))

    assert len(found) == 1
    assert [(each.column, each.line > 3) for each in report.rejected] == [(column, True)]
    assert report.read == 2


def test_long_texts_are_cut_to_what_their_column_holds(tmp_path: Path) -> None:
    [trial], _ = imported(tmp_path, study({"identificationModule.briefTitle": "word " * 1000}))

    assert (len(trial.title), trial.title[-1]) == (500, "…")


def test_an_object_that_is_no_study_is_rejected_and_a_file_without_any_refused(tmp_path: Path) -> None:
    found, report = imported(tmp_path, {"FullStudy": {}}, study())
    assert (len(found), report.rejected[0].column) == (1, "protocolSection")

    with pytest.raises(ImportRefused, match="no object has “protocolSection”"):
        imported(tmp_path, {"FullStudy": {}})


def test_progress_is_told(tmp_path: Path) -> None:
    path = tmp_path / "all.ndjson"
    path.write_text(f"{json.dumps(study())}\n" * 1001, encoding="utf-8")
    told: list[tuple[str, int]] = []
    report = Report("trials")

    assert len(list(trials.read(path, KNOWN, report, lambda *each: told.append(each)))) == 1
    assert told == [("all.ndjson", 1000), ("all.ndjson", 1001)]
    assert report.read == 1001


def test_the_samples_are_read_where_they_are_at_hand() -> None:
    if SAMPLES.is_dir():
        report = Report("trials")
        found = [each for each in trials.read(SAMPLES, KNOWN, report, None) if isinstance(each, Trial)]

        # The seventh is the shape file, whose status is a list of choices.
        assert (report.read, len(found), report.rejected_count) == (7, 6, 1)
        assert {"MEL", "NSCLC", "OM"} <= {code for each in found for code in each.codes}
        assert sum(len(each.sites) for each in found) == 3
