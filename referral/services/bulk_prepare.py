"""Looks at many requests before something is done with them: what is affected, what is left out, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from referral import queue
from referral.access.authorize import Acting, may, require
from referral.domain import lifecycle
from referral.domain.audit_chain import Reading
from referral.domain.bulk import ACTIONS, MOST, JobState, Why
from referral.domain.clocks import Holder
from referral.domain.errors import Invalid, NotFound
from referral.domain.lifecycle import Action, Stage
from referral.domain.messages import REMINDER
from referral.domain.permissions import Duty, Right
from referral.domain.records import NAMES
from referral.extensions import db
from referral.models import BulkJob, ServiceRequest
from referral.services import audit_log, clockwork, record_items
from referral.services.effects import Details, check_text
from referral.services.moves import facts_of
from referral.services.outbox import OFFICE_REMINDER
from referral.services.routing import next_on_shortlist, tries_left
from referral.store import access, bulk, messages, worklists
from referral.store.bulk import NewItem
from referral.store.tables import parts
from referral.store.worklist_filters import Filters

TOO_MANY = f"More than {MOST:,} requests match. Narrow the list, or go through it in parts."


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which requests: those of a list as it is now, or those that were ticked and still stand in it."""

    filters: Filters | None
    """None where nothing can match."""
    ids: tuple[UUID, ...] | None = None
    """None for all of them."""
    view: str = ""


def prepare(acting: Acting, action: Action, chosen: Chosen, now: datetime) -> UUID:
    """Keep what was chosen as a job that waits for a word, with what is left out of it; gives its id.

    Raise `Invalid` where nothing or too much was chosen.
    """
    require(acting, Duty.BULK)
    if action not in ACTIONS or acting.staff_id is None:
        raise NotFound
    items = list(_looked_at(acting, action, chosen, now))
    job = BulkJob(staff_id=acting.staff_id, action=action, view=chosen.view[:500], created_at=now)
    bulk.add(job, items)
    listed = [str(item.request_id) for item in items]
    audit_log.note(acting, Reading.LIST, "bulk", job.id, None, {"referrals": listed, "count": len(listed)})
    db.session.commit()
    return job.id


def confirm(job: BulkJob, acting: Acting, details: Details, now: datetime) -> bool:
    """Let a job begin; False where it has begun already. Raise `Invalid` where a detail is missing or wrong."""
    require(acting, Duty.BULK)
    given = _checked(Action(job.action), details, acting)
    job.text = given.text
    db.session.flush()
    values = {"assignee": given.assignee, "items": list(given.items), "confirmed_at": now}
    begun = bulk.move(job.id, [JobState.PREPARED], JobState.RUNNING, **values)
    if not begun:
        db.session.rollback()
        return False
    audit_log.note(acting, "confirm-bulk", "bulk", job.id, None, {"kind": job.action})
    db.session.commit()
    queue.enqueue(queue.BULK, job.id)
    return True


def verdict(request: ServiceRequest, action: Action, acting: Acting, now: datetime, reminded: bool) -> Why | None:
    """Why this cannot be done with this request, None where it can."""
    if not may(acting, Right.ACT, request):
        return Why.GONE
    if not lifecycle.may(acting.actor, action, Stage(request.stage), facts_of(request)):
        return Why.STAGE
    match action:
        case Action.APPROVE:
            return _not_to_approve(request) or _nobody_to_ask(request, now)
        case Action.REROUTE:
            return _nobody_to_ask(request, now)
        case Action.NUDGE if reminded:
            return Why.REMINDED
        case Action.NUDGE if clockwork.holder(request) not in (Holder.PATIENT, Holder.OFFICE):
            return Why.STAGE
    return None


def _looked_at(acting: Acting, action: Action, chosen: Chosen, now: datetime) -> Iterator[NewItem]:
    wanted = _wanted(chosen, now)
    for part in parts(wanted):
        found = bulk.for_verdict(part)
        reminded = _reminded(part, now) if action is Action.NUDGE else set()
        for request_id in part:
            request = found.get(request_id)
            why = verdict(request, action, acting, now, request_id in reminded) if request else Why.GONE
            yield NewItem(request_id, request.version if request else 0, why or "")
    yield from _left(acting, chosen, wanted)


def _wanted(chosen: Chosen, now: datetime) -> list[UUID]:
    if chosen.ids is not None and not chosen.ids:
        raise Invalid("rows", "Choose at least one request.")
    if chosen.ids is not None and len(chosen.ids) > MOST:
        raise Invalid("rows", TOO_MANY)
    found = worklists.matching(chosen.filters, now, MOST + 1, chosen.ids) if chosen.filters else []
    if len(found) > MOST:
        raise Invalid("rows", TOO_MANY)
    if not found and not chosen.ids:
        raise Invalid("rows", "Nothing in this list matches any more.")
    return found


def _left(acting: Acting, chosen: Chosen, there: Sequence[UUID]) -> Iterator[NewItem]:
    """What was ticked and has left the list since; of what does not exist for them nothing is kept."""
    gone = [one for one in dict.fromkeys(chosen.ids or ()) if one not in set(there)]
    for request_id, request in bulk.for_verdict(gone).items():
        if may(acting, Right.READ, request):
            yield NewItem(request_id, request.version, Why.LEFT_THE_LIST)


def _reminded(request_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    zone = ZoneInfo(clockwork.settings().desk.zone)
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    return messages.reminded_since(midnight, (REMINDER, OFFICE_REMINDER), request_ids)


def _not_to_approve(request: ServiceRequest) -> Why | None:
    if request.contact_confirmed_at is None:
        return Why.CONTACT
    return Why.RECORDS if record_items.missing_mandatory(request) else None


def _nobody_to_ask(request: ServiceRequest, now: datetime) -> Why | None:
    if tries_left(request) == 0:
        return Why.TRIES
    beyond = request.reroute_role_id is not None
    return None if beyond or next_on_shortlist(request, now) is not None else Why.NOBODY


def _checked(action: Action, details: Details, acting: Acting) -> Details:
    """The details as they are kept; `me` is who acts."""
    check_text(details)
    if action is Action.REQUEST_RECORDS and (unknown := [name for name in details.items if name not in NAMES]):
        raise Invalid("items", f"Unknown record “{unknown[0][:40]}”.")
    if action is not Action.ASSIGN:
        return details
    if details.assignee == "me":
        return Details(assignee=acting.name)
    staff = access.staff_by_email(details.assignee) if details.assignee else None
    if details.assignee and (staff is None or not staff.active or staff not in access.assignable_staff()):
        raise Invalid("assignee", "There is no coordinator with this address.")
    return Details(assignee=details.assignee)
