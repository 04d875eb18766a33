"""PNG: the picture's own chunks stay bit by bit; texts, dates, second pictures and what hangs on at the end do not."""

import struct
import zlib
from collections.abc import Iterator

from referral.access.inspection.findings import Finding, inflated
from referral.access.inspection.refusals import Refusal, Refused
from referral.access.media_types import PNG

MOST_PIXELS = 64_000_000
_START = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset(
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD"]
)
_MOST_COLOURS = 4 * 1024 * 1024
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Values for each pixel, by the kind of colour."""
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: first column and row, steps between columns and rows."""


def inspect(content: bytes) -> Finding:
    """The picture without anything beside it."""
    chunks = list(_chunks(content))
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND" or len(chunks[0][1]) != 25:
        raise Refused(Refusal.DAMAGED)
    wanted = _size_of(chunks[0][1][8:21])
    packed = b"".join(chunk[8:-4] for name, chunk in chunks if name == b"IDAT")
    found = sum(len(block) for block in inflated(packed, wanted))
    if found != wanted:
        raise Refused(Refusal.DAMAGED)
    return Finding(_START + b"".join(chunk for name, chunk in chunks if _stays(name, chunk)), PNG)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and bytes of each chunk, checked by its sum. Raise `Refused` where something follows the last one."""
    place = len(_START)
    while place < len(content):
        size, name = struct.unpack(">I4s", content[place : place + 8].ljust(8, b"\0"))
        end = place + 12 + size
        if end > len(content) or zlib.crc32(content[place + 4 : end - 4]) != int.from_bytes(content[end - 4 : end]):
            raise Refused(Refusal.DAMAGED)
        yield name, content[place:end]
        place = end
        if name == b"IEND":
            break
    if place != len(content):
        raise Refused(Refusal.HIDDEN)


def _size_of(header: bytes) -> int:
    """How many bytes the picture has unpacked, by its header."""
    width, height, depth, colour, _, _, laced = struct.unpack(">IIBBBBB", header)
    if not width or not height or colour not in _SAMPLES or depth not in (1, 2, 4, 8, 16):
        raise Refused(Refusal.DAMAGED)
    if width * height > MOST_PIXELS:
        raise Refused(Refusal.TOO_MANY_PIXELS)
    bits, passes = depth * _SAMPLES[colour], _PASSES if laced else ((0, 0, 1, 1),)
    sizes = (
        (-(-max(0, width - left) // across), -(-max(0, height - top) // down)) for left, top, across, down in passes
    )
    return sum(rows * (1 + (columns * bits + 7) // 8) for columns, rows in sizes if columns)


def _stays(name: bytes, chunk: bytes) -> bool:
    if name != b"iCCP":
        return name in _KEPT
    try:
        packed = chunk[8:-4].partition(b"\0")[2][1:]
        return sum(len(block) for block in inflated(packed, _MOST_COLOURS)) > 0
    except Refused:
        return False
