"""Takes back what a job has done, request by request, where nothing has left and nobody has changed it since."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from referral import queue
from referral.access.authorize import Acting, may, require
from referral.domain.bulk import HELD_FOR, UNDONE, ItemState, JobState, Why
from referral.domain.codes import BusinessStatus, DeliveryStatus, TaskStatus
from referral.domain.lifecycle import Action
from referral.domain.messages import REMINDER, TAKEN_BACK, TOLD
from referral.domain.permissions import Duty, Right
from referral.extensions import db
from referral.models import BulkItem, BulkJob, Delivery, PatientMessage, ReferralTask, ServiceRequest
from referral.services import audit_log, outbox
from referral.services.bulk_order import Order
from referral.services.moves import put_back
from referral.store import bulk, deliveries, known, messages, referrals
from referral.store.bulk import NextItem

PLAIN = ("status", "records", "rungs", "paused_clocks", "reroute_role_id")
MOMENTS = ("closed_at", "stage_since", "next_by", "clock_since", "rung_at", "reroute_at")
IDS = ("assignee_id", "current_task_id")

CALL = ("key", "template", "language", "to_address", "created_at")
"""What of a call that waits is kept besides the days it names, to be told after all."""

logger = logging.getLogger(__name__)


def begin(job: BulkJob, acting: Acting, now: datetime) -> bool:
    """Have a job taken back, or stopped where it still runs; False where it is too late. Until then nothing leaves."""
    require(acting, Duty.BULK)
    if job.undo_until is not None and job.undo_until < now:
        return False
    if not bulk.move_held(job.id, [JobState.RUNNING, JobState.DONE], JobState.UNDOING, now + HELD_FOR):
        db.session.rollback()
        return False
    audit_log.note(acting, "undo-bulk", "bulk", job.id, None, {"kind": job.action})
    db.session.commit()
    queue.enqueue(queue.BULK, job.id)
    return True


def standing(request: ServiceRequest, unsaid: "Unsaid") -> dict[str, Any]:
    """How a request stands, as what can be kept and put back."""
    kept = {name: getattr(request, name) for name in PLAIN}
    kept |= {name: _iso(getattr(request, name)) for name in MOMENTS}
    kept |= {name: str(getattr(request, name) or "") for name in IDS}
    kept["items"] = {item.name: [item.status, item.reason] for item in request.record_items}
    kept["consents"] = [str(one.id) for one in request.consents]
    kept["waiting"] = [str(one) for of, one in unsaid.waiting if of == request.id]
    calls = [one for one in unsaid.calls if one.request_id == request.id]
    kept["calls"] = [{name: str(getattr(one, name)) for name in CALL} | {"facts": one.facts} for one in calls]
    return kept


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What waits to be said of some requests: messages, each with its request, and calls."""

    waiting: list[tuple[UUID, UUID]]
    calls: list[PatientMessage]

    @classmethod
    def of(cls, request_ids: Collection[UUID]) -> "Unsaid":
        """What waits now; who calls this holds the requests."""
        found = cls(bulk.to_be_sent(request_ids), messages.open_calls(request_ids))
        for request_id in set(request_ids) - {request_id for request_id, _ in found.waiting}:
            known.note((deliveries.NOTHING_WAITS, request_id), True)
        for request_id in set(request_ids) - {call.request_id for call in found.calls}:
            known.note((messages.NO_CALLS, request_id), True)
        return found


def take_back(order: Order, named: NextItem, now: datetime) -> None:
    """One request: as it was before, or left as it is with the reason."""
    item_id = named.id
    try:
        job, item = bulk.get(order.job_id), bulk.item(item_id)
        request = referrals.lock(item.request_id)
        if item.state != ItemState.DONE:  # read anew under the lock: another worker may have taken it back
            db.session.rollback()
            return
        why = _too_late(request, item, job, order.acting)
        if request is None or job is None or why is not None:
            _settle(item_id, ItemState.STAYS, why or Why.GONE)
            return
        _undo(request, item, order.action, order.acting, bulk.written(request.id, _acted(item), job.held_until), now)
        _settle(item_id, ItemState.UNDONE)
    except Exception as error:
        # One that cannot be taken back must not keep the others from it.
        db.session.rollback()
        logger.error("Item %s of job %s could not be taken back: %s", item_id, order.job_id, type(error).__name__)
        _settle(item_id, ItemState.STAYS, Why.FAILED)


