"""What is kept for a time only: search records and ended sign-ins for thirty days, unfinished requests for fourteen,
jobs over many requests for seven, half a file for one, links of accounts for one after their end; and files that
nobody speaks of.
"""

from datetime import datetime, timedelta

from referral.domain import bulk as bulk_words
from referral.extensions import cut_log, db
from referral.services.search_log import KEPT_FOR
from referral.services.store_file import sweep_orphans
from referral.services.upload_in_parts import forget_expired
from referral.store import accounts, bulk, desk, drafts, patient_accounts, searches

SIGN_INS_KEPT_FOR = timedelta(days=30)
TRIED_KEPT_FOR = timedelta(days=30)
"""Those with which wrong birth dates were given, which are counted over one link after another."""
LINKS_KEPT_FOR = timedelta(days=1)
"""Those of patients' accounts, after their end: how many were written on one day is counted by them."""


def forget(now: datetime) -> None:
    """Drop what is older."""
    searches.forget(now - KEPT_FOR)
    drafts.forget_expired(now)
    desk.forget_searches(now)
    accounts.forget_sessions(now - SIGN_INS_KEPT_FOR)
    patient_accounts.forget_links(now - LINKS_KEPT_FOR, now - TRIED_KEPT_FOR)
    bulk.forget(now - bulk_words.KEPT_FOR)
    db.session.commit()
    forget_expired(now)
    sweep_orphans(now)
    cut_log()
