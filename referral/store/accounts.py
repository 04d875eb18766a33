"""Reading and writing of what belongs to accounts: sessions, wrong tries, recovery codes; of staff also invitations and
security keys. Functions that serve patients' accounts as well are told whose rows they are about, staff's by default.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, case, delete, func, or_, select, update
from sqlalchemy.orm import selectinload

from referral.extensions import db
from referral.models import (
    PatientAccount,
    PatientRecoveryCode,
    PatientSession,
    RecoveryCode,
    SecurityKey,
    Staff,
    StaffInvitation,
    StaffSession,
)

Person = Staff | PatientAccount
Session = StaffSession | PatientSession
AnySession = TypeVar("AnySession", StaffSession, PatientSession)

_SESSIONS: dict[type[Person], type[Session]] = {Staff: StaffSession, PatientAccount: PatientSession}
_CODES: dict[type[Person], type[RecoveryCode | PatientRecoveryCode]] = {
    Staff: RecoveryCode,
    PatientAccount: PatientRecoveryCode,
}

FORGOTTEN_AFTER = timedelta(days=1)
"""So long after a lock nobody's wrong tries count any more."""


def add(row: Session | StaffInvitation | SecurityKey) -> None:
    """Keep a new row."""
    db.session.add(row)
    db.session.flush()


def session(token_hash: str, of: type[AnySession]) -> AnySession | None:
    """The session with this secret, also one that has ended, with whose it is."""
    return db.session.scalars(select(of).where(of.token_hash == token_hash)).one_or_none()


def saw(session_id: UUID, now: datetime, of: type[Session] = StaffSession) -> None:
    """Note a sign of life."""
    db.session.execute(update(of).where(of.id == session_id).values(seen_at=now))


def sessions_of(
    person_id: UUID, begun_after: datetime, seen_after: datetime, of: type[Person] = Staff
) -> list[Session]:
    """The complete sessions of one person that have not ended, the newest first."""
    rows = _SESSIONS[of]
    open_ones = (rows.whose_id == person_id, rows.complete, rows.ended_at.is_(None))
    lately = (rows.created_at > begun_after, rows.seen_at > seen_after)
    return list(db.session.scalars(select(rows).where(*open_ones, *lately).order_by(rows.created_at.desc())))


def end_sessions(
    person_id: UUID, now: datetime, *, only: UUID | None = None, but: UUID | None = None, of: type[Person] = Staff
) -> int:
    """End sessions of one person: one, all but one, or all; how many were open."""
    rows = _SESSIONS[of]
    which = [rows.whose_id == person_id, rows.ended_at.is_(None)]
    if only is not None:
        which.append(rows.id == only)
    if but is not None:
        which.append(rows.id != but)
    ended = db.session.execute(update(rows).where(*which).values(ended_at=now, pending=None).returning(rows.id))
    return len(ended.all())


def count_failure(person_id: UUID, now: datetime, of: type[Person] = Staff) -> int:
    """Count one wrong password or code, unless the account is locked; how many there are in a row.

    A day after the last lock ended the count begins anew.
    """
    long_ago = of.locked_until <= now - FORGOTTEN_AFTER
    counted = db.session.execute(
        update(of)
        .where(of.id == person_id, or_(of.locked_until.is_(None), of.locked_until <= now))
        .values(failed_tries=case((long_ago, 1), else_=of.failed_tries + 1))
        .returning(of.failed_tries)
    )
    return counted.scalar() or 0


def lock(person_id: UUID, until: datetime, of: type[Person] = Staff) -> None:
    """Take no try for this account until then."""
    db.session.execute(update(of).where(of.id == person_id).values(locked_until=until))


def take_counter(person_id: UUID, counter: int, of: type[Person] = Staff) -> bool:
    """Note the step of a code that is taken; whether no other request was faster with it."""
    taken = db.session.execute(
        update(of)
        .where(of.id == person_id, or_(of.totp_counter.is_(None), of.totp_counter < counter))
        .values(totp_counter=counter)
        .returning(of.id)
    )
    return taken.first() is not None


