"""What follows when a permission ends: nothing more leaves, links open nothing, offices are told to stop."""

import logging
from datetime import datetime
from uuid import UUID

from referral import languages
from referral.access.authorize import SYSTEM, Acting, authorize
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import ANSWERED, ASKED, FINISHED, Action, Stage
from referral.domain.messages import EXPIRED
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import audit_log, consents, routing
from referral.services.act import act, ring
from referral.services.effects import Details, silence
from referral.services.moves import note_event
from referral.store import referrals

BATCH = 200
NOT_TWICE = "This office was told to stop, and nobody is asked twice for one request. Talk to us about another one."

logger = logging.getLogger(__name__)


def take_back(request_id: UUID, role_id: str, acting: Acting, now: datetime) -> None:
    """End the permission for one specialist, and commit. Where their office has the request, it is told to stop."""
    request = _locked(request_id, acting)
    task = request.current_task
    if task is not None and task.role_id == role_id and request.stage in ASKED | {Stage.ON_HOLD}:
        act(request_id, Action.WITHDRAW_CONSENT, acting, Details(), now)
        return
    if not _end(request, consents.SHARE, role_id, acting, now):
        db.session.rollback()
        raise NotAllowed(phrase("There is no permission for this specialist now."))
    for task in [one for one in request.tasks if one.role_id == role_id]:
        silence(task, now)
    said = "The patient took back the permission for one specialist."
    note_event(request, None, Action.NOTE, acting, now, text=said)
    db.session.commit()


def take_back_all(request_id: UUID, acting: Acting, now: datetime) -> None:
    """End every permission to share, and commit; a request that has no answer yet is cancelled with it."""
    request = _locked(request_id, acting)
    for consent in [one for one in request.consents if one.purpose != consents.CONTACT and one.revoked_at is None]:
        _end(request, consent.purpose, consent.role_id, acting, now)
    for task in request.tasks:
        silence(task, now)
    if request.stage not in ANSWERED:
        act(request_id, Action.CANCEL, acting, Details(), now)
        return
    note_event(request, None, Action.NOTE, acting, now, text="The patient took back every permission.")
    db.session.commit()


def give_again(request_id: UUID, role_id: str, acting: Acting, now: datetime) -> None:
    """Allow one specialist of this request again, by a permission of today; and commit."""
    request = _locked(request_id, acting)
    known = {entry.role_id for entry in request.shortlist} | {task.role_id for task in request.tasks}
    asked = any(task.role_id == role_id and not routing.may_begin_anew(task) for task in request.tasks)
    if role_id not in known or consents.live(request, role_id, now) or request.stage in FINISHED or asked:
        db.session.rollback()
        raise NotAllowed(NOT_TWICE if asked else phrase("There is nothing to allow again."))
    given = consents.grant(request, consents.SHARE, now, role_id, language=languages.current())
    audit_log.note(acting, "give-consent", "role", role_id, request_id, {"text_version": given.text_version})
    note_event(request, None, Action.NOTE, acting, now, text="The patient gave a permission again.")
    db.session.commit()
    ring(request)


def end_expired(now: datetime) -> int:
    """Stop what stands on a permission whose time is over; how many requests that were."""
    found = referrals.without_consent(ASKED, now, BATCH)
    db.session.rollback()  # only read so far
    for request_id in found:
        try:
            act(request_id, Action.WITHDRAW_CONSENT, SYSTEM, Details(reason=EXPIRED), now)
        except NotAllowed:
            continue  # it went on between the look and the lock
        except Exception as error:
            # One request that cannot be stopped must not keep the others going.
            db.session.rollback()
            logger.error("Request %s could not be stopped: %s", request_id, type(error).__name__)
    return len(found)


def _locked(request_id: UUID, acting: Acting) -> ServiceRequest:
    return authorize(acting, Right.ACT, referrals.lock(request_id))


def _end(request: ServiceRequest, purpose: str, role_id: str | None, acting: Acting, now: datetime) -> bool:
    ended = consents.end(request, purpose, role_id, now)
    if ended:
        kind = "role" if role_id else "referral"
        audit_log.note(acting, "end-consent", kind, role_id or request.id, request.id, {"purpose": purpose})
    return ended
