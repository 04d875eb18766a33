"""Keeping and forgetting of search records."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert

from referral.extensions import db
from referral.models import SearchRecord


def add_all(records: Sequence[dict[str, object]]) -> None:
    """Keep several records at once."""
    db.session.execute(insert(SearchRecord), list(records))


def forget(before: datetime) -> None:
    """Drop the records older than this."""
    db.session.execute(delete(SearchRecord).where(SearchRecord.at < before))
