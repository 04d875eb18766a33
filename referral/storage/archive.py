"""The archive a backup is: members one after the other in a tar stream, closed by a manifest of their digests.

A member that is missing, changed or added is found when the manifest is reached; an archive without its manifest was
cut off. The stream is read and written once, from the beginning to the end, so it can be sealed and need not fit
into memory.
"""

import io
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, cast

import orjson

MANIFEST = "manifest.json"
_BLOCK = 1024 * 1024


class BadArchive(Exception):
    """The archive is not whole, or not one of ours; the text says what is wrong."""


class _Counted(io.RawIOBase):
    """A stream read through, with the digest of what went by."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = sha256()

    def readable(self) -> bool:
        """It is read from."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the stub wants Buffer
        """Fill the buffer from the stream. Raise `BadArchive` where a member ends too early."""
        try:
            block = self._stream.read(len(buffer))
        except tarfile.ReadError as error:
            raise BadArchive("its end is missing") from error
        buffer[: len(block)] = block
        self.digest.update(block)
        return len(block)


class ArchiveWriter:
    """Writes members, then the manifest."""

    def __init__(self, sink: BinaryIO) -> None:
        self._tar = tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by `close`
        self.digests: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """Add a member that is in memory."""
        self.add_stream(name, len(content), io.BytesIO(content))

    def add_stream(self, name: str, size: int, stream: BinaryIO) -> None:
        """Add a member of exactly this many bytes. Raise `OSError` where the stream holds fewer."""
        member, counted = tarfile.TarInfo(name), _Counted(stream)
        member.size = size
        self._tar.addfile(member, io.BufferedReader(counted, _BLOCK))
        self.digests[name] = counted.digest.hexdigest()

    def close(self, **told: object) -> None:
        """Write the manifest, with what else is to be told of the archive, and end."""
        manifest = orjson.dumps({**told, "members": self.digests})
        member = tarfile.TarInfo(MANIFEST)
        member.size = len(manifest)
        self._tar.addfile(member, io.BytesIO(manifest))
        self._tar.close()


def members(source: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """Each member's name and content, in order; then the manifest, after it was compared with all that came.

    Whoever takes a member reads it to its end. Raise `BadArchive`; nothing may count as restored before the manifest.
    """
    digests: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                content = cast(BinaryIO, tar.extractfile(member))
                if member.name == MANIFEST:
                    text = content.read()
                    _compare(orjson.loads(text).get("members"), digests)
                    yield MANIFEST, io.BytesIO(text)
                    return
                counted = _Counted(content)
                reader = io.BufferedReader(counted, _BLOCK)
                yield member.name, cast(BinaryIO, reader)
                while reader.read(_BLOCK):
                    pass
                digests[member.name] = counted.digest.hexdigest()
    except (tarfile.TarError, orjson.JSONDecodeError, AttributeError) as error:
        raise BadArchive("this is no backup, or its end is missing") from error
    raise BadArchive("its end is missing")


def _compare(told: object, found: dict[str, str]) -> None:
    if not isinstance(told, dict):
        raise BadArchive("its manifest is missing")
    if told != found:
        wrong = sorted(set(told.items()) ^ set(found.items()))
        raise BadArchive(f"{wrong[0][0]} is missing or is not what was backed up")
