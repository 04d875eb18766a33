"""Every change of stage is told, or there is a reason why not."""

from datetime import date

import pytest

from referral.domain.lifecycle import MOVES, Action, Stage
from referral.domain.messages import NEEDS_YOU, NOT_TOLD, TOLD, day_in_words, language_of, message_for


def changes(action: Action) -> bool:
    """Whether the move leads to another stage from somewhere; holding and resuming do, though the table names none."""
    move = MOVES[action]
    return action is Action.RESUME or (move.to is not None and move.sources != {move.to})


def test_every_move_that_changes_the_stage_has_a_message_or_a_written_reason() -> None:
    silent = [action for action in MOVES if changes(action) and not (action in TOLD or NOT_TOLD.get(action))]
    assert silent == []


def test_a_reason_stands_only_where_there_is_silence() -> None:
    assert [action for action in NOT_TOLD if action in TOLD and action is not Action.SEND] == []


def test_a_packet_that_went_by_hand_is_told_and_a_message_tried_again_is_not() -> None:
    assert message_for(Action.SEND, Stage.SENT) == "sent"
    assert message_for(Action.SEND, Stage.QUEUED) == ""


def test_a_request_that_we_ended_says_why() -> None:
    said = {reason: message_for(Action.CANCEL, Stage.CANCELLED, reason) for reason in ("", "duplicate", "unconfirmed")}
    assert said == {"": "cancelled", "duplicate": "merged", "unconfirmed": "unconfirmed-ended"}


@pytest.mark.parametrize(
    "action, stage, message",
    [
        (Action.REMIND, Stage.INFORMATION_REQUESTED, "reminder"),
        (Action.REMIND, Stage.DELIVERED, ""),
        (Action.BREACH, Stage.RECORDS_NEEDED, "reminder"),
        (Action.BREACH, Stage.DELIVERED, "late"),
        (Action.WARN, Stage.DELIVERED, ""),
    ],
)
def test_a_patient_is_reminded_of_what_is_theirs_and_hears_what_is_late(
    action: Action, stage: Stage, message: str
) -> None:
    assert message_for(action, stage) == message


def test_whoever_wants_to_hear_little_still_hears_what_needs_them() -> None:
    assert {"question", "records-needed", "opinion", "rerouting-soon", "scheduled"} <= NEEDS_YOU
    assert not {"sent", "opened", "in-review", "late"} & NEEDS_YOU


def test_a_language_that_has_no_texts_gets_english() -> None:
    assert [language_of(tag) for tag in ("es-MX", "ES", "en-US", "vi", "")] == ["es", "es", "en", "en", "en"]


def test_a_day_is_said_as_people_say_it() -> None:
    assert day_in_words(date(2026, 12, 3), "en") == "Thursday 3 December"
    assert day_in_words(date(2026, 12, 3), "es") == "jueves 3 de diciembre"
