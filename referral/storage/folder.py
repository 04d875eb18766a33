"""Files in a folder: written beside, made durable, then renamed into place.

The names are random and ours; what a sender called a file never becomes part of a path.
"""

import os
import re
import secrets
import sys
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from referral.storage.base import Stored, TooLarge

_BLOCK = 1024 * 1024
_KEY = re.compile(r"[0-9a-f]{32}")
_UNFINISHED = "unfinished"


class FolderStore:
    """A store in one folder of mode 0700, with a subfolder for the first two letters of each name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, stream: BinaryIO, most_bytes: int) -> Stored:
        """Keep the rest of the stream under a new random name."""
        return self._keep(secrets.token_hex(16), stream, most_bytes)

    def put_back(self, key: str, stream: BinaryIO) -> None:
        """Keep the stream under a name it had before."""
        if not _KEY.fullmatch(key):
            raise FileNotFoundError(key)
        self._keep(key, stream, sys.maxsize)

    def _keep(self, key: str, stream: BinaryIO, most_bytes: int) -> Stored:
        draft = self._made(_UNFINISHED) / key
        try:
            size, digest = _written(stream, draft, most_bytes)
            final = self._made(key[:2]) / key
            draft.rename(final)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _sync(final.parent)
        return Stored(key, size, digest)

    def open(self, key: str) -> BinaryIO:
        """The bytes under this name."""
        return self._path(key).open("rb")

    def delete(self, key: str) -> None:
        """Forget the bytes under this name."""
        self._path(key).unlink(missing_ok=True)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """The names of everything kept before this moment."""
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            if _KEY.fullmatch(path.name) and _before(path, moment):
                yield path.name

    def clear_unfinished(self, moment: datetime) -> int:
        """Drop what was begun before this moment and never finished."""
        left = [path for path in (self._folder / _UNFINISHED).glob("*") if _before(path, moment)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _path(self, key: str) -> Path:
        """Where a name's bytes lie; a name that is none of ours leads nowhere."""
        if not _KEY.fullmatch(key):
            raise FileNotFoundError(key)
        return self._folder / key[:2] / key

    def _made(self, name: str) -> Path:
        """A subfolder; folder by folder, since `parents=True` would give the outer one the default mode."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = self._folder / name
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
            _sync(self._folder)
        return folder


def _written(stream: BinaryIO, path: Path, most_bytes: int) -> tuple[int, str]:
    """Copy the stream into a new file and make it durable; its size and SHA-256."""
    size, digest = 0, sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > most_bytes:
                raise TooLarge
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _sync(folder: Path) -> None:
    """Make a name in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _before(path: Path, moment: datetime) -> bool:
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False
