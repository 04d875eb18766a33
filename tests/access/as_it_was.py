"""One database and its files brought back to how they were, again and again, while the application goes on."""

import filecmp
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from referral.extensions import db
from referral.settings import Settings
from tests.servers.rewinding import keep, put_back


def restorer(app: Flask, folder: Path) -> Callable[[], None]:
    """Keep the database and the files of requests as they are now, and return what puts them back to that."""
    settings: Settings = app.extensions["settings"]
    files, kept = settings.data_dir / "documents", folder / "documents"
    shutil.copytree(files, kept)
    on_server = db.engine.dialect.name == "postgresql"
    restore_rows = _in_postgresql(db.engine) if on_server else _in_sqlite(db.engine, folder / "kept.sqlite3")

    def restore() -> None:
        restore_rows()
        shutil.copytree(kept, files, dirs_exist_ok=True, copy_function=_copied_unless_same)

    return restore


def _copied_unless_same(source: str, target: str) -> str:
    """Most requests change no file; one that was changed has another size or time."""
    there = Path(target).exists() and filecmp.cmp(source, target)
    return target if there else str(shutil.copy2(source, target))


def _in_sqlite(engine: Engine, kept: Path) -> Callable[[], None]:
    """The whole file is copied, also where it is open."""
    database = Path(str(engine.url.database))
    engine.dispose()
    _copy(database, kept)
    return lambda: _copy(kept, database)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        here.execute("PRAGMA synchronous = OFF")
        there.backup(here)


def _in_postgresql(engine: Engine) -> Callable[[], None]:
    """A connection of the pool is taken, since one that has put back before knows how."""

    def restore() -> None:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            assert put_back(driver, "scene"), "more than rows was changed"
            connection.connection.commit()

    with engine.connect() as connection:
        begun: Any = connection.connection.driver_connection
        keep(begun, "scene")
        connection.connection.commit()
    return restore
