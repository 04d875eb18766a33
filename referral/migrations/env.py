"""Alembic's environment: migrations run on the engine of the application."""

import sqlite3

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from referral.models import Base


def run() -> None:
    """Bring the schema from its version to the newest, in one transaction where the database can."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        try:
            _let_tables_be_made_anew(connection)
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                render_as_batch=engine.dialect.name == "sqlite",
                compare_type=True,
                user_module_prefix="base.",
            )
            with context.begin_transaction():
                context.run_migrations()
            _require_whole(connection)
        finally:
            if engine.dialect.name == "sqlite":
                connection.invalidate()  # nobody else may get it: it does not look after foreign keys


def _let_tables_be_made_anew(connection: Connection) -> None:
    """SQLite changes a table by making it anew; rows that refer to it would keep the old one from going."""
    driver = connection.connection.dbapi_connection
    if isinstance(driver, sqlite3.Connection):
        driver.execute("PRAGMA foreign_keys = OFF")


def _require_whole(connection: Connection) -> None:
    """Nothing refers to what is not there, although nobody looked meanwhile."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("a migration has left rows that refer to nothing")


run()
