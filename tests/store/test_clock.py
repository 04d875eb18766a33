"""One clock: that of the database. What a machine believes the time to be sends nothing early and takes no lease."""

import inspect
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest
from flask import Flask
from sqlalchemy import select, text

from referral.extensions import db
from referral.models import Delivery, Turn
from referral.store import clock, deliveries
from tests.application import application_on
from tests.factories import make_request
from tests.fakes import FakeChannel
from tests.servers.databases import DatabaseMaker
from workers.timer import Timer

ROOT = Path(__file__).resolve().parents[2]
HOUR = timedelta(hours=1)


def machine_is_off_by(hours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock of the machine, as everything in this process reads it, wrong."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            moment = datetime.now(tz) + timedelta(hours=hours)
            return cls.fromtimestamp(moment.timestamp(), tz)

    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("referral", "workers") and "datetime.now(" in inspect.getsource(module):
            monkeypatch.setattr(module, "datetime", Wrong)


def ids_due(*moments: datetime) -> list[str]:
    """The keys of messages that are due at these moments."""
    for moment in moments:
        make_request(now=moment)
    db.session.commit()
    return list(db.session.scalars(select(Delivery.key).order_by(Delivery.due_at)))


@pytest.mark.parametrize("hours", [2, -2])
def test_a_worker_whose_clock_is_two_hours_off_sends_what_is_due_and_nothing_else(
    hours: int, make_database: DatabaseMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for app in application_on(make_database("postgresql"), tmp_path):
        machine_is_off_by(hours, monkeypatch)
        app.extensions["channels"] = {"email": (mail := FakeChannel())}
        now = db.session.execute(text("SELECT clock_timestamp()")).scalar_one().astimezone(UTC)
        taken, due, later = ids_due(now - 2 * HOUR, now - timedelta(minutes=1), now + HOUR)
        assert deliveries.claim(db.session.scalars(select(Delivery.id).where(Delivery.key == taken)).one(), now)
        db.session.commit()
        timer = Timer(app, "desk-1", now - HOUR)
        timer.tick(clock.running())
        rows = {row.key: row for row in db.session.scalars(select(Delivery))}
        assert [message.key for message in mail.sent] == [due]
        assert {key: rows[key].status for key in (taken, due, later)} == {
            taken: "sending", due: "delivered", later: "queued",
        }  # fmt: skip
        ends = db.session.scalars(select(Turn.until)).one()
        assert timedelta() < ends - now < timedelta(seconds=60), "and the next sweep is nobody's for hours"


def test_the_clock_runs_on_between_two_questions_and_while_the_database_is_away(
    make_database: DatabaseMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in application_on(make_database("postgresql"), tmp_path):
        first, second = clock.now(), clock.now()
        assert timedelta() <= second - first < timedelta(seconds=10)
        monkeypatch.setattr(clock, "ASKED_EVERY", -1.0)
        assert clock.now() >= second
        db.session.rollback()
        monkeypatch.setattr(clock, "_asked", lambda: db.session.execute(text("SELECT nonsense")))
        assert clock.now() >= second, "the last answer is counted on"


def test_no_worker_and_no_service_reads_the_clock_of_its_machine() -> None:
    folders = [ROOT / "workers", *(ROOT / "referral" / name for name in ("services", "channels", "store"))]
    reading = [path.name for folder in folders for path in folder.rglob("*.py") if "datetime.now(" in path.read_text()]
    assert reading == ["clock.py"], "which has SQLite's, since that has no other"


def test_on_sqlite_it_is_the_machines(app: Flask) -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=10)
