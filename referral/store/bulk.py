"""Jobs over many requests: what is chosen, who works at it, what became of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Update, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import joinedload, selectinload

from referral.domain.bulk import ItemState, JobState
from referral.domain.codes import DeliveryStatus
from referral.domain.messages import TAKEN_BACK
from referral.extensions import db
from referral.models import BulkItem, BulkJob, Delivery, PractitionerRole, ReferralTask, ServiceRequest, ShortlistEntry
from referral.store.deliveries import TO_OFFICE
from referral.store.tables import parts

LEASE = timedelta(seconds=60)
"""A worker says every few seconds that it is still at it; after this silence another goes on."""

AT_WORK = (JobState.RUNNING, JobState.UNDOING)


@dataclass(frozen=True, slots=True)
class NewItem:
    """A request as it was looked at, and why it is left out, if it is."""

    request_id: UUID
    version: int
    why: str = ""


def add(job: BulkJob, items: Sequence[NewItem]) -> None:
    """Keep a new job with its requests."""
    db.session.add(job)
    db.session.flush()
    rows = [
        {
            "job_id": job.id, "request_id": item.request_id, "position": place, "version": item.version,
            "state": ItemState.SKIPPED if item.why else ItemState.OPEN, "why": item.why,
        }
        for place, item in enumerate(items)
    ]  # fmt: skip
    for part in parts(rows):
        db.session.execute(insert(BulkItem), part)


def get(job_id: UUID) -> BulkJob | None:
    """One job, as it is in the database now."""
    return db.session.get(BulkJob, job_id, populate_existing=True)


def of_staff(staff_id: UUID, limit: int) -> list[BulkJob]:
    """What somebody had done, the newest first; what was only looked at is left out."""
    begun = (BulkJob.staff_id == staff_id, BulkJob.state != JobState.PREPARED)
    return list(db.session.scalars(select(BulkJob).where(*begun).order_by(BulkJob.created_at.desc()).limit(limit)))


def for_verdict(request_ids: Collection[UUID]) -> dict[UUID, ServiceRequest]:
    """These requests with all that decides whether something can be done with them."""
    found = db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.id.in_(request_ids))
        .options(
            selectinload(ServiceRequest.record_items),
            selectinload(ServiceRequest.consents),
            selectinload(ServiceRequest.tasks).selectinload(ReferralTask.deliveries),
            selectinload(ServiceRequest.tasks)
            .joinedload(ReferralTask.role)
            .load_only(PractitionerRole.organization_id),
            selectinload(ServiceRequest.shortlist)
            .joinedload(ShortlistEntry.role)
            .joinedload(PractitionerRole.practitioner),
            selectinload(ServiceRequest.current_task),
        )
    )
    return {request.id: request for request in found}


def counts(job_id: UUID) -> dict[tuple[str, str], int]:
    """How many requests of a job are in which state, and why."""
    grouped = select(BulkItem.state, BulkItem.why, func.count()).where(BulkItem.job_id == job_id)
    return {(state, why): number for state, why, number in db.session.execute(grouped.group_by("state", "why"))}


def some(job_id: UUID, states: Collection[str], why: str, limit: int) -> list[BulkItem]:
    """The first requests of a job in these states for this reason, with what a line about each tells."""
    found = select(BulkItem).where(BulkItem.job_id == job_id, BulkItem.state.in_(states), BulkItem.why == why)
    of_request = joinedload(BulkItem.request)
    return list(
        db.session.scalars(
            found.order_by(BulkItem.position).limit(limit).options(of_request.joinedload(ServiceRequest.patient))
        )
    )


def waiting(now: datetime, limit: int = 20) -> list[UUID]:
    """Jobs at which nobody works, the oldest first."""
    return list(db.session.scalars(select(BulkJob.id).where(_free(now)).order_by(BulkJob.confirmed_at).limit(limit)))


def claim(job_id: UUID, now: datetime) -> str:
    """Take a job for a while; the lease, empty where somebody else has it or nothing is to be done."""
    lease = token_hex(16)
    mine = update(BulkJob).where(BulkJob.id == job_id, _free(now)).values(lease=lease, leased_until=now + LEASE)
    return lease if _changed(mine) else ""


def renew(job_id: UUID, lease: str, now: datetime) -> bool:
    """Go on working at a job; False where somebody else has taken it over."""
    mine = update(BulkJob).where(BulkJob.id == job_id, BulkJob.lease == lease)
    return _changed(mine.values(leased_until=now + LEASE))


def release(job_id: UUID, lease: str) -> None:
    """Leave a job to whoever comes next."""
    _changed(update(BulkJob).where(BulkJob.id == job_id, BulkJob.lease == lease).values(lease="", leased_until=None))


def move(job_id: UUID, sources: Collection[str], to: str, **values: object) -> bool:
    """Bring a job from one of these states to another; False where it is in none of them (any more)."""
    this = update(BulkJob).where(BulkJob.id == job_id, BulkJob.state.in_(sources))
    return _changed(this.values(state=to, **values))


def move_held(job_id: UUID, sources: Collection[str], to: str, until: datetime, **values: object) -> bool:
    """The same, and what the job holds back leaves at another moment.

    The job's row is held first, always: who held messages and waited for the job would make a deadlock.
    """
    held = db.session.scalar(select(BulkJob.held_until).where(BulkJob.id == job_id).with_for_update())
    if not move(job_id, sources, to, held_until=until, **values):
        return False
    if held is not None:
        _shift_messages(job_id, held, until)
    return True


def state_of(job_id: UUID) -> str:
    """The state of a job at this moment."""
    return str(db.session.scalar(select(BulkJob.state).where(BulkJob.id == job_id)) or "")


class NextItem(NamedTuple):
    """A request of a job whose turn it is."""

    id: UUID
    request_id: UUID
    version: int
    """As it was when somebody looked at it, or was done."""


def next_items(job_id: UUID, state: str, limit: int, backwards: bool = False) -> list[NextItem]:
    """The next requests of a job in this state."""
    order = BulkItem.position.desc() if backwards else BulkItem.position
    found = select(BulkItem.id, BulkItem.request_id, BulkItem.version)
    found = found.where(BulkItem.job_id == job_id, BulkItem.state == state).order_by(order).limit(limit)
    return [NextItem(*row) for row in db.session.execute(found)]


def item(item_id: UUID) -> BulkItem:
    """One request of a job, as it is in the database now."""
    return db.session.get_one(BulkItem, item_id, populate_existing=True)


def items_of(item_ids: Collection[UUID]) -> dict[UUID, BulkItem]:
    """The same for several."""
    found = select(BulkItem).where(BulkItem.id.in_(item_ids)).execution_options(populate_existing=True)
    return {one.id: one for one in db.session.scalars(found)}


def settle_all(job_id: UUID, source: str, to: str, why: str) -> None:
    """Say the same of all requests of a job that are in this state."""
    db.session.execute(
        update(BulkItem)
        .where(BulkItem.job_id == job_id, BulkItem.state == source)
        .values(state=to, why=why)
        .execution_options(synchronize_session=False)
    )


def hold_messages(request_ids: Collection[UUID], written_at: datetime, until: datetime) -> None:
    """Let what was written at this very moment for these requests leave later."""
    db.session.execute(
        update(Delivery)
        .where(
            Delivery.request_id.in_(request_ids),
            Delivery.status == DeliveryStatus.QUEUED,
            Delivery.due_at == written_at,
        )
        .values(due_at=until)
    )


def written(request_id: UUID, at: datetime, held_until: datetime | None) -> list[Delivery]:
    """The messages that one step wrote, as they are now."""
    of_it = or_(Delivery.created_at == at, Delivery.due_at == held_until)
    found = select(Delivery).where(Delivery.request_id == request_id, of_it, Delivery.error != TAKEN_BACK)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def to_be_sent(request_ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """The messages of these requests that wait, but for the referrals themselves: of which request, and which."""
    waits = (Delivery.status == DeliveryStatus.QUEUED, Delivery.template != TO_OFFICE)
    found = select(Delivery.request_id, Delivery.id).where(Delivery.request_id.in_(request_ids), *waits)
    return [(request_id, delivery_id) for request_id, delivery_id in db.session.execute(found)]


def let_wait_again(delivery_ids: Collection[UUID]) -> None:
    """Those of these messages that were taken back meanwhile wait once more, each until its own time."""
    db.session.execute(
        update(Delivery)
        .where(Delivery.id.in_(delivery_ids), Delivery.error == TAKEN_BACK)
        .values(status=DeliveryStatus.QUEUED, error="")
    )


def forget(before: datetime) -> None:
    """Drop jobs from before that moment, with their requests."""
    old = select(BulkJob.id).where(BulkJob.created_at < before, BulkJob.state.not_in(AT_WORK))
    for table in (delete(BulkItem).where(BulkItem.job_id.in_(old)), delete(BulkJob).where(BulkJob.id.in_(old))):
        db.session.execute(table.execution_options(synchronize_session=False))


def _shift_messages(job_id: UUID, held_until: datetime, until: datetime) -> None:
    requests = select(BulkItem.request_id).where(BulkItem.job_id == job_id, BulkItem.acted_at.is_not(None))
    db.session.execute(
        update(Delivery)
        .where(
            Delivery.due_at == held_until, Delivery.status == DeliveryStatus.QUEUED, Delivery.request_id.in_(requests)
        )
        .values(due_at=until)
        .execution_options(synchronize_session=False)
    )


def _free(now: datetime) -> ColumnElement[bool]:
    nobodys = or_(BulkJob.leased_until.is_(None), BulkJob.leased_until < now)
    return and_(BulkJob.state.in_(AT_WORK), nobodys)


def _changed(statement: Update) -> bool:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount == 1
