"""Keeping, reading and forgetting of requests that are still being filled in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from referral.extensions import db
from referral.models import RequestDraft


def get(draft_id: str, now: datetime) -> RequestDraft | None:
    """The draft with this id, None where there is none or its time is over."""
    draft = db.session.get(RequestDraft, draft_id)
    return draft if draft is not None and draft.expires_at > now else None


def add(draft: RequestDraft) -> None:
    """Keep a new draft."""
    db.session.add(draft)
    db.session.flush()


def that_follow(request_id: UUID) -> list[RequestDraft]:
    """The drafts that were begun with the answers of this request."""
    return list(db.session.scalars(select(RequestDraft).where(RequestDraft.follows_id == request_id)))


def forget(draft_id: str) -> None:
    """Drop one draft."""
    db.session.execute(delete(RequestDraft).where(RequestDraft.id == draft_id))


def forget_expired(now: datetime) -> None:
    """Drop the drafts whose time is over."""
    db.session.execute(delete(RequestDraft).where(RequestDraft.expires_at <= now))
