"""Files, sealed in pieces, so that a large one needs no large memory and can be read from anywhere in it.

A sealed file is a head (`SEALEDF1`, the key's id, 32 random bytes) and the pieces: 64 KiB of the file each, with a tag
of 16 bytes, the last one shorter and never missing. Each file has a key of its own, derived from the ring, the
random bytes and the file's name; a piece's nonce is its number and whether it is the last (the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár, 2015). So a piece that was changed, moved, left out or cut off, and a file that
was put in another's place, are found out: the end when the file is opened, each piece when it is read.
"""

import io
import os
from abc import abstractmethod
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from referral.sealing.keys import ID_LENGTH, Key, KeyRing, SealingError, derived

PIECE = 64 * 1024
_MARK = b"SEALEDF1"
_SALT = 32
_TAG = 16
_HEAD = len(_MARK) + ID_LENGTH + _SALT
_WHOLE = PIECE + _TAG


class Sealer:
    """Writes a sealed file; it is whole once `end` was called."""

    def __init__(self, ring: KeyRing, target: BinaryIO, name: str) -> None:
        key, salt = ring.first, os.urandom(_SALT)
        self._target, self._cipher = target, _cipher(key, salt, name)
        self._waiting, self._number = bytearray(), 0
        target.write(_MARK + key.id.encode() + salt)
        target.flush()  # the key is known to be in use from the beginning

    def write(self, block: bytes) -> None:
        """Take more of the file. The last piece waits, since it is sealed as the last."""
        self._waiting += block
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def end(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._waiting), last=True)

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, None))
        self._number += 1


class _InPieces(io.RawIOBase):
    """What is read from anywhere in a file under seal; who extends it opens a piece. It closes the file with itself."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = self._size = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go on from there; no further than the end."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Where it goes on."""
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # any writable buffer
        """Fill the buffer as far as the piece goes. Raise `SealingError` where it was changed."""
        number, start = divmod(self._at, PIECE)
        if self._at >= self._size or not len(buffer):
            return 0
        part = self._piece(number)[start : min(start + len(buffer), self._size - number * PIECE)]
        memoryview(buffer).cast("B")[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        """Close the file under it too."""
        self._file.close()
        super().close()

    @abstractmethod
    def _piece(self, number: int) -> bytes:
        """The piece of this number in plain bytes."""


class SealedFile(_InPieces):
    """The content of a sealed file."""

    def __init__(self, ring: KeyRing, source: BinaryIO, name: str) -> None:
        super().__init__(source)
        self._name, self._kept = name, (-1, b"")
        head = source.read(_HEAD)
        key_id = key_id_in(head)
        if key_id is None:
            raise SealingError(f"The file {name} is not sealed")
        self._cipher = _cipher(ring.find(key_id, f"The file {name}"), head[-_SALT:], name)
        body = source.seek(0, io.SEEK_END) - _HEAD
        self._last = max(0, (body - 1) // _WHOLE)
        self._size = self._last * PIECE + len(self._piece(self._last))

    def _piece(self, number: int) -> bytes:
        if self._kept[0] != number:
            self._kept = (number, self._opened(number))
        return self._kept[1]

    def _opened(self, number: int) -> bytes:
        self._file.seek(_HEAD + number * _WHOLE)
        try:
            return self._cipher.decrypt(_nonce(number, last=number == self._last), self._file.read(_WHOLE), None)
        except (InvalidTag, ValueError):
            raise SealingError(f"The file {self._name} was changed, cut off, or belongs elsewhere") from None


class Scratch(_InPieces):
    """A file without a name for a while, sealed with a key that is nowhere but in this process.

    It can be written and read anywhere, so its blocks are sealed with AES-256-XTS, as disks are.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._key = os.urandom(64)

    def writable(self) -> bool:
        """It can be written."""
        return True

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]  # any buffer of bytes
        """Write as far as the block goes."""
        number, start = divmod(self._at, PIECE)
        part = bytes(memoryview(data).cast("B")[: PIECE - start])
        block = bytearray(self._piece(number) if len(part) < PIECE else bytes(PIECE))
        block[start : start + len(part)] = part
        sealing = self._xts(number).encryptor()
        self._file.seek(number * PIECE)
        self._file.write(sealing.update(bytes(block)) + sealing.finalize())
        self._at += len(part)
        self._size = max(self._size, self._at)
        return len(part)

    def truncate(self, size: int | None = None) -> int:
        """Forget what comes after."""
        self._size = self._at if size is None else size
        return self._size

    def _piece(self, number: int) -> bytes:
        self._file.seek(number * PIECE)
        sealed = self._file.read(PIECE)
        if len(sealed) < PIECE:
            return bytes(PIECE)
        opening = self._xts(number).decryptor()
        return opening.update(sealed) + opening.finalize()

    def _xts(self, number: int) -> Cipher[modes.XTS]:
        return Cipher(algorithms.AES(self._key), modes.XTS(number.to_bytes(16, "little")))


def opened(ring: KeyRing, source: BinaryIO, name: str) -> BinaryIO:
    """The content of a sealed file. Raise `UnknownKey`, or `SealingError`; the file is closed then."""
    try:
        return io.BufferedReader(SealedFile(ring, source, name), PIECE)
    except BaseException:
        source.close()
        raise


def scratch(file: BinaryIO) -> BinaryIO:
    """A file to write and to read, of which nobody can read what is on the disk."""
    return io.BufferedRandom(Scratch(file), PIECE)


def key_id_in(head: bytes) -> str | None:
    """The key of a sealed file by its first bytes, None where it is none."""
    if len(head) < _HEAD or not head.startswith(_MARK):
        return None
    return head[len(_MARK) : len(_MARK) + ID_LENGTH].decode("ascii", "replace")


def blocks_of(stream: BinaryIO) -> Iterator[bytes]:
    """The rest of a stream, one block after the other."""
    while block := stream.read(1024 * 1024):
        yield block


def head_of(source: BinaryIO) -> bytes:
    """What tells whether a file is sealed, and with which key."""
    return source.read(_HEAD)


def _cipher(key: Key, salt: bytes, name: str) -> AESGCM:
    return AESGCM(derived(key.files, b"referral file " + name.encode(), salt))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
