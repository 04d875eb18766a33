"""The one clock: what is due, leased or late is decided by the database's time, not by that of each machine.

It is asked now and then and counted on in between, so that a machine whose own clock is hours off, or jumps, sends
nothing early, takes nobody's lease, and lets nothing wait.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from referral.extensions import db

ASKED_EVERY = 10.0
"""Seconds. Whatever a machine's clock is set to, its seconds have the right length for so long."""

_KEPT = "clock_of_the_database"


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that was set once and runs on; calling it asks neither the database nor the application."""

    said: datetime
    at: float
    """When that was, by the machine's stopwatch."""

    def __call__(self) -> datetime:
        """This moment."""
        return self.said + timedelta(seconds=monotonic() - self.at)


def now() -> datetime:
    """This moment, in UTC, as the database has it; SQLite has no clock but the machine's.

    Asked over a connection of its own: a transaction that is open goes on. While the database does not answer, its
    last answer is counted on; raises what it raises where it never answered.
    """
    if db.engine.dialect.name != "postgresql":
        return datetime.now(UTC)
    kept: Running | None = current_app.extensions.get(_KEPT)
    if kept is None or monotonic() - kept.at > ASKED_EVERY:
        try:
            kept = current_app.extensions[_KEPT] = _asked()
        except SQLAlchemyError:
            if kept is None:
                raise
    return kept()


def running() -> Running:
    """The clock for a piece of work of which a part is done where no application is around it."""
    return Running(now(), monotonic())


def _asked() -> Running:
    with db.engine.connect() as connection:
        said: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return Running(said.astimezone(UTC), monotonic())
