"""Values of the database, sealed with AES-256-GCM and bound to their place: table, column and row.

A sealed value is `s1.<key id>.<url-safe base64 of nonce, ciphertext and tag>`. What is sealed is filled up to a
multiple of 32 bytes (ISO/IEC 7816-4), so that its length does not tell one short answer from another. The empty text
stays empty: whether something was said at all may be seen, and constraints of the database may ask for it.

A blind index is `<key id>.<HMAC-SHA-256 in hexadecimal>` of a value in its normal form. Equal values of one column
have equal indexes, which is what look-ups need and all that it tells without the key. A look-up asks for the index
under every key of the ring, so a change of keys changes indexes with the values they belong to, and no key has to
outlive it.
"""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import NamedTuple

from cryptography.exceptions import InvalidTag

from referral.sealing.keys import ID_LENGTH, Key, KeyRing, SealingError

MARK = "s1."
KEY_AT, KEY_LENGTH = len(MARK), ID_LENGTH
"""Where the key's name stands in a sealed value."""
_NONCE = 12
_STEP = 32
_BODY = KEY_AT + KEY_LENGTH + 1


class Place(NamedTuple):
    """Where a value stands, as one of the parts it is sealed with."""

    table: str
    column: str
    row: str

    def __str__(self) -> str:
        """As errors name it."""
        return f"{self.table}.{self.column} of row {self.row}"

    @property
    def bound(self) -> bytes:
        """As the seal takes it in."""
        return f"{self.table}:{self.column}:{self.row}".encode()


def seal(ring: KeyRing, plain: str, place: Place) -> str:
    """The value for this place; the empty text stays as it is."""
    if not plain:
        return ""
    key, nonce = ring.first, os.urandom(_NONCE)
    body = nonce + key.values.encrypt(nonce, _filled(plain.encode()), place.bound)
    return f"{MARK}{key.id}.{urlsafe_b64encode(body).decode('ascii')}"


def open_sealed(ring: KeyRing, sealed: str, place: Place) -> str:
    """What was sealed for this place. Raise `UnknownKey`, or `SealingError` for what is none, or from elsewhere."""
    if not sealed:
        return ""
    if not is_sealed(sealed):
        raise SealingError(f"{place} is not sealed")
    key = ring.find(key_id_of(sealed), str(place))
    try:
        body = urlsafe_b64decode(sealed[_BODY:])
        return _emptied(key.values.decrypt(body[:_NONCE], body[_NONCE:], place.bound)).decode()
    except (InvalidTag, Error, ValueError):
        raise SealingError(
            f"{place} was not sealed for this place with the key {key.id}, or it was changed since"
        ) from None


def is_sealed(text: str) -> bool:
    """Whether a text has the form of a sealed value."""
    return text.startswith(MARK) and text[_BODY - 1 : _BODY] == "."


def key_id_of(sealed: str) -> str:
    """The name of the key with which a value was sealed."""
    return sealed[KEY_AT : KEY_AT + KEY_LENGTH]


def blind(key: Key, column: str, value: str) -> str:
    """The index of a value in its normal form, for one column; empty where the value is."""
    if not value:
        return ""
    return f"{key.id}.{hmac.digest(key.blind, f'{column}:{value}'.encode(), 'sha256').hex()}"


def blinds(ring: KeyRing, column: str, value: str) -> list[str]:
    """What a look-up asks for: the index of a value under each key; nothing is found for the empty value."""
    return [blind(key, column, value) for key in ring.known()] if value else []


def _filled(plain: bytes) -> bytes:
    return plain + b"\x80" + bytes(-(len(plain) + 1) % _STEP)


def _emptied(filled: bytes) -> bytes:
    return filled.rstrip(b"\0")[:-1]
