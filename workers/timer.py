"""The timer of each worker process: a sign of life every ten seconds, the sweep when it is its turn, and the sending
itself and what is due by the clock where the broker brings no jobs.

It needs neither the broker nor the schedule. A process of the pool has one thread for it, started after the fork, so
that no process is forked beside a running thread; where several processes and the schedule want to sweep, the database
gives the turn to one.
"""

import logging
import random
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from billiard import current_process
from celery.signals import task_postrun, task_prerun, worker_init, worker_process_init, worker_process_shutdown
from flask import Flask

from referral import logs, queue
from referral.extensions import db
from referral.services.deliver import Clock
from referral.services.planned import Planned, overdue, run_once
from referral.services.send_due import is_overdue, send_due
from referral.services.sweep import EVERY, TURN, sweep_in_turn
from referral.services.watch_workers import BY_THE_CLOCK, FORGOTTEN_AFTER
from referral.store import clock, operations
from workers.planned import PLANNED

STOP_SECONDS = 4.0
"""How long a process waits for its timer when it stops: for the step of a sweep or the message that is under way."""

DEAF_AFTER = timedelta(seconds=30)
"""A process that waits, and hears no job for so long although messages are due, sends them by the clock."""

BY_THE_CLOCK_EVERY = timedelta(seconds=2)
"""How often it looks for what is due then."""

logger = logging.getLogger(__name__)


@dataclass
class Timer:
    """The thread of one worker process. What the process does and when it got its last job is written with a beat.

    Celery's workers stop listening now and then after their broker was away, and say nothing of it. Then the timer
    sends what is due itself until a job comes in again, so that the broker makes sending quicker and is never needed.
    """

    app: Flask
    name: str
    started_at: datetime | None = None
    doing: str = ""
    heard_at: datetime | None = None
    by_the_clock: bool = False
    planned: threading.Thread | None = None
    """What is due by the clock is done beside the signs of life, since it may take long."""
    _now: Clock | None = None
    """The database's clock as it was asked last."""
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

    def job_began(self, name: str) -> None:
        """The broker brought a job."""
        self.doing = name
        self._heard()

    def job_ended(self) -> None:
        """Whoever worked could not hear, so what counts is the time since."""
        self.doing = ""
        self._heard()

    def tick(self, now: Clock) -> float:
        """Give a sign of life, sweep if nobody else does, send where no job comes in; seconds until the next tick."""
        begun = now()
        self._now, self.started_at = now, self.started_at or begun
        with logs.correlated(), self.app.app_context():
            doing = self.doing or (BY_THE_CLOCK if self.by_the_clock else "")
            operations.beat(self.name, self.started_at, begun, doing, self.heard_at)
            db.session.commit()
            if sweep_in_turn(self.name, begun, self.app.extensions["channels"]):
                operations.forget_silent(begun - FORGOTTEN_AFTER)
                db.session.commit()
                queue.pulse()
                self._take_up_planned(now)
            until = operations.turn_ends(TURN) or begun
            db.session.rollback()
            self._send_if_deaf(now)
        left = min(BY_THE_CLOCK_EVERY if self.by_the_clock else EVERY, max(timedelta(seconds=1), until - now()))
        return left.total_seconds() + random.random() / 4  # noqa: S311 - so that not all wake at once

    def _send_if_deaf(self, now: Clock) -> None:
        """Send what is due where the broker brings nothing; a job that comes in ends it after the present message."""
        if not self.by_the_clock and self._is_deaf(now):
            self.by_the_clock = True
            logger.warning("%s hears no jobs although messages are due; it sends by the clock", self.name)
        if self.by_the_clock and not self.doing:
            extensions = self.app.extensions
            extensions["vocabulary"].look()
            until = now() + EVERY  # then the next sign of life is due
            send_due(extensions["channels"], extensions["settings"], now, lambda: self._busy or now() >= until)

    def _take_up_planned(self, now: Clock) -> None:
        """Begin what nobody has, one piece at a time; the others are left to the next turn."""
        waiting = overdue(PLANNED.values(), now())
        if waiting and not self._busy and not (self.planned and self.planned.is_alive()):
            self.planned = threading.Thread(target=self._do, args=(waiting[0], now), name=waiting[0].name, daemon=True)
            self.planned.start()

    def _do(self, planned: Planned, now: Clock) -> None:
        with logs.correlated(), self.app.app_context():
            try:
                if run_once(planned, self.name, now):
                    logger.warning("The schedule did not bring %s; %s has done it", planned.name, self.name)
            except Exception as error:
                # It is tried again when its patience is over; its text may name a person.
                logger.error("%s failed by the clock: %s", planned.name, type(error).__name__)

    def _is_deaf(self, now: Clock) -> bool:
        since = self.heard_at or self.started_at or now()
        return not self._busy and now() - since >= DEAF_AFTER and is_overdue(now, EVERY)

    @property
    def _busy(self) -> bool:
        """Whether the process works on a job or is about to end."""
        return bool(self.doing) or self._stopped.is_set()

    def _heard(self) -> None:
        if self._now is not None:
            self.heard_at = self._now()
        if self.by_the_clock:
            self.by_the_clock = False
            logger.warning("%s hears jobs again; it no longer sends by the clock", self.name)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            try:
                with self.app.app_context():
                    now = clock.running()
                pause = self.tick(now)
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
        _Here.timer.job_began(str(getattr(task, "name", "")))


def _ended(**_: object) -> None:
    if _Here.timer is not None:
        _Here.timer.job_ended()
