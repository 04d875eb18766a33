"""Taking rows over from an import, and retiring those that are gone.

Rows are dicts by column name. Writing goes through the tables, not through objects, so that hundreds of
thousands of rows cost seconds; whoever holds objects read before must refresh them after the commit.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Table, bindparam, func, insert, select, text, update
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from referral.models import (
    DirectoryImport,
    Experience,
    OrganizationExperience,
    Practitioner,
    PractitionerRole,
)
from referral.store.directory import DEMO, SOURCED, Db, Model, column_of, source_column

BATCH = 1000
"""Rows taken over by one statement; well below the number of parameters every database allows."""

Row = dict[str, Any]
Settle = Callable[[Row, Row], Row]


@dataclass(frozen=True, slots=True)
class Taken:
    """Keys of the rows that an import brought anew and of those that it changed."""

    added: frozenset[str]
    changed: frozenset[str]


def evidence_id(
    owner: str, code: str, kind: str, source: str, period_start: date | None, period_end: date | None
) -> str:
    """Return the identity of an evidence row; `owner` is an NPI or an organization's id."""
    parts = (owner, code, kind, source, period_start or "", period_end or "")
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def lock_directory(session: Db) -> None:
    """Wait until no other import is under way; reading goes on. The lock ends with the transaction.

    SQLite needs no statement: there every transaction that may write waits for the one before.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE directory_import IN EXCLUSIVE MODE"))


def overwrite(held: Row, new: Row) -> Row:
    """The import knows best: all it says replaces what is held."""
    return held | new


def keep_known(held: Row, new: Row) -> Row:
    """What the import does not know stays as it is held."""
    return held | {name: value for name, value in new.items() if not _blank(value)} | {"retired_at": None}


def overwrite_own(held: Row, new: Row) -> Row:
    """What the import does not know clears a field only where the row came from the same source."""
    return overwrite(held, new) if held["source"] == new["source"] else keep_known(held, new)


def overwrite_unless_foreign(held: Row, new: Row) -> Row:
    """What another source said stays as a whole: half of one address and half of another is neither."""
    return held if _is_foreign(held, new) else overwrite(held, new)


def fill_blanks(held: Row, new: Row) -> Row:
    """What another source said stays, and the row remains that source's; only its blanks are filled."""
    if not _is_foreign(held, new):
        return keep_known(held, new)
    return held | {name: value for name, value in new.items() if _blank(held[name]) and name != "retired_at"}


def upsert(session: Db, model: Model, rows: Sequence[Row], *, settle: Settle = overwrite, write: bool = True) -> Taken:
    """Take over rows by primary key and say which are new and which changed; a retired row is in use again.

    A column that a row does not name keeps its value, in a new row its default. `settle` makes the final
    row of the held and the new one. With `write=False` only the comparison is made.
    """
    table, key = _table(model), _key(model).name
    incoming = {row[key]: row | {"retired_at": None} for row in rows}
    held = _held(session, table, incoming)
    added = [_with_defaults(table, row) for name, row in incoming.items() if name not in held]
    settled = {name: settle(row, incoming[name]) for name, row in held.items()}
    changed = {name: row for name, row in settled.items() if row != held[name]}
    if write:
        _insert(session, table, added)
        _update(session, table, list(changed.values()))
    return Taken(frozenset(row[key] for row in added), frozenset(changed))


def retire_missing(
    session: Db,
    model: Model,
    origin: str,
    now: datetime,
    still_there: Callable[[str, str], bool],
    *,
    write: bool = True,
) -> int:
    """Retire the rows of `origin` in use that the source no longer has and return how many.

    `still_there` is asked with each row's key and the key of whose it is (for a specialist or an
    organization the same). A specialist with a role from another source stays: that source still has them.
    """
    owner = _owner(model)
    in_use = (source_column(model) == origin, column_of(model, "retired_at").is_(None))
    found = session.execute(select(_key(model), owner).where(*in_use))
    gone = [key for key, whose in found if not still_there(key, whose)]
    if model is Practitioner:
        elsewhere = _with_other_roles(session, origin)
        gone = [npi for npi in gone if npi not in elsewhere]
    if write:
        _retire(session, model, _key(model), gone, now)
    return len(gone)


def retire_specialists(
    session: Db, npis: Collection[str], now: datetime, *, source: str | None = None, write: bool = True
) -> int:
    """Retire specialists and their roles, all or those of one source, and return how many specialists."""
    only: list[ColumnElement[bool]] = [Practitioner.retired_at.is_(None)]
    if source is not None:
        only.append(Practitioner.source == source)
    queries = (select(Practitioner.npi).where(Practitioner.npi.in_(part), *only) for part in _parts(npis))
    found = [npi for query in queries for npi in session.scalars(query)]
    if write:
        role_only = () if source is None else (PractitionerRole.source == source,)
        _retire(session, Practitioner, Practitioner.npi, found, now)
        _retire(session, PractitionerRole, PractitionerRole.npi, list(npis), now, *role_only)
    return len(found)


