"""Whether a specialist's place of work may be sent a request by the service itself, on what is known of it today."""

from dataclasses import dataclass
from datetime import date, timedelta

ASSURED_DAYS = 180
"""A role not assured for longer gets nothing by itself: a coordinator calls the office first."""


@dataclass(frozen=True, slots=True)
class RoleStanding:
    """What decides it. `assured_on` and `paused_until` are None where nobody has said anything."""

    retired: bool = False
    paused_until: date | None = None
    assured_on: date | None = None
    accepts_new_patients: bool | None = None


def may_be_asked(role: RoleStanding, today: date) -> bool:
    """Whether it is there and takes requests: enough for those whom the patient chose."""
    return not role.retired and (role.paused_until is None or role.paused_until <= today)


def may_be_sent_to(role: RoleStanding, today: date) -> bool:
    """Whether the service may choose it: besides, its facts were assured of late and it is not known to be full."""
    fresh = role.assured_on is not None and today - role.assured_on <= timedelta(days=ASSURED_DAYS)
    return may_be_asked(role, today) and fresh and role.accepts_new_patients is not False
