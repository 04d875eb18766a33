"""Unbound objects that the application factory binds: the database session and what it needs of each engine."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flask import has_request_context, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, FromClause, event, text
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine

from referral.languages import PagesBabel

db = SQLAlchemy()
"""The session of the current request, command or job. Models are plain SQLAlchemy, in `referral/models/`."""

migrate = Migrate()
csrf = CSRFProtect()
babel = PagesBabel()
"""The language of the current page; `web/page_language.py` chooses it."""


class HintedCompiler(SQLiteCompiler):
    """Writes hints of a query behind the table's name, where SQLite takes its INDEXED BY; it knows no statistics."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        """The hint as it was given."""
        return text


SQLiteDialect_pysqlite.statement_compiler = HintedCompiler

WEB_STATEMENT_MS = 5_000
"""So long may one statement of a web request take on PostgreSQL; jobs and commands take their time."""

READING = ("GET", "HEAD", "OPTIONS")
_writes: ContextVar[bool] = ContextVar("writes", default=False)


@contextmanager
def writing() -> Iterator[None]:
    """What begins within the block writes, although the page itself is only read."""
    token = _writes.set(True)
    try:
        yield
    finally:
        _writes.reset(token)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: object, _record: object) -> None:
    """Write-ahead log, foreign keys and patience with other writers; Python's own transaction handling is off."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 30000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _limit_postgresql(connection: Connection) -> None:
    """A search that somebody made slow on purpose must not hold the database up."""
    if connection.dialect.name == "postgresql" and has_request_context():
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {WEB_STATEMENT_MS}")


def take_time() -> None:
    """Let the statements of this transaction take as long as they need, in a web request too."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at the start unless a page is only read.

    A transaction that reads first and writes later would fail at once when another writer came between. Whoever
    only reads outside of a page says so by the execution option `only_reads`.
    """
    if connection.dialect.name == "sqlite":
        page_reads = has_request_context() and request.method in READING and not _writes.get()
        only_reads = page_reads or connection.get_execution_options().get("only_reads", False)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
