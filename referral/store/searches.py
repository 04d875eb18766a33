"""Keeping, finding and forgetting of search records."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, select

from referral.extensions import db
from referral.models import SearchRecord


def add_all(records: Sequence[dict[str, object]]) -> None:
    """Keep several records at once."""
    db.session.execute(insert(SearchRecord), list(records))


def find(search_id: UUID) -> SearchRecord | None:
    """The record of a search, None where there is none."""
    return db.session.get(SearchRecord, search_id)


def newest_queries(limit: int) -> list[dict[str, object]]:
    """The queries of the newest records, as stored, newest first; further pages of a search are left out."""
    first_page = SearchRecord.query["offset"].as_integer() == 0
    newest = select(SearchRecord.query).where(first_page).order_by(SearchRecord.at.desc()).limit(limit)
    return [query for query in db.session.scalars(newest) if query is not None]


def names_version(index_version: str, since: datetime) -> bool:
    """Whether a record from `since` on refers to this version of the index."""
    named = exists().where(SearchRecord.index_version == index_version, SearchRecord.at >= since)
    return bool(db.session.scalar(select(named)))


def forget(before: datetime) -> None:
    """Drop the records older than this."""
    db.session.execute(delete(SearchRecord).where(SearchRecord.at < before))
