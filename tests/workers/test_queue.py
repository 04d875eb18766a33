"""The bell: it may be lost, it must not hold anybody up, and it says nothing but an id."""

import base64
import json
import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from uuid import UUID, uuid4

import pytest
from celery.schedules import crontab
from flask import Flask
from redis import Redis
from sqlalchemy import update

from app import create_app
from referral import queue
from referral.domain.lifecycle import Action
from referral.domain.rhythm import DAY
from referral.extensions import db
from referral.models import ServiceRequest
from referral.queue import enqueue, make_celery
from referral.services.act import act
from referral.services.effects import Details
from referral.services.sweep import sweep
from referral.settings import Settings
from referral.store.deliveries import LEASE
from tests.factories import COORDINATOR, NOW, make_request
from tests.servers import wait_until
from tests.servers.databases import DatabaseMaker
from workers.planned import PLANNED
from workers.schedule import SCHEDULE

ALLOWED_SECONDS = 3.5


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        yield f"redis://127.0.0.1:{silent.getsockname()[1]}"


def on_broker(url: str, make_database: DatabaseMaker, folder: Path) -> Flask:
    """The application with this broker."""
    return create_app({"DATABASE_URL": make_database("sqlite"), "DATA_DIR": str(folder), "REDIS_URL": url})


def seconds_of(app: Flask, rings: int) -> float:
    """How long it takes to ring so many times."""
    with app.app_context():
        begun = time.monotonic()
        for _ in range(rings):
            enqueue(queue.DELIVER, uuid4())
        return time.monotonic() - begun


def test_without_a_broker_the_bell_is_only_logged(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "referral.queue"):
        enqueue(queue.DELIVER, uuid4())
    assert [record.getMessage() for record in caplog.records] == ["No broker; referral.deliver waits for the sweep"]


