"""Looks over the whole outbox and all deadlines: whatever a lost bell or a dead worker left behind is found here."""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from referral import queue
from referral.access.authorize import SYSTEM
from referral.channels import Channel
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.services.act import act
from referral.services.deliver import recover_lost
from referral.services.effects import Details
from referral.store import deliveries, referrals

BATCH = 500
ANSWER_EXPECTED = (Stage.SENT, Stage.DELIVERED, Stage.ACKNOWLEDGED)

logger = logging.getLogger(__name__)


def sweep(now: datetime, channels: Mapping[str, Channel]) -> int:
    """Ring for what is due, recover lost messages, pass deadlines of silent offices; how many were rung for."""
    waiting = deliveries.due(now, BATCH)
    db.session.rollback()  # only read so far: end the transaction before the broker is asked
    for delivery_id in waiting:
        queue.enqueue(queue.DELIVER, delivery_id)
    recover_lost(now, channels)
    for request_id in referrals.overdue(ANSWER_EXPECTED, now, BATCH):
        _pass_deadline(request_id, now)
    return len(waiting)


def _pass_deadline(request_id: UUID, now: datetime) -> None:
    try:
        act(request_id, Action.PASS_DEADLINE, SYSTEM, Details(), now)
    except NotAllowed:
        return  # the office answered between the look and the lock
    except Exception as error:
        # One request that cannot go on must not keep all the others waiting.
        logger.error("The deadline of request %s could not be passed: %s", request_id, type(error).__name__)
