"""Breakers: one row per far side that failed lately, changed by statements that two workers cannot both win."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.sql.elements import ColumnElement

from referral.extensions import db
from referral.models import Breaker, DeliveryAttempt

TABLE = cast(Table, Breaker.__table__)


def get(channel: str, endpoint: str) -> Breaker | None:
    """The row of one far side as it stands now; None while nothing is wrong with it."""
    found = select(Breaker).where(*_is(channel, endpoint)).execution_options(populate_existing=True)
    return db.session.scalars(found).one_or_none()


def open_ones() -> list[Breaker]:
    """Far sides that get nothing but a probe now and then, the longest first."""
    return list(db.session.scalars(select(Breaker).where(Breaker.opened_at.is_not(None)).order_by(Breaker.opened_at)))


def probe_now(now: datetime) -> None:
    """Let the next message to every far side that is down try it at once."""
    db.session.execute(update(Breaker).where(Breaker.opened_at.is_not(None)).values(probe_at=now))


def take_probe(breaker: Breaker, next_at: datetime) -> bool:
    """Take the right to try an open breaker; False where somebody else took it."""
    taken = db.session.execute(
        update(Breaker)
        .where(*_is(breaker.channel, breaker.endpoint), Breaker.probe_at == breaker.probe_at)
        .values(probe_at=next_at)
        .execution_options(synchronize_session=False)
    )
    return isinstance(taken, CursorResult) and taken.rowcount == 1


def count_failure(channel: str, endpoint: str, now: datetime) -> int:
    """Note one more failure; how many in a row that makes."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    row = {"channel": channel, "endpoint": endpoint, "failures": 1, "failing_since": now}
    counted = dialect.insert(TABLE).values(**row)
    more = counted.on_conflict_do_update(
        index_elements=["channel", "endpoint"], set_={"failures": TABLE.c.failures + 1}
    )
    return int(db.session.execute(more.returning(TABLE.c.failures)).scalar_one())


def keep_open(channel: str, endpoint: str, now: datetime, probe_at: datetime) -> None:
    """Open the breaker, or keep it open, until the next probe."""
    db.session.execute(
        update(Breaker)
        .where(*_is(channel, endpoint))
        .values(opened_at=func.coalesce(Breaker.opened_at, now), probe_at=probe_at)
        .execution_options(synchronize_session=False)
    )


def forget(channel: str, endpoint: str, *, even_open: bool) -> None:
    """The far side answered: its row goes, an open one only where the probe brought the answer."""
    db.session.execute(
        delete(Breaker)
        .where(*_is(channel, endpoint), *(() if even_open else (Breaker.opened_at.is_(None),)))
        .execution_options(synchronize_session=False)
    )


def recent(endpoint_hash: str, since: datetime) -> tuple[int, int]:
    """How many attempts at one far side ended since a moment, and how many of them it failed as a whole."""
    ended = select(func.count(), func.count().filter(DeliveryAttempt.endpoint_down)).where(
        DeliveryAttempt.endpoint == endpoint_hash, DeliveryAttempt.ended_at > since
    )
    total, down = db.session.execute(ended).one()
    return int(total), int(down)


def _is(channel: str, endpoint: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Breaker.channel == channel, Breaker.endpoint == endpoint
