"""Reading and writing of what belongs to accounts of staff: sessions, invitations, security keys, recovery codes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, case, delete, func, or_, select, update
from sqlalchemy.orm import joinedload, selectinload

from referral.extensions import db
from referral.models import RecoveryCode, SecurityKey, Staff, StaffInvitation, StaffSession

FORGOTTEN_AFTER = timedelta(days=1)
"""So long after a lock nobody's wrong tries count any more."""


def add(row: StaffSession | StaffInvitation | SecurityKey) -> None:
    """Keep a new row."""
    db.session.add(row)
    db.session.flush()


def session(token_hash: str) -> StaffSession | None:
    """The session with this secret, also one that has ended, with whose it is."""
    found = select(StaffSession).where(StaffSession.token_hash == token_hash).options(joinedload(StaffSession.staff))
    return db.session.scalars(found).one_or_none()


def saw(session_id: UUID, now: datetime) -> None:
    """Note a sign of life."""
    db.session.execute(update(StaffSession).where(StaffSession.id == session_id).values(seen_at=now))


def sessions_of(staff_id: UUID, begun_after: datetime, seen_after: datetime) -> list[StaffSession]:
    """The complete sessions of one person that have not ended, the newest first."""
    return list(
        db.session.scalars(
            select(StaffSession)
            .where(
                StaffSession.staff_id == staff_id,
                StaffSession.complete,
                StaffSession.ended_at.is_(None),
                StaffSession.created_at > begun_after,
                StaffSession.seen_at > seen_after,
            )
            .order_by(StaffSession.created_at.desc())
        )
    )


def end_sessions(staff_id: UUID, now: datetime, *, only: UUID | None = None, but: UUID | None = None) -> int:
    """End sessions of one person: one, all but one, or all; how many were open."""
    which = [StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None)]
    if only is not None:
        which.append(StaffSession.id == only)
    if but is not None:
        which.append(StaffSession.id != but)
    ended = db.session.execute(
        update(StaffSession).where(*which).values(ended_at=now, pending=None).returning(StaffSession.id)
    )
    return len(ended.all())


def count_failure(staff_id: UUID, now: datetime) -> int:
    """Count one wrong password or code, unless the account is locked; how many there are in a row.

    A day after the last lock ended the count begins anew.
    """
    long_ago = Staff.locked_until <= now - FORGOTTEN_AFTER
    counted = db.session.execute(
        update(Staff)
        .where(Staff.id == staff_id, or_(Staff.locked_until.is_(None), Staff.locked_until <= now))
        .values(failed_tries=case((long_ago, 1), else_=Staff.failed_tries + 1))
        .returning(Staff.failed_tries)
    )
    return counted.scalar() or 0


def lock(staff_id: UUID, until: datetime) -> None:
    """Take no try for this account until then."""
    db.session.execute(update(Staff).where(Staff.id == staff_id).values(locked_until=until))


def take_counter(staff_id: UUID, counter: int) -> bool:
    """Note the step of a code that is taken; whether no other request was faster with it."""
    taken = db.session.execute(
        update(Staff)
        .where(Staff.id == staff_id, or_(Staff.totp_counter.is_(None), Staff.totp_counter < counter))
        .values(totp_counter=counter)
        .returning(Staff.id)
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


def replace_codes(staff_id: UUID, hashes: Iterable[str]) -> None:
    """Forget the recovery codes of one person and keep these."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    db.session.add_all(RecoveryCode(staff_id=staff_id, code_hash=code) for code in hashes)
    db.session.flush()


def use_code(staff_id: UUID, code_hash: str, now: datetime) -> bool:
    """Use a recovery code up; whether there was one that nobody had used."""
    used = db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.staff_id == staff_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    return used.first() is not None


def codes_left(staff_id: UUID) -> int:
    """How many recovery codes of one person nobody has used."""
    unused = select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return db.session.scalars(unused).one()


def everybody(organization_id: str | None = None) -> list[Staff]:
    """All members of staff, or those of one organization, by name."""
    found = select(Staff).options(selectinload(Staff.keys)).order_by(Staff.name, Staff.email)
    if organization_id is not None:
        found = found.where(Staff.organization_id == organization_id)
    return list(db.session.scalars(found))


def forget_sessions(before: datetime) -> None:
    """Drop sessions that were last seen before this."""
    db.session.execute(delete(StaffSession).where(StaffSession.seen_at < before))


def _open_invitations(now: datetime) -> Select[StaffInvitation]:
    return select(StaffInvitation).where(
        StaffInvitation.used_at.is_(None), StaffInvitation.revoked_at.is_(None), StaffInvitation.expires_at > now
    )
