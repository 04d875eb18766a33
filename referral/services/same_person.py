"""The same person asking twice: what the desk is shown, and what the patient may be told of it."""

from datetime import datetime
from uuid import UUID

from referral.access.authorize import SYSTEM, Acting, authorize, scope_of
from referral.domain.errors import Invalid
from referral.domain.lifecycle import Action
from referral.domain.messages import DUPLICATE
from referral.domain.permissions import Right
from referral.models import Patient, ServiceRequest
from referral.services.act import act, read
from referral.services.effects import Details
from referral.store import messages


def alike(request: ServiceRequest, acting: Acting) -> list[ServiceRequest]:
    """Other open requests that may be of the same person, as far as they exist for this caller."""
    return messages.alike(request, scope_of(acting))


def asked_before(request: ServiceRequest) -> ServiceRequest | None:
    """An earlier open request that this patient may be reminded of.

    Only one whose confirmed contact, name and birth date are the same: whoever entered somebody else's name learns
    nothing.
    """
    if request.contact_confirmed_at is None:
        return None
    earlier = (other for other in messages.alike(request, scope_of(SYSTEM)) if other.authored_on < request.authored_on)
    return next((other for other in earlier if _is_the_same(request, other)), None)


def end_as_duplicate(
    request_id: UUID, other_id: UUID, acting: Acting, now: datetime, version: int | None = None
) -> ServiceRequest:
    """End a request that was asked twice; the history names the one that goes on."""
    request = authorize(acting, Right.END_DUPLICATE, read(request_id, acting))
    other = next((found for found in alike(request, acting) if found.id == other_id), None)
    if other is None:
        raise Invalid("duplicate", "The other request is not open any more, or not like this one.")
    details = Details(reason=DUPLICATE, text=f"The same as {other.identifier}, which goes on.")
    return act(request.id, Action.CANCEL, acting, details, now, version)


def _is_the_same(request: ServiceRequest, other: ServiceRequest) -> bool:
    one, two = request.patient, other.patient
    same_name = _folded(one) == _folded(two) and one.birth_date == two.birth_date
    same_mail = bool(one.email_confirmed_at and two.email_confirmed_at) and one.email.lower() == two.email.lower()
    # Whoever confirmed an address of their own has shown nothing of the number beside it, which may be somebody else's.
    by_number = one.email_confirmed_at is None and two.email_confirmed_at is None
    same_number = by_number and _digits(one) == _digits(two) != ""
    return other.contact_confirmed_at is not None and same_name and (same_mail or same_number)


def _folded(patient: Patient) -> tuple[str, str]:
    return patient.given.casefold(), patient.family.casefold()


def _digits(patient: Patient) -> str:
    return "".join(filter(str.isdigit, patient.phone))
