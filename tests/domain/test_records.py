"""Which medical records a question needs."""

import pytest

from referral import reference
from referral.domain.codes import Situation
from referral.domain.plain_words import RECORD_STATES
from referral.domain.records import (
    ITEM_MOVES,
    MISSING,
    NAMES,
    PATHOLOGY_REPORT,
    THERE,
    TISSUES,
    WITH_REASON,
    ItemState,
    checklist,
    may_become,
    possible_states,
)

ALWAYS = {"pathology-report", "imaging-reports", "clinic-letters"}


@pytest.mark.parametrize("situation", [None, *Situation])
def test_every_question_needs_the_usual_records_once_each_and_all_have_plain_names(situation: Situation | None) -> None:
    names = [record.name for record in checklist(situation)]

    assert set(names) >= ALWAYS
    assert len(set(names)) == len(names)
    assert set(names) <= set(NAMES)


@pytest.mark.parametrize("situation", [None, *Situation])
def test_only_an_uncertain_diagnosis_makes_a_record_mandatory(situation: Situation | None) -> None:
    mandatory = [record.name for record in checklist(situation) if record.mandatory]

    assert mandatory == ([PATHOLOGY_REPORT] if situation is Situation.UNCERTAIN_DIAGNOSIS else [])


@pytest.mark.parametrize(
    "situation, record",
    [
        (Situation.UNCERTAIN_DIAGNOSIS, "slides"),
        (Situation.RARE_OR_COMPLEX, "molecular-report"),
        (Situation.MAJOR_TREATMENT_DECISION, "imaging"),
        (Situation.RECURRENCE, "treatment-summary"),
    ],
)
def test_some_questions_need_more(situation: Situation, record: str) -> None:
    assert record in {each.name for each in checklist(situation)}
    assert record not in {each.name for each in checklist(Situation.REASSURANCE)}


@pytest.mark.parametrize(
    "tissue, needed, not_needed",
    [
        ("Myeloid", {"marrow-report", "blood-tests", "molecular-report"}, {"imaging-reports", "imaging"}),
        ("Lymphoid", {"marrow-report", "blood-tests", "imaging-reports"}, {"operation-notes"}),
        ("CNS/Brain", {"imaging", "molecular-report"}, {"marrow-report", "blood-tests"}),
        ("Testis", {"blood-tests"}, {"marrow-report"}),
        ("Skin", {"molecular-report", "imaging-reports"}, {"blood-tests", "marrow-report"}),
    ],
)
@pytest.mark.parametrize("situation", [None, Situation.REASSURANCE])
def test_the_cancer_decides_what_is_useful(
    situation: Situation | None, tissue: str, needed: set[str], not_needed: set[str]
) -> None:
    names = {record.name for record in checklist(situation, tissue)}

    assert needed <= names
    assert not names & not_needed


def test_the_tissues_of_the_table_are_those_of_the_tree() -> None:
    assert {cancer.tissue for cancer in reference.cancers()} >= TISSUES


def test_every_state_can_be_reached_and_left_and_no_state_leads_to_itself() -> None:
    assert set(ITEM_MOVES) == set(ItemState)
    for state in ItemState:
        assert possible_states(state), f"{state} is a dead end"
        assert not may_become(state, state)


def test_a_record_is_there_or_missing_or_waived() -> None:
    assert {ItemState.WAIVED} == set(ItemState) - MISSING - THERE
    assert set(RECORD_STATES) == set(ItemState)
    assert ItemState.WAIVED in WITH_REASON
