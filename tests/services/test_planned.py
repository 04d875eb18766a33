"""Work that is due by the clock: once each time, whoever comes first, and again where somebody died at it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask

from referral.domain.rhythm import DAY, Rhythm
from referral.extensions import db
from referral.services.planned import OVERDUE_AFTER, Planned, overdue, run_once
from referral.store import operations
from tests.factories import NOW

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
NIGHT = NOW.replace(hour=1, minute=15, second=0, microsecond=0) + DAY


class Counted:
    """Nightly work that remembers when it was done, and fails where it is to."""

    def __init__(self) -> None:
        self.done: list[datetime] = []
        self.failing = False
        self.planned = Planned("retention", Rhythm(DAY, timedelta(hours=1, minutes=15)), self._work)

    def _work(self, now: datetime) -> None:
        self.done.append(now)
        if self.failing:
            raise OSError("no")

    def run(self, now: datetime, holder: str = "schedule") -> bool:
        """As the schedule or a timer does."""
        return run_once(self.planned, holder, lambda: now)

    def overdue(self, now: datetime) -> bool:
        """Whether a timer would take it up."""
        found = overdue([self.planned], now) != []
        db.session.rollback()
        return found


@pytest.fixture
def work(app_on_both: Flask) -> Counted:
    """Work that a timer has seen before the night."""
    counted = Counted()
    assert not counted.overdue(NIGHT - 3 * HOUR)
    return counted


def test_what_was_never_seen_is_due_the_next_time_and_not_at_once(work: Counted) -> None:
    assert not work.overdue(NIGHT - SECOND)
    assert not work.run(NIGHT - SECOND)
    assert not work.overdue(NIGHT + OVERDUE_AFTER - SECOND), "the schedule may still bring it"
    assert work.overdue(NIGHT + OVERDUE_AFTER)


def test_whoever_comes_first_does_it_and_nobody_does_it_again(work: Counted) -> None:
    assert work.run(NIGHT + SECOND)
    assert not work.run(NIGHT + OVERDUE_AFTER, "desk-1")
    assert not work.run(NIGHT - SECOND, "desk-2"), "a clock that lags behind"
    assert not work.overdue(NIGHT + 23 * HOUR)
    assert work.run(NIGHT + DAY + OVERDUE_AFTER, "desk-1")
    assert not work.run(NIGHT + DAY + OVERDUE_AFTER + SECOND)
    assert work.done == [NIGHT + SECOND, NIGHT + DAY + OVERDUE_AFTER]


def test_several_at_one_moment_do_it_once(work: Counted, app_on_both: Flask) -> None:
    def one(place: int) -> bool:
        with app_on_both.app_context():
            return work.run(NIGHT + SECOND, f"desk-{place}")

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [False, False, False, True]
    assert len(work.done) == 1


def test_who_fails_or_dies_at_it_is_followed_when_the_patience_is_over(work: Counted) -> None:
    work.failing = True
    with pytest.raises(OSError, match="no"):
        work.run(NIGHT)
    assert not work.overdue(NIGHT + HOUR - SECOND)
    assert not work.run(NIGHT + HOUR - SECOND)
    assert work.overdue(NIGHT + HOUR)
    work.failing = False
    assert work.run(NIGHT + HOUR, "desk-1")
    assert not work.overdue(NIGHT + 3 * HOUR)
    assert len(work.done) == 2


def test_nights_on_which_nothing_ran_are_made_up_for_once(work: Counted) -> None:
    later = NIGHT + 5 * DAY + 8 * HOUR
    assert work.overdue(later)
    assert work.run(later, "desk-1")
    assert not work.overdue(later + HOUR)
    assert len(work.done) == 1


def test_a_clock_that_jumped_ahead_once_does_not_stop_it_for_years(work: Counted) -> None:
    assert work.run(NIGHT + 400 * DAY)
    assert work.run(NIGHT)
    assert operations.runs()["retention"].due_at == NIGHT
