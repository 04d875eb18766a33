"""Imports that are killed: the directory is as it was, and the next import gives what an undisturbed one would have."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from referral.extensions import db
from referral.models import DirectoryImport, Practitioner, PractitionerRole, SourceRecord
from referral.services.import_directory import import_directory
from tests.application import application_on
from tests.directory.files import npi, nppes_file
from tests.servers import wait_until
from tests.servers.databases import ROOT, DatabaseMaker

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
PEOPLE = 2000
ITS_TRACE = ("import_id", "retrieved_on")
Rows = list[tuple[object, ...]]
running = contextmanager(application_on)


def contents() -> dict[str, Rows]:
    """What the directory says, but for the number and day of the import that said it."""
    db.session.rollback()
    found = {}
    for model in (Practitioner, PractitionerRole, SourceRecord):
        columns = [column for column in model.__table__.columns if column.name not in ITS_TRACE]
        rows = db.session.execute(select(*columns))
        found[model.__tablename__] = sorted((tuple(row) for row in rows), key=str)
    db.session.rollback()
    return found


def states() -> list[str]:
    """How the imports stand, in the order in which they began."""
    found = list(db.session.scalars(select(DirectoryImport.state).order_by(DirectoryImport.id)))
    db.session.rollback()
    return found


class Killing:
    """Imports a file in processes of their own and kills them at points that `chance` chooses.

    Each time the file has another name, so that it is read again even where the one before came to its end.
    """

    def __init__(self, app: Flask, path: Path, seconds: float, chance: random.Random) -> None:
        self._app, self._path, self._seconds, self._chance = app, path, seconds, chance
        self._begun = 0

    def once(self) -> None:
        """Begin an import, and kill it wherever it is then."""
        settings = self._app.extensions["settings"]
        environ = {
            **os.environ, "DATABASE_URL": settings.database_url, "DATA_DIR": str(settings.data_dir), "REDIS_URL": "",
        }  # fmt: skip
        self._begun += 1
        path = self._path.with_name(f"{self._begun}.csv")
        path.write_bytes(self._path.read_bytes())
        words = ["directory", "import", "nppes", str(path), "--no-index"]
        command = [sys.executable, "-m", "flask", "--app", "app", *words]
        with subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            wait_until(lambda: len(states()) == self._begun, 60, "the import did not begin")
            time.sleep(self._chance.uniform(0, self._seconds))
            process.send_signal(signal.SIGKILL)


def expected_of(path: Path, database_url: str, folder: Path) -> tuple[dict[str, Rows], float]:
    """What an undisturbed import gives, and how long it takes."""
    with running(database_url, folder):
        begun = time.monotonic()
        import_directory("nppes", path, now=NOW)
        return contents(), time.monotonic() - begun


def check_kills(app: Flask, path: Path, expected: dict[str, Rows], killing: Killing, times: int) -> None:
    """Kill imports so many times, looking after each at what is left, and let the last one come to its end."""
    for _ in range(times):
        killing.once()
        assert contents() in ({name: [] for name in expected}, expected)
    import_directory("nppes", path, now=datetime.now(UTC))

    assert contents() == expected
    assert "running" not in states()
    assert [name for name in os.listdir(app.extensions["settings"].data_dir / "imports") if name != "lock"] == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("times", [2, pytest.param(10, marks=pytest.mark.chaos)])
def test_after_kills_at_random_points_the_result_is_that_of_an_undisturbed_import(
    app: Flask, make_database: DatabaseMaker, tmp_path: Path, times: int
) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": npi(at)} for at in range(PEOPLE)])
    expected, seconds = expected_of(path, make_database("sqlite"), tmp_path / "undisturbed")

    check_kills(app, path, expected, Killing(app, path, seconds, random.Random(times)), times)


@pytest.mark.timeout(600)
@pytest.mark.chaos
def test_after_kills_at_random_points_on_postgresql_the_result_is_the_same(
    make_database: DatabaseMaker, tmp_path: Path
) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": npi(at)} for at in range(PEOPLE)])
    expected, seconds = expected_of(path, make_database("postgresql"), tmp_path / "undisturbed")

    with running(make_database("postgresql"), tmp_path / "data") as app:
        check_kills(app, path, expected, Killing(app, path, seconds, random.Random(1)), 10)
