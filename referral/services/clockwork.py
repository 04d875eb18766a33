"""The clocks of requests: on which calendar each runs, how it starts, stands still and goes on, and its ladder."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from referral import reference
from referral.domain import clocks, zones
from referral.domain.business_hours import Calendar, add_business_time, begun_before, business_time
from referral.domain.clocks import CLOCKS, ClockSettings, Holder, Rung, length_of
from referral.domain.codes import Priority
from referral.domain.lifecycle import MOVES, RUNNING, WAITING_FOR_REROUTE, Action, SideEffect, Stage
from referral.domain.records import ItemState
from referral.domain.travel import Point
from referral.models import PractitionerRole, ServiceRequest
from referral.store import operations

VETO = "veto"
"""The clock of a proposed re-route among those that stand still."""

SETTLE_RECORDS = "Ask for the missing records again, or waive them"


def settings() -> ClockSettings:
    """The lengths of clocks and the ladder as the operator wants them."""
    chosen = clocks.settings_from(operations.clock_settings())
    return replace(chosen, desk=replace(chosen.desk, closed=operations.closed_days(operations.DESK)))


def desk_zone() -> str:
    """The time zone in which the coordinators work."""
    return clocks.settings_from(operations.clock_settings()).desk.zone


def office_calendar(role: PractitionerRole) -> Calendar:
    """On which clock and holidays an office works, with the days on which its organization is closed."""
    closed = operations.closed_days(role.organization_id) if role.organization_id else frozenset()
    return replace(_public_calendar(role), closed=closed)


def _public_calendar(role: PractitionerRole) -> Calendar:
    if role.country == "US":
        return Calendar(zones.us_zone(role.state, role.postcode), "US", role.state.upper())
    here = None if role.latitude is None or role.longitude is None else Point(role.latitude, role.longitude)
    zone = zones.nearest_zone(reference.zone_places().get(role.country, ()), here)
    return Calendar(zone, role.country, role.state.upper())


def holder(request: ServiceRequest) -> Holder:
    """Who has to do the next thing; records that nobody is asked for any more are the desk's to settle."""
    return Holder.COORDINATOR if _records_settled(request) else CLOCKS[Stage(request.stage)].holder


def next_step(request: ServiceRequest) -> str:
    """What has to be done next."""
    return SETTLE_RECORDS if _records_settled(request) else CLOCKS[Stage(request.stage)].next_step


def calendar_of(request: ServiceRequest, stage: Stage, chosen: ClockSettings) -> Calendar:
    """The office's calendar for what the office holds, the desk's for everything else."""
    task = request.current_task
    if CLOCKS[stage].holder is not Holder.OFFICE or task is None:
        return chosen.desk
    return office_calendar(task.role)


def start(request: ServiceRequest, now: datetime, used: timedelta = timedelta(), climbed: int = 0) -> None:
    """Start the clock of the present stage, or go on with one of which so much was used and so many steps taken."""
    stage, chosen = Stage(request.stage), settings()
    length = length_of(stage, Priority(request.priority), chosen)
    request.stage_since, request.rungs = now, climbed
    if length is None:
        request.clock_since = request.next_by = request.rung_at = None
        return
    calendar = calendar_of(request, stage, chosen)
    since = begun_before(_beginning(request, stage, now, calendar), used, calendar)
    request.clock_since, request.next_by = since, add_business_time(since, length, calendar)
    request.rung_at = _rung_at(request, chosen)


def turn(request: ServiceRequest, before: Stage, action: Action, now: datetime) -> None:
    """After a move: the clock of the stage that was left stops or stands still, that of the present one runs."""
    stage, effects = Stage(request.stage), MOVES[action].effects
    if stage is before:
        return
    kept = dict(request.paused_clocks)
    if SideEffect.PAUSE_CLOCK in effects:
        kept |= _standing_still(request, before, now)
    used, climbed = 0.0, 0
    if SideEffect.CONTINUE_CLOCK in effects:
        used, climbed = kept.pop(stage, (0.0, 0))
    elif SideEffect.PAUSE_CLOCK not in effects:
        kept = {}
    request.paused_clocks = kept
    start(request, now, timedelta(seconds=used), climbed)
    _turn_proposal(request, stage, now)


def next_rung(request: ServiceRequest) -> Rung | None:
    """The next step of the ladder on the running clock, None where there is none."""
    return _next_rung(request, settings())


def climb(request: ServiceRequest) -> None:
    """Take the next step of the ladder."""
    request.rungs += 1
    request.rung_at = _rung_at(request, settings())


def veto_ends(now: datetime, hours: float) -> datetime:
    """Until when a proposed re-route can be objected to, so many business hours of the desk from now."""
    return add_business_time(now, timedelta(hours=hours), settings().desk)


def _records_settled(request: ServiceRequest) -> bool:
    """Whether a request still waits for records, though the patient owes none: one that must be there cannot be had."""
    if request.stage != Stage.RECORDS_NEEDED:
        return False
    return not any(item.status == ItemState.ASKED for item in request.record_items)


def _next_rung(request: ServiceRequest, chosen: ClockSettings) -> Rung | None:
    steps = clocks.rungs(Stage(request.stage), chosen.ladder) if request.stage in RUNNING else ()
    return steps[request.rungs] if request.rungs < len(steps) else None


def _rung_at(request: ServiceRequest, chosen: ClockSettings) -> datetime | None:
    stage, rung = Stage(request.stage), _next_rung(request, chosen)
    length = length_of(stage, Priority(request.priority), chosen)
    if rung is None or length is None or request.clock_since is None:
        return None
    return add_business_time(request.clock_since, length * rung.share, calendar_of(request, stage, chosen))


def _beginning(request: ServiceRequest, stage: Stage, now: datetime, calendar: Calendar) -> datetime:
    """The clock of a stage starts now, but an office with an appointment has until after it."""
    task = request.current_task
    if stage is not Stage.SCHEDULED or task is None or task.appointment_on is None:
        return now
    return max(now, datetime.combine(task.appointment_on, time(), ZoneInfo(calendar.zone)))


def _standing_still(request: ServiceRequest, before: Stage, now: datetime) -> dict[str, tuple[float, int]]:
    """The clock that was running, and that of a proposal, as they stand."""
    chosen = settings()
    begun = request.clock_since or request.stage_since
    used = business_time(begun, now, calendar_of(request, before, chosen))
    still = {before.value: (used.total_seconds(), request.rungs)}
    if request.reroute_at is not None and before in WAITING_FOR_REROUTE:
        still[VETO] = (business_time(now, request.reroute_at, chosen.desk).total_seconds(), 0)
    return still


def _turn_proposal(request: ServiceRequest, stage: Stage, now: datetime) -> None:
    """A proposal to re-route stands while the request waits for it, also through a hold; then it is over."""
    if stage is Stage.ON_HOLD:
        return
    if stage not in WAITING_FOR_REROUTE:
        request.reroute_role_id = request.reroute_at = None
        return
    left = request.paused_clocks.get(VETO)
    if left is not None and request.reroute_at is not None:
        request.reroute_at = add_business_time(now, timedelta(seconds=left[0]), settings().desk)
        request.paused_clocks = {name: kept for name, kept in request.paused_clocks.items() if name != VETO}
