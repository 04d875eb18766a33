"""Business days and deadlines; `holidays` knows the federal calendar, these are days looked up in it by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.clocks import CLOCKS, Holder, add_business_days, deadline, is_business_day
from referral.domain.codes import Priority
from referral.domain.lifecycle import FINISHED, Stage

moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  Hypothesis adds the zone


def at(year: int, month: int, day: int, hour: int = 15) -> datetime:
    return datetime(year, month, day, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 3),
        date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25),
        date(2021, 12, 31), date(2023, 1, 2),
    ],
)  # fmt: skip
def test_federal_holidays_and_the_days_they_are_moved_to_are_closed(day: date) -> None:
    assert not is_business_day(day)


@pytest.mark.parametrize("day", [date(2026, 11, 27), date(2026, 12, 24), date(2028, 2, 29), date(2026, 7, 2)])
def test_ordinary_weekdays_are_open(day: date) -> None:
    assert is_business_day(day)


@pytest.mark.parametrize("day", [date(2026, 11, 21), date(2026, 11, 22), date(2032, 2, 29)])
def test_weekends_are_closed(day: date) -> None:
    assert not is_business_day(day)


@pytest.mark.parametrize(
    "start, days, end",
    [
        (at(2026, 11, 23), 1, at(2026, 11, 24)),
        (at(2026, 11, 20), 1, at(2026, 11, 23)),  # a Friday
        (at(2026, 11, 21), 1, at(2026, 11, 23)),  # a Saturday
        (at(2026, 11, 25), 1, at(2026, 11, 27)),  # over Thanksgiving
        (at(2026, 12, 24), 1, at(2026, 12, 28)),  # over Christmas and a weekend
        (at(2026, 12, 31), 2, at(2027, 1, 5)),  # over the turn of the year
        (at(2028, 2, 28), 1, at(2028, 2, 29)),  # into a leap day
        (at(2028, 2, 29), 1, at(2028, 3, 1)),
        (at(2026, 11, 21), 0, at(2026, 11, 21)),
    ],
)
def test_so_many_business_days_later(start: datetime, days: int, end: datetime) -> None:
    assert add_business_days(start, days) == end


@given(moments, st.integers(1, 30))
def test_a_deadline_falls_on_a_business_day_at_the_same_time_of_day(start: datetime, days: int) -> None:
    end = add_business_days(start, days)
    between = [start.date() + timedelta(days=n) for n in range(1, (end - start).days + 1)]

    assert end.timetz() == start.timetz()
    assert is_business_day(end.date())
    assert sum(map(is_business_day, between)) == days


@given(moments, moments, st.integers(1, 15))
def test_who_starts_later_is_never_due_earlier(one: datetime, other: datetime, days: int) -> None:
    earlier, later = sorted([one, other])

    assert add_business_days(earlier, days).date() <= add_business_days(later, days).date()


@pytest.mark.parametrize(
    "stage, priority, end",
    [
        (Stage.SUBMITTED, Priority.ROUTINE, at(2026, 11, 25)),
        (Stage.SUBMITTED, Priority.URGENT, at(2026, 11, 24)),
        (Stage.SENT, Priority.STAT, at(2026, 11, 24)),
        (Stage.SENT, Priority.ASAP, at(2026, 11, 24)),
        (Stage.SENT, Priority.URGENT, at(2026, 11, 25)),
        (Stage.ACKNOWLEDGED, Priority.URGENT, at(2026, 12, 1)),
        (Stage.ACKNOWLEDGED, Priority.ROUTINE, at(2026, 12, 8)),
    ],
)
def test_the_deadline_of_a_stage_depends_on_how_urgent_it_is(stage: Stage, priority: Priority, end: datetime) -> None:
    assert deadline(stage, priority, at(2026, 11, 23)) == end


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_a_holder_and_a_next_step_and_the_urgent_never_wait_longer(stage: Stage) -> None:
    clock = CLOCKS[stage]

    assert clock.next_step
    if stage in FINISHED:
        assert (clock.holder, clock.days) == (Holder.NOBODY, None)
        assert deadline(stage, Priority.STAT, at(2026, 11, 23)) is None
    else:
        assert clock.days is not None
        assert list(clock.days) == sorted(clock.days)
