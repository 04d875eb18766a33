"""The office's link: what it stands for now, and the moment somebody at the office opens the request."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from referral.access.authorize import Acting
from referral.access.links import Purpose, digest
from referral.domain.codes import Actor
from referral.domain.lifecycle import Stage
from referral.extensions import db
from referral.models import AccessLink, ReferralTask
from referral.store import access


class Standing(StrEnum):
    """What a link leads to; only `open` shows the request."""

    OPEN = "open"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    PASSED_ON = "passed-on"
    CLOSED = "closed"


_OVER = {
    Stage.CANCELLED: Standing.CANCELLED,
    Stage.DECLINED: Standing.DECLINED,
    Stage.CLOSED: Standing.CLOSED,
}


def by_token(token: str) -> AccessLink | None:
    """The link with this secret, whatever it still opens."""
    return access.any_link(Purpose.OFFICE, digest(token))


def by_id(link_id: UUID | None) -> AccessLink | None:
    """The link with this id, whatever it still opens."""
    link = access.link_by_id(link_id) if link_id else None
    return link if link is not None and link.purpose == Purpose.OFFICE else None


def standing(link: AccessLink | None, now: datetime) -> Standing:
    """What became of the link and of the request behind it."""
    if link is None or link.task is None:
        return Standing.UNKNOWN
    if link.revoked_at is not None:
        return Standing.REVOKED
    if link.expires_at <= now:
        return Standing.EXPIRED
    request = link.request
    if request.stage == Stage.CANCELLED:
        return Standing.CANCELLED
    if request.current_task_id != link.task_id:
        return Standing.DECLINED if link.task.status_reason else Standing.PASSED_ON
    return _OVER.get(Stage(request.stage), Standing.OPEN)


def may_state_facts(standing: Standing) -> bool:
    """Whether the office may say what is right of it: as long as the link lives, whatever the request does."""
    return standing not in (Standing.UNKNOWN, Standing.EXPIRED, Standing.REVOKED)


def mark_opened(link: AccessLink, now: datetime) -> None:
    """Note that a person pressed the button: mail scanners fetch links, they do not press buttons."""
    if link.task is not None and link.task.opened_at is None:
        link.task.opened_at = now
        db.session.commit()


def acting_for(task: ReferralTask) -> Acting:
    """The office of this task as somebody who acts."""
    return Acting(Actor.OFFICE, f"Office of {task.role.practitioner.name}", task_id=task.id)
