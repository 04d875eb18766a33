"""How tests come in as staff, or to a patient's account: a session as signing in leaves it."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

from flask.testing import FlaskClient

from referral.access import accounts, sessions
from referral.access.links import digest
from referral.extensions import db
from referral.models import PatientAccount, PatientSession, Staff, StaffSession
from referral.store import patient_accounts

PASSWORD = "violet tram window"


def sign_in(client: FlaskClient, staff: Staff, *, complete: bool = True, now: datetime | None = None) -> StaffSession:
    """Let this browser be this person's."""
    secret, values = _new_session(now)
    begun = StaffSession(staff_id=staff.id, complete=complete, **values)
    _hold(client, sessions.STAFF, secret, begun)
    return begun


def account_of(*request_ids: UUID, email: str = "kept@sample.example", now: datetime | None = None) -> PatientAccount:
    """An account with a confirmed address that opens these requests."""
    at = now or datetime.now(UTC)
    made = PatientAccount(email=email, created_at=at, empty_since=at, password=accounts.hashed(PASSWORD, email))
    db.session.add(made)
    db.session.flush()
    for request_id in request_ids:
        patient_accounts.put(made.id, request_id, at)
    db.session.commit()
    return made


def sign_in_to_account(client: FlaskClient, account: PatientAccount, *, now: datetime | None = None) -> PatientSession:
    """Let this browser be signed in to this account."""
    secret, values = _new_session(now)
    begun = PatientSession(account_id=account.id, complete=True, **values)
    _hold(client, sessions.PATIENT, secret, begun)
    return begun


def _new_session(now: datetime | None) -> tuple[str, dict[str, object]]:
    """A secret, and what stands in a session's row that has it."""
    at, secret = now or datetime.now(UTC), secrets.token_urlsafe(32)
    browser = {"browser": "Firefox on Linux", "created_at": at, "seen_at": at, "confirmed_at": at}
    return secret, {"token_hash": digest(secret), **browser}


def _hold(client: FlaskClient, place: str, secret: str, begun: StaffSession | PatientSession) -> None:
    db.session.add(begun)
    db.session.commit()
    with client.session_transaction() as session:
        session[place] = secret
