"""What the patient allowed: the rows, whether one is live, and the words each was given under.

Every permission has a row of its own. Taking it back ends the row; giving it again is a new one. Nothing goes to an
office without a live row for it: the database refuses that too.
"""

from datetime import datetime, timedelta

from referral.extensions import db
from referral.languages import ENGLISH
from referral.models import Consent, ServiceRequest

TEXT = "2026-11-23"
"""Version of the words under which consent is asked; they stand in `templates/requests/consent_texts/`, with those of
every version before, since consents name the version they were given under."""


def version(language: str) -> str:
    """The version that a consent names: with the language its words were read in, where that is not English."""
    return TEXT if language == ENGLISH else f"{TEXT}/{language}"


LASTS = timedelta(days=365)
SHARE, CONTACT, REROUTE = "share", "contact", "reroute"
WHAT = {SHARE: "request-and-records", CONTACT: "messages", REROUTE: "request-and-records"}
"""What each purpose is about."""

FORM, VERBAL = "form", "verbal"
"""How a permission was given."""

ENDED = "consent-ended"
"""Why a handling is over that ended before anything had left: it may begin anew once the patient allows it again."""


def grant(
    request: ServiceRequest,
    purpose: str,
    now: datetime,
    role_id: str | None = None,
    heard_by: str = "",
    language: str = ENGLISH,
) -> Consent:
    """Write a permission of today; one of the same kind that was there ends.

    `heard_by` is who read its words out, `language` that of the words.
    """
    if end(request, purpose, role_id, now):
        db.session.flush()  # of one kind there is one that lives: the old one ends before the new one is written
    given = Consent(
        purpose=purpose,
        what=WHAT[purpose],
        role_id=role_id,
        text_version=version(language),
        way=VERBAL if heard_by else FORM,
        witness=heard_by,
        granted_at=now,
        expires_at=now + LASTS,
    )
    request.consents.append(given)
    return given


def live(request: ServiceRequest, role_id: str, now: datetime) -> Consent | None:
    """The permission to share with this specialist, None where there is none now."""
    return next((one for one in _rows(request, SHARE, role_id) if one.expires_at > now), None)


def taken_back(request: ServiceRequest) -> set[str]:
    """The roles for which the patient took the permission back and has not given it again."""
    shared = [one for one in request.consents if one.role_id is not None]
    stands = {one.role_id for one in shared if one.revoked_at is None}
    return {one.role_id for one in shared if one.role_id is not None and one.role_id not in stands}


def may_go_beyond(request: ServiceRequest, now: datetime) -> bool:
    """Whether the patient allows asking somebody who is not on their list."""
    return beyond(request, now) is not None


def beyond(request: ServiceRequest, now: datetime) -> Consent | None:
    """The permission to ask somebody who is not on the patient's list, None where there is none now."""
    return next((one for one in _rows(request, REROUTE, None) if one.expires_at > now), None)


def pass_on(request: ServiceRequest, allowed: Consent, role_id: str, now: datetime) -> Consent:
    """Write the permission for a specialist beyond the list, in the words and until the end of the one it rests on."""
    given = grant(request, SHARE, now, role_id)
    given.text_version, given.way, given.witness = allowed.text_version, allowed.way, allowed.witness
    given.expires_at = allowed.expires_at
    return given


def end(request: ServiceRequest, purpose: str, role_id: str | None, now: datetime) -> bool:
    """End a permission; whether there was one."""
    ended = _rows(request, purpose, role_id)
    for consent in ended:
        consent.revoked_at = now
    return bool(ended)


def _rows(request: ServiceRequest, purpose: str, role_id: str | None) -> list[Consent]:
    return [
        one for one in request.consents if one.purpose == purpose and one.role_id == role_id and one.revoked_at is None
    ]
