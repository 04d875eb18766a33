"""Whether a specialist's place of work may be sent a request by the service itself, on what is known of it today."""

from dataclasses import dataclass
from datetime import date, timedelta

from referral.domain.directory_checks import AGED_DAYS
from referral.domain.office_limits import is_paused


@dataclass(frozen=True, slots=True)
class RoleStanding:
    """What decides it. `assured_on` and `paused_until` are None where nobody has said anything.

    `out_of_scope` is the office's own word that it does not treat the cancer of the request.
    """

    retired: bool = False
    paused_until: date | None = None
    out_of_scope: bool = False
    assured_on: date | None = None
    accepts_new_patients: bool | None = None


def may_be_asked(role: RoleStanding, today: date) -> bool:
    """Whether it is there and takes such requests: enough for those whom the patient chose."""
    return not role.retired and not role.out_of_scope and not is_paused(role.paused_until, today)


def may_be_sent_to(role: RoleStanding, today: date) -> bool:
    """Whether the service may choose it: besides, its facts were assured of late and it is not known to be full."""
    return may_be_asked(role, today) and is_assured(role.assured_on, today) and role.accepts_new_patients is not False


def is_assured(assured_on: date | None, today: date) -> bool:
    """Whether somebody has confirmed the role of late; else a coordinator calls the office first."""
    return assured_on is not None and today - assured_on <= timedelta(days=AGED_DAYS)
