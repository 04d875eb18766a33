"""Work on sealed values as they stand in the database, whatever table they are in."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, func, or_, select, update

from referral.extensions import db
from referral.models.sealed import SealedTable, sealed_tables
from referral.sealing.values import KEY_AT, KEY_LENGTH, MARK


def values_by_key() -> Counter[str]:
    """How many values are sealed with each key; also 0, where an index alone was made with it."""
    found: Counter[str] = Counter()
    for table in sealed_tables():
        for column in table.sealed:
            key_id = func.substr(column, KEY_AT + 1, KEY_LENGTH)
            rows = db.session.execute(select(key_id, func.count()).where(column != "").group_by(key_id))
            found.update(dict(rows.all()))
        for column in table.blind:
            names = select(func.substr(column, 1, KEY_LENGTH)).where(column != "").distinct()
            found.update(dict.fromkeys(db.session.scalars(names), 0))
    return found


def stale(table: SealedTable, key_id: str, after: object, limit: int) -> list[dict[str, Any]]:
    """Rows with a value or an index under another key than this one, in the order of the primary key."""
    names = dict.fromkeys((table.key.name, *table.identity, *(one.name for one in (*table.sealed, *table.blind))))
    query = select(*(table.table.c[name] for name in names)).where(_is_stale(table, key_id))
    if after is not None:
        query = query.where(table.key > after)
    return [dict(row) for row in db.session.execute(query.order_by(table.key).limit(limit)).mappings()]


def replace(table: SealedTable, row: Mapping[str, Any], new: Mapping[str, str]) -> bool:
    """Put other values in the place of those that were read; False where one has changed meanwhile."""
    unchanged = (column == row[column.name] for column in table.sealed)
    statement = update(table.table).where(table.key == row[table.key.name], *unchanged).values(dict(new))
    result: CursorResult[Any] = db.session.connection().execute(statement)
    return result.rowcount == 1


def _is_stale(table: SealedTable, key_id: str) -> ColumnElement[bool]:
    values = (and_(column != "", column.not_like(f"{MARK}{key_id}.%")) for column in table.sealed)
    indexes = (and_(column != "", column.not_like(f"{key_id}.%")) for column in table.blind)
    return or_(*values, *indexes)
