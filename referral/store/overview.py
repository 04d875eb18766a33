"""Counts for operators; no row of a person is read."""

from sqlalchemy import func, select

from referral.extensions import db
from referral.models import Delivery, ServiceRequest


def requests_by_stage() -> dict[str, int]:
    """How many requests stand at each stage."""
    rows = db.session.execute(select(ServiceRequest.stage, func.count().label("total")).group_by(ServiceRequest.stage))
    return {row.stage: row.total for row in rows}


def deliveries_by_status() -> dict[str, int]:
    """How many messages have each status."""
    rows = db.session.execute(select(Delivery.status, func.count().label("total")).group_by(Delivery.status))
    return {row.status: row.total for row in rows}
