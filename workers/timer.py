"""The timer of each worker process: a sign of life every ten seconds, and the sweep when it is its turn.

It needs neither the broker nor the schedule. A process of the pool has one thread for it, started after the fork, so
that no process is forked beside a running thread; where several processes and the schedule want to sweep, the database
gives the turn to one.
"""

import logging
import random
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from billiard import current_process
from celery.signals import task_postrun, task_prerun, worker_init, worker_process_init, worker_process_shutdown
from flask import Flask

from referral import logs, queue
from referral.extensions import db
from referral.services.sweep import EVERY, TURN, sweep_in_turn
from referral.services.watch_workers import FORGOTTEN_AFTER
from referral.store import operations

STOP_SECONDS = 4.0
"""How long a process waits for its timer when it stops: for the step of a sweep that is under way."""

logger = logging.getLogger(__name__)


@dataclass
class Timer:
    """The thread of one worker process. What the process does and when it got its last job is written with a beat."""

    app: Flask
    name: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    doing: str = ""
    heard_at: datetime | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; the first sign of life is given at once."""
        self._thread = threading.Thread(target=self._run, name="timer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and leave no trace: a worker that stopped as it should is not missed."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        with self.app.app_context():
            operations.leave(self.name)
            db.session.commit()

    def tick(self, now: datetime) -> float:
        """Give a sign of life, sweep if nobody else does; seconds until the next tick."""
        with logs.correlated(), self.app.app_context():
            operations.beat(self.name, self.started_at, now, self.doing, self.heard_at)
            db.session.commit()
            if sweep_in_turn(self.name, now, self.app.extensions["channels"]):
                operations.forget_silent(now - FORGOTTEN_AFTER)
                db.session.commit()
                queue.pulse()
            until = operations.turn_ends(TURN) or now
        left = min(EVERY, max(timedelta(seconds=1), until - datetime.now(UTC)))
        return left.total_seconds() + random.random() / 4  # noqa: S311 - so that not all wake at once

    def _run(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            try:
                pause = self.tick(datetime.now(UTC))
            except Exception as error:
                # The database may be away for a while; the timer goes on, and its text may name a person.
                logger.error("The timer of %s failed: %s", self.name, type(error).__name__)
                pause = 2.0


class _Here:
    """The node this process belongs to, and its timer."""

    node = "worker"
    timer: Timer | None = None


def attach(app: Flask) -> None:
    """Have each process of the pool start its timer, and stop it at its end."""

    def note_node(sender: object, **_: object) -> None:
        _Here.node = str(getattr(sender, "hostname", _Here.node))

    def start(**_: object) -> None:
        with app.app_context():
            db.engine.dispose(close=False)  # connections of the parent belong to the parent
        _Here.timer = Timer(app, f"{_Here.node}-{getattr(current_process(), 'index', 0) + 1}")
        _Here.timer.start()

    def stop(**_: object) -> None:
        if _Here.timer is not None:
            _Here.timer.stop()

    worker_init.connect(note_node, weak=False)
    worker_process_init.connect(start, weak=False)
    worker_process_shutdown.connect(stop, weak=False)
    task_prerun.connect(_began, weak=False)
    task_postrun.connect(_ended, weak=False)


def _began(task: object, **_: object) -> None:
    if _Here.timer is not None:
        _Here.timer.doing, _Here.timer.heard_at = str(getattr(task, "name", "")), datetime.now(UTC)


def _ended(**_: object) -> None:
    if _Here.timer is not None:
        _Here.timer.doing = ""
