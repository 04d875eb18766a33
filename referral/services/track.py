"""How a patient comes back to a request: by its link, or by code, each together with the birth date."""

from datetime import date, datetime
from uuid import UUID

from referral.access import links
from referral.access.links import Purpose
from referral.extensions import db
from referral.models import ServiceRequest
from referral.store import referrals


def tracking_link(request_id: UUID, secret_key: str, now: datetime) -> str:
    """The secret of the request's tracking link; it is the same each time."""
    token = links.issue(secret_key, Purpose.TRACK, request_id, None, now)
    db.session.commit()
    return token


def find_by_code(code: str, birth_date: date, now: datetime) -> ServiceRequest | None:
    """The request with this code and birth date; None says nothing of which of the two was wrong."""
    request = referrals.by_tracking_code(links.code_digest(code))
    return request if request is not None and request.patient.birth_date == birth_date else None


def find_by_link(purpose: Purpose, token: str, now: datetime) -> ServiceRequest | None:
    """The request that a link opens, None where it opens nothing (any more)."""
    link = links.open_link(purpose, token, now)
    return referrals.get(link.request_id) if link else None
