"""Evidence to one number: the published figures, and what holds for every evidence there can be."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.codes import Band, EvidenceKind
from referral.domain.experience import (
    DAYS_PER_YEAR,
    Evidence,
    VolumeMark,
    back_off_weights,
    band,
    credit,
    credits,
    decayed_cases,
    interval,
    mark_for,
    value,
)

TODAY = date(2026, 11, 23)
PROCEDURES, PATIENTS = EvidenceKind.PROCEDURES, EvidenceKind.PATIENTS
PUBLICATIONS, CLAIM = EvidenceKind.PUBLICATIONS, EvidenceKind.SELF_DECLARED
MARKS = Path(__file__).resolve().parents[2] / "seed_data" / "volume_marks.csv"
PATHS = {"TISSUE": ("TISSUE",), "A": ("TISSUE", "A"), "B": ("TISSUE", "B"), "A1": ("TISSUE", "A", "A1")}

counts = st.integers(0, 2_000)
starts = st.dates(date(2012, 1, 1), date(2026, 12, 31))
lengths = st.integers(1, 1_200)
volume_kinds = st.sampled_from([PATIENTS, PROCEDURES])
several = st.lists(
    st.tuples(st.sampled_from(["A", "B", "A1"]), volume_kinds, st.none() | counts, starts, lengths),
    min_size=1,
    max_size=4,
)


def row(
    count: int | None,
    start: date = date(2025, 1, 1),
    end: date = date(2025, 12, 31),
    kind: EvidenceKind = PROCEDURES,
    code: str = "A",
) -> Evidence:
    return Evidence(code, kind, count, start, end, "Registry", "https://example.org", date(2026, 6, 1))


def lasting(count: int | None, start: date, days: int, kind: EvidenceKind = PROCEDURES, code: str = "A") -> Evidence:
    return row(count, start, start + timedelta(days - 1), kind, code)


def aged(count: int, age: int, days: int = 365, kind: EvidenceKind = PROCEDURES) -> Evidence:
    """A period of so many days that ended so many days ago."""
    return lasting(count, TODAY - timedelta(age + days - 1), days, kind)


def earned(*rows: Evidence, node: str = "A") -> float:
    return credits(rows, PATHS.__getitem__, TODAY).get(node, 0.0)


def day_by_day(rows: Sequence[Evidence]) -> float:
    """Clinical cases faded by their age: a plain sum over days, the larger of the two kinds for each code and day."""
    total = 0.0
    for code in {each.code for each in rows}:
        daily: dict[tuple[int, EvidenceKind], float] = {}
        for each in (each for each in rows if each.code == code):
            assert each.period_start is not None
            assert each.period_end is not None
            days = range(each.period_start.toordinal(), each.period_end.toordinal() + 1)
            for day in days:
                count = 2.5 if each.count is None else each.count
                daily[day, each.kind] = daily.get((day, each.kind), 0.0) + count / len(days)
        for day in {day for day, _ in daily}:
            age = max(0, TODAY.toordinal() - day)
            larger = max(daily.get((day, kind), 0.0) for kind in (PATIENTS, PROCEDURES))
            total += larger * 2 ** (-age / (3 * DAYS_PER_YEAR))
    return total


@pytest.mark.parametrize("cases, years, rate", [(1, 1, 0.24), (10, 1, 3.8), (50, 5, 7.4)])
def test_the_published_examples_of_credit(cases: int, years: int, rate: float) -> None:
    assert credit(cases, years) == pytest.approx(rate, abs=0.05)


@pytest.mark.parametrize("mark", [6.0, 7.0, 10.0, 12.0, 15.0, 20.0, 40.0])
def test_a_rate_at_the_high_volume_mark_is_worth_three_quarters(mark: float) -> None:
    assert value(np.array([mark]), mark)[0] == pytest.approx(0.75, abs=1e-12)
    assert value(np.array([0.0]), mark)[0] == 0.0


@given(st.lists(st.floats(0, 500), min_size=2, max_size=20, unique_by=lambda rate: round(rate, 6)))
def test_a_higher_rate_has_a_higher_value_below_one(rates: list[float]) -> None:
    values = value(np.array(sorted(rates)), 10.0)

    assert (np.diff(values) > 0).all()
    assert ((values >= 0) & (values < 1)).all()


@given(st.floats(0, 5_000), st.floats(1e-3, 100), st.floats(0, 30))
def test_credit_rises_with_every_case(cases: float, more: float, years: float) -> None:
    assert credit(cases + more, years) > credit(cases, years)


@given(st.floats(0, 50))
def test_without_cases_there_is_no_credit(years: float) -> None:
    assert credit(0.0, years) == 0.0


@given(st.floats(0.1, 60), st.floats(0.1, 15), st.floats(0.1, 15))
def test_the_same_rate_over_more_years_earns_no_less(rate: float, years: float, more: float) -> None:
    assert credit(rate * (years + more), years + more) > credit(rate * years, years)


def test_no_evidence_and_evidence_of_nothing_leave_every_node_out() -> None:
    nothing = [row(0), row(0, kind=PUBLICATIONS), row(0, kind=CLAIM), row(5, kind=EvidenceKind.CERTIFICATION)]
    undated = replace(row(7), period_start=None, period_end=None)

    assert credits([], PATHS.__getitem__, TODAY) == {}
    assert credits([*nothing, row(9, kind=EvidenceKind.CENTRE), undated], PATHS.__getitem__, TODAY) == {}


@given(several)
def test_the_closed_form_of_fading_is_the_sum_over_the_days(
    rows: list[tuple[str, EvidenceKind, int | None, date, int]],
) -> None:
    evidence = [lasting(count, start, days, kind, code) for code, kind, count, start, days in rows]

    assert decayed_cases(evidence, TODAY) == pytest.approx(day_by_day(evidence), rel=1e-9, abs=1e-9)


@given(starts, lengths, st.integers(1, 500))
def test_a_period_that_is_still_running_counts_its_days_to_come_as_today(start: date, days: int, count: int) -> None:
    ahead = lasting(count, TODAY + timedelta(1), days)

    assert decayed_cases([ahead], TODAY) == pytest.approx(count)
    assert decayed_cases([lasting(count, start, days)], TODAY) <= count * (1 + 1e-12)


def test_one_case_loses_half_its_weight_in_three_years() -> None:
    born = lasting(1, TODAY, 1)
    later = TODAY + timedelta(days=round(3 * DAYS_PER_YEAR))

    assert decayed_cases([born], TODAY) == 1.0
    assert decayed_cases([born], later) == pytest.approx(0.5, rel=1e-3)


@given(counts, counts)
def test_patients_and_procedures_of_the_same_days_are_the_same_people(patients: int, procedures: int) -> None:
    both = decayed_cases([row(patients, kind=PATIENTS), row(procedures)], TODAY)

    assert both == pytest.approx(decayed_cases([row(max(patients, procedures))], TODAY))


def test_the_larger_kind_is_chosen_day_by_day() -> None:
    first_half = row(60, date(2025, 1, 1), date(2025, 6, 30), PATIENTS)
    year = row(73)
    alone = [row(60, date(2025, 1, 1), date(2025, 6, 30)), row(37, date(2025, 7, 1), date(2025, 12, 31))]

    assert decayed_cases([first_half, year], TODAY) == pytest.approx(decayed_cases(alone, TODAY), rel=5e-3)


def test_different_cancers_add_up_and_meet_at_their_common_ancestor() -> None:
    one, other = row(10, code="A1"), row(10, code="B")

    assert earned(one, other, node="TISSUE") == pytest.approx(earned(row(20), node="TISSUE"))
    assert earned(one, other, node="A") == pytest.approx(earned(row(10), node="A"))
    assert earned(one, other, node="A1") == earned(one, node="A")


def test_days_covered_twice_count_once_as_time() -> None:
    twice = [row(10, code="A1"), row(10, code="B")]
    one_after_the_other = [row(10, code="A1"), row(10, date(2024, 1, 1), date(2024, 12, 31), code="B")]

    faded = decayed_cases(one_after_the_other, TODAY) / decayed_cases(twice, TODAY)
    assert earned(*one_after_the_other, node="TISSUE") < faded * earned(*twice, node="TISSUE")


def test_a_suppressed_row_counts_as_two_and_a_half() -> None:
    doubled = [row(None), row(None, code="B")]

    assert decayed_cases(doubled, TODAY) == pytest.approx(decayed_cases([row(5)], TODAY))
    assert earned(*doubled, node="TISSUE") == pytest.approx(earned(row(5), node="TISSUE"))
    assert earned(row(2)) < earned(row(None)) < earned(row(3))


@given(st.integers(0, 4_000), st.integers(1, 366), st.integers(1, 100_000))
def test_a_claim_never_counts_above_one_verified_case_of_the_same_age(age: int, days: int, claimed: int) -> None:
    assert 0 < earned(aged(claimed, age, 1, CLAIM)) < earned(aged(1, age, days))


@given(st.lists(st.tuples(st.sampled_from(["A", "B", "A1"]), counts), min_size=1, max_size=8))
def test_claims_amount_to_a_tenth_of_a_case_in_all(claims: list[tuple[str, int]]) -> None:
    rows = [lasting(count, TODAY, 1, CLAIM, code) for code, count in claims]

    assert earned(*rows, node="TISSUE") <= credit(0.1, 0.0) + 1e-12


def test_a_claim_fades_from_the_day_it_was_last_confirmed() -> None:
    fresh, old = aged(1, 0, 1, CLAIM), aged(1, 731, 1, CLAIM)

    assert earned(fresh) == pytest.approx(credit(0.1, 0))
    assert earned(old) == pytest.approx(credit(0.05, 0), rel=1e-2)
    assert earned(replace(fresh, period_start=None, period_end=None)) > 0


@given(st.lists(st.tuples(counts, starts, lengths), min_size=1, max_size=5))
def test_research_counts_at_most_two_a_year(papers: list[tuple[int, date, int]]) -> None:
    rows = [lasting(count, start, days, PUBLICATIONS) for count, start, days in papers]
    most = [lasting(10_000_000, start, days, PUBLICATIONS) for _, start, days in papers]

    assert earned(*rows) <= earned(*most)
    assert earned(aged(2, 0, 365, PUBLICATIONS)) == pytest.approx(earned(aged(900, 0, 365, PUBLICATIONS)), rel=2e-3)


@given(several, st.lists(st.tuples(counts, starts, lengths), min_size=1, max_size=4))
def test_research_never_lowers_a_clinical_rate(
    clinical: list[tuple[str, EvidenceKind, int | None, date, int]], papers: list[tuple[int, date, int]]
) -> None:
    rows = [lasting(count, start, days, kind, code) for code, kind, count, start, days in clinical]
    research = [lasting(count, start, days, PUBLICATIONS) for count, start, days in papers]

    for node, rate in credits(rows, PATHS.__getitem__, TODAY).items():
        assert credits([*rows, *research], PATHS.__getitem__, TODAY)[node] >= rate


def test_two_papers_a_year_for_a_career_stay_below_five_cases_a_year() -> None:
    career = [row(2, date(year, 1, 1), date(year, 12, 31), PUBLICATIONS) for year in range(1996, 2026)]
    surgeon = row(15, date(2023, 1, 1), date(2025, 12, 31))

    assert earned(*career) < earned(surgeon)


@given(several, st.integers(0, 5))
def test_one_more_case_raises_every_node_above_it_and_no_other(
    rows: list[tuple[str, EvidenceKind, int | None, date, int]], more: int
) -> None:
    evidence = [lasting(count, start, days, PROCEDURES, code) for code, _, count, start, days in rows]
    first = evidence[0]
    plus = [replace(first, count=(2 if first.count is None else first.count) + 1 + more), *evidence[1:]]
    before, after = credits(evidence, PATHS.__getitem__, TODAY), credits(plus, PATHS.__getitem__, TODAY)

    for node in PATHS:
        if node in PATHS[first.code]:
            assert after[node] > before.get(node, 0.0)
        else:
            assert after.get(node) == before.get(node)


@pytest.mark.parametrize("count, years", [(1, 1), (10, 1), (50, 5), (200, 5), (2, 10)])
def test_a_year_later_the_same_cases_earn_less_but_not_below_what_the_half_life_says(count: int, years: int) -> None:
    evidence = [lasting(count, TODAY - timedelta(365 * years), 365 * years)]
    now, then = (
        credits(evidence, PATHS.__getitem__, TODAY + timedelta(days))["A"] for days in (0, round(DAYS_PER_YEAR))
    )

    assert 2 ** (-1 / 3) * now <= then < now


def test_fading_has_no_step_at_the_turn_of_a_year() -> None:
    evidence = [row(31), row(12, date(2023, 1, 1), date(2023, 12, 31))]
    days = [TODAY + timedelta(days=n) for n in range(800)]
    daily = [credits(evidence, PATHS.__getitem__, day)["A"] for day in days]

    steps = np.diff(daily) / daily[:-1]
    assert (steps < 0).all()
    assert (steps > -1e-3).all()


@pytest.mark.parametrize(
    "depth, weights",
    [(1, (1.0,)), (2, (0.4, 0.6)), (3, (0.4, 0.25, 0.35)), (4, (0.4, 0.25, 0.15, 0.2)), (7, (0.4, 0.25, 0.15, 0.2))],
)
def test_back_off_weights_are_the_differences_up_to_the_tissue(depth: int, weights: tuple[float, ...]) -> None:
    assert back_off_weights(depth) == pytest.approx(weights)


@pytest.mark.parametrize(
    "count, low, high", [(31, 22, 42), (None, 1, 10), (0, 0, 2), (1, 0, 4), (100, 84, 118), (1000, 949, 1054)]
)
def test_the_interval_shown_beside_a_count(count: int | None, low: int, high: int) -> None:
    assert interval(row(count)) == (low, high)


@given(st.integers(1, 2_000))
def test_an_interval_holds_its_count_and_narrows_relative_to_it(count: int) -> None:
    found, larger = interval(row(count)), interval(row(4 * count + 4))

    assert found is not None
    assert larger is not None
    assert found[0] <= count <= found[1]
    assert (larger[1] - larger[0]) / (4 * count + 4) < (found[1] - found[0]) / (count + 1)


@pytest.mark.parametrize("kind", [EvidenceKind.CERTIFICATION, EvidenceKind.CENTRE, CLAIM])
def test_what_is_not_counted_has_no_interval(kind: EvidenceKind) -> None:
    assert interval(row(3, kind=kind)) is None
    assert interval(row(None, kind=PUBLICATIONS)) is None


@pytest.mark.parametrize(
    "experience, cases, word",
    [
        (0.9, 2.99, Band.NOT_ENOUGH_DATA),
        (0.75, 3.0, Band.HIGH),
        (0.7499, 30.0, Band.MODERATE),
        (0.45, 3.0, Band.MODERATE),
        (0.4499, 3.0, Band.LIMITED),
        (0.0, 0.0, Band.NOT_ENOUGH_DATA),
    ],
)
def test_the_word_for_an_experience(experience: float, cases: float, word: Band) -> None:
    assert band(experience, cases) is word


def test_the_nearest_ancestor_with_a_mark_gives_the_mark() -> None:
    tissue, own = (VolumeMark(surgeon, 20, 2023, "", "") for surgeon in (15, 6))

    assert mark_for(("TISSUE", "A", "A1"), {"TISSUE": tissue, "A": own}) == own
    assert mark_for(("TISSUE", "B"), {"TISSUE": tissue, "A": own}) == tissue
    assert mark_for(("OTHER",), {"TISSUE": tissue}) is None


def test_the_marks_are_those_that_are_published() -> None:
    with MARKS.open(encoding="utf-8", newline="") as file:
        marks = {each["code"]: (int(each["surgeon"]), int(each["hospital"])) for each in csv.DictReader(file)}

    assert marks == {
        "PANCREAS": (10, 20),
        "ESCA": (7, 20),
        "ESCC": (7, 20),
        "GEJ": (7, 20),
        "LUNG": (15, 40),
        "READ": (6, 16),
        "SOFT_TISSUE": (12, 20),
        "PCM": (10, 20),
    }