def test_a_broker_that_is_gone_holds_a_page_up_once_and_shortly(
    make_database: DatabaseMaker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = on_broker(f"unix://{tmp_path}/nothing.sock", make_database, tmp_path)
    assert seconds_of(app, rings=20) < ALLOWED_SECONDS
    assert [record.levelname for record in caplog.records if record.name == "referral.queue"] == ["WARNING"]


def test_a_broker_that_hangs_holds_a_page_up_once_and_shortly(
    make_database: DatabaseMaker, tmp_path: Path, silent_broker: str
) -> None:
    assert seconds_of(on_broker(silent_broker, make_database, tmp_path), rings=20) < ALLOWED_SECONDS


def test_in_a_broker_that_is_gone_nothing_waits_and_a_page_does_not_ask_it_again(
    make_database: DatabaseMaker, tmp_path: Path
) -> None:
    app = on_broker(f"unix://{tmp_path}/nothing.sock", make_database, tmp_path)
    with app.app_context():
        assert queue.waiting() == 0
    assert app.extensions["broker_asked_again_at"] > time.monotonic()


def test_a_broker_that_is_back_is_asked_again_after_the_pause(
    make_database: DatabaseMaker, tmp_path: Path, valkey_url: str
) -> None:
    app = on_broker(f"{valkey_url}?db=9", make_database, tmp_path)
    with app.app_context():
        app.extensions["broker_asked_again_at"] = time.monotonic() + 0.2
        enqueue(queue.DELIVER, uuid4())
        with Redis.from_url(f"{valkey_url}?db=9") as broker:
            assert broker.llen("celery") == 0
            time.sleep(0.2)
            enqueue(queue.DELIVER, uuid4())
            assert broker.llen("celery") == 1
            broker.flushdb()


def test_a_message_of_the_queue_carries_one_id(make_database: DatabaseMaker, tmp_path: Path, valkey_url: str) -> None:
    row_id = uuid4()
    app = on_broker(f"{valkey_url}?db=8", make_database, tmp_path)
    with app.app_context():
        enqueue(queue.DELIVER, row_id)
    with Redis.from_url(f"{valkey_url}?db=8") as broker:
        (raw,) = broker.lrange("celery", 0, -1)
        broker.flushdb()
    envelope = json.loads(raw)
    arguments, keywords, _ = json.loads(base64.b64decode(envelope["body"]))
    assert (arguments, keywords) == ([str(row_id)], {})
    assert envelope["headers"]["task"] == queue.DELIVER
    assert envelope["headers"]["argsrepr"] == f"['{row_id}']"


def test_the_sweep_rings_no_bell_while_enough_wait_to_be_heard(
    make_database: DatabaseMaker, tmp_path: Path, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bells that grow old faster than workers throw them away would keep them from any work."""
    monkeypatch.setattr("referral.services.sweep.ENOUGH_BELLS", 2)
    app = on_broker(f"{valkey_url}?db=7", make_database, tmp_path)
    with app.app_context(), Redis.from_url(f"{valkey_url}?db=7") as broker:
        for _ in range(3):
            make_request(now=NOW)
        broker.flushdb()
        for _ in range(2):
            sweep(NOW, {})
            assert broker.llen("celery") == 2
        broker.flushdb()
        sweep(NOW, {})
        assert broker.llen("celery") == 2
        broker.flushdb()


def test_jobs_are_kept_until_they_are_done_and_leave_no_results(tmp_path: Path) -> None:
    celery = make_celery(Settings.from_env({"DATA_DIR": str(tmp_path)}))
    assert celery.conf.task_acks_late
    assert celery.conf.task_reject_on_worker_lost
    assert celery.conf.task_ignore_result
    assert celery.conf.worker_prefetch_multiplier == 1
    assert celery.conf.task_time_limit < celery.conf.broker_transport_options["visibility_timeout"]


def test_the_time_limit_of_a_job_is_shorter_than_the_lease_of_a_message(tmp_path: Path) -> None:
    celery = make_celery(Settings.from_env({"DATA_DIR": str(tmp_path)}))
    assert celery.conf.task_time_limit < LEASE.total_seconds()


def test_the_schedule_sweeps_often_and_asks_for_all_that_is_due_by_the_clock() -> None:
    assert SCHEDULE["sweep"]["schedule"] == 10.0
    assert {entry["args"] for name, entry in SCHEDULE.items() if name != "sweep"} == {(name,) for name in PLANNED}
    assert {entry["task"] for entry in SCHEDULE.values()} == {queue.PLANNED, queue.SWEEP}


@pytest.mark.parametrize("name", PLANNED)
def test_the_schedule_and_the_timers_mean_the_same_moments(name: str) -> None:
    """What comes after the last moment of a piece of work, the schedule brings a whole length later."""
    last, entry = PLANNED[name].rhythm.last(NOW), SCHEDULE[name]
    when = entry["schedule"]
    if isinstance(when, crontab):
        minutes, hours = vars(when)["minute"], vars(when)["hour"]
        assert last.minute in minutes
        assert last.hour in hours
        assert (last.second, last.microsecond) == (0, 0)
        assert len(hours) == (1 if PLANNED[name].rhythm.every == DAY else 24)
    else:
        assert when == PLANNED[name].rhythm.every.total_seconds()
    assert last <= NOW < last + PLANNED[name].rhythm.every


def test_nobody_waits_for_the_database_while_a_silent_broker_is_asked(
    make_database: DatabaseMaker, tmp_path: Path, silent_broker: str
) -> None:
    """On SQLite a transaction is a lock on everything: it must be over before the broker is asked."""
    app = on_broker(silent_broker, make_database, tmp_path)
    with app.app_context():
        request_id = make_request(contact_by_email=False).id
        db.session.remove()
    asked = Event()

    def approve() -> None:
        with app.app_context():
            act(request_id, Action.APPROVE, COORDINATOR, Details(), NOW)
            asked.set()

    with ThreadPoolExecutor(1) as pool:
        approving = pool.submit(approve)
        wait_until(lambda: queued(app, request_id), 5, "not approved")
        with app.app_context():
            begun = time.monotonic()
            db.session.execute(update(ServiceRequest).values(max_km=7))
            db.session.commit()
            assert time.monotonic() - begun < 1
            assert not asked.is_set(), "the broker answered, so nothing was tested"
        approving.result(timeout=30)


def queued(app: Flask, request_id: UUID) -> bool:
    """Whether the approval stands in the database."""
    with app.test_request_context("/"):
        return db.session.get_one(ServiceRequest, request_id).stage == "queued"
