"""Who is signed in, and which office link is open, in this browser.

A browser holds a secret; whose it is and how long it counts stands in the database alone, so that a session ends when
somebody says so and not when a browser forgets. A session begins with the password and is complete with the second
factor; before that it opens nothing but the page that asks for it.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import overload
from uuid import UUID

from flask import current_app, request, session

from referral.access.links import digest
from referral.extensions import db
from referral.models import PatientAccount, PatientSession, Staff, StaffSession
from referral.settings import Settings
from referral.store import accounts as store
from referral.store.accounts import AnySession, Person, Session

STAFF = "staff_session"
PATIENT = "patient_session"
"""Under these names the browser holds the secret of somebody's session; each opens rows of its own table alone."""
OFFICE_LINK = "office_link_id"
OFFICE_SEEN = "office_seen"
"""When a page of the open link was asked for last, in seconds."""
AFTER_SIGN_IN = "after_sign_in"
NEW_APP = "new_code_app"
"""The secret of a code app that is being set up."""
_READ = "referral.sessions"
"""Where a request of the web keeps the sessions that it has read."""

IDLE = timedelta(minutes=15)
PATIENT_IDLE = timedelta(minutes=30)
"""As long as a patient's draft and a request that was opened by link."""
OFFICE_IDLE = timedelta(minutes=30)
"""After so long without a page an office opens the link in its message again."""
WHOLE = timedelta(hours=12)
HALF = timedelta(minutes=10)
"""How long somebody who gave the password may take for the second factor."""
CONFIRMED = timedelta(minutes=10)
"""How long after the password was given a second factor may be changed without giving it again."""

BY_ITSELF = frozenset({"live.stream", "live.changes", "live.here"})
"""What an open page asks for by itself: nobody is there because of it, and no session lives on by it."""

_NOTED = timedelta(minutes=1)
"""A sign of life is written down once a minute, not with every page."""


@overload
def begin(person: Staff, now: datetime, complete: bool = ...) -> StaffSession: ...


@overload
def begin(person: PatientAccount, now: datetime, complete: bool = ...) -> PatientSession: ...


def begin(person: Person, now: datetime, complete: bool = False) -> Session:
    """Begin a new session for this person in this browser; whoever was signed in here before is out.

    Of staff nothing of the browser's session before stays; patients go on with what they had open. The caller commits.
    """
    _end_all(now)
    values = {
        "browser": _browser(request.user_agent.string), "created_at": now, "seen_at": now, "confirmed_at": now,
        "complete": complete,
    }  # fmt: skip
    begun: Session
    if isinstance(person, Staff):
        wanted = session.get(AFTER_SIGN_IN)
        session.clear()
        if wanted is not None:
            session[AFTER_SIGN_IN] = wanted
        begun = StaffSession(staff_id=person.id, token_hash=_new_secret(STAFF), **values)
    else:
        for name in (STAFF, OFFICE_LINK, NEW_APP, "csrf_token"):
            session.pop(name, None)
        begun = PatientSession(account_id=person.id, token_hash=_new_secret(PATIENT), **values)
    store.add(begun)
    return begun


def complete(begun: Session) -> None:
    """The second factor was given: from now on the session opens everything, under another secret."""
    begun.complete, begun.pending, begun.token_hash = True, None, _new_secret(_place(begun))


def confirm(begun: Session, now: datetime) -> None:
    """The password was given again."""
    begun.confirmed_at, begun.token_hash = now, _new_secret(_place(begun))


def end(now: datetime) -> list[Session]:
    """End the session of this browser, on both sides; which it was. The caller commits."""
    ended = _end_all(now)
    session.clear()
    return ended


def end_of_patient(now: datetime) -> PatientSession | None:
    """End the session of a patient's account alone, on both sides; which it was. The caller commits."""
    ended = current_patient(now)
    if ended is not None:
        ended.ended_at = now
    session.pop(PATIENT, None)
    return ended


