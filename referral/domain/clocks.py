"""How long each stage may take, who holds the request meanwhile, what happens next, and what follows silence.

Lengths are in business hours (`business_hours`: a business day has nine), by urgency: stat and asap, urgent, routine.
What an office holds runs on the office's calendar, everything else on the desk's. The defaults stand here; what an
operator changed comes as rows of names and values (`settings_from`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from referral.domain.business_hours import HOURS_A_DAY, Calendar, add_business_time
from referral.domain.codes import Priority
from referral.domain.errors import Invalid
from referral.domain.lifecycle import ANSWER_EXPECTED, Action, Stage


class Holder(StrEnum):
    """Who has to do the next thing."""

    PATIENT = "patient"
    COORDINATOR = "coordinator"
    OFFICE = "office"
    SERVICE = "service"
    NOBODY = "nobody"


Hours = tuple[float, float, float]
"""Business hours for stat and asap, for urgent, for routine."""


def _days(soonest: int, soon: int, routine: int) -> Hours:
    return soonest * HOURS_A_DAY, soon * HOURS_A_DAY, routine * HOURS_A_DAY


@dataclass(frozen=True, slots=True)
class Clock:
    """One stage's holder, next step in plain words, and its length in business hours by urgency."""

    holder: Holder
    next_step: str
    hours: Hours | None


CLOCKS: Mapping[Stage, Clock] = {
    Stage.DRAFT: Clock(Holder.PATIENT, "Finish and send the request", _days(14, 14, 14)),
    Stage.SUBMITTED: Clock(Holder.COORDINATOR, "Check the request and approve sending it", _days(1, 1, 2)),
    Stage.RECORDS_NEEDED: Clock(Holder.PATIENT, "Bring the missing records", _days(3, 5, 10)),
    Stage.READY: Clock(Holder.COORDINATOR, "Approve sending it", _days(1, 1, 2)),
    Stage.QUEUED: Clock(Holder.SERVICE, "Send it to the office", _days(1, 1, 1)),
    Stage.SENT: Clock(Holder.OFFICE, "Confirm that the request arrived", _days(1, 2, 2)),
    Stage.DELIVERED: Clock(Holder.OFFICE, "Confirm that the request arrived", _days(1, 2, 2)),
    Stage.ACKNOWLEDGED: Clock(Holder.OFFICE, "Accept or decline", _days(2, 5, 10)),
    Stage.INFORMATION_REQUESTED: Clock(Holder.PATIENT, "Answer the office's question", _days(3, 3, 3)),
    Stage.ACCEPTED: Clock(Holder.OFFICE, "Give a date or start the review", _days(3, 7, 10)),
    Stage.SCHEDULED: Clock(Holder.OFFICE, "See the patient and give the opinion", _days(3, 7, 10)),
    Stage.NO_SHOW: Clock(Holder.COORDINATOR, "Agree on a new date with the patient", _days(1, 1, 2)),
    Stage.IN_REVIEW: Clock(Holder.OFFICE, "Give the opinion", _days(3, 7, 10)),
    Stage.OPINION_RECEIVED: Clock(Holder.COORDINATOR, "Check that the patient has read it, and close", _days(5, 5, 5)),
    Stage.DECLINED: Clock(Holder.COORDINATOR, "Ask the next specialist, or close", _days(1, 1, 1)),
    Stage.NO_RESPONSE: Clock(Holder.COORDINATOR, "Ask the next specialist, or close", _days(1, 1, 1)),
    Stage.SEND_FAILED: Clock(Holder.COORDINATOR, "Send it again, or ask the next specialist", _days(1, 1, 1)),
    Stage.ON_HOLD: Clock(Holder.COORDINATOR, "Decide whether it can go on", _days(10, 10, 10)),
    Stage.CANCELLED: Clock(Holder.NOBODY, "Nothing", None),
    Stage.CLOSED: Clock(Holder.NOBODY, "Nothing", None),
}

_URGENCY = {Priority.STAT: 0, Priority.ASAP: 0, Priority.URGENT: 1, Priority.ROUTINE: 2}
_COLUMNS = ("asap", "urgent", "routine")
"""How the three lengths of a stage are called in the settings table."""


