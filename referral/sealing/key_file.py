"""The file of keys under DATA_DIR: it changes as a whole, and one process at a time changes it."""

import contextlib
import fcntl
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from referral.sealing.keys import SealingError, key_of
from referral.settings import parsed_field_keys


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep other processes from changing the keys. Raise `SealingError` where one does already."""
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SealingError("The keys are being changed by another process") from None
        yield


def add_key(path: Path) -> None:
    """Put a new key before the others: from now on it seals, in every process that reads the file."""
    _write(path, [urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"), *_keys(path)])


def keep_only(path: Path, ids: Collection[str]) -> None:
    """Take all keys but these out of the file."""
    _write(path, [key for key in _keys(path) if key_of(key).id in ids])


def _keys(path: Path) -> tuple[str, ...]:
    return parsed_field_keys(path.read_text(encoding="utf-8"))


def _write(path: Path, keys: Sequence[str]) -> None:
    """Put a file in its place that is on disk whole: keys that seal something must survive a power cut."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write("\n".join(keys) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
