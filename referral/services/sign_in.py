"""Signing in and out: password, then second factor; wrong tries are counted and lock the account for a growing time.

Whoever is refused learns nothing: whether the address is known, the password wrong, the account locked or closed, the
answer and the work done for it are the same.
"""

from datetime import datetime
from uuid import UUID, uuid4

from referral.access import accounts, second_factors, sessions
from referral.access.authorize import SYSTEM, Acting
from referral.domain.passwords import lock_after
from referral.extensions import db
from referral.models import Staff, StaffSession
from referral.services import audit_log
from referral.store import access
from referral.store import accounts as store


def with_password(email: str, password: str, now: datetime, *, known: bool = False) -> StaffSession | None:
    """Begin a session that the second factor will complete; None where address or password is not right.

    From a browser that is `known` a lock keeps nobody out, here and below: strangers lock accounts, too.
    """
    staff = access.staff_by_email(email)
    kept = staff.password if staff is not None else None
    db.session.commit()  # the hash takes its time, and SQLite's lock is not held meanwhile
    right = accounts.is_password(password, kept)
    if staff is None or not right or not _may_try(staff, now, known=known):
        _refuse(staff, "password", now)
        return None
    staff.password = accounts.renewed(password, staff.password or "")
    begun = sessions.begin(staff, now)
    db.session.commit()
    return begun


def as_demo_person(staff: Staff, now: datetime) -> None:
    """Sign in a made-up person, who needs neither password nor second factor."""
    sessions.begin(staff, now, complete=True)
    _note(staff, "sign-in", "demo")
    db.session.commit()


def with_code(begun: StaffSession, code: str, now: datetime, *, known: bool = False) -> bool:
    """Complete a session with a code of the app or a recovery code."""
    fits = _may_try(begun.staff, now, known=known) and second_factors.code_fits(begun.staff, code, now)
    return _completed(begun, fits, "code", now)


def with_key(begun: StaffSession, public_url: str, answer: str, now: datetime, *, known: bool = False) -> bool:
    """Complete a session with a security key."""
    fits = _may_try(begun.staff, now, known=known) and second_factors.key_fits(begun, public_url, answer, now)
    return _completed(begun, fits, "key", now)


def enrol_app(begun: StaffSession, code: str, now: datetime) -> bool:
    """Make the new code app the second factor; it completes a session that waits for one."""
    fits = _may_try(begun.staff, now, known=begun.complete) and second_factors.app_code_fits(begun.staff, code, now)
    return _enrolled(begun, fits, "code-app", now)


def enrol_key(begun: StaffSession, public_url: str, answer: str, name: str, now: datetime) -> bool:
    """Keep a new security key; it completes a session that waits for a second factor."""
    fits = second_factors.key_made(begun, public_url, answer, name, now)
    return _enrolled(begun, fits, "key", now)


def confirm(session: StaffSession, password: str, now: datetime) -> bool:
    """The password again, before a second factor is changed."""
    staff, kept = session.staff, session.staff.password
    db.session.commit()
    right = accounts.is_password(password, kept)
    if not right or not _may_try(staff, now, known=session.complete):
        _refuse(staff, "password", now)
        return False
    sessions.confirm(session, now)
    db.session.commit()
    return True


def out(now: datetime) -> None:
    """End the session of this browser."""
    ended = sessions.end(now)
    if ended is not None:
        _note(ended.staff, "sign-out", "own")
    db.session.commit()


def out_elsewhere(session: StaffSession, now: datetime, only: UUID | None = None) -> int:
    """End the person's other sessions, or one of them; how many."""
    ended = store.end_sessions(session.staff_id, now, only=only, but=session.id)
    if ended:
        _note(session.staff, "sign-out", "elsewhere")
    db.session.commit()
    return ended


def _may_try(staff: Staff, now: datetime, *, known: bool) -> bool:
    return staff.active and not staff.demo and (known or staff.locked_until is None or staff.locked_until <= now)


def _completed(begun: StaffSession, fits: bool, way: str, now: datetime) -> bool:
    staff = begun.staff
    if not fits:
        _refuse(staff, way, now)
        return False
    sessions.complete(begun)
    staff.failed_tries, staff.locked_until = 0, None
    _note(staff, "sign-in", way)
    db.session.commit()
    return True


def _enrolled(begun: StaffSession, fits: bool, way: str, now: datetime) -> bool:
    staff = begun.staff
    if not fits:
        _refuse(staff, way, now)
        return False
    _note(staff, "second-factor-added", way)
    if not begun.complete:
        return _completed(begun, True, way, now)
    store.end_sessions(staff.id, now, but=begun.id)
    db.session.commit()
    return True


def _refuse(staff: Staff | None, way: str, now: datetime) -> None:
    """Count the try and lock the account when there were too many; for nobody the same statements are run."""
    staff_id = staff.id if staff is not None else None
    failed = store.count_failure(staff_id or uuid4(), now)
    wait = lock_after(failed)
    if staff_id is not None and wait is not None:
        store.lock(staff_id, now + wait)
        audit_log.note(
            SYSTEM,
            "account-locked",
            "staff",
            staff_id,
            None,
            {"tries": str(failed), "minutes": str(wait.seconds // 60)},
        )
    audit_log.note(SYSTEM, "sign-in-refused", "staff", staff_id, None, {"way": way})
    db.session.commit()


def _note(staff: Staff, action: str, way: str) -> None:
    audit_log.note(Acting.of_staff(staff), action, "staff", staff.id, None, {"way": way})
