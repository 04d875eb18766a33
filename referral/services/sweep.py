"""Looks over the whole outbox and all clocks: whatever a lost bell or a dead worker left behind is found here.

Two sweeps at once do no harm: each step is taken under the lock of its request, on the version it was found at.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from referral import queue
from referral.access.authorize import SYSTEM
from referral.channels import Channel
from referral.domain import clocks
from referral.domain.errors import DomainError, NotAllowed
from referral.domain.lifecycle import RUNNING, WAITING_FOR_REROUTE, Action, Stage
from referral.extensions import db
from referral.services import bulk_run, clockwork
from referral.services.act import act
from referral.services.consent_ends import end_expired
from referral.services.deliver import recover_lost
from referral.services.effects import Details
from referral.services.erase import finish_asked
from referral.services.receipts import take_up_waiting
from referral.services.remind import remind_unconfirmed
from referral.store import deliveries, operations, referrals
from referral.store.referrals import Waiting

BATCH = 500
EVERY = timedelta(seconds=10)
ENOUGH_BELLS = 200
"""So many bells in the broker keep all workers busy until the next sweep. More would grow too old to be heard, and
workers that throw old bells away all the time do nothing else."""
TURN = "sweep"
"""The name under which sweepers take turns."""

logger = logging.getLogger(__name__)


def sweep(now: datetime, channels: Mapping[str, Channel]) -> int:
    """Recover lost messages, ring for what is due, take up receipts, take the steps of all clocks, remind, erase.

    Returns how many messages were rung for.
    """
    for job_id in bulk_run.waiting(now):  # first, so that what they hold back is not due before they end
        queue.enqueue(queue.BULK, job_id)
    recover_lost(now, channels)
    waiting = deliveries.due(now, max(0, ENOUGH_BELLS - queue.waiting()))
    db.session.rollback()  # only read so far: end the transaction before the broker is asked
    for delivery_id in waiting:
        queue.enqueue(queue.DELIVER, delivery_id)
    take_up_waiting(now)
    end_expired(now)
    _climb_ladders(now)
    _reroute_as_proposed(now)
    remind_unconfirmed(now)
    finish_asked(now)
    return len(waiting)


def sweep_in_turn(holder: str, now: datetime, channels: Mapping[str, Channel]) -> bool:
    """Sweep if nobody has within the last ten seconds; whether it was this one's turn."""
    mine = operations.take_turn(TURN, holder, now, EVERY)
    db.session.commit()
    if mine:
        sweep(now, channels)
    return mine


def _climb_ladders(now: datetime) -> None:
    """One step for each request that is due for one; who is due for several takes the next in the next sweep."""
    due = referrals.on_next_rung(now, BATCH)
    ladder = clockwork.settings().ladder
    for found in due:
        rungs = clocks.rungs(Stage(found.stage), ladder) if found.stage in RUNNING else ()
        if found.rungs < len(rungs):
            _try(found, rungs[found.rungs].action, Details(), now)


def _reroute_as_proposed(now: datetime) -> None:
    """Ask whom nobody objected to; where that is not possible any more, propose the next."""
    for found in referrals.reroutes_due(WAITING_FOR_REROUTE, now, BATCH):
        if not _try(found, Action.REROUTE, Details(role_id=found.role_id or ""), now):
            _try(found, Action.PROPOSE_REROUTE, Details(), now)


def _try(found: Waiting, action: Action, details: Details, now: datetime) -> bool:
    """Take an action unless the request has changed since it was found; whether it was taken."""
    try:
        act(found.request_id, action, SYSTEM, details, now, found.version)
    except NotAllowed:
        return False  # somebody was quicker, or it is not possible any more
    except DomainError as error:
        logger.warning("Request %s could not %s: %s", found.request_id, action, type(error).__name__)
        return False
    except Exception as error:
        # One request that cannot go on must not keep all the others waiting.
        db.session.rollback()
        logger.error("Request %s could not %s: %s", found.request_id, action, type(error).__name__)
        return False
    return True
