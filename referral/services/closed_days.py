"""Days on which the desk or an organization is closed: added and taken back by who leads, noted in the audit trail."""

from datetime import date, datetime, timedelta

from referral.access.authorize import Acting
from referral.domain.errors import Invalid
from referral.extensions import db
from referral.services import audit_log
from referral.store import operations

FURTHEST = timedelta(days=3 * 366)


def close(day: date, whose: str, name: str, acting: Acting, now: datetime) -> None:
    """Add a day and commit; clocks that begin from now on leave it out. Raise `Invalid` where it cannot be."""
    if not now.date() <= day <= now.date() + FURTHEST:
        raise Invalid("day", "Enter a day from today on, at most three years ahead.")
    if not name.strip():
        raise Invalid("name", "Say why it is closed, such as “Staff day”.")
    if not operations.close_day(day, whose, name.strip(), acting.name, now):
        db.session.rollback()
        raise Invalid("day", "This day stands in the list already.")
    audit_log.note(acting, "close-day", "closed-day", f"{day.isoformat()} {whose}".strip())
    db.session.commit()


def reopen(day: date, whose: str, acting: Acting) -> bool:
    """Take a day back and commit; whether it was there."""
    was_there = operations.open_day(day, whose)
    if was_there:
        audit_log.note(acting, "open-day", "closed-day", f"{day.isoformat()} {whose}".strip())
    db.session.commit()
    return was_there
