"""What a score says in words."""

from dataclasses import replace
from datetime import date

import pytest

from referral.domain.codes import EvidenceKind, Relation
from referral.domain.experience import Evidence
from referral.domain.explanation import (
    centre_text,
    counted,
    distance,
    distance_text,
    evidence_line,
    experience_text,
    in_order,
    period,
    reason,
)
from referral.domain.matching import EvidenceLine, RoleFacts

ASKED = ("BILIARY_TRACT", "IPN", "CHOL")
ROLE = RoleFacts(
    "r1", "2000000010", "Ana Rivera", "MD", ("surgical",), "o1", "Harbor Centre", "", "Boston", "MA", 42.0, -71.0,
    True, False, ("en",), (), None, None, "",
)  # fmt: skip


def line(
    count: int | None = 31,
    kind: EvidenceKind = EvidenceKind.PROCEDURES,
    path: tuple[str, ...] = ASKED,
    year: int = 2025,
) -> EvidenceLine:
    dates = date(year, 1, 1), date(year, 12, 31)
    row = Evidence(path[-1], kind, count, *dates, "Registry", "https://example.org", date(2026, 6, 1))
    return evidence_line(row, path, ASKED)


def test_an_evidence_line_keeps_the_facts_and_adds_range_and_relation() -> None:
    found = line()

    assert (found.count, found.low, found.high) == (31, 22, 42)
    assert (found.code, found.relation, found.period) == ("CHOL", Relation.EXACT, "2025")
    assert (found.source, found.source_url) == ("Registry", "https://example.org")
    assert found.retrieved_on == "2026-06-01"


def test_a_suppressed_line_says_one_to_ten() -> None:
    assert (line(None).low, line(None).high) == (1, 10)
    assert counted(line(None, EvidenceKind.PATIENTS)) == "1–10 people treated, 2025"