def finish(job: BulkJob, now: datetime) -> None:
    """All is taken back that could be; the messages of what stays leave now."""
    bulk.move_held(job.id, [JobState.UNDOING], JobState.UNDONE, now, undo_until=now, ended_at=now)
    db.session.commit()


def _too_late(request: ServiceRequest | None, item: BulkItem, job: BulkJob | None, acting: Acting) -> Why | None:
    if request is None or job is None or not may(acting, Right.ACT, request):
        return Why.GONE
    if request.version != item.version:
        return Why.CHANGED_SINCE
    left = (not _waits(one) for one in bulk.written(request.id, _acted(item), job.held_until))
    return Why.HAS_LEFT if any(left) else None


def _waits(delivery: Delivery) -> bool:
    return delivery.status == DeliveryStatus.QUEUED and delivery.attempts == 0


def _undo(
    request: ServiceRequest, item: BulkItem, action: Action, acting: Acting, written: list[Delivery], now: datetime
) -> None:
    asked = request.current_task if action in (Action.APPROVE, Action.REROUTE) else None
    messages.take_back(request.id, {*TOLD.values(), REMINDER}, _acted(item))
    for delivery in written:
        if delivery.task_id is not None:
            delivery.status, delivery.error = DeliveryStatus.FAILED, TAKEN_BACK
    put_back(request, acting, now, action, partial(_restore, request, item.before, asked))
    _tell_after_all(request, item.before)
    _end_new_consents(request, item.before, now)
    item.version = request.version


def _tell_after_all(request: ServiceRequest, before: Mapping[str, Any]) -> None:
    """What waited to be said at this stage waits again: messages that the step took back, calls that it dropped."""
    bulk.let_wait_again([UUID(one) for one in before.get("waiting", [])])
    there = {one.key for one in messages.open_calls([request.id])}
    for call in before.get("calls", []):
        if call["key"] not in there and not messages.has_key(call["key"]):
            made_at = datetime.fromisoformat(call["created_at"])
            messages.add(PatientMessage(request_id=request.id, way="call", **{**call, "created_at": made_at}))


def _end_new_consents(request: ServiceRequest, before: Mapping[str, Any], now: datetime) -> None:
    """A permission that the step passed on to somebody beyond the list ends with it; the patient took nothing back."""
    for consent in request.consents:
        if "consents" in before and str(consent.id) not in before["consents"] and consent.revoked_at is None:
            consent.expires_at = now


def _restore(request: ServiceRequest, before: Mapping[str, Any], asked: ReferralTask | None) -> None:
    if asked is not None:
        asked.status, asked.business_status, asked.status_reason = TaskStatus.FAILED, BusinessStatus.CREATED, UNDONE
        carried = outbox.carrier(asked)
        if carried is not None:
            carried.status, carried.error = DeliveryStatus.FAILED, TAKEN_BACK
    for name in PLAIN:
        setattr(request, name, before[name])
    for name in MOMENTS:
        setattr(request, name, datetime.fromisoformat(before[name]) if before[name] else None)
    task_id = before["current_task_id"]
    request.current_task = next((task for task in request.tasks if str(task.id) == task_id), None)
    request.current_task_id = request.current_task.id if request.current_task else None
    request.assignee_id = UUID(before["assignee_id"]) if before["assignee_id"] else None
    for item in request.record_items:
        if item.name in before["items"]:
            item.status, item.reason = before["items"][item.name]
        else:
            db.session.delete(item)


def _settle(item_id: UUID, state: ItemState, why: str = "") -> None:
    item = bulk.item(item_id) if state is not ItemState.UNDONE else db.session.get_one(BulkItem, item_id)
    item.state, item.why = state, why
    db.session.commit()


def _acted(item: BulkItem) -> datetime:
    if item.acted_at is None:
        raise ValueError("nothing was done with it")
    return item.acted_at


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
