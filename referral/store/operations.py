"""Signs of life of workers, whose turn it is, and the settings of clocks that were changed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult

from referral.extensions import db
from referral.models import ClockChange, ClockSetting, ClosedDay, Organization, PlannedRun, Turn, WorkerBeat
from referral.store import known

Run = PlannedRun
JUMPED = timedelta(hours=1)
"""A moment so far ahead was written by a clock that was wrong."""
DESK = ""
"""Whose closed days are the desk's own."""
_CLOSED, _CLOCKS = "closed days", "settings of clocks"


def closed_days(organization_id: str) -> frozenset[date]:
    """The days on which an organization is closed, besides public holidays; those of `DESK` are the desk's."""
    days = select(ClosedDay.day).where(ClosedDay.organization_id == organization_id)
    return known.once((_CLOSED, organization_id), lambda: frozenset(db.session.scalars(days)))


def listed_closed_days(since: date) -> list[tuple[ClosedDay, str]]:
    """Closed days from this one on, each with the name of whose it is, empty for the desk."""
    name = func.coalesce(Organization.name, "")
    found = (
        select(ClosedDay, name)
        .outerjoin(Organization, Organization.id == ClosedDay.organization_id)
        .where(ClosedDay.day >= since)
        .order_by(ClosedDay.day, name)
    )
    return [(row, whose) for row, whose in db.session.execute(found)]


def close_day(day: date, organization_id: str, name: str, by: str, now: datetime) -> bool:
    """Write a closed day; whether it was not there."""
    if db.session.get(ClosedDay, (day, organization_id)) is not None:
        return False
    db.session.add(ClosedDay(day=day, organization_id=organization_id, name=name, added_at=now, added_by=by))
    known.forget((_CLOSED, organization_id))
    return True


def open_day(day: date, organization_id: str) -> bool:
    """Take a closed day back; whether it was there."""
    row = db.session.get(ClosedDay, (day, organization_id))
    if row is not None:
        db.session.delete(row)
        known.forget((_CLOSED, organization_id))
    return row is not None


def clock_settings() -> dict[str, str]:
    """The settings of clocks that differ from the defaults."""
    return known.once(_CLOCKS, lambda: {row.name: row.value for row in db.session.scalars(select(ClockSetting))})


def keep_clock_settings(changed: Mapping[str, str], by: str, now: datetime) -> None:
    """Write these settings and no others: what is not named has its default again. Each difference is kept for good."""
    kept = {row.name: row for row in db.session.scalars(select(ClockSetting))}
    for name in sorted({*kept, *changed}):
        row, new = kept.get(name), changed.get(name)
        old = row.value if row else None
        if old == new:
            continue
        db.session.add(ClockChange(at=now, by=by, name=name, old=old, new=new))
        if row is not None:
            db.session.delete(row)
            db.session.flush()
        if new is not None:
            db.session.add(ClockSetting(name=name, value=new, changed_at=now, changed_by=by))
    db.session.flush()
    known.forget(_CLOCKS)


def clock_changes(limit: int) -> list[ClockChange]:
    """The last changes of the clocks, the newest first."""
    return list(db.session.scalars(select(ClockChange).order_by(ClockChange.id.desc()).limit(limit)))


def take_turn(name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Whether it is this holder's turn; then it is nobody else's for so long.

    One conditional UPDATE decides. A clock that jumped back leaves no turn longer than two lengths.
    """
    free = or_(Turn.until <= now, Turn.until > now + 2 * length)
    if db.session.get(Turn, name) is None:
        db.session.add(Turn(name=name, holder="", until=now))
        db.session.flush()
    changed = db.session.execute(
        update(Turn)
        .where(Turn.name == name, free)
        .values(holder=holder, until=now + length)
        .execution_options(synchronize_session=False)
    )
    return isinstance(changed, CursorResult) and changed.rowcount == 1


def turn_ends(name: str) -> datetime | None:
    """When the present turn ends, None where nobody had one yet."""
    return db.session.scalar(select(Turn.until).where(Turn.name == name))


def runs() -> dict[str, Run]:
    """When each piece of work that is due by the clock was last begun, by name."""
    return {row.name: row for row in db.session.scalars(select(Run))}


def know_run(name: str, due: datetime, now: datetime) -> None:
    """Count a piece of work as done for the last time it was due."""
    db.session.add(Run(name=name, due_at=due, began_at=now, ended_at=now))
    db.session.flush()


def begin_run(name: str, holder: str, due: datetime, now: datetime, patience: timedelta) -> bool:
    """Begin what was due at that moment, unless it was done since, or is being done; one conditional UPDATE decides.

    Who has not ended it within that patience is taken for dead.
    """
    if db.session.get(Run, name) is None:
        know_run(name, due - JUMPED, now)
    nobody = or_(Run.ended_at.is_not(None), Run.began_at <= now - patience, Run.began_at > now + JUMPED)
    undone = or_(Run.due_at < due, and_(Run.due_at == due, Run.ended_at.is_(None)), Run.due_at > now + JUMPED)
    begun = db.session.execute(
        update(Run)
        .where(Run.name == name, nobody, undone)
        .values(holder=holder, due_at=due, began_at=now, ended_at=None)
        .execution_options(synchronize_session=False)
    )
    return isinstance(begun, CursorResult) and begun.rowcount == 1


def end_run(name: str, began_at: datetime, now: datetime) -> None:
    """Note that it is done; who was taken for dead meanwhile notes nothing."""
    ended = update(Run).where(Run.name == name, Run.began_at == began_at).values(ended_at=now)
    db.session.execute(ended.execution_options(synchronize_session=False))


def beat(worker: str, started_at: datetime, now: datetime, doing: str, heard_at: datetime | None) -> None:
    """Write a worker's sign of life over its last one."""
    row = db.session.get(WorkerBeat, worker)
    if row is None:
        row = WorkerBeat(id=worker, started_at=started_at, beat_at=now)
        db.session.add(row)
    row.started_at, row.beat_at, row.doing = started_at, now, doing
    row.heard_at = heard_at
    db.session.flush()


def leave(worker: str) -> None:
    """A worker that stopped as it should is not missed."""
    db.session.execute(delete(WorkerBeat).where(WorkerBeat.id == worker))


def workers() -> list[WorkerBeat]:
    """Every worker that is known, by name."""
    return list(db.session.scalars(select(WorkerBeat).order_by(WorkerBeat.id)))


def forget_silent(before: datetime) -> None:
    """Drop workers that have been silent for so long that nobody expects them back."""
    db.session.execute(delete(WorkerBeat).where(WorkerBeat.beat_at < before))
