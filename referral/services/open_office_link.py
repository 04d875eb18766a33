"""The office's link: what it stands for now, and the moment somebody at the office opens the request."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from referral.access.authorize import SYSTEM, Acting, authorize
from referral.access.links import Purpose, digest
from referral.domain.codes import Actor, ChannelKind, DeliveryStatus
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action, Stage
from referral.domain.permissions import Right
from referral.extensions import db
from referral.models import AccessLink, ReferralTask, ServiceRequest
from referral.services import audit_log, consents, outbox
from referral.services.act import ring
from referral.services.moves import note_event, take
from referral.store import access, referrals


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
    WITHDRAWN = "withdrawn"
    AWAY = "away"
    """It may lead there still, and has to be opened again: no page of it was asked for in a while."""


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


def of_task(task: ReferralTask | None) -> AccessLink | None:
    """The newest link of this office, whatever it still opens; None where none was sent."""
    return access.office_link(task.id) if task else None


def task_of(task_id: UUID) -> ReferralTask:
    """The handling with this id, read anew."""
    return db.session.get_one(ReferralTask, task_id)


def standing(link: AccessLink | None, now: datetime) -> Standing:
    """What became of the link and of the request behind it."""
    if link is None or link.task is None:
        return Standing.UNKNOWN
    if link.revoked_at is not None:
        return Standing.REVOKED
    if link.expires_at <= now:
        return Standing.EXPIRED
    request = link.request
    if consents.live(request, link.task.role_id, now) is None:
        return Standing.WITHDRAWN
    if request.stage == Stage.CANCELLED:
        return Standing.CANCELLED
    if request.current_task_id != link.task_id:
        return Standing.DECLINED if link.task.status_reason else Standing.PASSED_ON
    return _OVER.get(Stage(request.stage), Standing.OPEN)


def may_state_facts(standing: Standing) -> bool:
    """Whether the office may say what is right of it: as long as the link lives, whatever the request does."""
    return standing not in (
        Standing.UNKNOWN, Standing.EXPIRED, Standing.REVOKED, Standing.WITHDRAWN, Standing.AWAY,
    )  # fmt: skip


def mark_opened(link: AccessLink, now: datetime) -> None:
    """Note that a person pressed the button: mail scanners fetch links, they do not press buttons."""
    if link.task is not None and link.task.opened_at is None:
        link.task.opened_at = now
        audit_log.note(acting_for(link.task), "first-opened", "task", link.task.id, link.request_id)
        db.session.commit()


def end(request_id: UUID, acting: Acting, now: datetime) -> None:
    """Close the link of the office that has the request, and every page that is open with it; the history says so.

    What waits for being sent there stays here: it would bring another link.
    """
    request, task = _with_office(request_id, acting)
    if not access.revoke_links(task.id, now):
        db.session.rollback()
        raise NotAllowed("No link of this office is open.")
    note_event(request, task.id, Action.NOTE, acting, now, text="The office’s link was ended.", audited="end-link")
    outbox.link_ended(task, now)
    _keep_referral(request, task, now)
    db.session.commit()
    ring(request)


def send_new(request_id: UUID, acting: Acting, now: datetime) -> None:
    """Close what links there are and write to the office with a new one, to the address the directory has for it."""
    request, task = _with_office(request_id, acting)
    if request.stage in (Stage.QUEUED, Stage.SEND_FAILED):
        db.session.rollback()
        raise NotAllowed("This office has not got the request itself. Send that again: it brings a link of its own.")
    access.revoke_links(task.id, now)
    notice = outbox.tell_office(task, outbox.NEW_LINK, now.isoformat(), now)
    by_mail = notice is not None and notice.channel != ChannelKind.POST
    said = "A new link was sent to the office." if by_mail else "The office is to be told how to get at the request."
    note_event(request, task.id, Action.NOTE, acting, now, text=said, audited="new-link")
    db.session.commit()
    ring(request)


def _keep_referral(request: ServiceRequest, task: ReferralTask, now: datetime) -> None:
    """A referral that waits for another attempt does not leave any more; a coordinator decides what follows."""
    carried = outbox.carrier(task)
    if carried is None or carried.status != DeliveryStatus.QUEUED or carried.channel == ChannelKind.POST:
        return
    why = "the office’s link was ended"
    carried.status, carried.error = DeliveryStatus.FAILED, why
    if request.stage == Stage.QUEUED:
        take(request, Action.GIVE_UP_SENDING, SYSTEM, now, text=why)


def _with_office(request_id: UUID, acting: Acting) -> tuple[ServiceRequest, ReferralTask]:
    request = authorize(acting, Right.MANAGE_LINK, referrals.lock(request_id))
    if request.current_task is None:
        db.session.rollback()
        raise NotAllowed("No office has this request now.")
    return request, request.current_task


def acting_for(task: ReferralTask) -> Acting:
    """The office of this task as somebody who acts."""
    return Acting(Actor.OFFICE, f"Office of {task.role.practitioner.name}", task_id=task.id)
