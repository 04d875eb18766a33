"""Signs of life, and sweeps that depend neither on the schedule nor on one process."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from referral.extensions import db
from referral.models import Turn, WorkerBeat
from referral.services import watch_workers
from referral.services.watch_workers import SILENT_AFTER
from referral.store import operations
from tests.factories import NOW
from tests.servers import wait_until
from tests.services.journeys import approved, referral_of
from tests.workers.conftest import Site, kill_group
from workers.timer import Timer

LATER = NOW + timedelta(seconds=10)


def tick(timer: Timer, now: datetime) -> None:
    """One tick; on SQLite it needs the lock that an open transaction of the test would hold."""
    db.session.rollback()
    timer.tick(now)


def holder() -> str:
    """Whose turn it is to sweep."""
    return db.session.scalars(select(Turn.holder)).one()


def lacking(now: datetime, broker: bool = True) -> list[str]:
    """What `/readyz` says of the workers."""
    db.session.rollback()
    return watch_workers.lacking(watch_workers.workers(now), now, broker)


def test_each_process_gives_signs_of_life_and_one_of_them_sweeps(app_on_both: Flask) -> None:
    one, other = Timer(app_on_both, "desk-1", NOW), Timer(app_on_both, "desk-2", NOW)
    tick(one, NOW)
    tick(other, NOW)
    assert [(worker.name, worker.silent) for worker in watch_workers.workers(NOW)] == [
        ("desk-1", False),
        ("desk-2", False),
    ]
    assert holder() == "desk-1"
    tick(other, LATER)
    tick(one, LATER)
    assert holder() == "desk-2"


def test_the_turn_of_a_sweeper_that_died_goes_to_another_and_a_clock_that_jumped_stops_nobody(app: Flask) -> None:
    assert operations.take_turn("sweep", "dead", NOW + timedelta(days=400), timedelta(seconds=10))
    assert operations.take_turn("sweep", "alive", NOW, timedelta(seconds=10))
    assert not operations.take_turn("sweep", "second", NOW, timedelta(seconds=10))
    assert operations.take_turn("sweep", "second", LATER, timedelta(seconds=10))


def test_a_message_whose_worker_died_is_found_by_any_timer(app: Flask) -> None:
    request_id = approved()
    delivery = referral_of(request_id)
    delivery.status, delivery.lease, delivery.leased_until, delivery.attempts = "sending", "dead", NOW, 1
    db.session.commit()
    tick(Timer(app, "desk-1", NOW), LATER)
    assert referral_of(request_id).status == "queued"


def test_a_worker_that_falls_silent_is_named_and_after_an_hour_forgotten(app: Flask) -> None:
    assert lacking(NOW) == ["no worker"]
    tick(Timer(app, "desk-1", NOW), NOW)
    assert lacking(NOW) == []
    silent = NOW + SILENT_AFTER + timedelta(seconds=1)
    assert silent - NOW < timedelta(seconds=60)
    assert lacking(silent) == ["no worker"]
    tick(Timer(app, "desk-2", NOW, heard_at=silent), silent)
    assert lacking(silent) == ["worker desk-1 is silent"]
    tick(Timer(app, "desk-2", NOW, heard_at=silent), NOW + timedelta(hours=1, minutes=1))
    assert [worker.name for worker in watch_workers.workers(NOW)] == ["desk-2"]


def test_workers_that_live_but_get_no_jobs_are_noticed(app: Flask) -> None:
    timer = Timer(app, "desk-1", NOW)
    tick(timer, NOW + timedelta(seconds=61))
    assert lacking(NOW + timedelta(seconds=61)) == ["workers get no jobs"]
    assert lacking(NOW + timedelta(seconds=61), broker=False) == []
    timer.heard_at = NOW + timedelta(seconds=60)
    tick(timer, NOW + timedelta(seconds=62))
    assert lacking(NOW + timedelta(seconds=62)) == []


def test_a_process_that_takes_the_place_of_another_writes_its_row(app: Flask) -> None:
    tick(Timer(app, "desk-1", NOW), NOW)
    tick(Timer(app, "desk-1", LATER), LATER)
    assert [worker.started_at for worker in watch_workers.workers(LATER)] == [LATER]


def test_a_timer_starts_at_once_and_leaves_no_trace(app: Flask) -> None:
    db.session.rollback()
    timer = Timer(app, "desk-1")
    timer.start()
    wait_until(lambda: bool(_beats(app)), 10, "no sign of life")
    timer.stop()
    assert _beats(app) == []


@pytest.mark.parametrize("silent, code", [(False, 0), (True, 1)])
def test_the_command_lists_workers_and_fails_where_one_is_silent(app: Flask, silent: bool, code: int) -> None:
    now = datetime.now(UTC)
    operations.beat("desk-1", now, now, "", now)
    operations.beat("desk-2", now, now - SILENT_AFTER * (2 if silent else 0), "referral.deliver", None)
    db.session.commit()
    ran = app.test_cli_runner().invoke(args=["workers"])
    assert (ran.exit_code, "desk-1" in ran.output, "referral.deliver" in ran.output) == (code, True, not silent)


@pytest.mark.chaos
def test_a_real_worker_sweeps_without_the_schedule_and_its_death_is_seen(site: Site) -> None:
    with site.broker():
        with site.worker() as worker:
            wait_until(lambda: len(_beats(site.app)) == 2, 30, "no signs of life")
            made = site.approve(3, contact_by_email=False)
            with site.app.app_context():  # as if the bell had been lost
                db.session.commit()
            wait_until(site.all_delivered, 40, f"{len(made)} were not sent: {site.counts()}")
            wait_until(lambda: any(beat.heard_at for beat in _beats(site.app)), 30, "nobody heard a job")
            child = min(int(pid) for pid in _children(worker.pid))
            os.kill(child, signal.SIGKILL)
            begun = datetime.now(UTC)
            wait_until(lambda: any(beat.started_at > begun for beat in _beats(site.app)), 40, "not replaced")
            assert len(_beats(site.app)) == 2, "who takes its place writes its row"
            kill_group(worker)
        assert len(_beats(site.app)) == 2, "a dead worker leaves its rows"
        with site.app.app_context():
            db.session.execute(update(WorkerBeat).values(beat_at=datetime.now(UTC) - SILENT_AFTER * 2))
            db.session.commit()
            assert lacking(datetime.now(UTC)) == ["no worker"]
            assert "no worker" in site.app.test_client().get("/readyz").get_json()["checks"]["degraded"]


@pytest.mark.chaos
def test_a_worker_that_stops_as_it_should_is_not_missed(site: Site) -> None:
    with site.broker():
        with site.worker():
            wait_until(lambda: len(_beats(site.app)) == 2, 30, "no signs of life")
        assert _beats(site.app) == []


def _beats(app: Flask) -> list[WorkerBeat]:
    with app.test_request_context("/"):
        db.session.rollback()  # where the test has a transaction of its own: what is in the database now
        return operations.workers()


def _children(pid: int) -> list[str]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as stream:
        return stream.read().split()
