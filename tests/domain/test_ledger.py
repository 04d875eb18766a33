"""Evidence made ready to be shown: grouped by cancer, ordered, and counted as of today."""

from datetime import date

import pytest

from referral import reference
from referral.domain.codes import EvidenceKind, Relation
from referral.domain.experience import BACK_OFF, SUPPRESSED_COUNT, Evidence, decayed_cases
from referral.domain.ledger import OWN, Ledger, closest_first, family, ledgers, lines_of

TODAY = date(2026, 11, 22)
PROCEDURES, PATIENTS, TRIALS = EvidenceKind.PROCEDURES, EvidenceKind.PATIENTS, EvidenceKind.TRIALS


def row(code: str = "CHOL", kind: EvidenceKind = PROCEDURES, count: int | None = 12, year: int = 2025) -> Evidence:
    return Evidence(code, kind, count, date(year, 1, 1), date(year, 12, 31), "Registry", "https://example.org", None)


def test_rows_stand_by_kind_and_of_one_kind_the_newest_first() -> None:
    rows = [row(kind=TRIALS), row(year=2023), row(kind=PATIENTS), row(year=2025), row(year=2024)]

    made = Ledger("CHOL", rows, TODAY)

    kinds = [each.kind for each in made.rows]
    assert kinds == sorted(kinds, key=list(EvidenceKind).index)
    assert [each.period_end.year for each in made.rows if each.kind is PROCEDURES and each.period_end] == [
        2025,
        2024,
        2023,
    ]


def test_cases_are_those_of_the_clinical_rows_as_much_as_is_left_of_them_today() -> None:
    clinical = [row(count=40, year=2024), row(kind=PATIENTS, count=7)]

    made = Ledger("CHOL", [*clinical, row(kind=TRIALS, count=99)], TODAY)

    assert made.cases == pytest.approx(sum(decayed_cases([each], TODAY) for each in clinical))
    assert made.treats


def test_a_suppressed_count_counts_as_the_published_middle_of_its_range() -> None:
    hidden, told = Ledger("CHOL", [row(count=None)], TODAY), Ledger("CHOL", [row(count=1)], TODAY)

    assert hidden.cases == pytest.approx(SUPPRESSED_COUNT * told.cases)


def test_a_count_of_zero_is_no_operation_that_was_done() -> None:
    made = Ledger("CHOL", [row(count=0), row(count=5, year=2023)], TODAY)

    assert made.operations == ("5 operations or procedures", "2023")
    assert made.people is None


def test_evidence_that_treats_nobody_has_no_cases_and_no_main_row() -> None:
    made = Ledger("CHOL", [row(kind=TRIALS)], TODAY)

    assert (made.cases, made.treats, made.main) == (0.0, False, None)


def test_an_owner_has_one_ledger_for_each_cancer_that_with_most_cases_first() -> None:
    made = ledgers([row("IHCH", count=2), row("CHOL", count=30), row("IHCH", count=1, year=2024)], TODAY)

    assert [each.code for each in made] == ["CHOL", "IHCH"]
    assert [len(each.rows) for each in made] == [1, 2]


def test_who_is_closest_to_the_cancer_asked_for_comes_first_and_other_organs_are_left_out() -> None:
    tree = reference.cancers()
    kin = family(tree, "CHOL")
    owned = ledgers([row("LUAD", count=90), row("IHCH", count=60), row("CHOL", count=1)], TODAY)

    found = closest_first(owned, kin)

    assert [(ledger.code, how.relation) for ledger, how in found] == [
        ("CHOL", Relation.EXACT),
        ("IHCH", Relation.NARROWER),
    ]
    assert [line.relation for line in lines_of(found)] == [Relation.EXACT, Relation.NARROWER]


def test_what_a_relative_counts_is_the_published_back_off() -> None:
    kin = family(reference.cancers(), "IHCH")

    assert kin["IHCH"].counts == BACK_OFF[0] == 1.0
    assert kin["CHOL"].counts == BACK_OFF[1]
    assert kin["CHOL"].order > OWN >= kin["IHCH"].order


def test_the_cancer_itself_and_what_is_narrower_count_in_full() -> None:
    kin = family(reference.cancers(), "CHOL")

    assert kin["IHCH"].counts == kin["CHOL"].counts == 1.0
    assert kin["IHCH"].order <= OWN
