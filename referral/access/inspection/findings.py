"""What an inspection gives back, and what every kind of file is looked over for."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from referral.access.inspection.refusals import Refusal, Refused

_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php|%)", re.IGNORECASE)
_HEAD = 1024
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that may be taken: what is to be kept of it."""

    content: bytes
    media_type: str


def refuse_second_face(content: bytes) -> None:
    """Refuse a file that another program would take for an archive or a page of the web."""
    if _MARKUP.search(content[:_HEAD]) or zipfile.is_zipfile(io.BytesIO(content)):
        raise Refused(Refusal.HIDDEN)


def inflated(packed: bytes, most: int, *, raw: bool = False) -> Iterator[bytes]:
    """The blocks of a deflated text, at most so many bytes in all; a damaged end is an end.

    Raise `Refused` for more, and for what stands behind the end of the packed text.
    """
    unpacker, left, rest = zlib.decompressobj(-15 if raw else 15), most, packed
    while rest and not unpacker.eof:
        try:
            block = unpacker.decompress(rest, _BLOCK)
        except zlib.error:
            raise Refused(Refusal.DAMAGED) from None
        left -= len(block)
        if left < 0:
            raise Refused(Refusal.TOO_MUCH)
        yield block
        rest = unpacker.unconsumed_tail
