"""Reading and writing of requests that were opened in an emergency."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from referral.extensions import db
from referral.models import EmergencyAccess


def add(access: EmergencyAccess) -> None:
    """Keep that somebody opened a request."""
    db.session.add(access)
    db.session.flush()


def open_to(staff_id: UUID, now: datetime) -> frozenset[UUID]:
    """The requests that are open to this member of staff at this moment."""
    live = select(EmergencyAccess.request_id).where(EmergencyAccess.staff_id == staff_id, EmergencyAccess.until > now)
    return frozenset(db.session.scalars(live))


def until(staff_id: UUID, request_id: UUID, now: datetime) -> datetime | None:
    """How long this request is open to them, None where it is not."""
    live = select(EmergencyAccess.until).where(
        EmergencyAccess.staff_id == staff_id, EmergencyAccess.request_id == request_id, EmergencyAccess.until > now
    )
    return db.session.scalars(live.order_by(EmergencyAccess.until.desc())).first()


def newest(limit: int) -> list[EmergencyAccess]:
    """What was opened, the last one first."""
    found = select(EmergencyAccess).options(joinedload(EmergencyAccess.staff), joinedload(EmergencyAccess.request))
    return list(db.session.scalars(found.order_by(EmergencyAccess.opened_at.desc()).limit(limit)))
