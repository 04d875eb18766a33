"""The number under which a program sent a request in: by it a repeat is known, and the request is found again.

Kept is a digest, for the organization that the program belongs to: a number may say something of a patient, and
nobody learns from a guess whether another organization has used it.
"""

from hashlib import sha256
from uuid import UUID

from referral.access.authorize import Acting
from referral.store import referrals


def key(acting: Acting, system: str, value: str) -> str:
    """The idempotency key that stands for a number."""
    return _key("number", acting, system, value)


def key_of_key(acting: Acting, given: str) -> str:
    """The idempotency key that stands for one that a program of FHIR sent as such."""
    return _key("key", acting, given)


def request_id(acting: Acting, system: str, value: str) -> UUID | None:
    """The request that came under this number."""
    kept = referrals.idempotency_key(key(acting, system, value))
    return kept.request_id if kept else None


def _key(what: str, acting: Acting, *parts: str) -> str:
    whole = "\n".join((acting.organization_id or "", *parts))
    return f"fhir-{what}:{sha256(whole.encode(errors='replace')).hexdigest()}"
