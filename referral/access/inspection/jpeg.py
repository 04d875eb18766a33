"""JPEG: the picture stays bit by bit as it was; what is said about it (place, camera, comments) goes."""

import io
import struct
from collections.abc import Iterator

from PIL import Image, TiffImagePlugin

from referral.access.inspection.findings import Finding
from referral.access.inspection.refusals import Refusal, Refused
from referral.access.media_types import JPEG

MOST_PIXELS = 100_000_000
MOST_PIXELS_PROGRESSIVE = 40_000_000
"""A progressive picture is held whole while it is read."""

_ORIENTATION = 0x0112
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_JFIF, _COLOURS, _ADOBE = (0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe")
_KEPT = (_JFIF, _COLOURS, _ADOBE)
"""Segments without which the colours would be others."""

# A child can open no file, so what the library loads at its first use is loaded now: EXIF is written as a TIFF.
Image.MAX_IMAGE_PIXELS = None  # the limits above decide, in words
Image.preinit()
_LOADED = (TiffImagePlugin,)


def inspect(content: bytes) -> Finding:
    """The picture without anything beside it; which side is up is said anew."""
    side = _looked_at(content)
    segments = list(_segments(content))
    kept = b"".join(segment for marker, segment in segments if _stays(marker, segment))
    return Finding(b"\xff\xd8" + _upright(side) + kept, JPEG)


def _looked_at(content: bytes) -> int:
    """Decode the picture, small; which side is up (1 to 8). Raise `Refused` where it is damaged or too large."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        progressive = bool(picture.info.get("progressive"))
        if picture.width * picture.height > (MOST_PIXELS_PROGRESSIVE if progressive else MOST_PIXELS):
            raise Refused(Refusal.TOO_MANY_PIXELS)
        side = picture.getexif().get(_ORIENTATION, 1)
        picture.draft("RGB", (picture.width // 8 or 1, picture.height // 8 or 1))
        picture.load()
    return side if isinstance(side, int) and 1 <= side <= 8 else 1


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment, that of a scan with its data; what comes after the end is not read."""
    place = 2
    while True:
        while content[place : place + 2] == b"\xff\xff":
            place += 1  # a marker may begin with several of them
        if content[place : place + 1] != b"\xff" or place + 2 > len(content):
            raise Refused(Refusal.DAMAGED)
        marker, begin = content[place + 1], place
        if marker == _EOI:
            yield marker, content[begin : begin + 2]
            return
        place += 2
        if not 0xD0 <= marker <= _SOI and marker != 0x01:
            place += struct.unpack(">H", content[place : place + 2].rjust(2, b"\0"))[0]
        if marker == _SOS:
            place = _end_of_scan(content, place)
        yield marker, content[begin:place]


def _end_of_scan(content: bytes, place: int) -> int:
    """Where the next segment begins: at a marker that is neither a stuffed byte nor a restart."""
    while (place := content.find(b"\xff", place)) != -1 and place + 1 < len(content):
        if content[place + 1] not in (0, 0xFF) and not 0xD0 <= content[place + 1] <= 0xD7:
            return place
        place += 1 if content[place + 1] == 0xFF else 2
    raise Refused(Refusal.DAMAGED)


def _stays(marker: int, segment: bytes) -> bool:
    if marker == _COM:
        return False
    if 0xE0 <= marker <= 0xEF:
        return any(marker == kept and segment[4:].startswith(name) for kept, name in _KEPT)
    return True


def _upright(side: int) -> bytes:
    """A segment that says nothing but which side is up."""
    if side == 1:
        return b""
    said = Image.Exif()
    said[_ORIENTATION] = side
    body = said.tobytes()
    body = body if body.startswith(b"Exif\0\0") else b"Exif\0\0" + body
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
