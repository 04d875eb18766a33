"""Accounts of staff: who is invited, with which role, and how an account is closed, opened and begun anew."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from referral.access import accounts, second_factors, sessions
from referral.access.authorize import Acting
from referral.access.links import digest
from referral.domain.errors import Invalid
from referral.extensions import db
from referral.models import Staff, StaffInvitation, StaffSession
from referral.services import audit_log
from referral.services.sign_in import acting_of, kind_of
from referral.store import access
from referral.store import accounts as store
from referral.store import directory as directory_store
from referral.store.accounts import Session

ROLES = ("coordinator", "lead", "admin", "auditor")
INVITED_FOR = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Account:
    """One member of staff as the list shows them."""

    staff: Staff
    state: str
    """`demo`, `disabled`, `locked`, `invited`, `invitation-expired`, `no-second-factor` or `active`."""
    invited_until: datetime | None = None


def invite(email: str, role: str, organization_id: str | None, name: str, acting: Acting, now: datetime) -> str:
    """A new account; the secret of its invitation, which is kept nowhere. `Invalid` where that cannot be."""
    address = _address(email)
    if access.staff_by_email(address) is not None:
        raise Invalid("email", "There is an account with this address already. “Reset” sends a new invitation.")
    if organization_id is not None and directory_store.organization(organization_id) is None:
        raise Invalid(
            "organization", f"There is no organization with the id “{organization_id[:60]}” in the directory."
        )
    staff = Staff(
        email=address,
        name=name.strip()[:200] or address.split("@")[0],
        role=_role(role),
        organization_id=organization_id,
        created_at=now,
    )
    access.add_staff(staff)
    db.session.flush()
    secret = _new_invitation(staff, now)
    audit_log.note(acting, "staff-invited", "staff", staff.id, None, {"role": staff.role})
    db.session.commit()
    return secret


def reset(staff: Staff, acting: Acting, now: datetime) -> str:
    """Password, second factors and sessions end; the secret of a new invitation."""
    _somebody_elses(staff, acting)
    staff.password, staff.failed_tries, staff.locked_until = None, 0, None
    second_factors.forget_all(staff)
    store.end_sessions(staff.id, now)
    secret = _new_invitation(staff, now)
    audit_log.note(acting, "staff-reset", "staff", staff.id, None, {})
    db.session.commit()
    return secret


def disable(staff: Staff, acting: Acting, now: datetime) -> None:
    """Close the account: sessions end at once, and an open invitation with them."""
    _somebody_elses(staff, acting)
    staff.active = False
    store.end_sessions(staff.id, now)
    store.revoke_invitations(staff.id, now)
    audit_log.note(acting, "staff-disabled", "staff", staff.id, None, {})
    db.session.commit()


def enable(staff: Staff, acting: Acting) -> None:
    """Open a closed account again, with the password and second factor it had."""
    staff.active, staff.failed_tries, staff.locked_until = True, 0, None
    audit_log.note(acting, "staff-enabled", "staff", staff.id, None, {})
    db.session.commit()


def sign_out(staff: Staff, acting: Acting, now: datetime) -> int:
    """End every session of this person; how many there were."""
    ended = store.end_sessions(staff.id, now)
    audit_log.note(acting, "sign-out", "staff", staff.id, None, {"way": "by-admin", "sessions": str(ended)})
    db.session.commit()
    return ended


def change_role(staff: Staff, role: str, acting: Acting, now: datetime) -> None:
    """Give another role; sessions end, so that nothing of the old role stays open."""
    _somebody_elses(staff, acting)
    before, staff.role = staff.role, _role(role)
    store.end_sessions(staff.id, now)
    audit_log.note(acting, "role-changed", "staff", staff.id, None, {"from": before, "to": role})
    db.session.commit()


def by_email(email: str) -> Staff:
    """The account with this address; `Invalid` where there is none."""
    staff = access.staff_by_email(email)
    if staff is None:
        raise Invalid("email", f"There is no account with the address “{email[:80]}”.")
    return staff


def by_id(staff_id: UUID) -> Staff | None:
    """One account."""
    return access.staff(staff_id)


def listed(now: datetime, organization_id: str | None = None) -> list[Account]:
    """All accounts, or those of one organization."""
    invited = store.invited(now)
    return [
        Account(staff, _state(staff, staff.id in invited, now), invited.get(staff.id))
        for staff in store.everybody(organization_id)
    ]


def open_invitation(secret: str, now: datetime) -> StaffInvitation | None:
    """The invitation with this secret, while it and its account are open."""
    return _of_open_account(store.invitation(digest(secret), now))


def held_invitation(invitation_id: UUID, now: datetime) -> StaffInvitation | None:
    """An invitation that was opened in this browser, while it counts."""
    return _of_open_account(store.open_invitation(invitation_id, now))


def accept(invitation: StaffInvitation, name: str, password: str, now: datetime) -> StaffSession:
    """Set name and password by an invitation, which is used up; begins a session that waits for a second factor."""
    staff = invitation.staff
    hashed = accounts.hashed(password, staff.email)
    if not store.use_invitation(invitation.id, now):
        raise Invalid("password", "This invitation was used a moment ago.")
    staff.password, staff.name = hashed, name or staff.name
    store.end_sessions(staff.id, now)
    begun = sessions.begin(staff, now)
    audit_log.note(Acting.of_staff(staff), "password-set", "staff", staff.id, None, {"way": "invitation"})
    db.session.commit()
    return begun


def change_password(session: Session, password: str, now: datetime) -> None:
    """Another password; the person's other sessions end, and this one gets a new secret."""
    person = session.person
    person.password = accounts.hashed(password, person.email)
    store.end_sessions(person.id, now, but=session.id, of=type(person))
    sessions.confirm(session, now)
    audit_log.note(acting_of(person), "password-set", kind_of(type(person)), person.id, None, {"way": "own"})
    db.session.commit()


