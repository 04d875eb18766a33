"""Alembic's environment: migrations run on the engine of the application."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from referral.models import Base


def run() -> None:
    """Bring the schema from its version to the newest, in one transaction where the database can."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, _foreign_keys_at_the_end(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
            user_module_prefix="base.",
        )
        with context.begin_transaction():
            context.run_migrations()
            _check_foreign_keys(connection)


@contextmanager
def _foreign_keys_at_the_end(connection: Connection) -> Iterator[None]:
    """Let SQLite replace a table that others point to; it can be told so outside of a transaction only."""
    own = connection.connection.driver_connection
    if not isinstance(own, sqlite3.Connection):
        yield
        return
    own.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        own.execute("PRAGMA foreign_keys = ON")


def _check_foreign_keys(connection: Connection) -> None:
    """Refuse, before anything is committed, what a foreign key would have refused."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("the migration leaves rows that point to none")


run()
