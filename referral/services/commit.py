"""Commits a change of a request; where the database goes away meanwhile, finds out what became of it.

Whoever is told of a failure would do it again, so nobody is told of one while the change stands.
"""

import logging
import time
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from referral.extensions import db
from referral.models import ServiceRequest
from referral.store import referrals

ASKED_AGAIN = 20
PAUSE_SECONDS = 0.5
"""A database that was restarted is back within these ten seconds, or its end is told as a failure."""

logger = logging.getLogger(__name__)


def commit(request: ServiceRequest) -> None:
    """Commit what was done to a request and noted as an event of it; raises only where that is not saved.

    Or where the database stays away: then nobody knows.
    """
    db.session.flush()
    event = request.events[-1]
    event_id, request_id, at = event.id, event.request_id, event.at
    try:
        db.session.commit()
    except DBAPIError as error:
        db.session.rollback()
        if not _stands(event_id, request_id, at):
            raise
        logger.warning("The database went away while it saved, and has saved it: %s", type(error).__name__)


def _stands(event_id: int, request_id: UUID, at: datetime) -> bool:
    """Whether this event is in the database, as soon as that answers."""
    for _ in range(ASKED_AGAIN):
        try:
            found = referrals.has_event(event_id, request_id, at)
        except DBAPIError:
            time.sleep(PAUSE_SECONDS)
        else:
            return found
        finally:
            db.session.rollback()
    return False
