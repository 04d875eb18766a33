"""Opens one request of another organization for an hour, with a written reason, and tells those who watch over it."""

from datetime import datetime, timedelta

from referral.access.authorize import Acting, relation, require
from referral.domain.errors import Invalid, InvalidInput, NotFound
from referral.domain.lifecycle import Action
from referral.domain.permissions import Duty, Relation
from referral.domain.texts import printable, seen
from referral.extensions import db
from referral.models import EmergencyAccess, ServiceRequest
from referral.services import outbox
from referral.services.act import ring
from referral.services.moves import note_event
from referral.store import access, emergencies, referrals

LASTS = timedelta(minutes=60)
SHORTEST_REASON = 10
LONGEST_REASON = 500


def open_in_emergency(reference: str, reason: str, acting: Acting, now: datetime) -> ServiceRequest:
    """Open the request with this reference to a member of staff for an hour; again within the hour changes nothing.

    Only to be read. Raise `InvalidInput` where there is no such request, or no reason is given.
    """
    require(acting, Duty.OPEN_IN_EMERGENCY)
    if acting.staff_id is None:
        raise NotFound
    reason = " ".join(reason.split())
    request = _wanted(reference, reason, acting)
    if relation(acting, request) is Relation.FOREIGN:
        opened = EmergencyAccess(
            staff_id=acting.staff_id, request_id=request.id, reason=reason, opened_at=now, until=now + LASTS
        )
        emergencies.add(opened)
        note_event(request, None, Action.NOTE, acting, now, text=f"Opened in an emergency for an hour: {reason}")
        for watcher in access.watchers(acting.staff_id):
            outbox.to_staff(request, watcher, outbox.EMERGENCY, str(opened.id), now)
        db.session.commit()
        ring(request)
    return request


def _wanted(reference: str, reason: str, acting: Acting) -> ServiceRequest:
    problems = []
    request = referrals.by_identifier(reference.strip().upper())
    if request is None:
        problems.append(Invalid("reference", "There is no request with this reference. It looks like SO-7K3M-92QX."))
    elif relation(acting, request) is Relation.OWN:
        problems.append(Invalid("reference", "This request is yours. You find it at the desk."))
    if seen(reason) < SHORTEST_REASON or len(reason) > LONGEST_REASON or not printable(reason):
        problems.append(
            Invalid("reason", f"Say why in a sentence, with {SHORTEST_REASON} to {LONGEST_REASON} characters.")
        )
    if problems or request is None:
        raise InvalidInput(problems)
    return request
