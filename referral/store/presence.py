"""Reading and writing of who of the desk is on a request. Each statement begins with writing."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased, joinedload

from referral.extensions import db
from referral.models import Presence

Insert = sqlite.Insert | postgresql.Insert


def renew(request_id: UUID, staff_id: UUID, now: datetime, until: datetime, *, anew: bool = False) -> None:
    """Somebody has this request open until then; what is past of everybody on it is dropped.

    A page that is loaded `anew` has nothing written in it yet, so that it is nobody's turn by it.
    """
    db.session.execute(delete(Presence).where(Presence.request_id == request_id, Presence.until <= now))
    changed: dict[str, datetime | None] = {"until": until, **({"editing_until": None} if anew else {})}
    kept = _insert().values(request_id=request_id, staff_id=staff_id, until=until)
    db.session.execute(kept.on_conflict_do_update(index_elements=["request_id", "staff_id"], set_=changed))


def leave(request_id: UUID, staff_id: UUID) -> None:
    """Somebody closed it."""
    db.session.execute(delete(Presence).where(*_own(request_id, staff_id)))


def begin_editing(request_id: UUID, staff_id: UUID, now: datetime, until: datetime) -> bool:
    """Whether it is their turn to change it until then: one statement decides between two who begin at once."""
    other = aliased(Presence)
    busy = exists().where(
        other.request_id == request_id, other.staff_id != staff_id, other.until > now, other.editing_until > now
    )
    statement = update(Presence).where(*_own(request_id, staff_id), ~busy).values(editing_until=until)
    changed = db.session.execute(statement.returning(Presence.staff_id).execution_options(synchronize_session=False))
    return changed.first() is not None


def take_over(request_id: UUID, staff_id: UUID, until: datetime) -> None:
    """From now on it is their turn, and nobody else's."""
    others = (Presence.request_id == request_id, Presence.staff_id != staff_id)
    db.session.execute(update(Presence).where(*others).values(editing_until=None))
    db.session.execute(update(Presence).where(*_own(request_id, staff_id)).values(editing_until=until))


def on(request_ids: Collection[UUID], now: datetime) -> Sequence[Presence]:
    """Who is on these requests, who changes one of them first."""
    found = select(Presence).where(Presence.request_id.in_(list(request_ids)), Presence.until > now)
    order = (Presence.editing_until.is_(None), Presence.staff_id)
    fresh = {"populate_existing": True}
    return db.session.scalars(found.options(joinedload(Presence.staff)).order_by(*order), execution_options=fresh).all()


def _own(request_id: UUID, staff_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Presence.request_id == request_id, Presence.staff_id == staff_id


def _insert() -> Insert:
    return postgresql.insert(Presence) if db.engine.dialect.name == "postgresql" else sqlite.insert(Presence)
