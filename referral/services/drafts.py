"""A request that is still being filled in: its answers stay on the server, the browser holds a secret only.

The answers have the shape of the JSON interface's request, so that one function turns them into a `NewReferral`.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from referral.access import links
from referral.extensions import db
from referral.models import RequestDraft
from referral.store import drafts, referrals

KEPT_FOR = timedelta(hours=24)
"""After the last answer; then nothing of it is left."""

Answers = dict[str, Any]


def begin(answers: Answers, now: datetime) -> str:
    """Keep the first answers and return the secret under which they are found; old drafts are dropped by the way."""
    drafts.forget_expired(now)
    secret = secrets.token_urlsafe(32)
    drafts.add(RequestDraft(id=links.digest(secret), data=answers, expires_at=now + KEPT_FOR))
    db.session.commit()
    return secret


def read(secret: str, now: datetime) -> Answers | None:
    """The answers so far, None where there are none or their time is over."""
    draft = drafts.get(links.digest(secret), now) if secret else None
    return None if draft is None else dict(draft.data)


def keep(secret: str, answers: Mapping[str, Any], now: datetime) -> None:
    """Add answers to the draft; its time starts again. Nothing happens where the draft is gone."""
    draft = drafts.get(links.digest(secret), now)
    if draft is None:
        return
    draft.data = {**draft.data, **answers}
    draft.expires_at = now + KEPT_FOR
    db.session.commit()


def forget(secret: str) -> None:
    """Drop the draft."""
    drafts.forget(links.digest(secret))
    db.session.commit()


def sending_key(secret: str) -> str:
    """The idempotency key under which this draft is sent: two clicks are one request."""
    return f"draft:{links.digest(secret)}"


def sent_as(secret: str) -> UUID | None:
    """The request this draft became, None where it was not sent."""
    kept = referrals.idempotency_key(sending_key(secret)) if secret else None
    return kept.request_id if kept else None