def current(now: datetime) -> StaffSession | None:
    """The session of staff in this browser, complete or not, while it counts."""
    return _held(STAFF, StaffSession, now)


def current_patient(now: datetime) -> PatientSession | None:
    """The session of a patient's account in this browser, complete or not, while it counts."""
    return _held(PATIENT, PatientSession, now)


def counts(found: Session, now: datetime) -> bool:
    """Whether a session still opens anything. Made-up staff of the demo exist only while the demo does."""
    settings: Settings = current_app.extensions["settings"]
    if found.ended_at is not None:
        return False
    if isinstance(found, StaffSession) and (not found.staff.active or (found.staff.demo and not settings.demo)):
        return False
    idle = IDLE if isinstance(found, StaffSession) else PATIENT_IDLE
    return now < found.seen_at + idle and now < found.created_at + (WHOLE if found.complete else HALF)


def current_staff() -> Staff | None:
    """Who is signed in, second factor included."""
    found = current(datetime.now(UTC))
    return found.staff if found is not None and found.complete else None


def current_account() -> PatientAccount | None:
    """Whose account is signed in, second factor included where there is one."""
    found = current_patient(datetime.now(UTC))
    return found.account if found is not None and found.complete else None


def keep() -> None:
    """Before every page: note the sign of life of whoever is signed in."""
    if request.endpoint in {"static", *BY_ITSELF} or current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return
    now = datetime.now(UTC)
    for found in (current(now), current_patient(now)):
        if found is not None and now - found.seen_at >= _NOTED:
            # In a transaction that begins with writing: one that has read already could be too late for SQLite.
            session_id, rows = found.id, type(found)
            db.session.commit()
            store.saw(session_id, now, rows)
            db.session.commit()


def hold_office_link(link_id: UUID) -> None:
    """Remember the office link that was opened, so that addresses need not carry its secret."""
    session[OFFICE_LINK], session[OFFICE_SEEN] = str(link_id), int(datetime.now(UTC).timestamp())


def held_office_link() -> UUID | None:
    """The id of the office link that was opened in this browser, unless nobody asked for a page of it in a while."""
    if office_was_away():
        return None
    try:
        link_id = UUID(session[OFFICE_LINK])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    now = int(datetime.now(UTC).timestamp())
    if now - session[OFFICE_SEEN] >= _NOTED.total_seconds():
        session[OFFICE_SEEN] = now
    return link_id


def office_was_away() -> bool:
    """Whether an office opened its link here, and has to open it again."""
    since = datetime.now(UTC).timestamp() - session.get(OFFICE_SEEN, 0)
    return OFFICE_LINK in session and since >= OFFICE_IDLE.total_seconds()


def holds_any() -> bool:
    """Whether somebody signed in or opened an office's link here; who it was is asked elsewhere."""
    return STAFF in session or PATIENT in session or OFFICE_LINK in session


def _held(place: str, rows: type[AnySession], now: datetime) -> AnySession | None:
    """The session whose secret lies here, while it counts."""
    secret = session.get(place)
    if not isinstance(secret, str):
        return None
    read: dict[str, AnySession] = request.environ.setdefault(_READ, {})  # everything that a page does asks for it
    found = read.get(secret)
    if found is None or found not in db.session:
        found = store.session(digest(secret), rows)
    if found is not None:
        read[secret] = found
    return found if found is not None and counts(found, now) else None


def _end_all(now: datetime) -> list[Session]:
    """End what is begun in this browser, of staff and of patients."""
    ended = [found for found in (current(now), current_patient(now)) if found is not None]
    for found in ended:
        found.ended_at = now
    return ended


def _place(begun: Session) -> str:
    return STAFF if isinstance(begun, StaffSession) else PATIENT


def _new_secret(place: str) -> str:
    """Give this browser a new secret; its hash."""
    session[place] = secrets.token_urlsafe(32)
    return digest(session[place])


_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def _browser(user_agent: str) -> str:
    """A browser and its system in words, such as “Firefox on Linux”; no more of what it says about itself is kept."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "Another browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
