"""What the schedule asks for, and when, in UTC."""

from datetime import timedelta

from celery.schedules import crontab

from referral.domain.rhythm import DAY, HOUR, Rhythm
from referral.queue import PLANNED as PLANNED_JOB
from referral.queue import SWEEP
from workers.planned import PLANNED

FORGOTTEN_SECONDS = 600
"""What was brought too late is left to a timer, or to the next time."""


def _when(rhythm: Rhythm) -> crontab | float:
    """The same in Celery's words."""
    hours, rest = divmod(rhythm.after, HOUR)
    minute = str(rest // timedelta(minutes=1))
    if rhythm.every == DAY:
        return crontab(hour=str(hours), minute=minute)
    return crontab(minute=minute) if rhythm.every == HOUR else rhythm.every.total_seconds()


def _entry(name: str, rhythm: Rhythm) -> dict[str, object]:
    expires = min(FORGOTTEN_SECONDS, rhythm.every.total_seconds() - 10)
    return {"task": PLANNED_JOB, "args": (name,), "schedule": _when(rhythm), "options": {"expires": expires}}


SCHEDULE: dict[str, dict[str, object]] = {
    "sweep": {"task": SWEEP, "schedule": 10.0, "options": {"expires": 30}},
    **{name: _entry(name, planned.rhythm) for name, planned in PLANNED.items()},
}
