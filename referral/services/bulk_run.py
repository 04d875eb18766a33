"""Does one action on many requests, each through `act` and in a transaction of its own, with its outcome in the same.

A job is taken under a lease. Whoever is killed leaves each request either done and noted so, or untouched; another
worker goes on once the lease is over. Nothing that a job writes leaves before it can no longer be taken back.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from referral import logs, queue
from referral.access.authorize import Acting
from referral.domain.bulk import HELD_FOR, UNDO_FOR, ItemState, JobState, Why
from referral.domain.errors import DomainError, NotFound, StaleVersion
from referral.domain.lifecycle import Action
from referral.domain.permissions import Duty, has_duty
from referral.domain.records import THERE
from referral.extensions import db
from referral.models import BulkItem, BulkJob, ServiceRequest, Staff
from referral.services import bulk_undo, remind_by_hand
from referral.services.act import act_and_show
from referral.services.effects import Details
from referral.store import access, bulk
from referral.store.bulk import NextItem

SLICE = timedelta(seconds=40)
"""So long a worker stays with one job; then others' messages have their turn."""
RENEW_EVERY = 25
LONGEST_SAID = 300

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
        if job.state == JobState.RUNNING and not self._each(ItemState.OPEN, partial(_do, *self._with(job))):
            return False
        job = self._job()
        if job.state == JobState.RUNNING:
            _finish(job, self._clock())
        elif job.state == JobState.UNDOING:
            bulk.settle_all(job.id, ItemState.OPEN, ItemState.SKIPPED, Why.STOPPED)
            db.session.commit()
            if not self._each(ItemState.DONE, partial(bulk_undo.take_back, *self._with(job)), backwards=True):
                return False
            bulk_undo.finish(self._job(), self._clock())
        return True

    def _each(self, state: ItemState, step: Callable[[NextItem, datetime], None], backwards: bool = False) -> bool:
        """Take the step for each request in this state; False where time is over or the job was taken away.

        True also where somebody wants the job to be taken back meanwhile.
        """
        begun_as = self._job().state
        while items := bulk.next_items(self._job_id, state, RENEW_EVERY, backwards):
            mine = bulk.renew(self._job_id, self._lease, self._clock())
            db.session.commit()
            if not mine:
                return False
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

    def _with(self, job: BulkJob) -> tuple[UUID, Acting, Action, Details, datetime]:
        """What every step needs; by now the job holds no more than its id, as rows end with their transaction."""
        held_until = _hold(job, self._clock())
        staff, action = job.staff, Action(job.action)
        acting = acting_of(staff)
        details = Details(text=job.text, assignee=job.assignee, items=tuple(job.items))
        made = job.id, acting, action, details, held_until
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


def _may_still(acting: Acting) -> bool:
    """Whether who began it still has the role for it; asked anew for each request."""
    role = access.role_now(acting.staff_id) if acting.staff_id else ""
    return role == acting.actor and has_duty(acting.actor, Duty.BULK)


def _do(
    job_id: UUID, acting: Acting, action: Action, details: Details, held_until: datetime, item: NextItem, now: datetime
) -> None:
    """One request: done, or left out with the reason; what went wrong with it keeps no other waiting."""
    try:
        _act(acting, action, details, held_until, item, now)
    except _TakenOver:
        db.session.rollback()
    except _LeftOut as left:
        _leave_out(item.id, left.why)
    except (StaleVersion, NotFound) as error:
        _leave_out(item.id, Why.CHANGED if isinstance(error, StaleVersion) else Why.GONE)
    except DomainError as error:
        _leave_out(item.id, Why.REFUSED, str(error))
    except Exception as error:
        _leave_out(item.id, Why.FAILED)
        logger.error("Item %s of job %s failed: %s", item.id, job_id, type(error).__name__)


def _act(acting: Acting, action: Action, details: Details, held_until: datetime, item: NextItem, now: datetime) -> None:
    if not _may_still(acting):
        raise _LeftOut(Why.ROLE_LOST)
    before: dict[str, object] = {}
    rows: list[BulkItem] = []  # kept, so that it is read once

    def look(request: ServiceRequest) -> None:
        rows.append(bulk.item(item.id))
        if rows[0].state != ItemState.OPEN:
            raise _TakenOver
        if request.version != item.version:
            raise _LeftOut(Why.CHANGED)
        if why := _needless(request, action, details, now):
            raise _LeftOut(why)
        before.update(bulk_undo.standing(request))

    def note(done: ServiceRequest) -> None:
        bulk.hold_messages(item.request_id, now, held_until)
        settled = rows[0]
        settled.state, settled.version, settled.acted_at, settled.before = ItemState.DONE, done.version, now, before

    act_and_show(item.request_id, action, acting, details, now, item.version, note, look=look, bell=False)


def _needless(request: ServiceRequest, action: Action, details: Details, now: datetime) -> Why | None:
    """Why there is nothing to do, as the request stands under its lock."""
    if action is Action.ASSIGN:
        has = request.assignee.email if request.assignee else ""
        return Why.ALREADY if has == details.assignee else None
    if action is Action.REQUEST_RECORDS:
        wanted = [item for item in request.record_items if not details.items or item.name in details.items]
        new = set(details.items) - {item.name for item in wanted}
        there = all(item.status in THERE for item in wanted) and not new
        return Why.ALREADY if there else None
    return Why.REMINDED if action is Action.NUDGE and remind_by_hand.was_reminded(request, now) else None


class _TakenOver(Exception):
    """Another worker settled this request, which took over after a silence of this one."""


class _LeftOut(Exception):
    """A request that is not touched."""

    def __init__(self, why: Why) -> None:
        self.why = why


def _leave_out(item_id: UUID, why: Why, said: str = "") -> None:
    db.session.rollback()
    item: BulkItem = bulk.item(item_id)
    if item.state == ItemState.OPEN:
        item.state, item.why, item.said = ItemState.SKIPPED, why, said[:LONGEST_SAID]
    db.session.commit()


def _finish(job: BulkJob, now: datetime) -> None:
    """All is done: from now on it can be taken back for half a minute, and then its messages leave."""
    until = now + UNDO_FOR
    bulk.move_held(job.id, [JobState.RUNNING], JobState.DONE, until, undo_until=until, ended_at=now)
    db.session.commit()
