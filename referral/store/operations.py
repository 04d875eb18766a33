"""Signs of life of workers, whose turn it is, and the settings of clocks that were changed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.engine import CursorResult

from referral.extensions import db
from referral.models import ClockSetting, Turn, WorkerBeat


def clock_settings() -> dict[str, str]:
    """The settings of clocks that differ from the defaults."""
    return {row.name: row.value for row in db.session.scalars(select(ClockSetting))}


def keep_clock_settings(changed: Mapping[str, str], by: str, now: datetime) -> None:
    """Write these settings, and no others: what is not named has its default again."""
    db.session.execute(delete(ClockSetting))
    db.session.add_all(
        ClockSetting(name=name, value=value, changed_at=now, changed_by=by) for name, value in sorted(changed.items())
    )
    db.session.flush()


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