def new_recovery_codes(session: Session) -> list[str]:
    """Ten recovery codes, shown once; the old ones end."""
    person = session.person
    codes = second_factors.new_recovery_codes(person)
    audit_log.note(acting_of(person), "recovery-codes-made", kind_of(type(person)), person.id)
    db.session.commit()
    return codes


def drop_key(session: StaffSession, key_id: UUID) -> bool:
    """Forget one security key, unless it is the only second factor; whether it is gone."""
    staff = session.staff
    if staff.totp_secret is None and len(staff.keys) < 2:
        return False
    gone = store.drop_keys(staff.id, key_id) > 0
    if gone:
        audit_log.note(Acting.of_staff(staff), "second-factor-removed", "staff", staff.id, None, {"way": "key"})
    db.session.commit()
    return gone


def _new_invitation(staff: Staff, now: datetime) -> str:
    store.revoke_invitations(staff.id, now)
    secret = secrets.token_urlsafe(32)
    store.add(
        StaffInvitation(staff_id=staff.id, token_hash=digest(secret), created_at=now, expires_at=now + INVITED_FOR)
    )
    return secret


def _of_open_account(invitation: StaffInvitation | None) -> StaffInvitation | None:
    return invitation if invitation is not None and invitation.staff.active else None


def _state(staff: Staff, invited: bool, now: datetime) -> str:
    if staff.demo:
        return "demo"
    if not staff.active:
        return "disabled"
    if staff.locked_until is not None and staff.locked_until > now:
        return "locked"
    if staff.password is None:
        return "invited" if invited else "invitation-expired"
    return "active" if staff.has_second_factor else "no-second-factor"


def _address(email: str) -> str:
    try:
        return validate_email(email.strip(), check_deliverability=False, globally_deliverable=False).normalized.lower()
    except EmailNotValidError:
        raise Invalid("email", "Enter an email address, such as name@example.org.") from None


def _role(role: str) -> str:
    if role not in ROLES:
        raise Invalid("role", "Choose a role.")
    return role


def _somebody_elses(staff: Staff, acting: Acting) -> None:
    """Made-up people have no account to change, and nobody locks themselves out."""
    if staff.demo:
        raise Invalid("email", "This is a made-up person of the demo, who has no password.")
    if staff.id == acting.staff_id:
        raise Invalid("email", "This is your own account. Ask somebody else to do this.")
