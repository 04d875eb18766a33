"""Words that stand in the messages between a patient and the desk, whatever else was done in the same step."""

from datetime import datetime
from uuid import uuid4

from referral.access.authorize import Acting
from referral.domain.codes import Actor
from referral.models import ServiceRequest, ThreadMessage
from referral.store import threads


def keep(request: ServiceRequest, text: str, acting: Acting, now: datetime) -> ThreadMessage:
    """Add a message of whoever acts; what the patient is told of it besides is the caller's business."""
    actor, name = author(acting)
    message = ThreadMessage(id=uuid4(), request_id=request.id, at=now, actor=actor, actor_name=name, text=text)
    threads.add(message)
    return message


def author(acting: Acting) -> tuple[str, str]:
    """Who stands at a message: the role, and of the desk also the name."""
    return acting.actor, "" if acting.actor is Actor.PATIENT else acting.name
