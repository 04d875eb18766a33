"""Very many rows into a database at once: COPY on PostgreSQL, one prepared INSERT on SQLite; indexes are made after.

Values are texts, numbers and None, as both databases take them: ids as 32 hexadecimal digits, moments in UTC as SQLite
keeps them. Triggers and foreign keys are not asked meanwhile: whoever makes the rows makes them right.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import ColumnDefault, Table

from referral.extensions import db
from referral.models import Base

Value = str | int | None


def moment(seconds: float) -> str:
    """A moment, in seconds since 1970, as both databases read it."""
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S}.000000"


@contextmanager
def bulk(tables: Sequence[str]) -> Iterator["Bulk"]:
    """A connection of its own for filling these tables, whose own indexes come back at the end."""
    connection = db.engine.raw_connection()
    try:
        made = Bulk(connection.driver_connection)
        dropped = made.without_indexes(tables)
        yield made
        for statement in dropped:
            made.run(statement)
        connection.commit()
        made.settle()
    finally:
        connection.close()


class Bulk:
    """Puts rows into tables."""

    def __init__(self, connection: object) -> None:
        self._connection = connection
        if isinstance(connection, sqlite3.Connection):
            for pragma in ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -400000", "temp_store = MEMORY"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN")
        else:
            self.run("SET session_replication_role = replica")
            self.run("SET timezone = 'UTC'")
            self.run("SET maintenance_work_mem = '512MB'")

    def run(self, statement: str) -> list[Any]:
        """One statement of ours."""
        if isinstance(self._connection, sqlite3.Connection):
            return self._connection.execute(statement).fetchall()
        assert isinstance(self._connection, psycopg.Connection)
        found = self._connection.execute(statement.encode())
        return found.fetchall() if found.description else []

    def put(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """The rows of one table; columns that are not named and must hold something get their default."""
        more = _defaults(Base.metadata.tables[name], columns)
        names, constants = [*columns, *more], tuple(more.values())
        every = (tuple(row) + constants for row in rows) if constants else rows
        quoted = ", ".join(f'"{one}"' for one in names)
        if isinstance(self._connection, sqlite3.Connection):
            marks = ", ".join("?" * len(names))
            self._connection.executemany(f"INSERT INTO {name} ({quoted}) VALUES ({marks})", every)  # noqa: S608 - our own names
            self._connection.execute("COMMIT")  # a log of everything at once would be as large as the database
            self._connection.execute("BEGIN")
            return
        assert isinstance(self._connection, psycopg.Connection)
        with self._connection.cursor().copy(f"COPY {name} ({quoted}) FROM STDIN".encode()) as copy:
            lines: list[str] = []
            for row in every:
                lines.append("\t".join([_copied(value) for value in row]))
                if len(lines) == 5_000:
                    copy.write("\n".join(lines) + "\n")
                    lines = []
            copy.write("".join(line + "\n" for line in lines))

    def without_indexes(self, tables: Sequence[str]) -> list[str]:
        """Drop the indexes that no constraint needs; the statements that make them again."""
        named = ", ".join(f"'{table}'" for table in tables)
        if isinstance(self._connection, sqlite3.Connection):
            asked = f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name IN ({named})"  # noqa: S608 - our own names
        else:
            asked = (
                f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({named}) AND indexname NOT IN "  # noqa: S608 - our own names
                "(SELECT conname FROM pg_constraint)"
            )
        found = self.run(asked)
        for name, _ in found:
            self.run(f"DROP INDEX {name}")
        return [statement for _, statement in found]

    def settle(self) -> None:
        """What PostgreSQL does by itself within minutes; SQLite as the service sets it up does no such thing."""
        if not isinstance(self._connection, sqlite3.Connection):
            assert isinstance(self._connection, psycopg.Connection)
            self._connection.autocommit = True
            self.run("SET session_replication_role = origin")
            self.run("VACUUM ANALYZE")
            self._connection.autocommit = False

    def highest(self, table: str) -> int:
        """The greatest number that a table uses as its key."""
        return int(self.run(f"SELECT coalesce(max(id), 0) FROM {table}")[0][0])  # noqa: S608 - our own names

    def went_on(self, table: str) -> None:
        """Let the database number new rows after those that were put there."""
        if not isinstance(self._connection, sqlite3.Connection):
            self.run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608 - our own names


def _defaults(table: Table, given: Sequence[str]) -> Mapping[str, Value]:
    found: dict[str, Value] = {}
    for column in table.columns:
        if column.name in given or column.nullable or column.server_default is not None or column.autoincrement is True:
            continue
        default = column.default
        if not isinstance(default, ColumnDefault):
            if column.name != "id":
                raise ValueError(f"{table.name}.{column.name} has no default")
        elif default.is_scalar:
            found[column.name] = int(default.arg) if isinstance(default.arg, (bool, int)) else str(default.arg)
        else:
            found[column.name] = "[]" if "list" in repr(default.arg) else "{}"
    return found


def _copied(value: Value) -> str:
    if value is None:
        return r"\N"
    return (
        value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") if isinstance(value, str) else str(value)
    )
