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
        _foreign_keys(connection, "OFF")
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
        _foreign_keys(connection, "ON")


def _foreign_keys(connection: Connection, state: str) -> None:
    """SQLite changes a table by making it anew; rows that refer to it would keep the old one from going."""
    driver = connection.connection.dbapi_connection
    if isinstance(driver, sqlite3.Connection):
        driver.execute(f"PRAGMA foreign_keys = {state}")


def _require_whole(connection: Connection) -> None:
    """Nothing refers to what is not there, although nobody looked meanwhile."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("a migration has left rows that refer to nothing; nothing was changed")


run()
