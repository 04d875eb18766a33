"""Search records are kept for thirty days."""

from datetime import datetime

from referral.extensions import db
from referral.services.search_log import KEPT_FOR
from referral.store import searches


def forget_searches(now: datetime) -> None:
    """Drop those that are older."""
    searches.forget(now - KEPT_FOR)
    db.session.commit()
