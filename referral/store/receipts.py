"""Receipts: each event of a provider is kept once, and those that came early wait for a while."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite

from referral.extensions import db
from referral.models import Receipt

TABLE = cast(Table, Receipt.__table__)


def keep(provider: str, event_id: str, kind: str, key: str, detail: str, now: datetime) -> Receipt | None:
    """Keep one event; None where it is known already, also where another process keeps it at this moment."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    row = {
        "provider": provider,
        "event_id": event_id,
        "kind": kind,
        "key": key,
        "detail": detail,
        "received_at": now,
        "outcome": "waiting",
    }
    kept = dialect.insert(TABLE).values(**row).on_conflict_do_nothing().returning(TABLE.c.id)
    number = db.session.scalar(kept)
    return db.session.get_one(Receipt, number) if number is not None else None


def get(number: int) -> Receipt | None:
    """One receipt as it stands now, held against other writers until the transaction ends."""
    found = select(Receipt).where(Receipt.id == number).with_for_update()
    return db.session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def waiting(limit: int) -> list[int]:
    """Receipts that could not be applied yet, the oldest first."""
    found = select(Receipt.id).where(Receipt.outcome == "waiting").order_by(Receipt.received_at).limit(limit)
    return list(db.session.scalars(found))
