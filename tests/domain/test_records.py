"""Which medical records a question needs."""

import pytest

from referral.domain.codes import Situation
from referral.domain.records import NAMES, PATHOLOGY_REPORT, checklist

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
