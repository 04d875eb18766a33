"""What somebody has to look at in the directory: why, how urgent that is, and how it may end."""

from datetime import date, timedelta
from enum import StrEnum


class CheckReason(StrEnum):
    """Why a check is due, the most urgent first: what may send a patient astray comes before what is old."""

    BOUNCED = "bounced"
    MOVED = "moved"
    GONE = "no-longer-here"
    SCOPE = "does-not-treat"
    CAPACITY = "no-capacity"
    ADDRESS = "address"
    PHONE = "phone"
    OTHER = "other"
    AGED = "older-than-180-days"
    AGEING = "older-than-90-days"


class CheckOutcome(StrEnum):
    """How a check ends."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    RETIRED = "retired"


class Opener(StrEnum):
    """Who opened a check."""

    SYSTEM = "system"
    OFFICE = "office"
    VISITOR = "visitor"
    STEWARD = "steward"


REPORTED = (CheckReason.ADDRESS, CheckReason.PHONE, CheckReason.GONE, CheckReason.SCOPE, CheckReason.OTHER)
"""What visitors can say is wrong with a profile."""
BY_AGE = (CheckReason.AGED, CheckReason.AGEING)
AGEING_DAYS, AGED_DAYS = 90, 180
"""After so many days without confirmation a role is marked, and gets nothing sent by itself."""


def urgency(reason: str) -> int:
    """The place of a reason among all, 0 the most urgent; a word nobody knows comes last."""
    order = list(CheckReason)
    return order.index(CheckReason(reason)) if reason in set(CheckReason) else len(order)


def reason_of_age(assured_on: date | None, today: date) -> CheckReason | None:
    """Why a role that was confirmed on this day, or never, is due; None while it is fresh."""
    if assured_on is None or assured_on < today - timedelta(days=AGED_DAYS):
        return CheckReason.AGED
    return CheckReason.AGEING if assured_on < today - timedelta(days=AGEING_DAYS) else None