@pytest.mark.parametrize(
    "start, end, words",
    [
        (date(2025, 1, 1), date(2025, 12, 31), "2025"),
        (date(2021, 1, 1), date(2023, 12, 31), "2021–2023"),
        (date(2026, 1, 1), date(2026, 6, 30), "January–June 2026"),
        (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (date(2025, 2, 1), date(2025, 2, 27), "2025-02-01 to 2025-02-27"),
        (date(2025, 6, 1), date(2026, 5, 31), "2025-06-01 to 2026-05-31"),
        (None, date(2026, 5, 31), "2026-05-31"),
        (date(2026, 5, 31), None, "2026-05-31"),
        (None, None, ""),
    ],
)
def test_a_period_is_said_as_short_as_it_can_be(start: date | None, end: date | None, words: str) -> None:
    assert period(start, end) == words


@pytest.mark.parametrize(
    "count, kind, words",
    [
        (31, EvidenceKind.PROCEDURES, "31 operations or procedures, 2025"),
        (1, EvidenceKind.PROCEDURES, "1 operation or procedure, 2025"),
        (1, EvidenceKind.PATIENTS, "1 person treated, 2025"),
        (1200, EvidenceKind.PATIENTS, "1,200 people treated, 2025"),
        (0, EvidenceKind.TRIALS, "0 clinical trials, 2025"),
        (None, EvidenceKind.SELF_DECLARED, "self declared"),
    ],
)
def test_a_count_in_words(count: int | None, kind: EvidenceKind, words: str) -> None:
    assert counted(line(count, kind)) == words


def test_lines_stand_closest_relation_first_then_by_kind() -> None:
    related = line(path=("BILIARY_TRACT", "GBC"))
    broader = line(path=("BILIARY_TRACT",))
    narrower = line(path=(*ASKED, "IHCH"))
    trial = line(2, EvidenceKind.TRIALS)

    assert in_order([related, broader, trial, narrower, line()]) == (line(), trial, narrower, broader, related)


def test_experience_is_told_from_the_cancer_itself_else_from_related_ones_else_not_at_all() -> None:
    related = line(4, path=("BILIARY_TRACT", "GBC"))

    assert experience_text([line(), related], "Cholangiocarcinoma", "Biliary Tract") == (
        "Cholangiocarcinoma: 31 operations or procedures, 2025."
    )
    assert experience_text([related], "Cholangiocarcinoma", "Biliary Tract") == (
        "No number for Cholangiocarcinoma itself. Related (Biliary Tract): 4 operations or procedures, 2025."
    )
    nothing = "No counted experience with Cholangiocarcinoma is known to us."
    assert experience_text([], "Cholangiocarcinoma", "Biliary Tract") == nothing
    assert experience_text([line(3, EvidenceKind.SELF_DECLARED)], "Cholangiocarcinoma", "Biliary Tract") == nothing


@pytest.mark.parametrize("designation", ["nci-comprehensive", "nci-clinical"])
def test_a_designated_centre_is_named_as_one(designation: str) -> None:
    assert "is a designated cancer centre. Its own number" in centre_text("Harbor", designation, [])
    assert centre_text("Harbor", designation, [line()]) == (
        "Harbor is a designated cancer centre; 31 operations or procedures, 2025."
    )


def test_a_laboratory_and_an_unknown_place_are_not_named_a_centre() -> None:
    assert centre_text("Harbor", "nci-basic", []) == (
        "Nothing is known to us of Harbor's own experience with this cancer."
    )
    assert centre_text("Harbor", "", [line()]) == "Harbor: 31 operations or procedures, 2025."
    assert centre_text("", "", []) == "We do not know where this specialist practises as a centre."


@pytest.mark.parametrize("kilometres, words", [(0.0, "0.0 km"), (9.94, "9.9 km"), (12.3, "12 km"), (4012, "4,012 km")])
def test_a_distance_as_people_say_it(kilometres: float, words: str) -> None:
    assert distance(kilometres) == words


def test_the_distance_says_that_it_is_a_straight_line_and_when_it_does_not_count_in_full() -> None:
    assert distance_text(12.3, False, False) == "12 km away in a straight line."
    assert "reviews records remotely" in distance_text(900, True, True)
    assert distance_text(None, True, True) == "No place was given; reviews records remotely."
    assert distance_text(None, False, False) == "The distance is not known."


def test_the_reason_is_one_sentence_from_experience_place_and_distance() -> None:
    designated = replace(ROLE, designation="nci-clinical", remote_opinion=True)

    assert reason([line()], "Cholangiocarcinoma", designated, 12.3) == (
        "Has done 31 operations or procedures for Cholangiocarcinoma in 2025; works at a designated cancer centre; "
        "12 km away; reviews records remotely."
    )


@pytest.mark.parametrize(
    "lines, start",
    [
        ([line(40, EvidenceKind.PATIENTS)], "Has treated 40 people with Cholangiocarcinoma in 2025"),
        ([line(None, EvidenceKind.PATIENTS)], "Has treated 1 to 10 people with Cholangiocarcinoma"),
        ([line(1, EvidenceKind.PATIENTS)], "Has treated 1 person with"),
        ([line(0)], "Counted experience with cancers related to"),
        ([line(path=("BILIARY_TRACT", "GBC"))], "Counted experience with cancers related to Cholangiocarcinoma"),
        ([line(9, EvidenceKind.PUBLICATIONS)], "Known for research on this kind of cancer"),
        ([line(None, EvidenceKind.CERTIFICATION)], "Not enough data on experience with Cholangiocarcinoma"),
        ([], "Not enough data on experience with Cholangiocarcinoma"),
    ],
)
def test_the_reason_starts_with_the_best_that_is_known(lines: list[EvidenceLine], start: str) -> None:
    assert reason(lines, "Cholangiocarcinoma", ROLE, None).startswith(start)


def test_a_pathologist_examines_tissue() -> None:
    pathologist = replace(ROLE, disciplines=("pathology",))

    told = reason([line(40, EvidenceKind.PATIENTS)], "Cholangiocarcinoma", pathologist, None)

    assert told == "Has examined the tissue of 40 people with Cholangiocarcinoma in 2025."
