"""Unbound objects that the application factory binds: the database session and what it needs of each engine."""

import os
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar

import psycopg
from flask import Flask, has_request_context, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect, generate_csrf
from sqlalchemy import Connection, FromClause, event, text
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from referral.languages import PagesBabel


def form_token() -> str:
    """The token of this visitor's forms, each time under other letters: a packed page gives none of them away."""
    token = generate_csrf().encode()
    mask = os.urandom(len(token))
    return urlsafe_b64encode(mask + _mixed(token, mask)).decode()


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes([left ^ right for left, right in zip(one, other, strict=True)])


class MaskedTokens(CSRFProtect):  # type: ignore[misc]  # Flask-WTF says nothing of its types
    """Flask-WTF's protection of forms, whose tokens are `form_token`."""

    def init_app(self, app: Flask) -> None:
        """Protect the forms of an application; its templates write the masked token."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = form_token
        app.context_processor(lambda: {"csrf_token": form_token})

    def _get_csrf_token(self) -> str | None:
        """The token that came with the request, without its mask; none where it is no masked token."""
        given = super()._get_csrf_token() or ""
        try:
            both = urlsafe_b64decode(given)
            return _mixed(both[: len(both) // 2], both[len(both) // 2 :]).decode()
        except ValueError:
            return None


db = SQLAlchemy()
"""The session of the current request, command or job. Models are plain SQLAlchemy, in `referral/models/`."""

migrate = Migrate()
csrf = MaskedTokens()
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

_LIMIT = "statement_timeout"

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


PATIENCE_MS = 30_000
CUTTING_MS = 1_000
SQLITE = (
    "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", f"busy_timeout = {PATIENCE_MS}",
    "secure_delete = ON",  # what was changed or deleted is overwritten and does not stay in the file
    # Pages come from the kernel's memory, without a call and a copy each; this is the most that SQLite maps.
    "mmap_size = 2147418112",
)  # fmt: skip


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: object, _record: object) -> None:
    """Write-ahead log, foreign keys and patience with other writers; Python's own transaction handling is off."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in SQLITE:
        connection.execute(f"PRAGMA {pragma}")


def cut_log() -> None:
    """Empty SQLite's write-ahead log, which else holds for a while what was just changed or deleted, as it was.

    Nobody waits long for somebody who reads meanwhile: then the next call does it. What PostgreSQL still holds of old
    rows its own vacuum takes away.
    """
    if db.engine.dialect.name != "sqlite":
        return
    with closing(db.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {CUTTING_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")


PREPARED = 500
"""So many statements keep their plan on one connection: more than all pages of the desk together have."""


@event.listens_for(Engine, "connect")
def _prepare_postgresql(connection: object, _record: object) -> None:
    """Many ask at once for little: no question is worth two more processes, nor a compiler, nor a plan each time."""
    if isinstance(connection, psycopg.Connection):
        connection.prepared_max = PREPARED
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.execute("SET jit = off")
        connection.commit()


@event.listens_for(Pool, "checkout")
def _limit_postgresql(connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
    """A search that somebody made slow on purpose must not hold the database up. Said where it changes."""
    if not isinstance(connection, psycopg.Connection):
        return
    limit = WEB_STATEMENT_MS if has_request_context() else 0
    if record.info.get(_LIMIT, 0) == limit:
        return
    try:
        connection.execute(f"SET statement_timeout = {limit}".encode())
        connection.commit()
    except psycopg.Error as error:
        raise DisconnectionError from error  # another connection is tried
    record.info[_LIMIT] = limit


def take_time() -> None:
    """Let the statements of this transaction take as long as they need, in a web request too."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))


def end_when_idle(seconds: int) -> None:
    """Let PostgreSQL end this transaction where nothing is asked of it for so long: nobody reads what it was for."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = {seconds * 1000}"))


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