def retire_demo(session: Db, now: datetime, *, write: bool = True) -> int:
    """Retire every demo row that is in use and return how many there were."""
    return sum(_retire_demo_rows(session, model, now, write) for model in SOURCED)


def freshen_demo(session: Db, today: date) -> None:
    """Move the demo's dates of last confirmation so that the newest is today's: made-up offices do not go stale."""
    roles = list(session.scalars(select(PractitionerRole).where(PractitionerRole.source == DEMO)))
    newest = max((role.assured_on for role in roles if role.assured_on), default=today)
    for role in roles:
        if role.assured_on is not None:
            role.assured_on += today - newest


def record_import(
    session: Db,
    *,
    kind: str,
    name: str,
    finished_at: datetime,
    rows: int,
    changed: int,
    rejected: int,
    demo: bool = False,
) -> None:
    """Write down that an import was made; the figures count rows of the files."""
    session.add(
        DirectoryImport(
            kind=kind,
            name=name[:300],
            finished_at=finished_at,
            rows=rows,
            changed=changed,
            rejected=rejected,
            demo=demo,
        )
    )
    session.flush()


def _is_foreign(held: Row, new: Row) -> bool:
    """Whether another source has the row in use."""
    return held["retired_at"] is None and held["source"] != new["source"]


def _blank(value: object) -> bool:
    return value is None or value == "" or value == []


def _table(model: Model) -> Table:
    return cast(Table, model.__table__)


def _key(model: Model) -> Column[str]:
    return cast(Column[str], _table(model).primary_key.columns[0])


def _owner(model: Model) -> ColumnElement[str]:
    owners: dict[Model, ColumnElement[str]] = {
        Experience: _table(Experience).c.npi,
        OrganizationExperience: _table(OrganizationExperience).c.organization_id,
        PractitionerRole: _table(PractitionerRole).c.npi,
    }
    return owners.get(model, _key(model))


def _parts(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while part := list(islice(rest, BATCH)):
        yield part


def _held(session: Db, table: Table, keys: Iterable[str]) -> dict[str, Row]:
    key = table.primary_key.columns[0]
    return {
        row[key.name]: dict(row)
        for part in _parts(keys)
        for row in session.execute(select(table).where(key.in_(part))).mappings()
    }


def _with_defaults(table: Table, row: Row) -> Row:
    """Return the row with a value for every column, so that one statement takes all rows of a batch."""
    return {column.name: _default(column) for column in table.columns} | row


def _default(column: Column[Any]) -> object:
    """Return what the table's model says a column holds when nobody says otherwise."""
    default = column.default
    if isinstance(default, CallableColumnDefault):
        return cast(Callable[[object], object], default.arg)(None)
    return default.arg if isinstance(default, ScalarElementColumnDefault) else None


def _insert(session: Db, table: Table, rows: list[Row]) -> None:
    if rows:
        session.execute(insert(table), rows)


def _update(session: Db, table: Table, rows: list[Row]) -> None:
    """Write all columns of rows that are there already, in one statement for the whole batch."""
    if not rows:
        return
    key = table.primary_key.columns[0]
    names = [column.name for column in table.columns if column is not key]
    values: Row = {name: bindparam(f"new_{name}") for name in names}
    statement = update(table).where(key == bindparam(f"new_{key.name}")).values(values)
    session.execute(statement, [{f"new_{name}": value for name, value in row.items()} for row in rows])


def _retire(
    session: Db,
    model: Model,
    column: ColumnElement[str] | InstrumentedAttribute[str],
    keys: Collection[str],
    now: datetime,
    *only: ColumnElement[bool],
) -> None:
    table = _table(model)
    for part in _parts(keys):
        in_use = (column.in_(part), table.c.retired_at.is_(None), *only)
        session.execute(update(table).where(*in_use).values(retired_at=now))


def _retire_demo_rows(session: Db, model: Model, now: datetime, write: bool) -> int:
    table, demo = _table(model), (source_column(model) == DEMO, column_of(model, "retired_at").is_(None))
    number = session.scalar(select(func.count()).select_from(table).where(*demo)) or 0
    if write and number:
        session.execute(update(table).where(*demo).values(retired_at=now))
    return number


def _with_other_roles(session: Db, origin: str) -> set[str]:
    other = (PractitionerRole.source != origin, PractitionerRole.retired_at.is_(None))
    return set(session.scalars(select(PractitionerRole.npi).where(*other)))
