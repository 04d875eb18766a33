"""Reminds people who have not confirmed their address, and ends a request that nobody confirmed."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from referral.access.authorize import SYSTEM
from referral.access.links import Purpose
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action
from referral.domain.messages import AFTER_LAST_REMINDER, CONFIRM_REMINDER, END_AFTER, REMIND_AFTER, UNCONFIRMED
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import outbox
from referral.services.act import act, ring
from referral.services.effects import Details
from referral.services.patient_time import zone_of
from referral.store import access, messages, referrals

BATCH = 200

logger = logging.getLogger(__name__)


def remind_unconfirmed(now: datetime, limit: int = BATCH) -> int:
    """Write the reminders that are due and end what has waited too long; how many requests were looked at."""
    over = messages.unconfirmed_in_vain(now - END_AFTER, now - AFTER_LAST_REMINDER, limit)
    db.session.rollback()
    for request_id in over:
        _safely(end_unconfirmed, request_id, now)
    looked_at = len(over)
    for number, after in enumerate(REMIND_AFTER, 1):
        waiting = messages.unconfirmed(now - after, number, limit)
        db.session.rollback()
        for request_id in waiting:
            _safely(_remind, request_id, now)
        looked_at += len(waiting)
    return looked_at


def end_unconfirmed(request_id: UUID, now: datetime) -> None:
    """End a request that has waited in vain for its address to be confirmed; looked at again under the lock."""
    referrals.lock(request_id)
    if not messages.unconfirmed_in_vain(now - END_AFTER, now - AFTER_LAST_REMINDER, 1, only=request_id):
        db.session.rollback()
        return
    act(request_id, Action.CANCEL, SYSTEM, Details(reason=UNCONFIRMED), now)


def _remind(request_id: UUID, now: datetime) -> None:
    """By mail, and by a call as well where there is a number and this is the last time."""
    request = referrals.lock(request_id)
    if request is None or request.contact_confirmed_at is not None or request.stage not in messages.UNSENT:
        db.session.rollback()
        return
    since = _waiting_since(request)
    ends = max(since + END_AFTER, now + AFTER_LAST_REMINDER)
    access.extend_request_link(request.id, Purpose.CONFIRM, ends)
    facts = {"by": ends.astimezone(zone_of(request.patient.postcode)).date().isoformat()}
    outbox.to_patient(request, CONFIRM_REMINDER, now, facts)
    if request.patient.phone and now - since >= REMIND_AFTER[-1]:
        outbox.to_patient(request, CONFIRM_REMINDER, now, facts, request.patient.phone)
    db.session.commit()
    ring(request)


def _waiting_since(request: ServiceRequest) -> datetime:
    """When the request was made, or reopened for the last time."""
    reopened = (event.at for event in reversed(request.events) if event.action == Action.REOPEN)
    return next(reopened, request.authored_on)


def _safely(step: Callable[[UUID, datetime], None], request_id: UUID, now: datetime) -> None:
    try:
        step(request_id, now)
    except NotAllowed:
        return  # somebody confirmed it between the look and the lock
    except Exception as error:
        # One request that cannot go on must not keep all the others waiting.
        db.session.rollback()
        logger.error("Request %s could not be reminded: %s", request_id, type(error).__name__)
