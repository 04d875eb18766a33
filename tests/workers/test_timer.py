"""Signs of life, and sweeps that depend neither on the schedule nor on one process."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from referral.channels import Message
from referral.domain.rhythm import Rhythm
from referral.extensions import db
from referral.models import Delivery, Turn, WorkerBeat
from referral.services import watch_workers
from referral.services.planned import OVERDUE_AFTER, Planned
from referral.services.watch_workers import BY_THE_CLOCK, SILENT_AFTER
from referral.store import operations
from tests.factories import NOW, make_request
from tests.fakes import FakeChannel
from tests.servers import wait_until
from tests.services.journeys import approved, referral_of
from tests.workers.conftest import Site, kill_group
from workers.timer import DEAF_AFTER, Timer

LATER = NOW + timedelta(seconds=10)


def tick(timer: Timer, now: datetime) -> None:
    """One tick; on SQLite it needs the lock that an open transaction of the test would hold."""
    db.session.rollback()
    timer.tick(lambda: now)


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


def test_one_deaf_worker_among_others_that_hear_is_named(app: Flask) -> None:
    now = NOW + timedelta(minutes=6)
    tick(Timer(app, "celery@one-1", NOW), now)
    tick(Timer(app, "celery@two-1", NOW), now)
    tick(Timer(app, "celery@two-2", NOW, heard_at=now), now)
    assert lacking(now) == ["worker celery@one gets no jobs"]


def test_a_process_that_hears_nothing_although_a_message_is_due_sends_it_until_a_job_comes_in(
    app_on_both: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    app_on_both.extensions["channels"] = {"email": (mail := FakeChannel())}
    approved()
    timer = Timer(app_on_both, "desk-1", NOW)
    for second in (0, 11, 29):
        tick(timer, NOW + timedelta(seconds=second))
    assert mail.sent == [], "a bell may still be heard"
    tick(timer, NOW + DEAF_AFTER)
    assert len(mail.sent) == 2, "the referral, and the mail to the patient that says so"
    tick(timer, NOW + DEAF_AFTER * 2)
    (worker,) = watch_workers.workers(NOW)
    assert worker.doing == BY_THE_CLOCK
    assert lacking(NOW + SILENT_AFTER * 2) == ["workers get no jobs and send by the clock"]
    timer.job_began("referral.pulse")
    timer.job_ended()
    make_request(now=NOW)
    tick(timer, NOW + DEAF_AFTER * 2)
    assert len(mail.sent) == 2, "whoever hears jobs waits for them"
    assert [record.getMessage() for record in caplog.records if record.name == "workers.timer"] == [
        "desk-1 hears no jobs although messages are due; it sends by the clock",
        "desk-1 hears jobs again; it no longer sends by the clock",
    ]


def test_a_job_that_comes_in_or_the_end_stops_sending_by_the_clock_after_the_present_message(app: Flask) -> None:
    for _ in range(3):
        make_request(now=NOW)
    timer = Timer(app, "desk-1", NOW)

    class Interrupting(FakeChannel):
        def send(self, message: Message) -> None:
            super().send(message)
            timer.job_began("referral.deliver")

    app.extensions["channels"] = {"email": (mail := Interrupting())}
    tick(timer, NOW + DEAF_AFTER)
    assert len(mail.sent) == 1
    assert not timer.by_the_clock
    assert sorted(db.session.scalars(select(Delivery.status))) == ["delivered", "queued", "queued"]


def test_a_timer_does_what_is_due_by_the_clock_and_the_schedule_did_not_bring(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[datetime] = []
    rhythm = Rhythm(timedelta(hours=1), timedelta(minutes=NOW.minute))
    monkeypatch.setattr("workers.timer.PLANNED", {"hourly": Planned("hourly", rhythm, done.append)})
    one, other = Timer(app, "desk-1", NOW), Timer(app, "desk-2", NOW, doing="referral.deliver")
    tick(one, NOW)
    due = rhythm.last(NOW) + timedelta(hours=1)
    tick(one, due)
    assert (one.planned, done) == (None, []), "the broker has two minutes"
    tick(other, due + OVERDUE_AFTER)
    assert other.planned is None, "who works on a job leaves it to another"
    tick(one, due + OVERDUE_AFTER + timedelta(seconds=10))
    assert one.planned is not None
    one.planned.join()
    tick(other, due + OVERDUE_AFTER + timedelta(seconds=20))
    assert done == [due + OVERDUE_AFTER + timedelta(seconds=10)]


def test_a_process_at_work_does_not_take_itself_for_deaf(app: Flask) -> None:
    app.extensions["channels"] = {"email": (mail := FakeChannel())}
    make_request(now=NOW)
    timer = Timer(app, "desk-1", NOW, doing="referral.rebuild_index")
    tick(timer, NOW + DEAF_AFTER * 9)
    timer.job_ended()
    tick(timer, NOW + DEAF_AFTER * 9)
    assert mail.sent == []


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
