"""How a patient comes back to a request: by its link, or by code, each together with the birth date."""

from datetime import date, datetime
from uuid import UUID

from referral.access import links
from referral.access.links import Purpose
from referral.domain.messages import LOST_LINK
from referral.extensions import db
from referral.models import ServiceRequest
from referral.sealing import normal_forms
from referral.services import birth_dates, outbox
from referral.services.act import ring
from referral.store import messages, referrals

SHORTEST_NUMBER = 7


def tracking_link(request_id: UUID, secret_key: str, now: datetime) -> str:
    """The secret of the request's tracking link; it is the same each time."""
    token = links.issue(secret_key, Purpose.TRACK, request_id, None, now)
    db.session.commit()
    return token


def find_by_code(code: str, birth_date: date, now: datetime) -> ServiceRequest | None:
    """The request with this code and birth date; None says nothing of which of the two was wrong.

    A wrong date is noted and counted; after too many no date is right until the patient has come by another way.
    """
    request = referrals.by_tracking_code(links.code_digest(code))
    if request is None:
        return None
    if request.patient.birth_date == birth_date and not birth_dates.is_code_closed(request.id):
        return request
    birth_dates.refused_by_code(request, now)
    return None


def find_by_link(purpose: Purpose, token: str, now: datetime) -> ServiceRequest | None:
    """The request that a link opens, None where it opens nothing (any more)."""
    link = links.open_link(purpose, token, now)
    return referrals.get(link.request_id) if link else None


def send_link_again(address: str, now: datetime) -> None:
    """Send the link of every request with this confirmed email address or phone number to just that, once a day.

    Nothing tells the caller whether there was one. Somebody without email is called by a coordinator.
    """
    email = address if "@" in address else ""
    digits = "" if email else normal_forms.phone(address)
    found = messages.by_confirmed_address(email, digits if len(digits) >= SHORTEST_NUMBER else "")
    for request in found:
        outbox.to_patient(request, LOST_LINK, now, {}, request.patient.email if email else request.patient.phone)
    db.session.commit()
    for request in found:
        ring(request)
