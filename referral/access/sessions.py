"""Who is signed in, and which office link is open, in this browser. The session holds ids only."""

from uuid import UUID

from flask import current_app, session

from referral.models import Staff
from referral.settings import Settings
from referral.store import access

STAFF = "staff_id"
OFFICE_LINK = "office_link_id"


def sign_in(staff: Staff) -> None:
    """Begin a new session for this person; nothing of the one before stays."""
    session.clear()
    session[STAFF] = str(staff.id)


def sign_out() -> None:
    """End the session."""
    session.clear()


def current_staff() -> Staff | None:
    """Who is signed in. Made-up staff of the demo exist only while the demo does."""
    staff_id = _id(STAFF)
    staff = access.staff(staff_id) if staff_id else None
    settings: Settings = current_app.extensions["settings"]
    return None if staff is None or (staff.demo and not settings.demo) else staff


def hold_office_link(link_id: UUID) -> None:
    """Remember the office link that was opened, so that addresses need not carry its secret."""
    session[OFFICE_LINK] = str(link_id)


def held_office_link() -> UUID | None:
    """The id of the office link that was opened in this browser."""
    return _id(OFFICE_LINK)


def holds_any() -> bool:
    """Whether somebody signed in or opened an office's link here; who it was is asked elsewhere."""
    return STAFF in session or OFFICE_LINK in session


def _id(name: str) -> UUID | None:
    try:
        return UUID(session[name])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
