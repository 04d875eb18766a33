"""Takes one action on one request: may they, does it fit, what follows; one transaction, then the bell."""

from datetime import datetime
from uuid import UUID

from flask import current_app

from referral import queue
from referral.access import links
from referral.access.authorize import SYSTEM, Acting, holds_current_task, may_see, own_task
from referral.domain.codes import STAFF, Actor, DeliveryStatus
from referral.domain.errors import NotAllowed, NotFound, StaleVersion
from referral.domain.lifecycle import WAITING_FOR_REROUTE, Action, Move, Stage, allowed
from referral.extensions import db
from referral.models import ReferralEvent, ServiceRequest
from referral.services import late_answers, outbox
from referral.services.effects import EFFECTS, Details, check_text, remark
from referral.services.moves import current_delivery, facts_of, require_allowed, take
from referral.services.routing import next_on_shortlist, start_task, tries_left
from referral.settings import Settings
from referral.store import deliveries, referrals

TOLD = {
    Action.REQUEST_RECORDS: "records-needed",
    Action.DELIVER: "sent",
    Action.REQUEST_INFORMATION: "question",
    Action.ACCEPT: "accepted",
    Action.SCHEDULE: "scheduled",
    Action.DECLINE: "declined",
    Action.PASS_DEADLINE: "no-response",
    Action.SUBMIT_OPINION: "opinion",
    Action.RETURN_WITH_ADVICE: "opinion",
    Action.CANCEL: "cancelled",
    Action.CLOSE: "closed",
}
"""Which message tells the patient of which move; the texts stand in `templates/email/`."""

LEADS_ON = frozenset({Action.DECLINE, Action.PASS_DEADLINE, Action.GIVE_UP_SENDING})
"""Moves after which the next of the shortlist is asked at once."""

COMPLETES = frozenset({Action.CONFIRM_CONTACT, Action.RECORDS_COMPLETE})
"""Moves after which a request may be complete, and goes out by itself where the operator wants it so."""

TOLD_TO_OFFICE = {Action.CANCEL: "office-cancelled", Action.ANSWER_INFORMATION: "office-answered"}
"""Which message tells the office of which move, if it has the request."""


def read(request_id: UUID, acting: Acting) -> ServiceRequest:
    """One request, if it exists for this caller."""
    request = referrals.get(request_id)
    if request is None or not may_see(acting, request):
        raise NotFound("There is no such referral.")
    return request


def visible_events(request: ServiceRequest, acting: Acting) -> list[ReferralEvent]:
    """The history this caller may read: staff all of it, an office what concerns its own handling."""
    if acting.actor in STAFF:
        return list(request.events)
    task = own_task(acting, request)
    return [event for event in request.events if task and event.task_id == task.id and event.action != Action.NOTE]


def actions(request: ServiceRequest, acting: Acting) -> tuple[Move, ...]:
    """What this caller may do now."""
    if not holds_current_task(acting, request):
        return ()
    return allowed(acting.actor, Stage(request.stage), facts_of(request))


def act(
    request_id: UUID,
    action: Action,
    acting: Acting,
    details: Details,
    now: datetime,
    version: int | None = None,
) -> ServiceRequest:
    """Take the action and commit, or raise and leave everything as it was."""
    request = referrals.lock(request_id)
    if request is None or not may_see(acting, request):
        raise NotFound("There is no such referral.")
    try:
        if late_answers.is_late(request, action, acting):
            late_answers.keep(request, action, acting, details, now)
        else:
            _take_all(request, action, acting, details, now, version)
    except NotAllowed as error:
        db.session.rollback()  # first: what is possible is said of the request as it stands
        possible = [move.action for move in actions(request, acting)]
        raise type(error)(error.message, possible, request.version) from error
    except Exception:
        db.session.rollback()
        raise
    db.session.commit()
    ring(request)
    return request


def tell(request: ServiceRequest, action: Action, now: datetime) -> None:
    """Put the messages about this move into the outbox, where there are any."""
    if action in TOLD and request.contact_confirmed_at is not None:
        outbox.to_patient(request, TOLD[action], now)
    if action is Action.ANSWER_INFORMATION and request.current_task is not None:
        outbox.tell_office(request.current_task, TOLD_TO_OFFICE[action], str(request.version), now)


def reroute_by_itself(request: ServiceRequest, now: datetime) -> bool:
    """Ask the next of the patient's own shortlist, if the patient allowed it and there is one."""
    if request.stage not in WAITING_FOR_REROUTE or not request.reroute_allowed or not tries_left(request):
        return False
    role = next_on_shortlist(request, now)
    if role is None:
        return False
    start_task(request, role, now)
    take(request, Action.REROUTE, SYSTEM, now)
    return True


def ring(request: ServiceRequest) -> None:
    """After the commit: tell the workers of every message of this request that waits."""
    waiting = deliveries.waiting_for(request.id)
    db.session.rollback()  # only read: no lock is held while the broker is asked
    for delivery_id in waiting:
        queue.enqueue(queue.DELIVER, delivery_id)


def _take_all(
    request: ServiceRequest,
    action: Action,
    acting: Acting,
    details: Details,
    now: datetime,
    version: int | None,
) -> None:
    _check(request, action, acting, version)
    check_text(details)
    _take_one(request, action, acting, details, now)
    if action in LEADS_ON:
        reroute_by_itself(request, now)
    if action is Action.RESUME:
        _face_failure(request, now)
    if action in COMPLETES:
        _approve_by_itself(request, now)
    if acting.actor is Actor.OFFICE and request.current_task is not None:
        links.extend(request.current_task.id, request.current_task.appointment_on, now)


def _face_failure(request: ServiceRequest, now: datetime) -> None:
    """Sending failed while the request was on hold: say so now, and go on to the next."""
    delivery = current_delivery(request)
    if request.stage == Stage.QUEUED and delivery is not None and delivery.status == DeliveryStatus.FAILED:
        take(request, Action.GIVE_UP_SENDING, SYSTEM, now, text=delivery.error)
        reroute_by_itself(request, now)


def _approve_by_itself(request: ServiceRequest, now: datetime) -> None:
    """With AUTO_APPROVE a request goes out without a coordinator, once nothing that must be there is missing."""
    settings: Settings = current_app.extensions["settings"]
    missing = any(item.mandatory and item.status in ("needed", "asked") for item in request.record_items)
    complete = request.contact_confirmed_at is not None and not missing
    waiting = request.stage in (Stage.SUBMITTED, Stage.READY) and next_on_shortlist(request, now) is not None
    if settings.auto_approve and complete and waiting and tries_left(request):
        _take_one(request, Action.APPROVE, SYSTEM, Details(), now)


def _take_one(request: ServiceRequest, action: Action, acting: Acting, details: Details, now: datetime) -> None:
    require_allowed(request, action, acting)
    if action in EFFECTS:
        EFFECTS[action](request, details, acting, now)
    take(request, action, acting, now, reason=details.reason, text=remark(details))
    tell(request, action, now)


def _check(request: ServiceRequest, action: Action, acting: Acting, version: int | None) -> None:
    if version is not None and version != request.version:
        names = [move.action for move in actions(request, acting)]
        raise StaleVersion("The referral was changed meanwhile. Read it again.", names, request.version)
    if not holds_current_task(acting, request):
        raise NotAllowed("This request is no longer with this office.", (), request.version)
