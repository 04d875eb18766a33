"""How long each stage may take, who holds the request meanwhile, and what happens next.

Business days skip weekends and the federal holidays of the United States (package `holidays`). The lengths are the
defaults of this service, by urgency: stat and asap, urgent, routine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache

import holidays

from referral.domain.codes import Priority
from referral.domain.lifecycle import Stage


class Holder(StrEnum):
    """Who has to do the next thing."""

    PATIENT = "patient"
    COORDINATOR = "coordinator"
    OFFICE = "office"
    SERVICE = "service"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Clock:
    """One stage's holder, next step in plain words, and its length in business days by urgency."""

    holder: Holder
    next_step: str
    days: tuple[int, int, int] | None


CLOCKS: Mapping[Stage, Clock] = {
    Stage.DRAFT: Clock(Holder.PATIENT, "Finish and send the request", (14, 14, 14)),
    Stage.SUBMITTED: Clock(Holder.COORDINATOR, "Check the request and approve sending it", (1, 1, 2)),
    Stage.RECORDS_NEEDED: Clock(Holder.PATIENT, "Bring the missing records", (3, 5, 10)),
    Stage.READY: Clock(Holder.COORDINATOR, "Approve sending it", (1, 1, 2)),
    Stage.QUEUED: Clock(Holder.SERVICE, "Send it to the office", (1, 1, 1)),
    Stage.SENT: Clock(Holder.OFFICE, "Confirm that the request arrived", (1, 2, 2)),
    Stage.DELIVERED: Clock(Holder.OFFICE, "Confirm that the request arrived", (1, 2, 2)),
    Stage.ACKNOWLEDGED: Clock(Holder.OFFICE, "Accept or decline", (2, 5, 10)),
    Stage.INFORMATION_REQUESTED: Clock(Holder.PATIENT, "Answer the office's question", (3, 3, 3)),
    Stage.ACCEPTED: Clock(Holder.OFFICE, "Give a date or start the review", (3, 7, 10)),
    Stage.SCHEDULED: Clock(Holder.OFFICE, "See the patient and give the opinion", (3, 7, 10)),
    Stage.NO_SHOW: Clock(Holder.COORDINATOR, "Agree on a new date with the patient", (1, 1, 2)),
    Stage.IN_REVIEW: Clock(Holder.OFFICE, "Give the opinion", (3, 7, 10)),
    Stage.OPINION_RECEIVED: Clock(Holder.COORDINATOR, "Check that the patient has read it, and close", (5, 5, 5)),
    Stage.DECLINED: Clock(Holder.COORDINATOR, "Ask the next specialist, or close", (1, 1, 1)),
    Stage.NO_RESPONSE: Clock(Holder.COORDINATOR, "Ask the next specialist, or close", (1, 1, 1)),
    Stage.SEND_FAILED: Clock(Holder.COORDINATOR, "Send it again, or ask the next specialist", (1, 1, 1)),
    Stage.ON_HOLD: Clock(Holder.COORDINATOR, "Decide whether it can go on", (10, 10, 10)),
    Stage.CANCELLED: Clock(Holder.NOBODY, "Nothing", None),
    Stage.CLOSED: Clock(Holder.NOBODY, "Nothing", None),
}

_URGENCY = {Priority.STAT: 0, Priority.ASAP: 0, Priority.URGENT: 1, Priority.ROUTINE: 2}


def deadline(stage: Stage, priority: Priority, since: datetime) -> datetime | None:
    """When the next step is due, None where nothing is."""
    days = CLOCKS[stage].days
    return None if days is None else add_business_days(since, days[_URGENCY[priority]])


def add_business_days(start: datetime, days: int) -> datetime:
    """The same time of day so many business days later."""
    at = start
    while days > 0:
        at += timedelta(days=1)
        if is_business_day(at.date()):
            days -= 1
    return at


def is_business_day(day: date) -> bool:
    """Whether offices are open on this day."""
    return day.weekday() < 5 and day not in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("US", years=year))
