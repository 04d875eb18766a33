"""Business time on the clocks of places: what the calendar says by hand, and what holds for every moment."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.business_hours import (
    CLOSES,
    OPENS,
    Calendar,
    add_business_time,
    begun_before,
    business_time,
    is_business_day,
)

BOSTON = Calendar("America/New_York", "US", "MA")
US = Calendar("America/New_York")
PLACES = (
    BOSTON,
    Calendar("America/Phoenix", "US", "AZ"),
    Calendar("Pacific/Honolulu", "US", "HI"),
    Calendar("Europe/Berlin", "DE", "BY"),
    Calendar("Australia/Lord_Howe", "AU", "NSW"),  # its clocks change by half an hour
    Calendar("Asia/Kolkata", "IN"),
)
calendars = st.sampled_from(PLACES)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  Hypothesis adds the zone
special = st.sampled_from(
    [
        datetime(2026, 3, 6, 21, tzinfo=UTC), datetime(2026, 3, 27, 16, tzinfo=UTC),
        datetime(2026, 10, 30, 20, tzinfo=UTC), datetime(2027, 12, 31, 21, tzinfo=UTC),
        datetime(2028, 2, 28, 22, tzinfo=UTC),
    ]
)  # fmt: skip
anywhen = moments | st.builds(lambda at, minutes: at + timedelta(minutes=minutes), special, st.integers(-300, 300))
lengths = st.integers(0, 150 * 60).map(lambda minutes: timedelta(minutes=minutes))


def local(calendar: Calendar, *when: int) -> datetime:
    """A moment on the clock of the place."""
    return datetime(*when, tzinfo=ZoneInfo(calendar.zone))  # type: ignore[arg-type,misc]  # year to minute


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 3),
        date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25),
        date(2021, 12, 31), date(2023, 1, 2), date(2026, 11, 21), date(2032, 2, 29),
    ],
)  # fmt: skip
def test_federal_holidays_the_days_they_are_moved_to_and_weekends_are_closed(day: date) -> None:
    assert not is_business_day(day, US)


@pytest.mark.parametrize("day", [date(2026, 11, 27), date(2026, 12, 24), date(2028, 2, 29), date(2026, 7, 2)])
def test_ordinary_weekdays_are_open(day: date) -> None:
    assert is_business_day(day, US)


@pytest.mark.parametrize(
    "day, calendar, open_",
    [
        (date(2026, 4, 20), BOSTON, False),  # Patriots' Day
        (date(2026, 4, 20), Calendar("America/Chicago", "US", "IL"), True),
        (date(2026, 6, 4), Calendar("Europe/Berlin", "DE", "BY"), False),  # Corpus Christi
        (date(2026, 6, 4), Calendar("Europe/Berlin", "DE", "BE"), True),
        (date(2026, 10, 3), Calendar("Europe/Berlin", "DE", "nowhere"), False),
        (date(2026, 11, 23), Calendar("UTC", "XX"), True),
    ],
)
def test_holidays_are_those_of_the_state_where_it_is_known(day: date, calendar: Calendar, open_: bool) -> None:
    assert is_business_day(day, calendar) is open_


@pytest.mark.parametrize(
    "start, hours, end",
    [
        ((2026, 11, 23, 10), 4, (2026, 11, 23, 14)),
        ((2026, 11, 23, 10), 9, (2026, 11, 24, 10)),
        ((2026, 11, 20, 16), 2, (2026, 11, 23, 9)),  # a Friday
        ((2026, 11, 21, 12), 1, (2026, 11, 23, 9)),  # a Saturday
        ((2026, 11, 25, 15), 3, (2026, 11, 27, 9)),  # over Thanksgiving
        ((2026, 12, 31, 10), 18, (2027, 1, 5, 10)),  # over the turn of the year
        ((2028, 2, 28, 10), 9, (2028, 2, 29, 10)),  # into a leap day
        ((2026, 3, 6, 16), 2, (2026, 3, 9, 9)),  # over the night in which clocks go forward
        ((2026, 10, 30, 16), 2, (2026, 11, 2, 9)),  # and back
        ((2026, 11, 23, 5), 0, (2026, 11, 23, 8)),
        ((2026, 11, 23, 20), 0, (2026, 11, 24, 8)),
        ((2026, 11, 23, 8), 9, (2026, 11, 23, 17)),
    ],
)
def test_so_many_business_hours_later(start: tuple[int, ...], hours: int, end: tuple[int, ...]) -> None:
    assert add_business_time(local(BOSTON, *start), timedelta(hours=hours), BOSTON) == local(BOSTON, *end)


@given(anywhen, lengths, calendars)
def test_it_never_ends_outside_business_hours(start: datetime, length: timedelta, calendar: Calendar) -> None:
    end = add_business_time(start, length, calendar).astimezone(ZoneInfo(calendar.zone))
    assert is_business_day(end.date(), calendar)
    assert OPENS <= end.time() <= CLOSES


@given(anywhen, anywhen, lengths, lengths, calendars)
def test_later_starts_and_longer_times_never_end_earlier(
    one: datetime, other: datetime, short: timedelta, more: timedelta, calendar: Calendar
) -> None:
    earlier, later = sorted([one, other])
    end = add_business_time(earlier, short, calendar)
    assert end <= add_business_time(later, short, calendar)
    assert end <= add_business_time(earlier, short + more, calendar)


@given(anywhen, lengths, calendars)
def test_what_was_added_is_what_has_passed(start: datetime, length: timedelta, calendar: Calendar) -> None:
    assert business_time(start, add_business_time(start, length, calendar), calendar) == length


@given(anywhen, st.integers(0, 10_000), st.integers(0, 100_000), lengths, calendars)
def test_a_pause_loses_no_time(
    start: datetime, minutes: int, pause: int, length: timedelta, calendar: Calendar
) -> None:
    """Stop the clock after some time, go on later: what is due moves by just what was left."""
    stopped = start + timedelta(minutes=minutes)
    used = min(length, business_time(start, stopped, calendar))
    resumed = stopped + timedelta(minutes=pause)
    begun = begun_before(resumed, used, calendar)
    assert business_time(begun, resumed, calendar) == used
    assert add_business_time(begun, length, calendar) == add_business_time(resumed, length - used, calendar) or (
        length == used
    )
