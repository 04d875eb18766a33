"""Links and codes that open one request without an account.

A secret is derived from the server's key and what it opens, so that a message sent again carries the same link; the
database keeps hashes only.
"""

import hmac
from base64 import b32encode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from referral.models import AccessLink
from referral.store import access, patient_accounts


class Purpose(StrEnum):
    """What a link is for."""

    TRACK = "track"
    CONFIRM = "confirm"
    OFFICE = "office"
    PACKET = "packet"
    ADDRESS = "address"
    ACCOUNT = "account"


LIFETIME = {
    Purpose.TRACK: timedelta(days=365),
    Purpose.CONFIRM: timedelta(days=14),
    Purpose.OFFICE: timedelta(days=60),
    Purpose.PACKET: timedelta(days=3),
    Purpose.ADDRESS: timedelta(days=14),
    Purpose.ACCOUNT: timedelta(days=1),
}


RENEWED = timedelta(days=30)
"""The link of a message that goes to the patient opens for so long at least."""


class Issued:
    """The links that some requests have, looked up at once."""

    def __init__(self, request_ids: Iterable[UUID]) -> None:
        rows = access.issued_links(request_ids)
        self.ends = {secret: end for _, _, _, secret, end, _ in rows}
        ended = ((purpose, request, task) for purpose, request, task, _, _, gone in rows if gone)
        self.revoked = Counter(ended)
        """Whoever's link was ended, office or patient, gets another one with the next message."""


def issue(
    secret_key: str,
    purpose: Purpose,
    request_id: UUID,
    task_id: UUID | None,
    now: datetime,
    issued: Issued | None = None,
) -> str:
    """The secret of the link for this purpose; the first call opens it, later ones repeat it until it is revoked.

    A tracking link whose time is over, or nearly so, opens again for as long as at first.
    """
    known = issued or Issued([request_id])
    secret = token(secret_key, purpose, task_id or request_id, known.revoked[purpose, request_id, task_id])
    end, until = known.ends.get(digest(secret)), now + LIFETIME[purpose]
    if end is None:
        known.ends[digest(secret)] = until
        access.add_link(
            AccessLink(
                purpose=purpose,
                request_id=request_id,
                task_id=task_id,
                token_hash=digest(secret),
                created_at=now,
                expires_at=until,
            )
        )
    elif purpose == Purpose.TRACK and end < now + RENEWED:
        access.extend_request_link(request_id, purpose, until)
    return secret


def token(secret_key: str, purpose: Purpose, opened_id: UUID, revoked: int = 0) -> str:
    """The secret itself, 256 bits, as it stands in an address; another one after each link that was revoked."""
    text = f"{purpose}:{opened_id}:{revoked}" if revoked else f"{purpose}:{opened_id}"
    return urlsafe_b64encode(_derive(secret_key, text)).decode().rstrip("=")


def issue_packet(secret_key: str, request_id: UUID, task_id: UUID, message_id: UUID, since: datetime) -> str:
    """The secret by which an office's program fetches the packet of its task as a file, for a few days.

    Each message brings one of its own, the same at every attempt; it ends with the other links of the office.
    """
    secret = token(secret_key, Purpose.PACKET, message_id)
    if access.any_link(Purpose.PACKET, digest(secret)) is None:
        access.add_link(
            AccessLink(
                purpose=Purpose.PACKET,
                request_id=request_id,
                task_id=task_id,
                token_hash=digest(secret),
                created_at=since,
                expires_at=since + LIFETIME[Purpose.PACKET],
            )
        )
    return secret


def open_link(purpose: Purpose, secret: str, now: datetime) -> AccessLink | None:
    """The link with this secret, None where there is none or it no longer opens anything."""
    return access.link(purpose, digest(secret), now)


def end_of_patient(request_id: UUID, now: datetime, now_at: str = "") -> None:
    """End the links that went to an address that was given up; the next message carries another one.

    Accounts lose the request with them, but for one of the address that counts from now on: whoever could open the
    links may have put it into an account of their own.
    """
    access.revoke_request_links(request_id, {Purpose.TRACK, Purpose.CONFIRM}, now)
    patient_accounts.let_go(request_id, now, but=now_at)


def extend(task_id: UUID, appointment_on: date | None, now: datetime) -> None:
    """Keep an office's link open while it works on the request: as long as at first, from now or its appointment."""
    start = max(now, datetime.combine(appointment_on, time(), UTC)) if appointment_on else now
    access.extend_link(task_id, start + LIFETIME[Purpose.OFFICE])


def tracking_code(secret_key: str, request_id: UUID) -> str:
    """The code a patient can read out on the telephone, such as 7KQ2-M4XA-93TD (60 bits)."""
    letters = b32encode(_derive(secret_key, f"code:{request_id}")).decode().translate(_READABLE)[:12]
    return "-".join(letters[start : start + 4] for start in range(0, 12, 4))


def code_digest(code: str) -> str:
    """The hash under which a tracking code is found; blanks, dashes and case do not matter."""
    return digest("".join(character for character in code.upper() if character.isalnum()))


def digest(secret: str) -> str:
    """SHA-256 of a secret with 60 or more random bits, which needs no salt."""
    return sha256(secret.encode()).hexdigest()


def _derive(secret_key: str, text: str) -> bytes:
    return hmac.new(secret_key.encode(), text.encode(), sha256).digest()


_READABLE = str.maketrans("ILOU", "89XW")
"""Letters that are mistaken for digits or others do not appear in a code."""
