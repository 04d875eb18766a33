"""Reminds people who have not confirmed their address, and ends a request that nobody confirmed."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from referral.access.authorize import SYSTEM
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action
from referral.domain.messages import CONFIRM_REMINDER, END_AFTER, REMIND_AFTER, UNCONFIRMED
from referral.extensions import db
from referral.services import outbox
from referral.services.act import act, ring
from referral.services.effects import Details
from referral.services.patient_time import zone_of
from referral.store import messages, referrals

BATCH = 200

logger = logging.getLogger(__name__)


def remind_unconfirmed(now: datetime, limit: int = BATCH) -> int:
    """Write the reminders that are due and end what has waited too long; how many requests were looked at."""
    over = messages.unconfirmed(now - END_AFTER, None, limit)
    for request_id in over:
        _safely(_end, request_id, now)
    looked_at = len(over)
    for number, after in enumerate(REMIND_AFTER, 1):
        waiting = messages.unconfirmed(now - after, number, limit)
        db.session.rollback()
        for request_id in waiting:
            _safely(_remind, request_id, now)
        looked_at += len(waiting)
    return looked_at


def _end(request_id: UUID, now: datetime) -> None:
    act(request_id, Action.CANCEL, SYSTEM, Details(reason=UNCONFIRMED), now)


def _remind(request_id: UUID, now: datetime) -> None:
    """By mail, and by a call as well where there is a number and this is the last time."""
    request = referrals.lock(request_id)
    if request is None or request.contact_confirmed_at is not None:
        db.session.rollback()
        return
    ends = (request.authored_on + END_AFTER).astimezone(zone_of(request.patient.postcode)).date()
    facts = {"by": ends.isoformat()}
    outbox.to_patient(request, CONFIRM_REMINDER, now, facts)
    if request.patient.phone and now - request.authored_on >= REMIND_AFTER[-1]:
        outbox.to_patient(request, CONFIRM_REMINDER, now, facts, request.patient.phone)
    db.session.commit()
    ring(request)


def _safely(step: Callable[[UUID, datetime], None], request_id: UUID, now: datetime) -> None:
    try:
        step(request_id, now)
    except NotAllowed:
        return  # somebody confirmed it between the look and the lock
    except Exception as error:
        # One request that cannot go on must not keep all the others waiting.
        db.session.rollback()
        logger.error("Request %s could not be reminded: %s", request_id, type(error).__name__)
