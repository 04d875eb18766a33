"""When work is due that nobody asks for: every so often, in UTC, whose days all have the same length."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Once in each `every`, which is a day, an hour or less, so long after midnight or after the full hour."""

    every: timedelta
    after: timedelta = timedelta()

    def last(self, now: datetime) -> datetime:
        """The last moment, up to this one, at which the work was due."""
        return now - (now - _BEGINNING - self.after) % self.every
