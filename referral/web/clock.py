"""The time of a page."""

from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from referral.store import clock


def now() -> datetime:
    """This moment, in UTC, by the clock that workers go by; a page that needs no database does not fail with it."""
    try:
        return clock.now()
    except SQLAlchemyError:
        return datetime.now(UTC)
