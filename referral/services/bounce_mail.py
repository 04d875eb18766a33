"""Reads mail that came back: delivery-status notifications of RFC 3464, as a mailbox hands them over.

A bounce carries no signature. What makes it count is the key of our message, 256 bits that only those who handled the
message know, in the Message-ID of the mail it returns.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from hashlib import sha256

from referral.services.receipts import Kind, News

PROVIDER = "mail"
MOST_BYTES = 1024 * 1024
"""A larger mail is no notification: those return at most the headers and the first part of what we sent."""

_KEY = re.compile(r"<\s*([0-9a-f]{64})@")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_KINDS = {"failed": Kind.FAILED, "delivered": Kind.DELIVERED}
"""Of the actions of RFC 3464; `delayed`, `relayed` and `expanded` leave things as they are."""


def read_mail(raw: bytes) -> list[News]:
    """What a mail tells of our messages; nothing where it is no notification, or of a message that is not ours."""
    if len(raw) > MOST_BYTES:
        return []
    mail = message_from_bytes(raw, policy=policy.default)
    key = _returned_key(mail)
    if key is None or mail.get_content_type() != "multipart/report":
        return []
    event = _event_id(mail, raw)
    return [News(PROVIDER, f"{event}/{number}", kind, key, code) for number, (kind, code) in enumerate(_said(mail))]


def _said(mail: EmailMessage) -> Iterator[tuple[Kind, str]]:
    """Action and status code of each recipient the notification speaks of."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        groups = part.get_payload()
        for group in groups if isinstance(groups, list) else []:
            if not isinstance(group, Message):
                continue
            kind = _KINDS.get(_field(group, "Action").lower())
            if kind is not None:
                found = _STATUS.search(_field(group, "Status"))
                yield kind, found.group() if found else ""


def _returned_key(mail: EmailMessage) -> str | None:
    """The key in the Message-ID of the mail that came back, whole or only its headers."""
    for part in mail.walk():
        if part.get_content_type() in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
            "message/global-headers",
        ):
            found = _KEY.search(_returned_id(part))
            if found:
                return found.group(1)
    return None


def _returned_id(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return _field(payload[0], "Message-ID")
    content = part.get_payload(decode=True)
    text = content.decode("ascii", "replace") if isinstance(content, bytes) else ""
    found = re.search(r"^message-id:\s*(<[^>\r\n]{1,300}>)", text, re.IGNORECASE | re.MULTILINE)
    return found.group(1) if found else ""


def _event_id(mail: EmailMessage, raw: bytes) -> str:
    """What tells this notification from others: its own Message-ID, or a digest of all of it."""
    own = " ".join(_field(mail, "Message-ID").split())
    return sha256(own.encode() if own else raw).hexdigest()


def _field(message: Message, name: str) -> str:
    """One header; empty where it is not there or cannot be read."""
    try:
        return str(message.get(name, "")).strip()
    except (ValueError, IndexError, AttributeError):  # the parser of headers stumbles over some forged ones
        return ""
