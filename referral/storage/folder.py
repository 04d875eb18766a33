"""Files in a folder: sealed, written beside, made durable, then renamed into place.

The names are random and ours; what a sender called a file never becomes part of a path. A file is sealed under its
name, so one that lies in another's place is found out.
"""

import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from referral.sealing import KeyRing
from referral.sealing.files import Sealer, blocks_of, head_of, key_id_in, opened
from referral.storage.base import Stored, TooLarge

_KEY = re.compile(r"[0-9a-f]{32}")
_UNFINISHED = "unfinished"


class FolderStore:
    """A store in one folder of mode 0700, with a subfolder for the first two letters of each name."""

    def __init__(self, folder: Path, ring: KeyRing) -> None:
        self._folder, self._ring = folder, ring

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
            size, digest = self._sealed(stream, draft, key, most_bytes)
            final = self._made(key[:2]) / key
            draft.rename(final)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _sync(final.parent)
        return Stored(key, size, digest)

    def open(self, key: str) -> BinaryIO:
        """The bytes under this name. Raise `SealingError` where they are not what was put there."""
        return opened(self._ring, self._path(key).open("rb"), key)

    def delete(self, key: str) -> None:
        """Forget the bytes under this name."""
        self._path(key).unlink(missing_ok=True)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """The names of everything kept before this moment."""
        return (path.name for path in self._all() if _before(path, moment))

    def clear_unfinished(self, moment: datetime) -> int:
        """Drop what was begun before this moment and never finished."""
        left = [path for path in (self._folder / _UNFINISHED).glob("*") if _before(path, moment)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def keys_used(self) -> Iterator[str]:
        """The key of each file, also of one that is being written; empty for one that is not sealed."""
        for path in [*self._all(), *(self._folder / _UNFINISHED).glob("*")]:
            with suppress(FileNotFoundError):
                yield _key_id(path) or ""

    def seal_all(self) -> Iterator[str]:
        """Seal whatever is not sealed with the first key, one name after the other; a file is whole at any time."""
        for path in self._all():
            with suppress(FileNotFoundError):
                if (key_id := _key_id(path)) != self._ring.first.id:
                    self._replace(path, path.open("rb") if key_id is None else self.open(path.name), seals=True)
                    yield path.name

    def open_all(self) -> Iterator[str]:
        """Open every file for good: the way back from sealed files."""
        for path in self._all():
            if _key_id(path) is not None:
                self._replace(path, self.open(path.name), seals=False)
                yield path.name

    def _replace(self, path: Path, source: BinaryIO, *, seals: bool) -> None:
        """Write a file anew beside itself, with the time it had, then put it in its own place.

        One that is deleted meanwhile may come back by that; no row speaks of it, so the sweep finds it.
        """
        draft, about = self._made(_UNFINISHED) / f"{path.name}.again", path.stat()
        draft.unlink(missing_ok=True)
        try:
            with source:
                if seals:
                    self._sealed(source, draft, path.name, about.st_size)
                else:
                    _written(source, draft)
            os.utime(draft, ns=(about.st_atime_ns, about.st_mtime_ns))
            if path.exists():
                draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync(path.parent)

    def _sealed(self, stream: BinaryIO, path: Path, name: str, most_bytes: int) -> tuple[int, str]:
        """Seal the stream into a new file and make it durable; size and SHA-256 of what was sealed."""
        size, digest = 0, sha256()
        with _new_file(path) as file:
            sealer = Sealer(self._ring, file, name)
            for block in blocks_of(stream):
                size += len(block)
                if size > most_bytes:
                    raise TooLarge
                digest.update(block)
                sealer.write(block)
            sealer.end()
            _make_durable(file)
        return size, digest.hexdigest()

    def _all(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("[0-9a-f][0-9a-f]/*") if _KEY.fullmatch(path.name))

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


def _key_id(path: Path) -> str | None:
    """The key with which a file is sealed, None for one that is not."""
    with path.open("rb") as file:
        return key_id_in(head_of(file))


def _new_file(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _written(stream: BinaryIO, path: Path) -> None:
    """Copy the stream into a new file and make it durable."""
    with _new_file(path) as file:
        for block in blocks_of(stream):
            file.write(block)
        _make_durable(file)


def _make_durable(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


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
