"""Sends one message again at once, because somebody at the desk asks for it."""

from datetime import datetime
from uuid import UUID

from referral.access.authorize import Acting, authorize
from referral.domain.codes import ChannelKind, DeliveryStatus
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action
from referral.domain.messages import TAKEN_BACK
from referral.domain.permissions import Right
from referral.extensions import db
from referral.models import Delivery
from referral.services import audit_log
from referral.services.act import ring
from referral.services.moves import note_event
from referral.store import deliveries, referrals
from referral.store.deliveries import TO_OFFICE


def can_be_sent_again(delivery: Delivery) -> bool:
    """Whether it waits for a later attempt, or failed and is no referral: sending that again is a step of its own."""
    if delivery.channel == ChannelKind.POST:
        return False
    waits = delivery.status == DeliveryStatus.QUEUED and delivery.attempts > 0
    came_to_nothing = delivery.status == DeliveryStatus.FAILED and delivery.attempts > 0
    return waits or (came_to_nothing and delivery.error != TAKEN_BACK and delivery.template != TO_OFFICE)


def send_again(request_id: UUID, delivery_id: UUID, acting: Acting, now: datetime) -> None:
    """Let it be due now, under its own key. Raise `NotAllowed` where it is under way, or arrived."""
    request = authorize(acting, Right.ACT, referrals.lock(request_id))
    found = next((one for one in deliveries.of_request(request.id) if one.id == delivery_id), None)
    if found is None or not can_be_sent_again(found):
        version = request.version
        db.session.rollback()
        raise NotAllowed("This message cannot be sent again now. Look at what became of it below.", (), version)
    found.status, found.due_at, found.error, found.failed_at = DeliveryStatus.QUEUED, now, "", None
    audit_log.note(acting, "send-message-again", "message", found.id, request.id, {"template": found.template})
    note_event(request, found.task_id, Action.NOTE, acting, now, text="Had a message sent again.", audited="note")
    db.session.commit()
    ring(request)
