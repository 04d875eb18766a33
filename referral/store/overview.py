"""Counts for operators; no row of a person is read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from referral.domain.codes import DeliveryStatus
from referral.extensions import db
from referral.models import Delivery, ServiceRequest


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages of one channel that wait: how many, how many of them are due, and since when the oldest."""

    channel: str
    total: int
    due: int
    oldest: datetime


def requests_by_stage() -> dict[str, int]:
    """How many requests stand at each stage."""
    rows = db.session.execute(select(ServiceRequest.stage, func.count().label("total")).group_by(ServiceRequest.stage))
    return {row.stage: row.total for row in rows}


def deliveries_by_status() -> dict[str, int]:
    """How many messages have each status."""
    rows = db.session.execute(select(Delivery.status, func.count().label("total")).group_by(Delivery.status))
    return {row.status: row.total for row in rows}


def waiting_by_channel(now: datetime) -> list[Waiting]:
    """What waits for being sent, by channel."""
    columns = (func.count(), func.count().filter(Delivery.due_at <= now), func.min(Delivery.created_at))
    waiting = select(Delivery.channel, *columns).where(Delivery.status == DeliveryStatus.QUEUED)
    found = db.session.execute(waiting.group_by(Delivery.channel).order_by(Delivery.channel))
    return [Waiting(*row) for row in found]
