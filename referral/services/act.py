"""Takes one action on one request: may they, does it fit, what follows; one transaction, then the bell."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from flask import current_app
from sqlalchemy.exc import DBAPIError

from referral import queue
from referral.access import links
from referral.access.authorize import SYSTEM, Acting, authorize, holds_current_task, may, own_task, relation, sees
from referral.domain.codes import Actor, DeliveryStatus
from referral.domain.errors import NotAllowed, StaleVersion
from referral.domain.lifecycle import MOVES, WAITING_FOR_REROUTE, Action, Move, SideEffect, Stage, allowed
from referral.domain.permissions import Level, Relation, Right
from referral.domain.phrases import phrase
from referral.domain.plain_words import SAID_TO_OFFICE
from referral.extensions import db
from referral.models import ReferralEvent, ServiceRequest
from referral.services import audit_log, late_answers, next_match, record_items
from referral.services.commit import commit
from referral.services.effects import EFFECTS, Details, check_text, remark
from referral.services.moves import current_delivery, facts_of, require_allowed, take
from referral.services.routing import next_on_shortlist, start_task, tries_left
from referral.settings import Settings
from referral.store import deliveries, referrals

logger = logging.getLogger(__name__)
Shown = TypeVar("Shown")


def read(request_id: UUID, acting: Acting) -> ServiceRequest:
    """One request, if it exists for this caller; the audit trail notes that it was shown."""
    request = authorize(acting, Right.READ, referrals.get(request_id))
    audit_log.note_read(acting, request)
    return request


def visible_events(request: ServiceRequest, acting: Acting) -> list[ReferralEvent]:
    """The history this caller may read: staff all of it, an office what concerns its own handling."""
    if sees(acting, request) is Level.WHOLE:
        return list(request.events)
    task = own_task(acting, request)
    return [event for event in request.events if task and event.task_id == task.id and event.action != Action.NOTE]


def visible_words(event: ReferralEvent, request: ServiceRequest, acting: Acting) -> str:
    """The words of a line of the history as far as this caller may read them: what the desk notes stays there."""
    whole = sees(acting, request) is Level.WHOLE
    return event.text if whole or event.action in SAID_TO_OFFICE else ""


def actions(request: ServiceRequest, acting: Acting) -> tuple[Move, ...]:
    """What this caller may do now."""
    if not may(acting, Right.ACT, request):
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
    return act_and_show(request_id, action, acting, details, now, version, lambda request: request)


def act_and_show(
    request_id: UUID,
    action: Action,
    acting: Acting,
    details: Details,
    now: datetime,
    version: int | None,
    show: Callable[[ServiceRequest], Shown],
    *,
    look: Callable[[ServiceRequest], object] = bool,
    bell: bool = True,
) -> Shown:
    """The same; gives what `show` makes of the request as it is about to be saved. Without the bell nobody is told yet.

    `look` sees the request under its lock, as it was; what it raises ends the matter.

    Whoever reads after the commit may find the database gone, and tell of a failure although everything was saved.
    """
    request = _allowed_to_act(referrals.lock(request_id), acting)
    try:
        look(request)
        _take_or_keep(request, action, acting, details, now, version)
        db.session.flush()
        shown = show(request)
    except NotAllowed as error:
        db.session.rollback()  # first: what is possible is said of the request as it stands
        possible = [move.action for move in actions(request, acting)]
        raise type(error)(error.message, possible, request.version) from error
    except Exception:
        db.session.rollback()
        raise
    commit(request)
    if bell:
        ring(request)
    return shown


def act_on_locked(
    found: ServiceRequest | None,
    action: Action,
    acting: Acting,
    details: Details,
    now: datetime,
    version: int,
    look: Callable[[ServiceRequest], object],
) -> ServiceRequest:
    """Take the action on a request that is locked. The caller saves it, and rolls back where this raises."""
    request = _allowed_to_act(found, acting)
    look(request)
    _take_or_keep(request, action, acting, details, now, version)
    return request


def reroute_by_itself(request: ServiceRequest, now: datetime) -> bool:
    """Ask the next of the patient's own shortlist; whether that was done.

    Where nobody is left there, the next match is proposed, and asked when nobody has objected in time.
    """
    if request.stage not in WAITING_FOR_REROUTE or not request.reroute_allowed:
        return False
    role = next_on_shortlist(request, now, elsewhere=True) if tries_left(request) else None
    if role is not None:
        start_task(request, role, now)
        take(request, Action.REROUTE, SYSTEM, now)
        return True
    found = next_match.next_match(request, now)
    if found is None:
        next_match.nobody_left(request, now)
    else:
        details = Details(role_id=found.id, text=found.practitioner.name)
        _take_one(request, Action.PROPOSE_REROUTE, SYSTEM, details, now)
    return False


def records_changed(request_id: UUID, now: datetime) -> None:
    """After a record came or changed: a request that waited for records, or for this one alone, goes on by itself."""
    request = referrals.lock(request_id)
    if request is None:
        return
    before = request.version
    try:
        if request.stage == Stage.RECORDS_NEEDED and record_items.is_complete(request):
            _take_one(request, Action.RECORDS_COMPLETE, SYSTEM, Details(), now)
        _approve_by_itself(request, now)
    except NotAllowed:
        db.session.rollback()  # the record is kept; what cannot go on by itself waits for a coordinator
        return
    went_on = request.version != before
    db.session.commit()
    if went_on:
        ring(request)


def ring(request: ServiceRequest) -> None:
    """After the commit: tell the workers of every message of this request that waits.

    What was saved is saved: where the database is gone by now, nobody is told of a failure, and the sweep rings.
    """
    try:
        waiting = deliveries.waiting_for(request.id)
        db.session.rollback()  # only read: no lock is held while the broker is asked
    except DBAPIError as error:
        db.session.rollback()
        logger.warning("The database went away after a change; the sweep rings for it: %s", type(error).__name__)
        return
    for delivery_id in waiting:
        queue.enqueue(queue.DELIVER, delivery_id)


def _allowed_to_act(found: ServiceRequest | None, acting: Acting) -> ServiceRequest:
    gone = found is not None and relation(acting, found) is Relation.PAST
    return authorize(acting, Right.ANSWER_LATE if gone else Right.ACT, found)


def _take_or_keep(
    request: ServiceRequest, action: Action, acting: Acting, details: Details, now: datetime, version: int | None
) -> None:
    if late_answers.is_late(request, action, acting):
        late_answers.keep(request, action, acting, details, now)
    else:
        _take_all(request, action, acting, details, now, version)


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
    for effect in MOVES[action].effects:
        if effect in AFTER:
            AFTER[effect](request, now)
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
    missing = record_items.missing_mandatory(request)
    complete = request.contact_confirmed_at is not None and not missing
    waiting = request.stage in (Stage.SUBMITTED, Stage.READY) and next_on_shortlist(request, now) is not None
    if settings.auto_approve and complete and waiting and tries_left(request):
        _take_one(request, Action.APPROVE, SYSTEM, Details(), now)


def _take_one(request: ServiceRequest, action: Action, acting: Acting, details: Details, now: datetime) -> None:
    require_allowed(request, action, acting)
    for effect in MOVES[action].effects:
        if effect in EFFECTS:
            EFFECTS[effect](request, details, acting, now)
    take(request, action, acting, now, reason=details.reason, text=remark(details))


def _check(request: ServiceRequest, action: Action, acting: Acting, version: int | None) -> None:
    if version is not None and version != request.version:
        names = [move.action for move in actions(request, acting)]
        raise StaleVersion(phrase("The referral was changed meanwhile. Read it again."), names, request.version)
    if not holds_current_task(acting, request):
        raise NotAllowed(phrase("This request is no longer with this office."), (), request.version)


AFTER: Mapping[SideEffect, Callable[[ServiceRequest, datetime], object]] = {
    SideEffect.LEAD_ON: reroute_by_itself,
    SideEffect.FACE_FAILURE: _face_failure,
    SideEffect.SEND_IF_COMPLETE: _approve_by_itself,
}
"""What follows a move, in the same transaction."""
