from datetime import date

import pytest

from referral.domain.codes import DeclineReason
from referral.domain.history_lines import line
from referral.domain.lifecycle import Action, Stage
from referral.domain.status import DECLINED_BECAUSE, Standing, addressed, day, status

THURSDAY = date(2026, 12, 3)


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_a_sentence_and_says_what_the_patient_can_do(stage: Stage) -> None:
    said = status(Standing(stage, specialist="Dr Rivera", due=THURSDAY))
    assert said.sentence.endswith(".")
    assert said.can_do.endswith((".", "?"))
    assert "!" not in said.sentence + said.can_do


def test_the_office_has_until_a_day_with_its_weekday() -> None:
    said = status(Standing(Stage.ACKNOWLEDGED, specialist="Dr Rivera", due=THURSDAY))
    assert said.sentence == "Dr Rivera’s office has your request. They have until Thursday 3 December to answer."
    assert said.can_do == "You do not need to do anything."


def test_a_day_that_has_passed_is_said_as_late_and_who_looks_after_it() -> None:
    said = status(Standing(Stage.IN_REVIEW, specialist="Dr Rivera", due=THURSDAY, late=True)).sentence
    assert "This was due on Thursday 3 December. A coordinator is following it up." in said
    assert "by Thursday" not in said
    assert "due soon" not in said


def test_after_a_no_the_reason_and_the_next_specialist_are_named() -> None:
    said = status(Standing(Stage.QUEUED, "Dr Okafor", declined_by="Dr Chen", reason=DeclineReason.OUT_OF_SCOPE))
    assert said.news == "Dr Chen’s office cannot take this on: they do not treat this type of cancer."
    assert said.sentence == "We are asking the next specialist, Dr Okafor."
    assert said.can_do == "You do not need to do anything."


def test_silence_of_the_office_before_is_not_called_a_no() -> None:
    said = status(Standing(Stage.DELIVERED, "Dr Okafor", declined_by="Dr Chen"))
    assert said.news == "Dr Chen’s office did not answer in time."
    assert said.sentence == "We sent your request to Dr Okafor’s office."


def test_an_unconfirmed_address_comes_before_everything_else() -> None:
    by_mail = status(Standing(Stage.SUBMITTED, contact_confirmed=False))
    by_phone = status(Standing(Stage.SUBMITTED, contact_confirmed=False, has_email=False))
    assert by_mail.can_do.startswith("Open the message we sent you and confirm your address.")
    assert by_phone.can_do.startswith("We call you to confirm your phone number.")


def test_somebody_who_chose_nobody_is_not_told_that_it_is_sent_on() -> None:
    said = status(Standing(Stage.SUBMITTED, nobody_chosen=True, due=THURSDAY)).sentence
    assert said == "We have your request. A coordinator looks for a specialist by Thursday 3 December."


def test_missing_records_are_named() -> None:
    said = status(Standing(Stage.RECORDS_NEEDED, missing=("Pathology report", "Imaging reports")))
    assert said.can_do.endswith("We asked for: Pathology report; Imaging reports.")


def test_written_advice_is_not_called_a_second_opinion() -> None:
    said = status(Standing(Stage.OPINION_RECEIVED, "Dr Rivera", advice_only=True)).sentence
    assert said == "Dr Rivera has sent written advice."


def test_an_appointment_is_named_with_its_day() -> None:
    said = status(Standing(Stage.SCHEDULED, "Dr Rivera", appointment=THURSDAY)).sentence
    assert said == "You have an appointment with Dr Rivera on Thursday 3 December."


def test_every_decline_reason_has_words_for_the_patient() -> None:
    assert set(DECLINED_BECAUSE) == set(DeclineReason)
    assert line(Action.DECLINE, "Dr Chen", "age") == (
        "Dr Chen’s office cannot take this on: they do not see patients of this age."
    )


INTERNAL = {Action.NOTE, Action.ASSIGN, Action.NUDGE, Action.REMIND, Action.WARN}


@pytest.mark.parametrize("action", sorted(INTERNAL))
def test_what_is_internal_has_no_line(action: Action) -> None:
    assert line(action, "Dr Chen") == ""


@pytest.mark.parametrize("action", sorted(set(Action) - INTERNAL))
def test_everything_else_has_a_line_with_no_gap_in_it(action: Action) -> None:
    assert line(action, "Dr Chen").endswith(".")
    assert "{" not in line(action, "") + line(action, "Dr Chen")


@pytest.mark.parametrize(
    "credential, name",
    [("MD", "Dr Rivera"), ("M.D., PhD", "Dr Rivera"), ("DO", "Dr Rivera"), ("NP", "Ana Rivera"), ("", "Ana Rivera")],
)
def test_a_doctor_is_addressed_as_one(credential: str, name: str) -> None:
    assert addressed("Ana", "Rivera", credential) == name


def test_a_day_carries_its_weekday_and_on_request_its_year() -> None:
    assert day(THURSDAY) == "Thursday 3 December"
    assert day(THURSDAY, with_year=True) == "Thursday 3 December 2026"


def test_proposed_days_are_named_and_the_patient_is_told_what_to_do_about_them() -> None:
    said = status(Standing(Stage.ACCEPTED, "Dr Rivera", proposed_days=(date(2026, 12, 3), date(2026, 12, 14))))
    assert said.sentence.endswith("Their office proposes Thursday 3 December or Monday 14 December.")
    assert said.can_do.startswith("Call the office")


def test_a_record_that_cannot_be_had_leaves_the_next_step_to_a_coordinator() -> None:
    said = status(Standing(Stage.RECORDS_NEEDED, cannot_be_had=True, due=date(2026, 12, 3)))
    assert said.sentence == (
        "A record cannot be had. A coordinator decides how your request goes on by Thursday 3 December."
    )
