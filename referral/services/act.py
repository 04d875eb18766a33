"""Takes one action on one request: may they, does it fit, what follows; one transaction, then the bell."""

from datetime import datetime
from uuid import UUID

from referral import queue
from referral.access.authorize import SYSTEM, Acting, holds_current_task, may_see
from referral.domain.errors import NotAllowed, NotFound, StaleVersion
from referral.domain.lifecycle import WAITING_FOR_REROUTE, Action, Move, Stage, allowed
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import outbox
from referral.services.effects import EFFECTS, Details, check_text, remark
from referral.services.moves import facts_of, require_allowed, take
from referral.services.routing import next_on_shortlist, start_task, tries_left
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

IMPLIES_ACKNOWLEDGE = frozenset({Action.REQUEST_INFORMATION})


def read(request_id: UUID, acting: Acting) -> ServiceRequest:
    """One request, if it exists for this caller."""
    request = referrals.get(request_id)
    if request is None or not may_see(acting, request):
        raise NotFound("There is no such referral.")
    return request


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
        _take_all(request, action, acting, details, now, version)
    except Exception:
        db.session.rollback()
        raise
    db.session.commit()
    ring(request)
    return request


def tell(request: ServiceRequest, action: Action, now: datetime) -> None:
    """Put the message about this move into the outbox, where there is one."""
    if action in TOLD and request.contact_confirmed_at is not None:
        outbox.to_patient(request, TOLD[action], now)


def reroute_by_itself(request: ServiceRequest, now: datetime) -> bool:
    """Ask the next of the patient's own shortlist, if the patient allowed it and there is one."""
    if request.stage not in WAITING_FOR_REROUTE or not request.reroute_allowed or not tries_left(request):
        return False
    role = next_on_shortlist(request)
    if role is None:
        return False
    start_task(request, role, now)
    take(request, Action.REROUTE, SYSTEM, now)
    return True


def ring(request: ServiceRequest) -> None:
    """After the commit: tell the workers of every message of this request that waits."""
    for delivery_id in deliveries.waiting_for(request.id):
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
    if action in IMPLIES_ACKNOWLEDGE and request.stage in (Stage.SENT, Stage.DELIVERED):
        _take_one(request, Action.ACKNOWLEDGE, acting, Details(), now)
    _take_one(request, action, acting, details, now)
    if action in LEADS_ON:
        reroute_by_itself(request, now)


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
