"""Bearer tokens of programs: made once, shown once, kept as a hash."""

import secrets
from datetime import datetime, timedelta

from referral.access.links import digest
from referral.extensions import db
from referral.models import ApiToken
from referral.store import access

LIFETIME = timedelta(days=365)

SCOPES = {
    "coordinator": "read and move referrals",
    "lead": "read and move referrals",
    "integration": "answer for an organization's own tasks",
    "admin": "none: admins see no patient data",
    "auditor": "none: the API has no audit log",
}
"""What a token opens; its role decides, and an organization narrows it to the referrals with a task there."""

_NOTED = timedelta(hours=1)
"""The last use is written down once an hour, not with every call."""


def make(name: str, role: str, organization_id: str | None, now: datetime) -> str:
    """A new token; its text is not kept anywhere."""
    text = f"ref_{secrets.token_urlsafe(32)}"
    access.add_token(
        ApiToken(
            name=name,
            role=role,
            organization_id=organization_id,
            token_hash=digest(text),
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return text


def bearer(header: str | None, now: datetime) -> ApiToken | None:
    """The token of an Authorization header, None where it is missing, unknown, revoked or expired."""
    scheme, _, text = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        return None
    found = access.token(digest(text.strip()), now)
    if found is not None and (found.used_at is None or now - found.used_at >= _NOTED):
        return _noted(digest(text.strip()), now)
    return found


def revoke(name: str, now: datetime) -> int:
    """End every live token of this name, at once; how many there were."""
    return access.revoke_tokens(name, now)


def listed() -> list[ApiToken]:
    """All tokens, the newest first."""
    return access.tokens()


def _noted(token_hash: str, now: datetime) -> ApiToken | None:
    # In a transaction that begins with writing: one that has read already could be too late for SQLite.
    db.session.commit()
    access.used_token(token_hash, now)
    db.session.commit()
    return access.token(token_hash, now)
