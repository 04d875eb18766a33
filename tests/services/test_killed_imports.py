"""Imports that are killed: the directory is as it was, and the next import gives what an undisturbed one would have."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, Integer, select, text

from referral.extensions import db
from referral.models import Base, DirectoryImport
from referral.services.import_directory import import_directory
from tests.application import application_on
from tests.directory.national import national_set
from tests.servers import wait_until
from tests.servers.databases import ROOT, DatabaseMaker

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ITS_TRACE = ("import_id", "retrieved_on", "file", "at")
"""What tells one import of the same from another."""
Rows = list[tuple[object, ...]]
running = contextmanager(application_on)


def contents() -> dict[str, Rows]:
    """Everything in the database, but for the imports themselves and what tells one of them from another."""
    db.session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name != DirectoryImport.__tablename__:
            columns = [column for column in table.columns if not _is_trace(column)]
            found[table.name] = sorted((tuple(row) for row in db.session.execute(select(*columns))), key=str)
    db.session.rollback()
    return found


def _is_trace(column: Column[Any]) -> bool:
    """Whether a column names the import, or is a number that the database gave."""
    numbered = column.primary_key and column.name == "id" and isinstance(column.type, Integer)
    return numbered or column.name in ITS_TRACE


def states() -> list[str]:
    """How the imports stand, in the order in which they began."""
    found = list(db.session.scalars(select(DirectoryImport.state).order_by(DirectoryImport.id)))
    db.session.rollback()
    return found


def nobody_at_work() -> bool:
    """Whether the database has ended what a killed process had sent it; SQLite lives in the process itself."""
    if db.engine.dialect.name != "postgresql":
        return True
    busy = db.session.scalars(
        text(
            "SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
    ).all()
    db.session.rollback()
    return not busy


@dataclass(frozen=True)
class Attempt:
    """What is imported, after which sources, and how it is killed: at points that `chance` chooses."""

    kind: str
    before: Mapping[str, Path]
    path: Path
    chance: random.Random

    def prepare(self) -> None:
        """Import what has to be there before."""
        for kind, path in self.before.items():
            import_directory(kind, path, now=NOW)

    def renamed(self, number: int) -> Path:
        """The same under another name, so that it is read again even where the one before came to its end."""
        path = self.path.with_name(f"{number}_{self.path.name}")
        if not self.path.is_dir():
            return Path(shutil.copyfile(self.path, path))
        shutil.copytree(self.path, path)
        (path / f"{number}.txt").touch()  # a folder's own name is no part of what tells whether it was imported
        return path


@dataclass(frozen=True)
class Expected:
    """What stood there before, what an undisturbed import gives, and how many seconds it takes."""

    before: dict[str, Rows]
    after: dict[str, Rows]
    seconds: float


def undisturbed(attempt: Attempt, database_url: str, folder: Path) -> Expected:
    """What an import gives that nobody kills."""
    with running(database_url, folder):
        attempt.prepare()
        before, begun = contents(), time.monotonic()
        import_directory(attempt.kind, attempt.path, now=NOW)
        return Expected(before, contents(), time.monotonic() - begun)


def kill_one(app: Flask, kind: str, path: Path, after: float) -> None:
    """Begin an import in a process of its own, and kill it so many seconds after it has begun."""
    settings, begun = app.extensions["settings"], len(states())
    environ = {
        **os.environ, "DATABASE_URL": settings.database_url, "DATA_DIR": str(settings.data_dir), "REDIS_URL": "",
    }  # fmt: skip
    words = ["directory", "import", kind, str(path), "--no-index"]
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    with subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: len(states()) > begun, 60, "the import did not begin")
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
    wait_until(nobody_at_work, 60, "the database is still at work")


def check_kills(app: Flask, attempt: Attempt, expected: Expected, times: int) -> None:
    """Kill imports so many times, looking after each at what is left, and let the last one come to its end."""
    attempt.prepare()
    for number in range(times):
        kill_one(app, attempt.kind, attempt.renamed(number), attempt.chance.uniform(0, expected.seconds))
        assert contents() in (expected.before, expected.after)
    import_directory(attempt.kind, attempt.path, now=datetime.now(UTC))

    assert contents() == expected.after
    assert "running" not in states()
    assert [name for name in os.listdir(app.extensions["settings"].data_dir / "imports") if name != "lock"] == []


def attempt_at(kind: str, folder: Path, people: int, chance: random.Random) -> Attempt:
    """An import of one of the files of a national set, after those that bring its people."""
    files = national_set(folder, people).files
    return Attempt(kind, {"nppes": files["nppes"]} if kind != "nppes" else {}, files[kind], chance)


@pytest.mark.timeout(600)
@pytest.mark.chaos
def test_after_kills_at_random_points_the_result_is_that_of_an_undisturbed_import(
    app: Flask, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    attempt = attempt_at("nppes", tmp_path, 300, random.Random(2))
    expected = undisturbed(attempt, make_database("sqlite"), tmp_path / "undisturbed")

    check_kills(app, attempt, expected, 1)


@pytest.mark.timeout(1200)
@pytest.mark.chaos
@pytest.mark.parametrize("kind", ["nppes", "clinicians", "medicare", "trials"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_after_ten_kills_the_result_is_that_of_an_undisturbed_import(
    make_database: DatabaseMaker, tmp_path: Path, database: str, kind: str
) -> None:
    attempt = attempt_at(kind, tmp_path, 1500, random.Random(f"{database} {kind}"))
    expected = undisturbed(attempt, make_database(database), tmp_path / "undisturbed")

    with running(make_database(database), tmp_path / "data") as app:
        check_kills(app, attempt, expected, 10)
