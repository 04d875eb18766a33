from datetime import UTC, datetime, timedelta

import pytest

from referral.domain import plain_words
from referral.domain.codes import Actor, BusinessStatus, DeclineReason, DeliveryStatus, Situation, TaskStatus
from referral.domain.lifecycle import MOVES, Action, Stage
from referral.domain.remaining import remaining, span

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def taken_by(actor: Actor) -> set[Action]:
    return {action for action, move in MOVES.items() if actor in move.who}


def test_every_action_has_its_words() -> None:
    assert set(plain_words.HISTORY) == set(Action)
    assert set(plain_words.DESK_ACTIONS) == taken_by(Actor.COORDINATOR) - {Action.SUBMIT}
    assert set(plain_words.OFFICE_ACTIONS) == taken_by(Actor.OFFICE)


def test_every_code_has_its_words() -> None:
    assert set(plain_words.DECLINE_REASONS) == set(DeclineReason)
    assert set(plain_words.SITUATIONS) == set(Situation)
    assert set(plain_words.ACTORS) == set(Actor)


@pytest.mark.parametrize("status", list(TaskStatus))
def test_what_became_of_every_attempt_is_told(status: TaskStatus) -> None:
    assert plain_words.attempt_word(status, BusinessStatus.CREATED, "").endswith(".")


@pytest.mark.parametrize("stage", list(Stage))
def test_the_office_reads_a_sentence_at_every_stage(stage: Stage) -> None:
    for by in ("", "Thursday 3 December"):
        sentence = plain_words.office_next(stage, by)
        assert sentence.endswith(".")
        assert "{" not in sentence


@pytest.mark.parametrize(
    "status, attempts, error, sentence",
    [
        (DeliveryStatus.QUEUED, 0, "", "Waits for its turn."),
        (DeliveryStatus.QUEUED, 0, "mail not configured", "Waits for its turn (mail not configured)."),
        (DeliveryStatus.QUEUED, 2, "421", "Not taken after 2 attempts (421). It is tried again."),
        (DeliveryStatus.SENDING, 1, "", "It is being sent at this moment."),
        (DeliveryStatus.DELIVERED, 1, "", "Taken by their mail server."),
        (DeliveryStatus.FAILED, 1, "550", "It could not be sent (550)."),
        (DeliveryStatus.FAILED, 0, "", "Taken back before it left."),
    ],
)
def test_what_became_of_an_email_is_one_sentence(
    status: DeliveryStatus, attempts: int, error: str, sentence: str
) -> None:
    assert plain_words.delivery_state("email", status, attempts, error) == sentence


def test_a_message_that_may_have_arrived_is_not_sent_again_without_asking() -> None:
    words = plain_words.delivery_state("email", DeliveryStatus.UNKNOWN, 1, "")
    assert "nobody knows" in words
    assert "Ask the office before sending it again" in words


def test_a_coordinator_who_records_an_answer_acts_on_behalf_of_the_office() -> None:
    assert plain_words.actor_word("coordinator", "casey@example.org", "accept").endswith("on behalf of the office")
    assert plain_words.actor_word("coordinator", "casey@example.org", "approve") == "casey@example.org"
    assert plain_words.actor_word("office", "Office of Ana Rivera", "accept") == "Office of Ana Rivera"
    assert plain_words.actor_word("system", "service", "deliver") == "This service"


@pytest.mark.parametrize(
    "length, words",
    [
        (timedelta(days=2, hours=4), "2 d 4 h"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=12, hours=5), "12 d"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3, minutes=10), "3 h 10 min"),
        (timedelta(hours=11, minutes=10), "11 h"),
        (timedelta(seconds=59), "0 min"),
    ],
)
def test_a_length_of_time_has_two_units_at_most(length: timedelta, words: str) -> None:
    assert span(length) == words


def test_time_runs_from_calm_to_soon_to_late() -> None:
    end = NOW + timedelta(hours=10)
    states = [remaining(NOW, end, NOW + timedelta(hours=hours)) for hours in (0, 7, 8, 10, 13)]
    assert [(left.state, left.used) for left in states if left] == [
        ("calm", 0.0),
        ("calm", 0.7),
        ("soon", 0.8),
        ("late", 1.0),
        ("late", 1.0),
    ]
    assert states[4] is not None
    assert states[4].words == "3 h late"


def test_where_nothing_is_due_no_time_is_left() -> None:
    assert remaining(NOW, None, NOW) is None


def test_a_clock_without_length_counts_as_used_up() -> None:
    left = remaining(NOW + timedelta(hours=1), NOW + timedelta(hours=1), NOW)
    assert left is not None
    assert left.used == 1.0
