"""The keys of this installation, and how running processes learn of a new one.

Each key of FIELD_KEYS is 32 random bytes. What is used is derived from it with HKDF-SHA-256, one key per purpose, so
that no two purposes ever share one. A random nonce of 96 bits is safe for 2³² values under one key (NIST SP 800-38D).
"""

import logging
import os
import time
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from referral.settings import Settings, SettingsError, parsed_field_keys

LOOK_EVERY = 1.0
"""Seconds between two looks at the key file; a value under a key that is not known makes it be read at once."""

ID_LENGTH = 8
_KEY_BYTES = 32

logger = logging.getLogger(__name__)


class SealingError(Exception):
    """Something sealed could not be opened; the text is one line that names where, and no value."""


class UnknownKey(SealingError):
    """It was sealed with a key that this installation does not have."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the ring: its name in what it seals, and what is derived from it."""

    id: str
    """The first eight hexadecimal digits of a SHA-256 over it."""
    values: AESGCM = field(repr=False)
    files: bytes = field(repr=False)
    blind: bytes = field(repr=False)


class KeyRing:
    """The keys, the first of which seals; all of them open. With a file, the ring is what stands in it now."""

    def __init__(self, keys: Sequence[str], path: Path | None = None) -> None:
        self.path = path
        self._keys = tuple(map(key_of, keys))
        self._seen: tuple[int, int, int] | None = None
        self._look_at = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The ring of an installation: of the environment where FIELD_KEYS is set, else of the key file."""
        return cls(settings.field_keys, settings.field_keys_file)

    def known(self) -> tuple[Key, ...]:
        """All keys, the one that seals first."""
        if self.path is not None and time.monotonic() >= self._look_at:
            self.look()
        return self._keys

    @property
    def first(self) -> Key:
        """The key that seals."""
        return self.known()[0]

    def find(self, key_id: str, where: str) -> Key:
        """The key of this name; `where` is for the error. Raise `UnknownKey`."""
        found = self._find(key_id)
        if found is None:
            self.look()
            found = self._find(key_id)
        if found is None:
            raise UnknownKey(f"{where} is sealed with the key {key_id}, which is not among FIELD_KEYS")
        return found

    def look(self) -> None:
        """Read the key file if it has changed. One that cannot be read leaves the keys as they are."""
        self._look_at = time.monotonic() + LOOK_EVERY
        if self.path is None:
            return
        try:
            about = os.stat(self.path)
            seen = (about.st_mtime_ns, about.st_ino, about.st_size)
            if seen != self._seen:
                self._keys = tuple(map(key_of, parsed_field_keys(self.path.read_text(encoding="utf-8"))))
                self._seen = seen
        except (OSError, SettingsError) as error:
            logger.warning("The file of FIELD_KEYS cannot be read: %s", type(error).__name__)

    def _find(self, key_id: str) -> Key | None:
        return next((key for key in self.known() if key.id == key_id), None)


def key_ring() -> KeyRing:
    """The ring of the running application, made when it is first needed."""
    extensions = current_app.extensions
    ring = extensions.get("key_ring")
    if not isinstance(ring, KeyRing):
        ring = extensions["key_ring"] = KeyRing.of(extensions["settings"])
    return ring


@lru_cache(maxsize=64)
def key_of(text: str) -> Key:
    """What one key of FIELD_KEYS, url-safe base64 of 32 bytes, stands for."""
    secret = urlsafe_b64decode(text)
    return Key(
        id=sha256(b"referral key id" + secret).hexdigest()[:ID_LENGTH],
        values=AESGCM(derived(secret, b"referral field values")),
        files=derived(secret, b"referral files"),
        blind=derived(secret, b"referral blind index"),
    )


def derived(secret: bytes, purpose: bytes, salt: bytes | None = None) -> bytes:
    """A key for one purpose, 32 bytes."""
    return HKDF(SHA256(), _KEY_BYTES, salt, purpose).derive(secret)
