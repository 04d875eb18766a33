"""How tests come in as staff: a session as signing in leaves it."""

import secrets
from datetime import UTC, datetime

from flask.testing import FlaskClient

from referral.access import sessions
from referral.access.links import digest
from referral.extensions import db
from referral.models import Staff, StaffSession


def sign_in(client: FlaskClient, staff: Staff, *, complete: bool = True, now: datetime | None = None) -> StaffSession:
    """Let this browser be this person's."""
    at, secret = now or datetime.now(UTC), secrets.token_urlsafe(32)
    begun = StaffSession(
        staff_id=staff.id, token_hash=digest(secret), browser="Firefox on Linux", created_at=at, seen_at=at,
        confirmed_at=at, complete=complete,
    )  # fmt: skip
    db.session.add(begun)
    db.session.commit()
    with client.session_transaction() as session:
        session[sessions.STAFF] = secret
    return begun
