"""Bearer tokens of programs: made once, shown once, kept as a hash."""

import secrets
from datetime import datetime, timedelta

from referral.access.links import digest
from referral.models import ApiToken
from referral.store import access

LIFETIME = timedelta(days=365)


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
    return access.token(digest(text.strip()), now)
