"""Signing in and out: password, then second factor; wrong tries are counted and lock the account for a growing time.

Whoever is refused learns nothing: whether the address is known, the password wrong, the account locked or closed, the
answer and the work done for it are the same. Staff always have a second factor; patients where they want one.
"""

from datetime import datetime
from uuid import UUID, uuid4

from referral.access import accounts, second_factors, sessions
from referral.access.authorize import SYSTEM, Acting
from referral.domain.passwords import lock_after
from referral.extensions import db
from referral.models import PatientAccount, PatientSession, Staff, StaffSession
from referral.services import audit_log
from referral.store import access, patient_accounts
from referral.store import accounts as store
from referral.store.accounts import Person, Session


def with_password(email: str, password: str, now: datetime, *, known: bool = False) -> StaffSession | None:
    """Begin a session that the second factor will complete; None where address or password is not right.

    From a browser that is `known` a lock keeps nobody out, here and below: strangers lock accounts, too.
    """
    staff = access.staff_by_email(email)
    if not is_theirs(password, staff, Staff, now, known=known) or staff is None:
        return None
    begun = sessions.begin(staff, now)
    db.session.commit()
    return begun


def to_patients_account(email: str, password: str, now: datetime, *, known: bool = False) -> PatientSession | None:
    """Begin a session, complete where there is no second factor; None where address or password is not right."""
    account = patient_accounts.by_email(email)
    if not is_theirs(password, account, PatientAccount, now, known=known) or account is None:
        return None
    return begin_of_patient(account, "password", now)


def begin_of_patient(account: PatientAccount, way: str, now: datetime) -> PatientSession:
    """Begin a session of a patient's account, which waits for a second factor where there is one; and commit."""
    begun = sessions.begin(account, now)
    if not account.has_second_factor:
        _completed(begun, True, way, now)
    db.session.commit()
    return begun


def as_demo_person(staff: Staff, now: datetime) -> None:
    """Sign in a made-up person, who needs neither password nor second factor."""
    sessions.begin(staff, now, complete=True)
    _note(staff, "sign-in", "demo")
    db.session.commit()


def with_code(begun: Session, code: str, now: datetime, *, known: bool = False) -> bool:
    """Complete a session with a code of the app or a recovery code."""
    fits = _may_try(begun.person, now, known=known) and second_factors.code_fits(begun.person, code, now)
    return _completed(begun, fits, "code", now)


def with_key(begun: StaffSession, public_url: str, answer: str, now: datetime, *, known: bool = False) -> bool:
    """Complete a session with a security key."""
    fits = _may_try(begun.staff, now, known=known) and second_factors.key_fits(begun, public_url, answer, now)
    return _completed(begun, fits, "key", now)


def enrol_app(begun: Session, code: str, now: datetime) -> bool:
    """Make the new code app the second factor; it completes a session that waits for one."""
    fits = _may_try(begun.person, now, known=begun.complete) and second_factors.app_code_fits(begun.person, code, now)
    return _enrolled(begun, fits, "code-app", now)


def enrol_key(begun: StaffSession, public_url: str, answer: str, name: str, now: datetime) -> bool:
    """Keep a new security key; it completes a session that waits for a second factor."""
    fits = second_factors.key_made(begun, public_url, answer, name, now)
    return _enrolled(begun, fits, "key", now)


def confirm(session: Session, password: str, now: datetime) -> bool:
    """The password again, before a second factor is changed."""
    if not is_theirs(password, session.person, type(session.person), now, known=session.complete):
        return False
    sessions.confirm(session, now)
    db.session.commit()
    return True


def out(now: datetime) -> None:
    """End the session of this browser."""
    for ended in sessions.end(now):
        _note(ended.person, "sign-out", "own")
    db.session.commit()


def out_of_patient(now: datetime) -> None:
    """End the session of a patient's account in this browser, if there is one."""
    ended = sessions.end_of_patient(now)
    if ended is not None:
        _note(ended.person, "sign-out", "own")
    db.session.commit()


def out_elsewhere(session: Session, now: datetime, only: UUID | None = None) -> int:
    """End the person's other sessions, or one of them; how many."""
    ended = store.end_sessions(session.person.id, now, only=only, but=session.id, of=type(session.person))
    if ended:
        _note(session.person, "sign-out", "elsewhere")
    db.session.commit()
    return ended


def is_theirs(password: str, person: Person | None, of: type[Person], now: datetime, *, known: bool = False) -> bool:
    """Whether this is the password of somebody who may sign in now; a wrong one is counted, for nobody alike."""
    kept = person.password if person is not None else None
    db.session.commit()  # the hash takes its time, and SQLite's lock is not held meanwhile
    right = accounts.is_password(password, kept)
    if person is None or not right or not _may_try(person, now, known=known):
        _refuse(person, of, "password", now)
        return False
    person.password = accounts.renewed(password, person.password or "")
    return True


def kind_of(of: type[Person]) -> str:
    """What the audit trail calls such an account."""
    return of.__tablename__.replace("_", "-")


def acting_of(person: Person) -> Acting:
    """Somebody who acts on their own account."""
    return Acting.of_staff(person) if isinstance(person, Staff) else Acting.of_account(person)


def _may_try(person: Person, now: datetime, *, known: bool) -> bool:
    return person.may_sign_in and (known or person.locked_until is None or person.locked_until <= now)


def _completed(begun: Session, fits: bool, way: str, now: datetime) -> bool:
    person = begun.person
    if not fits:
        _refuse(person, type(person), way, now)
        return False
    sessions.complete(begun)
    person.failed_tries, person.locked_until = 0, None
    _note(person, "sign-in", way)
    db.session.commit()
    return True


def _enrolled(begun: Session, fits: bool, way: str, now: datetime) -> bool:
    person = begun.person
    if not fits:
        _refuse(person, type(person), way, now)
        return False
    _note(person, "second-factor-added", way)
    if not begun.complete:
        return _completed(begun, True, way, now)
    store.end_sessions(person.id, now, but=begun.id, of=type(person))
    db.session.commit()
    return True


def _refuse(person: Person | None, of: type[Person], way: str, now: datetime) -> None:
    """Count the try and lock the account when there were too many; for nobody the same statements are run."""
    person_id, kind = person.id if person is not None else None, kind_of(of)
    failed = store.count_failure(person_id or uuid4(), now, of)
    wait = lock_after(failed)
    if person_id is not None and wait is not None:
        store.lock(person_id, now + wait, of)
        told = {"tries": str(failed), "minutes": str(wait.seconds // 60)}
        audit_log.note(SYSTEM, "account-locked", kind, person_id, None, told)
    audit_log.note(SYSTEM, "sign-in-refused", kind, person_id, None, {"way": way})
    db.session.commit()


def _note(person: Person, action: str, way: str) -> None:
    audit_log.note(acting_of(person), action, kind_of(type(person)), person.id, None, {"way": way})