def invitation(token_hash: str, now: datetime) -> StaffInvitation | None:
    """The invitation with this secret, while it opens anything."""
    return db.session.scalars(_open_invitations(now).where(StaffInvitation.token_hash == token_hash)).one_or_none()


def open_invitation(invitation_id: UUID, now: datetime) -> StaffInvitation | None:
    """One invitation, while it opens anything."""
    return db.session.scalars(_open_invitations(now).where(StaffInvitation.id == invitation_id)).one_or_none()


def invited(now: datetime) -> dict[UUID, datetime]:
    """Who has an open invitation, and until when."""
    return {found.staff_id: found.expires_at for found in db.session.scalars(_open_invitations(now))}


def use_invitation(invitation_id: UUID, now: datetime) -> bool:
    """Use an invitation up; whether no other request was faster."""
    used = db.session.execute(
        update(StaffInvitation)
        .where(
            StaffInvitation.id == invitation_id,
            StaffInvitation.used_at.is_(None),
            StaffInvitation.revoked_at.is_(None),
        )
        .values(used_at=now)
        .returning(StaffInvitation.id)
    )
    return used.first() is not None


def revoke_invitations(staff_id: UUID, now: datetime) -> None:
    """Close every open invitation of one person."""
    db.session.execute(
        update(StaffInvitation)
        .where(
            StaffInvitation.staff_id == staff_id,
            StaffInvitation.used_at.is_(None),
            StaffInvitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def key(credential_id: str) -> SecurityKey | None:
    """The security key with this id of its own."""
    return db.session.scalars(select(SecurityKey).where(SecurityKey.credential_id == credential_id)).one_or_none()


def drop_keys(staff_id: UUID, only: UUID | None = None) -> int:
    """Forget one security key of a person, or all; how many."""
    which = [SecurityKey.staff_id == staff_id, *([SecurityKey.id == only] if only is not None else [])]
    return len(db.session.execute(delete(SecurityKey).where(*which).returning(SecurityKey.id)).all())


def replace_codes(person_id: UUID, hashes: Iterable[str], of: type[Person] = Staff) -> None:
    """Forget the recovery codes of one person and keep these."""
    codes = _CODES[of]
    db.session.execute(delete(codes).where(codes.whose_id == person_id))
    db.session.add_all(codes(whose_id=person_id, code_hash=code) for code in hashes)
    db.session.flush()


def use_code(person_id: UUID, code_hash: str, now: datetime, of: type[Person] = Staff) -> bool:
    """Use a recovery code up; whether there was one that nobody had used."""
    codes = _CODES[of]
    used = db.session.execute(
        update(codes)
        .where(codes.whose_id == person_id, codes.code_hash == code_hash, codes.used_at.is_(None))
        .values(used_at=now)
        .returning(codes.id)
    )
    return used.first() is not None


def codes_left(person_id: UUID, of: type[Person] = Staff) -> int:
    """How many recovery codes of one person nobody has used."""
    codes = _CODES[of]
    unused = select(func.count()).where(codes.whose_id == person_id, codes.used_at.is_(None))
    return db.session.scalars(unused).one()


def everybody(organization_id: str | None = None) -> list[Staff]:
    """All members of staff, or those of one organization, by name."""
    found = select(Staff).options(selectinload(Staff.keys)).order_by(Staff.name, Staff.email)
    if organization_id is not None:
        found = found.where(Staff.organization_id == organization_id)
    return list(db.session.scalars(found))


def forget_sessions(before: datetime) -> None:
    """Drop sessions that were last seen before this."""
    for rows in _SESSIONS.values():
        db.session.execute(delete(rows).where(rows.seen_at < before))


def _open_invitations(now: datetime) -> Select[StaffInvitation]:
    return select(StaffInvitation).where(
        StaffInvitation.used_at.is_(None), StaffInvitation.revoked_at.is_(None), StaffInvitation.expires_at > now
    )
