"""Business time: Monday to Friday, 8:00 to 17:00 on the clock of a place, without that place's public holidays.

Moments go in and come out aware; what comes out is in UTC. Holidays are those of the package `holidays`, of the state
or province as well where it knows them; a country it does not know has weekends alone.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

OPENS, CLOSES = time(8), time(17)
HOURS_A_DAY = 9.0
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The clock and the holidays of a place: IANA time zone, ISO 3166-1 country, state or province as it is coded.

    `closed` are days besides, on which nobody works there.
    """

    zone: str
    country: str = "US"
    state: str = ""
    closed: frozenset[date] = frozenset()


def is_business_day(day: date, calendar: Calendar) -> bool:
    """Whether offices there are open on this day."""
    free = day in calendar.closed or day in _holidays(calendar.country, calendar.state, day.year)
    return day.weekday() < 5 and not free


def public_holidays(calendar: Calendar, first: date, last: date) -> list[tuple[date, str]]:
    """The public holidays there between two days, each with its name; none where the country is not known."""
    years = range(first.year, last.year + 1)
    named = (item for year in years for item in _holidays(calendar.country, calendar.state, year).items())
    return sorted((day, name) for day, name in named if first <= day <= last)


def add_business_time(start: datetime, length: timedelta, calendar: Calendar) -> datetime:
    """When so much business time has passed since `start`; never outside business hours, also for no time at all."""
    left = length
    for opens, closes in _windows(start, calendar):
        begin = max(start, opens)
        if begin + left <= closes:
            return (begin + left).astimezone(UTC)
        left -= max(timedelta(), closes - begin)
    raise OverflowError("the calendar has no end")  # pragma: no cover - days do not run out


def business_time(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much business time lies between two moments; none where the end is not later."""
    passed = timedelta()
    for opens, closes in _windows(start, calendar):
        if opens >= end:
            break
        passed += max(timedelta(), min(end, closes) - max(start, opens))
    return passed


def begun_before(now: datetime, used: timedelta, calendar: Calendar) -> datetime:
    """The moment from which so much business time has passed by now."""
    left, day = used, now.astimezone(ZoneInfo(calendar.zone)).date()
    if not left:
        return now.astimezone(UTC)
    while True:
        if is_business_day(day, calendar):
            opens, closes = _window(day, calendar)
            open_so_far = max(timedelta(), min(now, closes) - opens)
            if left <= open_so_far:
                return (opens + open_so_far - left).astimezone(UTC)
            left -= open_so_far
        day -= _ONE_DAY


def _windows(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing of each business day from that of `start` on."""
    day = start.astimezone(ZoneInfo(calendar.zone)).date()
    while True:
        if is_business_day(day, calendar):
            yield _window(day, calendar)
        day += _ONE_DAY


def _window(day: date, calendar: Calendar) -> tuple[datetime, datetime]:
    """Opening and closing in UTC: differences between moments of one zone would leave out a change of its clocks."""
    zone = ZoneInfo(calendar.zone)
    opens, closes = (datetime.combine(day, at, zone).astimezone(UTC) for at in (OPENS, CLOSES))
    return opens, closes


@cache
def _holidays(country: str, state: str, year: int) -> Mapping[date, str]:
    known = _countries_with_holidays()
    if country not in known:
        return {}
    return dict(holidays.country_holidays(country, subdiv=state if state in known[country] else None, years=year))


@cache
def _countries_with_holidays() -> Mapping[str, Collection[str]]:
    """The countries that the package knows, each with its states."""
    return holidays.list_supported_countries()
