"""Does one action on many requests, several in one transaction, each with its outcome in the same.

A job is taken under a lease. Whoever is killed leaves each request either done and noted so, or untouched; another
worker goes on once the lease is over. Nothing that a job writes leaves before it can no longer be taken back.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from referral import logs, queue
from referral.access.authorize import Acting
from referral.domain.bulk import HELD_FOR, UNDO_FOR, ItemState, JobState, Why
from referral.domain.errors import NotFound
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import BulkJob, Staff
from referral.services import bulk_steps, bulk_undo
from referral.services.bulk_order import Order
from referral.services.effects import Details
from referral.store import bulk
from referral.store.bulk import NextItem

SLICE = timedelta(seconds=40)
"""So long a worker stays with one job; then others' messages have their turn."""
AT_ONCE = 25
"""Requests that are done in one transaction; so often the lease is renewed."""

Clock = Callable[[], datetime]
Over = Callable[[], bool]
logger = logging.getLogger(__name__)


def waiting(now: datetime) -> list[UUID]:
    """Jobs at which nobody works. What they hold back stays held."""
    found = bulk.waiting(now)
    for job in filter(None, map(bulk.get, found)):
        if job.held_until is not None:
            _hold(job, now)
    db.session.commit()
    return found


def _hold(job: BulkJob, now: datetime) -> datetime:
    """Until when a job that runs holds back what it writes; longer than before where that is soon."""
    if job.held_until is not None and job.held_until - now > HELD_FOR / 2:
        return job.held_until
    until = now + HELD_FOR
    bulk.move_held(job.id, [job.state], job.state, until)
    return until


def run_waiting(clock: Clock, over: Over = lambda: False) -> None:
    """Go on with every job at which nobody works, without being told of it."""
    for job_id in waiting(clock()):
        if not over():
            run_for_a_while(job_id, clock, over)


def run_for_a_while(job_id: UUID, clock: Clock, over: Over = lambda: False) -> None:
    """Go on with one job, if nobody else does; what is left is for the next bell or sweep."""
    until = clock() + SLICE
    lease = bulk.claim(job_id, clock())
    db.session.commit()
    if not lease:
        return
    logs.begin(str(job_id))
    run = _Run(job_id, lease, clock, lambda: over() or clock() >= until)
    try:
        ended = run.go_on()
    finally:
        db.session.rollback()
        bulk.release(job_id, lease)
        db.session.commit()
    if not ended:
        queue.enqueue(queue.BULK, job_id)


class _Run:
    """One worker's turn at one job."""

    def __init__(self, job_id: UUID, lease: str, clock: Clock, over: Over) -> None:
        self._job_id, self._lease, self._clock, self._over = job_id, lease, clock, over

    def go_on(self) -> bool:
        """Do or take back what is left; whether nothing is left of the job, or it is another's now."""
        job = self._job()
        if job.state == JobState.RUNNING:
            order = self._order(job)
            one, several = partial(bulk_steps.do, order), partial(bulk_steps.do_together, order)
            if not self._each(ItemState.OPEN, one, several):
                return False
        job = self._job()
        if job.state == JobState.RUNNING:
            _finish(job, self._clock())
        elif job.state == JobState.UNDOING:
            bulk.settle_all(job.id, ItemState.OPEN, ItemState.SKIPPED, Why.STOPPED)
            db.session.commit()
            if not self._each(ItemState.DONE, partial(bulk_undo.take_back, self._order(job)), backwards=True):
                return False
            bulk_undo.finish(self._job(), self._clock())
        return True

    def _each(
        self,
        state: ItemState,
        step: Callable[[NextItem, datetime], None],
        together: Callable[[Sequence[NextItem], datetime], bool] | None = None,
        backwards: bool = False,
    ) -> bool:
        """Take the step for each request in this state; False where time is over or the job was taken away.

        True also where somebody wants the job to be taken back meanwhile. Where `together` takes it for some at once,
        it is not taken for each of them.
        """
        begun_as = self._job().state
        while items := bulk.next_items(self._job_id, state, AT_ONCE, backwards):
            mine = bulk.renew(self._job_id, self._lease, self._clock())
            db.session.commit()
            if not mine:
                return False
            if self._over():
                return False
            if together is not None and bulk.state_of(self._job_id) == begun_as and together(items, self._clock()):
                continue
            for item in items:
                if self._over():
                    return False
                now_is = bulk.state_of(self._job_id)
                if now_is != begun_as:
                    db.session.rollback()
                    return True
                step(item, self._clock())
        db.session.rollback()
        return True

    def _order(self, job: BulkJob) -> Order:
        """What every step needs; by now the job holds no more than its id, as rows end with their transaction."""
        held_until = _hold(job, self._clock())
        details = Details(text=job.text, assignee=job.assignee, items=tuple(job.items))
        made = Order(job.id, acting_of(job.staff), Action(job.action), details, held_until)
        db.session.commit()
        return made

    def _job(self) -> BulkJob:
        job = bulk.get(self._job_id)
        if job is None:
            raise NotFound
        return job


def acting_of(staff: Staff) -> Acting:
    """Who began a job, as they act today; without their own requests where they may not any more."""
    return Acting.of_staff(staff)


def _finish(job: BulkJob, now: datetime) -> None:
    """All is done: from now on it can be taken back for half a minute, and then its messages leave."""
    until = now + UNDO_FOR
    bulk.move_held(job.id, [JobState.RUNNING], JobState.DONE, until, undo_until=until, ended_at=now)
    db.session.commit()
