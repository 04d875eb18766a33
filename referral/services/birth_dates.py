"""The birth date by which a patient is known again: a wrong one is noted and counted, and too many end the link.

A day can be guessed in some ten thousand tries, so that being slow is not enough. What ends is the link and with it the
way in by code, never the request: a new link goes to the confirmed address, and whoever has opened that one with the
right date may use the code again.
"""

from datetime import date, datetime
from uuid import UUID

from flask import current_app

from referral.access import links
from referral.access.authorize import SYSTEM, Acting
from referral.access.links import Purpose
from referral.domain.codes import Actor
from referral.domain.errors import Invalid
from referral.domain.messages import LINK_ENDED
from referral.domain.phrases import phrase
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import audit_log, outbox
from referral.services.act import ring
from referral.settings import Settings
from referral.store import access, referrals

MOST_WRONG = 20
"""So many wrong dates end a tracking link, however far apart: people who mistype need far fewer."""

MOST_IN_ALL = 3 * MOST_WRONG
"""So many over one link after another end every way by birth date until a coordinator has spoken to the patient: each
new link goes to the same mailbox, and somebody else may be reading there.
"""

REFUSED = "birth-date-refused"
NOT_THIS_DATE = phrase("This is not the birth date we have for the patient. Check day, month and year.")
TOO_MANY = phrase(
    "Too many wrong birth dates were given, so this link has ended. We send a new one to the address you confirmed."
)

CLOSED = phrase(
    "Too many wrong birth dates were given, one link after another. For your safety this request opens again once a "
    "coordinator has spoken with you."
)


class WrongDate(Invalid):
    """Not the patient's birth date. Who raises it under a lock lets go of it, and then calls `refused`."""

    def __init__(self, field: str) -> None:
        """`field` is the one the date stands in."""
        super().__init__(field, NOT_THIS_DATE)


def check(request: ServiceRequest, given: date, field: str, acting: Acting, now: datetime) -> None:
    """Raise `Invalid` where this is not the patient's birth date, once that is noted and committed."""
    if _is_closed(request.id):
        _note(request.id, acting)
        db.session.commit()
        raise Invalid(field, CLOSED)
    if given != request.patient.birth_date:
        raise Invalid(field, TOO_MANY if refused(request.id, acting, now) else NOT_THIS_DATE)
    if is_code_closed(request.id):
        access.forget_wrong_dates(request.id)
        db.session.commit()


def is_code_closed(request_id: UUID) -> bool:
    """Whether too many wrong dates were given, and the right one was not yet given by the link that was sent then."""
    return access.most_wrong_dates(request_id) >= MOST_WRONG


def refused(request_id: UUID, acting: Acting, now: datetime) -> bool:
    """Note and count a wrong date, and commit; whether it was one too many, so that the link has ended."""
    request = referrals.lock(request_id)
    if request is None:
        db.session.rollback()
        return False
    _note(request_id, acting)
    settings: Settings = current_app.extensions["settings"]
    if not (counted := access.count_wrong_date(request_id)):  # who comes by code may have no link yet
        links.issue(settings.secret_key, Purpose.TRACK, request_id, None, now)
        db.session.flush()
        counted = access.count_wrong_date(request_id)
    too_many = counted >= MOST_WRONG
    if too_many:
        _end_link(request, now)
    db.session.commit()
    if too_many:
        ring(request)
    return too_many


def refused_by_code(request: ServiceRequest, now: datetime) -> None:
    """The same for a code; once it is closed nothing is counted any more, which would end the new link as well."""
    nobody = Acting(Actor.PATIENT)
    if not is_code_closed(request.id):
        refused(request.id, nobody, now)
        return
    _note(request.id, nobody)
    db.session.commit()


def told(request_id: UUID) -> None:
    """A coordinator spoke to the patient: the code counts again. The caller commits."""
    access.forget_wrong_dates(request_id)


def _is_closed(request_id: UUID) -> bool:
    return access.all_wrong_dates(request_id) >= MOST_IN_ALL


def _note(request_id: UUID, acting: Acting) -> None:
    """A date that was not taken. The caller commits."""
    audit_log.note(acting, REFUSED, "referral", request_id, request_id)


def _end_link(request: ServiceRequest, now: datetime) -> None:
    """End the link and tell the patient, by a message that brings another one; after several by a call if we can."""
    access.revoke_request_links(request.id, {Purpose.TRACK}, now)
    audit_log.note(SYSTEM, "end-link", "referral", request.id, request.id, {"tries": str(MOST_WRONG)})
    db.session.flush()
    by_call = request.patient.phone if _is_closed(request.id) else ""
    outbox.to_patient(request, LINK_ENDED, now, {}, by_call, version=now.isoformat())
