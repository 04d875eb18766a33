"""Tells those who lead the desk that a step is late: which request, where it stands and since when, and no name."""

from datetime import datetime

from flask import current_app

from referral.access.authorize import Acting, may
from referral.domain.codes import Actor
from referral.domain.permissions import Right
from referral.models import ServiceRequest, Staff
from referral.services import outbox
from referral.settings import Settings
from referral.store import access


def tell_leads(request: ServiceRequest, now: datetime) -> None:
    """Put a mail to every lead who may see the request into the outbox; to the coordinators where there is no lead."""
    for role in (Actor.LEAD, Actor.COORDINATOR):
        found = [staff for staff in access.staff_of_role(role) if _concerns(staff, request)]
        for staff in found:
            outbox.to_staff(request, staff, outbox.STAFF_LATE, request.stage, now)
        if found:
            return


def _concerns(staff: Staff, request: ServiceRequest) -> bool:
    """Whether this request exists for them. Made-up staff of the demo get mail only while the demo runs."""
    settings: Settings = current_app.extensions["settings"]
    return may(Acting.of_staff(staff), Right.READ, request) and (settings.demo or not staff.demo)