DESK = Calendar("America/New_York")
"""Where the coordinators work, unless the settings table says otherwise."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """At which share of a stage's time what happens: 1 is the deadline."""

    remind: float = 0.5
    warn: float = 0.8
    breach: float = 1.0
    pass_on: float = 1.5


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """Everything about clocks that an operator may change. `desk` is where the coordinators work."""

    hours: Mapping[Stage, Hours]
    ladder: Ladder = Ladder()
    desk: Calendar = DESK


DEFAULTS = ClockSettings({stage: clock.hours for stage, clock in CLOCKS.items() if clock.hours is not None})


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: what the service does at which share of the time."""

    action: Action
    share: float


def deadline(
    stage: Stage,
    priority: Priority,
    since: datetime,
    settings: ClockSettings = DEFAULTS,
    calendar: Calendar | None = None,
) -> datetime | None:
    """When the next step is due, None where nothing is."""
    length = length_of(stage, priority, settings)
    return None if length is None else add_business_time(since, length, calendar or settings.desk)


def length_of(stage: Stage, priority: Priority, settings: ClockSettings) -> timedelta | None:
    """How much business time a stage has, None where it has no clock."""
    hours = settings.hours.get(stage)
    return None if hours is None else timedelta(hours=hours[_URGENCY[priority]])


def rungs(stage: Stage, ladder: Ladder) -> tuple[Rung, ...]:
    """The steps of the ladder at a stage, the first first; an office that owes an answer is passed over at its end."""
    steps = (
        Rung(Action.REMIND, ladder.remind),
        Rung(Action.WARN, ladder.warn),
        Rung(Action.BREACH, ladder.breach),
    )
    return (*steps, Rung(Action.PASS_DEADLINE, ladder.pass_on)) if stage in ANSWER_EXPECTED else steps


def rows_of(settings: ClockSettings) -> dict[str, str]:
    """All settings as names and values, as the settings table holds those that were changed."""
    hours = {
        f"hours.{stage}.{column}": f"{value:g}"
        for stage, values in settings.hours.items()
        for column, value in zip(_COLUMNS, values, strict=True)
    }
    ladder = {f"ladder.{name}": f"{getattr(settings.ladder, name):g}" for name in Ladder.__slots__}
    return {
        **hours,
        **ladder,
        **{f"desk.{name}": getattr(settings.desk, name) for name in ("zone", "country", "state")},
    }


def settings_from(rows: Mapping[str, str]) -> ClockSettings:
    """The defaults with these changes. `Invalid` names a setting that does not exist or cannot be."""
    known = rows_of(DEFAULTS)
    for name in rows:
        if name not in known:
            raise Invalid(name, "There is no such setting.")
    merged = {**known, **rows}
    hours = {
        stage: (
            _positive(merged, f"hours.{stage}.asap"),
            _positive(merged, f"hours.{stage}.urgent"),
            _positive(merged, f"hours.{stage}.routine"),
        )
        for stage in DEFAULTS.hours
    }
    ladder = Ladder(*(_positive(merged, f"ladder.{name}") for name in Ladder.__slots__))
    if not ladder.remind < ladder.warn < ladder.breach < ladder.pass_on:
        raise Invalid("ladder.remind", "The steps of the ladder have to follow each other.")
    return replace(DEFAULTS, hours=hours, ladder=ladder, desk=_desk(merged))


def _positive(rows: Mapping[str, str], name: str) -> float:
    try:
        value = float(rows[name])
    except ValueError:
        value = 0.0
    if not 0 < value < 10_000:
        raise Invalid(name, "Enter a number greater than 0.")
    return value


def _desk(rows: Mapping[str, str]) -> Calendar:
    zone = rows["desk.zone"]
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise Invalid("desk.zone", "Enter a time zone such as America/New_York.") from None
    country, state = rows["desk.country"], rows["desk.state"]
    if not re.fullmatch("[A-Z]{2}", country):
        raise Invalid("desk.country", "Enter a country by its two capital letters, such as US.")
    if not re.fullmatch("[A-Z0-9]{0,3}", state):
        raise Invalid("desk.state", "Enter a state by its letters, such as MA, or nothing.")
    return Calendar(zone, country, state)
