"""What a person tells an office, by telephone or post, because no message of ours reaches it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from referral.access.authorize import Acting, authorize
from referral.domain.codes import DeliveryStatus
from referral.domain.lifecycle import Action
from referral.domain.permissions import Right
from referral.domain.plain_words import MESSAGES
from referral.extensions import db
from referral.services.moves import note_event
from referral.store import deliveries, referrals


def told_office(request_id: UUID, delivery_ids: Collection[UUID], acting: Acting, now: datetime) -> int:
    """Note what a coordinator has told an office; how many messages that waited for it. The history says who did."""
    request = authorize(acting, Right.NOTE_CALLS, referrals.lock(request_id))
    told = [delivery for delivery in deliveries.to_tell(request_id) if delivery.id in delivery_ids]
    for delivery in told:
        delivery.status, delivery.error = DeliveryStatus.DELIVERED, ""
        delivery.handed_over_at = delivery.delivered_at = now
        said = f"Told the office by telephone or post: {MESSAGES[delivery.template]}."
        note_event(request, delivery.task_id, Action.NOTE, acting, now, text=said)
    db.session.commit()
    return len(told)
