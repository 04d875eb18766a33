"""Whole tables as lines of JSON and back, for backups: the same lines fit SQLite and PostgreSQL.

Rows go through the tables, not through objects: what is sealed stays sealed, and no rule of the service is run.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import JSON, Connection, Dialect, Table
from sqlalchemy.sql.expression import ColumnClause, TableClause
from sqlalchemy.types import TypeEngine

from referral.extensions import db
from referral.models import Base
from referral.models.base import UtcDateTime
from referral.store.tables import BATCH

PASSING = frozenset({"worker_beat", "turn", "planned_run", "breaker", "presence"})
"""Tables of the moment: who works now, whose turn it is, what was done when, which far side does not answer, who has a
page open. No backup needs them.
"""

Row = dict[str, Any]


def kept_tables() -> list[Table]:
    """Every table a backup holds, those first that others refer to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in PASSING]


def begin_snapshot() -> None:
    """Begin a transaction that reads one moment of the database, while others go on writing."""
    db.session.rollback()
    options: dict[str, Any] = {"only_reads": True}
    if db.engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    db.session.connection(execution_options=options)


def revision() -> str:
    """Which migration this database has."""
    return str(db.session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())


def revision_or_none() -> str | None:
    """Which migration this database has, None where it has none yet."""
    return revision() if sa.inspect(db.session.connection()).has_table("alembic_version") else None


def has_rows(name: str) -> bool:
    """Whether this table is there and holds a row."""
    if not sa.inspect(db.session.connection()).has_table(name):
        return False
    return db.session.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first() is not None


def lines_of(table: Table) -> Iterator[bytes]:
    """Each row as one line: a list of values in the order of the table's columns; read as a stream."""
    order = table.primary_key.columns
    rows = db.session.execute(sa.select(table).order_by(*order), execution_options={"yield_per": BATCH})
    for row in rows:
        yield orjson.dumps(list(row), default=_plain) + b"\n"


def _plain(value: object) -> str:
    """What JSON has no word for."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"a backup cannot hold {type(value).__name__}")


@contextmanager
def letting_in(connection: Connection) -> Iterator[None]:
    """Let rows in as they were: triggers guard what the service does, and a restored row was done long ago.

    On SQLite indexes are made afterwards too, each at once and in order, which takes a fraction of the time.
    """
    if connection.dialect.name == "postgresql":
        for table in kept_tables():
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
        yield
        for table in kept_tables():
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')
        return
    found = connection.execute(_OF_SQLITE).all()
    for kind, name, _ in found:
        connection.exec_driver_sql(f'DROP {kind} "{name}"')
    yield
    for _, _, text in found:
        connection.exec_driver_sql(text)


_OF_SQLITE = sa.text(
    "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type"
)
"""Indexes, but for those that a table's own constraints make, then triggers."""


class TableWriter:
    """Writes one table's rows into the database of this moment, which may be older or newer than the models.

    Columns that point at rows not yet there (a table that refers to itself, or to a later one) are filled by `finish`.
    Values go to the driver as its types write them: a statement for each batch would cost more than the database does.
    """

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        known = Base.metadata.tables.get(name)
        self.table = _table(name, columns, known)
        self._columns, self._taken = columns, [_taken(column.type, db.engine.dialect) for column in self.table.columns]
        self._keys = [column.name for column in known.primary_key.columns] if known is not None else []
        self._late = sorted(_late_columns(known) & set(columns))
        self._later: list[Row] = []

    def write(self, lines: Iterable[bytes]) -> int:
        """Insert these lines; how many they were. Raise `ValueError` for a line that does not fit the columns."""
        count, rows = 0, map(self._row, lines)
        while batch := list(islice(rows, BATCH)):
            _run(sa.insert(self.table), batch)
            count += len(batch)
        return count

    def finish(self) -> None:
        """Fill what had to wait for other rows, and let new rows be numbered after the old ones."""
        found = (self.table.c[name] == sa.bindparam(f"of_{name}") for name in self._keys)
        late: Row = {name: sa.bindparam(f"late_{name}") for name in self._late}
        if self._later:
            _run(sa.update(self.table).where(*found).values(late), self._later)
        self._number_on()

    def _row(self, line: bytes) -> Row:
        values = zip(self._columns, self._taken, orjson.loads(line), strict=True)
        row = {name: taken(value) for name, taken, value in values}
        if any(row[name] is not None for name in self._late):
            late = {f"late_{name}": row[name] for name in self._late}
            self._later.append({**{f"of_{name}": row[name] for name in self._keys}, **late})
            row |= dict.fromkeys(self._late)
        return row

    def _number_on(self) -> None:
        if db.engine.dialect.name != "postgresql" or len(self._keys) != 1:
            return
        name, key = self.table.name, self._keys[0]
        sequence = db.session.scalar(sa.select(sa.func.pg_get_serial_sequence(name, key)))
        highest = db.session.scalar(sa.select(sa.func.max(self.table.c[key]))) if sequence else None
        if highest is not None:
            db.session.execute(sa.select(sa.func.setval(sequence, highest)))


def _table(name: str, columns: Sequence[str], known: Table | None) -> TableClause:
    """The table as the backup has it; types are the models' where they know the column, else the database's."""
    there = {column["name"]: column["type"] for column in sa.inspect(db.session.connection()).get_columns(name)}
    return sa.table(name, *(_column(column, known, there) for column in columns))


def _column(name: str, known: Table | None, there: dict[str, TypeEngine[Any]]) -> ColumnClause[Any]:
    if known is None or name not in known.columns:
        return sa.column(name, there[name])
    column = known.columns[name]
    if isinstance(column.type, JSON) and column.nullable:
        return sa.column(name, JSON(none_as_null=True))
    return sa.column(name, column.type)


def _late_columns(table: Table | None) -> set[str]:
    """Columns that refer to the table itself or to one that comes after it; they are written last."""
    if table is None:
        return set()
    places = {other: place for place, other in enumerate(Base.metadata.sorted_tables)}
    return {
        column.name
        for column in table.columns
        for key in column.foreign_keys
        if places[key.column.table] >= places[table]
    }


def _run(statement: sa.Insert | sa.Update, rows: Sequence[Row]) -> None:
    """Run one statement for all these rows, whose values are as the driver takes them."""
    connection = db.session.connection()
    compiled = statement.compile(dialect=connection.dialect)
    order = compiled.positiontup
    connection.exec_driver_sql(str(compiled), [tuple(map(row.__getitem__, order)) for row in rows] if order else rows)


def _taken(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    """How a JSON value becomes what the driver takes for the column."""
    read, written = _reader(kind), kind.dialect_impl(dialect).bind_processor(dialect)
    if written is None:
        return _same if read is _same else lambda value: None if value is None else read(value)
    if read is _same:
        return written
    return lambda value: None if value is None else written(read(value))


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """How a JSON value becomes what the column takes."""
    if isinstance(kind, (UtcDateTime, sa.DateTime)):
        return datetime.fromisoformat
    if isinstance(kind, sa.Date):
        return date.fromisoformat
    if isinstance(kind, sa.Uuid):
        return UUID
    if isinstance(kind, sa.LargeBinary):
        return base64.b64decode
    if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
        return Decimal
    return _same


def _same(value: object) -> object:
    return value
