"""What people give beside the password: a code app, a security key (WebAuthn), or one of ten recovery codes.

Staff have one in any case, patients where they want one; keys are for staff.

What a key's answer is measured by waits in the session's row, where it counts for one try.
"""

import json
import secrets
from base64 import b32encode
from datetime import datetime
from urllib.parse import urlsplit

import webauthn
from flask import session
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from referral.access.accounts import ISSUER, code_apps
from referral.access.links import digest
from referral.access.sessions import NEW_APP
from referral.models import SecurityKey, Staff, StaffSession
from referral.store import accounts as store
from referral.store.accounts import Person

RECOVERY_CODES = 10
_CODE_BYTES = 15
"""120 random bits, 24 characters; with so many a plain hash is enough."""

_AT_MOST = 10
"""Security keys of one person."""


def new_app_secret() -> str:
    """A secret for a new code app, encrypted; the browser keeps it until the app has shown its first code."""
    return str(session.setdefault(NEW_APP, code_apps().generate_totp_secret()))


def app_code_fits(person: Person, code: str, now: datetime) -> bool:
    """Whether the new code app shows this code; if so it is the person's code app from now on."""
    secret = session.get(NEW_APP)
    if not isinstance(secret, str) or not code_apps().takes(code, secret, person, now):
        return False
    person.totp_secret = secret
    session.pop(NEW_APP)
    return True


def code_fits(person: Person, code: str, now: datetime) -> bool:
    """Whether this is the code that the app shows now, or an unused recovery code; it is used up with this."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    if plain.isdigit():
        return person.totp_secret is not None and code_apps().takes(plain, person.totp_secret, person, now)
    return store.use_code(person.id, digest(plain), now, type(person))


def new_recovery_codes(person: Person) -> list[str]:
    """Ten new codes, such as ABCD-EFGH-IJKL-MNOP-QRST-UVWX; the old ones end. Only their hashes are kept."""
    plain = [b32encode(secrets.token_bytes(_CODE_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    store.replace_codes(person.id, map(digest, plain), type(person))
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in plain]


def key_registration(begun: StaffSession, public_url: str) -> str:
    """What a browser needs to make a new key, as JSON."""
    staff = begun.staff
    options = webauthn.generate_registration_options(
        rp_id=_host(public_url),
        rp_name=ISSUER,
        user_id=staff.id.bytes,
        user_name=staff.email,
        user_display_name=staff.name,
        exclude_credentials=_descriptors(staff),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    begun.pending = bytes_to_base64url(options.challenge)
    return webauthn.options_to_json(options)


def key_made(begun: StaffSession, public_url: str, answer: str, name: str, now: datetime) -> bool:
    """Keep the new key that a browser made; whether it answers our question."""
    challenge, begun.pending = begun.pending, None
    staff = begun.staff
    if challenge is None or len(staff.keys) >= _AT_MOST:
        return False
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=_host(public_url),
            expected_origin=public_url,
        )
    except (WebAuthnException, ValueError):
        return False
    credential_id = bytes_to_base64url(made.credential_id)
    if store.key(credential_id) is not None:
        return False
    store.add(
        SecurityKey(
            staff_id=staff.id,
            credential_id=credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name or f"Key {len(staff.keys) + 1}",
            created_at=now,
        )
    )
    return True


def key_question(begun: StaffSession, public_url: str) -> str:
    """What a browser needs to ask one of the person's keys, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=_host(public_url),
        allow_credentials=_descriptors(begun.staff),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    begun.pending = bytes_to_base64url(options.challenge)
    return webauthn.options_to_json(options)


def key_fits(begun: StaffSession, public_url: str, answer: str, now: datetime) -> bool:
    """Whether one of the person's own keys has answered our question; a question is asked once."""
    challenge, begun.pending = begun.pending, None
    key = store.key(_credential_id(answer))
    if challenge is None or key is None or key.staff_id != begun.staff_id:
        return False
    try:
        given = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=_host(public_url),
            expected_origin=public_url,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        )
    except (WebAuthnException, ValueError):
        return False
    key.sign_count, key.used_at = given.new_sign_count, now
    return True


def forget_all(person: Person) -> None:
    """Code app, keys and recovery codes of this person end."""
    person.totp_secret = None
    if isinstance(person, Staff):
        store.drop_keys(person.id)
    store.replace_codes(person.id, (), type(person))


def _descriptors(staff: Staff) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(key.credential_id)) for key in staff.keys]


def _credential_id(answer: str) -> str:
    try:
        return str(json.loads(answer)["id"]).rstrip("=")
    except (ValueError, KeyError, TypeError):
        return ""


def _host(public_url: str) -> str:
    return urlsplit(public_url).hostname or ""
