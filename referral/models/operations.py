"""What keeps the service itself going: who works, who sweeps, and which lengths of clocks an operator has changed."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from referral.models.base import Base, UtcDateTime


class WorkerBeat(Base):
    """One worker process and its last sign of life. A process that takes another's place writes the same row."""

    __tablename__ = "worker_beat"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    """Host and place in the pool, such as celery@desk-1."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it last got a job from the broker."""
    doing: Mapped[str] = mapped_column(String(100), default="")
    """The job it works on, empty while it waits."""


class Turn(Base):
    """Whose turn something is that one of many does now and then: nobody else does it before `until`."""

    __tablename__ = "turn"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120), default="")
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class PlannedRun(Base):
    """The last time that a piece of work was begun which is due by the clock: for when, when, and until when."""

    __tablename__ = "planned_run"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    holder: Mapped[str] = mapped_column(String(120), default="")
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClockSetting(Base):
    """One setting of the clocks that differs from the default; names are those of `domain/clocks.rows_of`."""

    __tablename__ = "clock_setting"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(60))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(320), default="")


class ClockChange(Base):
    """One change of a setting of the clocks, kept for good; None is the default."""

    __tablename__ = "clock_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(60))
    old: Mapped[str | None] = mapped_column(String(60))
    new: Mapped[str | None] = mapped_column(String(60))


class ClosedDay(Base):
    """A day on which the desk or an office is closed, besides the public holidays of its place."""

    __tablename__ = "closed_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(100), primary_key=True, default="")
    """Whose offices; empty for the desk."""
    name: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(String(320))
