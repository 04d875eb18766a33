"""Work that is due by the clock is done once each time: by the broker's schedule or by a worker's timer, whoever comes
first. What was due while nothing ran is done once when something runs again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from referral.domain.rhythm import Rhythm
from referral.extensions import db
from referral.services.deliver import Clock
from referral.store import operations

OVERDUE_AFTER = timedelta(minutes=2)
"""So long the broker has time to bring it, so that no timer is held up by what a job can do."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A piece of work; whoever has not ended it within `patience` is taken for dead, and it is begun anew."""

    name: str
    rhythm: Rhythm
    work: Callable[[datetime], object]
    patience: timedelta = timedelta(hours=1)


def run_once(planned: Planned, holder: str, clock: Clock) -> bool:
    """Do it unless it was done, or somebody is at it, since it was last due; whether it was done now.

    What fails raises, and counts as begun: it is tried again when its patience is over.
    """
    now = clock()
    begun = operations.begin_run(planned.name, holder, planned.rhythm.last(now), now, planned.patience)
    db.session.commit()
    if begun:
        planned.work(now)
        operations.end_run(planned.name, now, clock())
        db.session.commit()
    return begun


def overdue(table: Iterable[Planned], now: datetime) -> list[Planned]:
    """What should have been begun a while ago. What was never seen before is due at its next time, not at once."""
    runs = operations.runs()
    for planned in table:
        if planned.name not in runs:
            operations.know_run(planned.name, planned.rhythm.last(now), now)
    db.session.commit()
    return [planned for planned in table if planned.name in runs and _is_overdue(planned, runs[planned.name], now)]


def _is_overdue(planned: Planned, last: operations.Run, now: datetime) -> bool:
    if last.ended_at is None:
        return last.began_at <= now - planned.patience
    return last.due_at < planned.rhythm.last(now - OVERDUE_AFTER)
