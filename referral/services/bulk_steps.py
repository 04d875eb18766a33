"""What a job does with its requests: with several at once where nothing is in the way, else with each by itself."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from referral.access.authorize import Acting
from referral.domain.bulk import ItemState, Why
from referral.domain.errors import DomainError, NotFound, StaleVersion
from referral.domain.lifecycle import Action
from referral.domain.permissions import Duty, has_duty
from referral.domain.records import THERE
from referral.extensions import db
from referral.models import BulkItem, ServiceRequest
from referral.services import bulk_undo, remind_by_hand
from referral.services.act import act_and_show, act_on_locked
from referral.services.bulk_order import Order
from referral.services.bulk_undo import Unsaid
from referral.services.commit import commit
from referral.services.effects import Details
from referral.store import access, bulk, referrals, reports
from referral.store.bulk import NextItem

LONGEST_SAID = 300

logger = logging.getLogger(__name__)


def _may_still(acting: Acting) -> bool:
    """Whether who began it still has the role for it; asked anew in each transaction."""
    role = access.role_now(acting.staff_id) if acting.staff_id else ""
    return role == acting.actor and has_duty(acting.actor, Duty.BULK)


def do(order: Order, item: NextItem, now: datetime) -> None:
    """One request: done, or left out with the reason; what went wrong with it keeps no other waiting."""
    try:
        _act(order, item, now)
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
        logger.error("Item %s of job %s failed: %s", item.id, order.job_id, type(error).__name__)


def do_together(order: Order, items: Sequence[NextItem], now: datetime) -> bool:
    """The same for several in one transaction, which costs half as much; whether all were done. If not, none was.

    Then each is done by itself, and says why where it is left out.
    """
    try:
        if not _may_still(order.acting):
            return False
        _act_together(order, items, now)
    except Exception as error:
        db.session.rollback()
        logger.info("Items of job %s are done one by one: %s", order.job_id, type(error).__name__)
        return False
    return True


def _act_together(order: Order, items: Sequence[NextItem], now: datetime) -> None:
    ids = [item.request_id for item in items]
    locked, rows, unsaid = referrals.lock_all(ids), bulk.items_of([item.id for item in items]), Unsaid.of(ids)
    for item in items:
        if rows[item.id].state != ItemState.OPEN:
            raise _TakenOver
    reports.read_ahead(ids)
    before: dict[UUID, dict[str, Any]] = {}

    def look(item: NextItem, request: ServiceRequest) -> None:
        _look(order, item, request, now)
        before[item.id] = bulk_undo.standing(request, unsaid)

    for item in items:
        found, seen = locked.get(item.request_id), partial(look, item)
        request = act_on_locked(found, order.action, order.acting, order.details, now, item.version, seen)
    bulk.hold_messages(ids, now, order.held_until)
    for item in items:  # at the end, and not with each flush that a step needs
        _settle(rows[item.id], locked[item.request_id], before[item.id], now)
    commit(request)


def _act(order: Order, item: NextItem, now: datetime) -> None:
    if not _may_still(order.acting):
        raise _LeftOut(Why.ROLE_LOST)
    before: dict[str, Any] = {}
    rows: list[BulkItem] = []  # kept, so that it is read once

    def look(request: ServiceRequest) -> None:
        rows.append(bulk.item(item.id))
        if rows[0].state != ItemState.OPEN:
            raise _TakenOver
        _look(order, item, request, now)
        before.update(bulk_undo.standing(request, Unsaid.of([request.id])))

    def note(done: ServiceRequest) -> None:
        bulk.hold_messages([item.request_id], now, order.held_until)
        _settle(rows[0], done, before, now)

    what = (order.action, order.acting, order.details)
    act_and_show(item.request_id, *what, now, item.version, note, look=look, bell=False)


def _look(order: Order, item: NextItem, request: ServiceRequest, now: datetime) -> None:
    """Raise where the request, as it stands under its lock, is not to be touched."""
    if request.version != item.version:
        raise _LeftOut(Why.CHANGED)
    if why := _needless(request, order.action, order.details, now):
        raise _LeftOut(why)


def _settle(row: BulkItem, done: ServiceRequest, before: dict[str, Any], now: datetime) -> None:
    row.state, row.version, row.acted_at, row.before = ItemState.DONE, done.version, now, before


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
