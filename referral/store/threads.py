"""Reading and writing of what patients and the desk write to each other."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal_column, select, update

from referral.domain.codes import Actor
from referral.extensions import db
from referral.models import ThreadMessage


def add(message: ThreadMessage) -> None:
    """Keep a new message."""
    db.session.add(message)
    db.session.flush()


def of_request(request_id: UUID) -> list[ThreadMessage]:
    """What patient and desk wrote to each other, the oldest first."""
    found = select(ThreadMessage).where(ThreadMessage.request_id == request_id)
    return list(db.session.scalars(found.order_by(ThreadMessage.at, ThreadMessage.id)))


def settle(request_id: UUID, *, of_patient: bool, now: datetime) -> bool:
    """Note that the other side has read what the patient, or the desk, wrote; whether anything waited."""
    waits = (ThreadMessage.request_id == request_id, ThreadMessage.settled_at.is_(None), _wrote(of_patient))
    if db.session.scalar(select(ThreadMessage.id).where(*waits).limit(1)) is None:
        return False
    db.session.execute(update(ThreadMessage).where(*waits).values(settled_at=now))
    return True


def with_unanswered() -> Select[UUID]:
    """The ids of requests whose patient wrote something that nobody has answered.

    Written as the index on them is, which is used only then.
    """
    by_patient = ThreadMessage.actor == literal_column(f"'{Actor.PATIENT}'")
    return select(ThreadMessage.request_id).where(by_patient, ThreadMessage.settled_at.is_(None))


def waiting_for_the_desk(request_ids: Collection[UUID]) -> set[UUID]:
    """Those of these requests whose patient wrote something that nobody has answered."""
    return set(db.session.scalars(with_unanswered().where(ThreadMessage.request_id.in_(list(request_ids)))))


def _wrote(patient: bool) -> ColumnElement[bool]:
    return ThreadMessage.actor == Actor.PATIENT if patient else ThreadMessage.actor != Actor.PATIENT
