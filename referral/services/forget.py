"""What is kept for a time only: search records for thirty days, unfinished requests for one; files nobody speaks of."""

from datetime import datetime

from referral.extensions import db
from referral.services.search_log import KEPT_FOR
from referral.services.store_file import sweep_orphans
from referral.store import drafts, searches


def forget(now: datetime) -> None:
    """Drop what is older."""
    searches.forget(now - KEPT_FOR)
    drafts.forget_expired(now)
    db.session.commit()
    sweep_orphans(now)
