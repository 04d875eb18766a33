"""A database that refuses what it is told, and what an answer may be while it does."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from flask import has_request_context
from sqlalchemy import event
from sqlalchemy.pool import PoolProxiedConnection

from referral.extensions import db
from tests.access.scene import Scene

INSIDE = "words of the inside"
"""What the database says of its trouble, which is nobody's business."""

COMMIT = "COMMIT"
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
BY_ITSELF = ("staff_session", "patient_session", "api_token", "presence", "search_record", "desk_search")
"""What is written without being asked for: that somebody is there, and what was searched for."""


@dataclass(slots=True)
class Refusals:
    """What a database was asked in vain."""

    statements: list[str] = field(default_factory=list)


Condition = Callable[[str], bool]


def everything(_statement: str) -> bool:
    """The database is away."""
    return True


def what_writes(statement: str) -> bool:
    """Its disk is full."""
    return statement.lstrip().upper().startswith(WRITES)


def what_commits(statement: str) -> bool:
    """It goes away at the last moment."""
    return statement == COMMIT


@contextmanager
def refusing(scene: Scene, condition: Condition) -> Iterator[Refusals]:
    """The database refuses the statements of requests for which the condition holds; what works beside goes on."""
    refused = Refusals()
    with scene.app.app_context():
        engine = db.engine
    dialect = engine.dialect

    def judge(statement: str) -> None:
        if has_request_context() and condition(statement):
            refused.statements.append(statement)
            raise sqlite3.OperationalError(INSIDE)

    def execute(_cursor: object, statement: str, *_more: object) -> None:
        judge(statement)

    def commit(connection: PoolProxiedConnection) -> None:
        try:
            judge(COMMIT)
        except sqlite3.OperationalError:
            connection.rollback()  # nothing of it stays open anywhere, as when a server went away
            raise
        type(dialect).do_commit(dialect, connection)

    with ExitStack() as after:
        for name in ("do_execute", "do_executemany"):
            event.listen(engine, name, execute)
            after.callback(event.remove, engine, name, execute)
        vars(dialect)["do_commit"] = commit
        after.callback(vars(dialect).pop, "do_commit")
        yield refused


class Saved:
    """Whether anything was saved since this moment: the condition of a database that goes away right after."""

    def __init__(self, scene: Scene) -> None:
        self._observer = sqlite3.connect(_database_of(scene), check_same_thread=False)
        self._before = self._version()

    def __call__(self, _statement: str = "") -> bool:
        """Whether another connection has saved something."""
        return self._version() != self._before

    def close(self) -> None:
        """Look no longer."""
        self._observer.close()

    def _version(self) -> int:
        return int(self._observer.execute("PRAGMA data_version").fetchone()[0])


def rows_of(scene: Scene) -> dict[str, list[object]]:
    """Every row of every table, but for what is written by itself."""
    with closing(sqlite3.connect(_database_of(scene))) as database:
        named = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        names = sorted({name for (name,) in named} - set(BY_ITSELF))
        return {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608 - ours


def _database_of(scene: Scene) -> str:
    """The file of the scene's database."""
    url: str = scene.app.extensions["settings"].database_url
    return url.removeprefix("sqlite:///")
