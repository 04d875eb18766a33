"""HEIC: becomes a JPEG of high quality. Telephones write it, most offices cannot open it, and it says where it was."""

import io

import pi_heif
from PIL import Image

from referral.access.inspection.findings import Finding
from referral.access.inspection.refusals import Refusal, Refused
from referral.access.media_types import JPEG

MOST_PIXELS = 25_000_000
_QUALITY = 95

Image.preinit()  # a child can open no file, so what the library loads at its first use is loaded now


def inspect(content: bytes) -> Finding:
    """The main picture, the right side up, with its colours and nothing else that was said about it."""
    pi_heif.options.DECODE_THREADS = 1
    try:
        found = pi_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=True)
    except (ValueError, SyntaxError, EOFError):
        raise Refused(Refusal.DAMAGED) from None
    width, height = found.size
    if width * height > MOST_PIXELS:
        raise Refused(Refusal.TOO_MANY_PIXELS)
    picture = Image.frombytes(found.mode, found.size, bytes(found.data), "raw", found.mode, found.stride)
    written = io.BytesIO()
    colours = found.info.get("icc_profile")
    picture.convert("RGB").save(written, "JPEG", quality=_QUALITY, subsampling=0, icc_profile=colours)
    return Finding(written.getvalue(), JPEG)
