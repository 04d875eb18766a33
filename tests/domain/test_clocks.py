"""Lengths, holders, the ladder, and the settings table that changes them."""

from datetime import UTC, datetime, timedelta

import pytest

from referral.domain.business_hours import Calendar
from referral.domain.clocks import (
    CLOCKS,
    DEFAULTS,
    Holder,
    Ladder,
    deadline,
    rows_of,
    rungs,
    settings_from,
)
from referral.domain.codes import Priority
from referral.domain.errors import Invalid
from referral.domain.lifecycle import ANSWER_EXPECTED, FINISHED, MOVES, Action, Stage


def at(year: int, month: int, day: int, hour: int = 15) -> datetime:
    return datetime(year, month, day, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "stage, priority, end",
    [
        (Stage.SUBMITTED, Priority.ROUTINE, at(2026, 11, 25)),
        (Stage.SUBMITTED, Priority.URGENT, at(2026, 11, 24)),
        (Stage.DELIVERED, Priority.STAT, at(2026, 11, 24)),  # 24 hours are a business day
        (Stage.DELIVERED, Priority.ASAP, at(2026, 11, 24)),
        (Stage.DELIVERED, Priority.URGENT, at(2026, 11, 25)),
        (Stage.DELIVERED, Priority.ROUTINE, at(2026, 11, 25)),
        (Stage.ACKNOWLEDGED, Priority.STAT, at(2026, 11, 25)),
        (Stage.ACKNOWLEDGED, Priority.URGENT, at(2026, 12, 1)),
        (Stage.ACKNOWLEDGED, Priority.ROUTINE, at(2026, 12, 8)),
        (Stage.INFORMATION_REQUESTED, Priority.ROUTINE, at(2026, 11, 27)),
        (Stage.IN_REVIEW, Priority.ASAP, at(2026, 11, 27)),
        (Stage.IN_REVIEW, Priority.URGENT, at(2026, 12, 3)),
        (Stage.IN_REVIEW, Priority.ROUTINE, at(2026, 12, 8)),
    ],
)
def test_the_deadline_of_a_stage_depends_on_how_urgent_it_is(stage: Stage, priority: Priority, end: datetime) -> None:
    assert deadline(stage, priority, at(2026, 11, 23)) == end


def test_the_same_length_ends_later_where_the_day_begins_later() -> None:
    early = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)  # eight in the morning in Boston, three in Honolulu
    ends = [
        deadline(Stage.DELIVERED, Priority.ROUTINE, early, DEFAULTS, Calendar(zone))
        for zone in ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu")
    ]
    assert ends == [datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((24, 22), (25, 1), (25, 3))]


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_a_holder_and_a_next_step_and_the_urgent_never_wait_longer(stage: Stage) -> None:
    clock = CLOCKS[stage]

    assert clock.next_step
    if stage in FINISHED:
        assert (clock.holder, clock.hours) == (Holder.NOBODY, None)
        assert deadline(stage, Priority.STAT, at(2026, 11, 23)) is None
    else:
        assert clock.hours is not None
        assert list(clock.hours) == sorted(clock.hours)


@pytest.mark.parametrize("stage", sorted(set(Stage) - FINISHED - {Stage.DRAFT}))
def test_the_ladder_has_steps_that_the_lifecycle_allows_and_an_end_where_an_answer_is_owed(stage: Stage) -> None:
    steps = rungs(stage, Ladder())
    assert [rung.share for rung in steps] == [0.5, 0.8, 1.0, 1.5][: len(steps)]
    assert (steps[-1].action is Action.PASS_DEADLINE) == (stage in ANSWER_EXPECTED)
    assert all(stage in MOVES[rung.action].sources for rung in steps)


def test_all_settings_are_written_as_rows_and_read_back() -> None:
    rows = rows_of(DEFAULTS)
    assert settings_from({}) == settings_from(rows) == DEFAULTS
    changed = settings_from({"hours.acknowledged.routine": "45", "ladder.pass_on": "2", "desk.zone": "Europe/Berlin"})
    assert changed.hours[Stage.ACKNOWLEDGED] == (18, 45, 45)
    assert (changed.ladder.pass_on, changed.desk.zone) == (2, "Europe/Berlin")
    assert settings_from(rows_of(changed)) == changed
    late = deadline(Stage.ACKNOWLEDGED, Priority.ROUTINE, at(2026, 11, 23), changed)
    assert late is not None
    assert late - at(2026, 11, 23) > timedelta(days=4)


@pytest.mark.parametrize(
    "name, value",
    [
        ("hours.acknowledged.routine", "soon"),
        ("hours.acknowledged.routine", "0"),
        ("hours.acknowledged.routine", "nan"),
        ("hours.closed.routine", "9"),
        ("ladder.remind", "0.9"),
        ("desk.zone", "Mars/Base"),
        ("desk.zone", "../secret"),
        ("nothing", "1"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Invalid) as caught:
        settings_from({name: value})
    assert caught.value.field == name
