"""Many rows at once: read by key, insert, update. Rows are dicts by column name.

It goes through the tables, not through objects, so that hundreds of thousands of rows cost seconds; whoever holds
objects read before must refresh them after the commit.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Column, Date, Table, bindparam, insert, select, update
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from referral.extensions import db
from referral.models import Base
from referral.models.directory import NAMED_BY, plain_name

BATCH = 1000
"""Rows taken over by one statement; well below the number of parameters every database allows."""

Model = type[Base]
Row = dict[str, Any]
_T = TypeVar("_T")


def parts(items: Iterable[_T]) -> Iterator[list[_T]]:
    """Cut anything into lists of at most `BATCH`."""
    rest = iter(items)
    while part := list(islice(rest, BATCH)):
        yield part


def table_of(model: Model) -> Table:
    """The table of a model."""
    return cast(Table, model.__table__)


def key_of(model: Model) -> Column[str]:
    """The first column of the primary key."""
    return cast(Column[str], table_of(model).primary_key.columns[0])


def said_columns(model: Model) -> list[Column[Any]]:
    """The columns that somebody says something of; the others are made of them."""
    return [column for column in table_of(model).columns if NAMED_BY not in column.info]


def held_rows(model: Model, keys: Iterable[str]) -> dict[str, Row]:
    """The rows that are there, by key."""
    columns, key = said_columns(model), key_of(model)
    return {
        row[key.name]: dict(row)
        for part in parts(keys)
        for row in db.session.execute(select(*columns).where(key.in_(part))).mappings()
    }


def insert_rows(model: Model, rows: list[Row]) -> None:
    """Add rows; each names the same columns, and columns that none names get their default."""
    if rows:
        db.session.execute(insert(table_of(model)), rows)


def update_rows(model: Model, rows: list[Row]) -> None:
    """Write all columns that the rows name, found by their primary key, in one statement for the whole batch."""
    if not rows:
        return
    table = table_of(model)
    rows = _with_made(table, rows)
    keys = [column.name for column in table.primary_key.columns]
    values: Row = {name: bindparam(f"new_{name}") for name in rows[0] if name not in keys}
    found = (table.c[name] == bindparam(f"new_{name}") for name in keys)
    statement = update(table).where(*found).values(values)
    db.session.execute(statement, [{f"new_{name}": value for name, value in row.items()} for row in rows])


def defaults(model: Model) -> Row:
    """What each column holds when nobody says otherwise."""
    return {column.name: _default(column) for column in said_columns(model)}


def as_said(model: Model, row: Row) -> Row:
    """The row as it stands in JSON: days as texts."""
    dates = _dates(model)
    return {name: value.isoformat() if name in dates and value else value for name, value in row.items()}


def as_held(model: Model, row: Row) -> Row:
    """The row as the table takes it: texts that are days become days."""
    dates = _dates(model)
    return {
        name: date.fromisoformat(value) if name in dates and isinstance(value, str) and value else value
        for name, value in row.items()
    }


def _with_made(table: Table, rows: list[Row]) -> list[Row]:
    """The rows with the columns that are made of those they name."""
    made = {column.name: column.info[NAMED_BY] for column in table.columns if NAMED_BY in column.info}
    if not made:
        return rows
    return [row | {name: plain_name(*(row[part] for part in of)) for name, of in made.items()} for row in rows]


@cache
def _dates(model: Model) -> frozenset[str]:
    return frozenset(column.name for column in table_of(model).columns if isinstance(column.type, Date))


def _default(column: Column[Any]) -> object:
    default = column.default
    if isinstance(default, CallableColumnDefault):
        return cast(Callable[[object], object], default.arg)(None)
    return default.arg if isinstance(default, ScalarElementColumnDefault) else None
