"""What a score says in words."""

from datetime import date

import pytest

from referral.domain.cancers import Rarity
from referral.domain.codes import Complexity, EvidenceKind, Relation
from referral.domain.experience import Evidence
from referral.domain.explanation import (
    amount,
    balance_note,
    centre_text,
    counted,
    distance,
    distance_text,
    evidence_line,
    experience_text,
    in_order,
    inputs_text,
    not_treated,
    period,
    rate_power,
    reason,
    treated,
)
from referral.domain.matching import EvidenceLine, Query, Reach, Volume

ASKED = ("BILIARY_TRACT", "IPN", "CHOL")
OPERATIONS = ("31 operations or procedures", "2025")


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
    assert counted(EvidenceKind.PATIENTS, None, "2025") == "1–10 people treated, 2025"


@pytest.mark.parametrize(
    "start, end, words",
    [
        (date(2025, 1, 1), date(2025, 12, 31), "2025"),
        (date(2021, 1, 1), date(2023, 12, 31), "2021–2023"),
        (date(2026, 1, 1), date(2026, 6, 30), "January–June 2026"),
        (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (date(2025, 2, 1), date(2025, 2, 27), "1 Feb 2025 to 27 Feb 2025"),
        (date(2025, 6, 1), date(2026, 5, 31), "June 2025–May 2026"),
        (None, date(2026, 5, 31), "31 May 2026"),
        (date(2026, 5, 31), None, "31 May 2026"),
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
    assert counted(kind, count, "2025") == words


def test_a_count_without_a_period_is_said_without_one() -> None:
    assert counted(EvidenceKind.PATIENTS, 3, "") == "3 people treated"


@pytest.mark.parametrize(
    "kind, count, words",
    [
        (EvidenceKind.PROCEDURES, 31, "31 operations or procedures"),
        (EvidenceKind.PROCEDURES, 1, "1 operation or procedure"),
        (EvidenceKind.PATIENTS, 1_200, "1,200 people"),
        (EvidenceKind.PATIENTS, 1, "1 person"),
        (EvidenceKind.PATIENTS, None, "1 to 10 people"),
    ],
)
def test_a_clinical_count_within_a_sentence(kind: EvidenceKind, count: int | None, words: str) -> None:
    assert amount(kind, count) == words


def test_lines_stand_closest_relation_first_then_by_kind() -> None:
    related = line(path=("BILIARY_TRACT", "GBC"))
    broader = line(path=("BILIARY_TRACT",))
    narrower = line(path=(*ASKED, "IHCH"))
    trial = line(2, EvidenceKind.TRIALS)

    assert in_order([related, broader, trial, narrower, line()]) == (line(), trial, narrower, broader, related)


def test_experience_is_told_from_the_cancer_itself_else_from_related_ones_else_not_at_all() -> None:
    own, related = ["31 operations, 2025"], ["4 operations, 2025"]

    assert experience_text(own, related, "Cholangiocarcinoma", "Biliary Tract") == (
        "Cholangiocarcinoma: 31 operations, 2025."
    )
    assert experience_text([], related, "Cholangiocarcinoma", "Biliary Tract") == (
        "No number for Cholangiocarcinoma itself. Related (Biliary Tract): 4 operations, 2025."
    )
    nothing = "No counted experience with Cholangiocarcinoma is known to us."
    assert experience_text([], [], "Cholangiocarcinoma", "Biliary Tract") == nothing


def test_of_many_counts_the_first_are_told() -> None:
    counts = ["one", "two", "three", "four"]

    assert experience_text(counts, [], "Liver cancer", "Liver") == "Liver cancer: one; two; three."
    assert experience_text([], counts, "Liver cancer", "Liver").endswith("Related (Liver): one; two.")
    assert centre_text("Harbor", "", counts) == "Harbor: one; two."


@pytest.mark.parametrize("designation", ["nci-comprehensive", "nci-clinical"])
def test_a_designated_centre_is_named_as_one(designation: str) -> None:
    assert "is a designated cancer centre. Its own number" in centre_text("Harbor", designation, [])
    assert centre_text("Harbor", designation, ["40 people treated, 2025"]) == (
        "Harbor is a designated cancer centre; 40 people treated, 2025."
    )


def test_a_laboratory_and_an_unknown_place_are_not_named_a_centre() -> None:
    assert centre_text("Harbor", "nci-basic", []) == (
        "Nothing is known to us of Harbor's own experience with this cancer."
    )
    assert centre_text("Harbor", "", ["40 people treated, 2025"]) == "Harbor: 40 people treated, 2025."
    assert centre_text("", "", []) == "We do not know where this specialist practises as a centre."


@pytest.mark.parametrize(
    "kilometres, words",
    [
        (0.0, "0.0 km (0.0 miles)"),
        (9.94, "9.9 km (6.2 miles)"),
        (12.3, "12 km (8 miles)"),
        (4012, "4,012 km (2,493 miles)"),
    ],
)
def test_a_distance_as_people_say_it(kilometres: float, words: str) -> None:
    assert distance(kilometres) == words


def test_the_distance_says_that_it_is_a_straight_line_and_when_it_does_not_count_in_full() -> None:
    assert distance_text("12 km", False, False) == "12 km away in a straight line."
    assert "reviews records remotely" in distance_text("900 km", True, True)
    assert distance_text("12 km", False, False, "postcode") == (
        "12 km away in a straight line to the middle of the ZIP area."
    )
    assert "to the middle of the city; reviews" in distance_text("12 km", True, True, "city")
    assert distance_text("", True, True) == "No place was given; reviews records remotely."
    assert distance_text("", False, False) == "The distance is not known."


def test_a_reviewer_by_records_whose_distance_counts_in_full_is_told_plainly() -> None:
    assert distance_text("900 km", True, False) == "900 km away in a straight line."


def test_the_reason_is_one_sentence_from_experience_place_and_distance() -> None:
    done = treated("Cholangiocarcinoma", OPERATIONS, None, False)

    assert reason(done, "nci-clinical", "12 km", True) == (
        "Has done 31 operations or procedures for Cholangiocarcinoma in 2025; works at a designated cancer centre; "
        "12 km away; reviews records remotely."
    )
    assert reason(done, "nci-basic", "", False) == (
        "Has done 31 operations or procedures for Cholangiocarcinoma in 2025."
    )


def test_operations_are_told_before_people_and_people_before_nothing() -> None:
    people = ("40 people", "2024")

    assert treated("Liver cancer", OPERATIONS, people, False).startswith("Has done 31 operations")
    assert treated("Liver cancer", None, people, False) == "Has treated 40 people with Liver cancer in 2024"
    assert treated("Liver cancer", None, people, True).startswith("Has examined the tissue of 40 people with Liver")
    assert treated("Liver cancer", None, None, False) == ""


@pytest.mark.parametrize(
    "treats, researches, start",
    [
        (True, True, "Counted experience with cancers related to Liver cancer"),
        (True, False, "Counted experience with cancers related to Liver cancer"),
        (False, True, "Known for research on this kind of cancer"),
        (False, False, "Not enough data on experience with Liver cancer"),
    ],
)
def test_without_a_count_the_best_that_is_known_is_told(treats: bool, researches: bool, start: str) -> None:
    assert not_treated("Liver cancer", treats, researches).startswith(start)


@pytest.mark.parametrize("mark", [6.0, 10.0, 15.0])
def test_the_power_of_a_value_tells_the_yearly_number_again(mark: float) -> None:
    assert (1 - 0.75) ** rate_power(mark) - 1 == pytest.approx(mark)
    assert (1 - 0.0) ** rate_power(mark) - 1 == 0.0


@pytest.mark.parametrize(
    "inputs, words",
    [
        (
            Volume(8.25, 10, True),
            "Less for age and caution that is 8.2 a year; 10 a year, a published mark, would earn 0.75.",
        ),
        (Volume(8.25, 10, False), "Less for age and caution that is 8.2 a year; 10 a year would earn 0.75."),
        (
            Volume(None, 20, False, 0.5),
            "Being designated earns 0.5; the place's own number does not reach that or is not known.",
        ),
        (Reach(12.3, 160, None), "Nearness is 1 at the door, halves with every 160 km."),
        (Reach(12.3, 160, 0.5), "Nearness is 1 at the door, halves with every 160 km, and is 0.5 at least by records."),
        (Reach(None, 160, None), "Without a distance nearness earns nothing."),
        (Reach(None, 160, 0.5), "It then earns 0.5."),
    ],
)
def test_what_a_value_comes_from_is_said(inputs: Volume | Reach, words: str) -> None:
    assert inputs_text(inputs) == words


@pytest.mark.parametrize(
    "rarity, query, words",
    [
        (Rarity.COMMON, Query("CHOL"), ""),
        (Rarity.COMMON, Query("CHOL", complexity=(Complexity.RECURRENT,)), "Your case is complex, so experience"),
        (Rarity.RARE, Query("CHOL"), "This cancer is rare, so experience counts more and distance less: nearness"),
        (
            Rarity.VERY_RARE,
            Query("CHOL", complexity=(Complexity.RECURRENT,)),
            "This cancer is very rare and your case is complex, so experience counts more and distance less: nearness "
            "halves only every 320 km.",
        ),
        (Rarity.RARE, Query("CHOL", weight_experience=0.3), "Experience and nearness weigh as you chose."),
    ],
)
def test_the_balance_says_what_changed_it(rarity: Rarity, query: Query, words: str) -> None:
    assert balance_note(rarity, query).startswith(words)
    assert bool(balance_note(rarity, query)) == bool(words)
