"""What may be uploaded: which kinds of file, told by their content, how large, and what a file may be called.

Only kinds that carry medical records are taken. A file's name and the type its sender claims decide nothing. The kind
is told here by how a file begins; whether it is one, `inspect_apart.py` finds out.
"""

import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

import puremagic

from referral.access import inspect_apart
from referral.access.inspect_apart import Inspected
from referral.access.inspection.refusals import Refusal, Refused
from referral.access.media_types import DICOM, HEIC, JPEG, PDF, PNG, ZIP
from referral.domain.errors import Invalid
from referral.domain.phrases import phrase

MOST_BYTES = 25 * 1024 * 1024
MOST_BYTES_KEPT = 60 * 1024 * 1024
"""What a check makes of a file may be larger: a PDF written anew, a photo in another format."""
MOST_FILES = 10
"""Files of one go."""
MOST_BYTES_AT_ONCE = 110 * 1024 * 1024
MOST_OF_A_REQUEST = 100
"""Files of one request."""

IMAGES = frozenset({JPEG, PNG, HEIC})
KIND_NAMES = {
    PDF: "PDF",
    JPEG: "JPEG image",
    PNG: "PNG image",
    HEIC: "HEIC photo",
    DICOM: "DICOM image",
    ZIP: "ZIP file",
}
ACCEPT = ".pdf,.jpg,.jpeg,.png,.heic,.dcm,.zip"
"""What a file field proposes to the browser; the check is `kind_of`."""

LONGEST_NAME = 150
_HEAD = 64 * 1024
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    PDF: ("pdf",),
    JPEG: ("jpg", "jpeg"),
    PNG: ("png",),
    DICOM: ("dcm", "dicom", "ima"),
    ZIP: ("zip",),
}
"""Of what is kept; a HEIC photo is kept as a JPEG."""

_WORDS: Mapping[Refusal, str] = {
    Refusal.DAMAGED: "is damaged, or a part of it is missing. Save or scan it again, and send the new file.",
    Refusal.LOCKED: "is locked with a password. Save it without a password, and send it again.",
    Refusal.HIDDEN: "holds something else besides what it shows. Save it again under a new name, or print it to a PDF.",
    Refusal.HOLDS_FILES: "has other files, sound or film inside. Send each of these files by itself.",
    Refusal.LIVE_FORM: "is a form that only some programs can show. Print it to a PDF, and send that.",
    Refusal.TOO_MUCH: "holds far more than its size says. Send it in smaller parts.",
    Refusal.TOO_MANY_PIXELS: "is a picture with too many points. Save it smaller, and send it again.",
    Refusal.NOT_DICOM: "is not a whole DICOM file. Copy it from the disc again.",
    Refusal.OTHERS_IN_ZIP: "holds something that is not a scan. A ZIP may hold DICOM files; send others by themselves.",
    Refusal.BAD_ZIP: "is not a plain ZIP file. Pack the folder with the scans again, and send that.",
    Refusal.TOO_HARD: "takes too long to check. Send it in smaller parts.",
    Refusal.NO_CHECK: "could not be checked just now. Nothing was kept. Send it again in a few minutes.",
    Refusal.INFECTED: "was not kept: our virus check found something in it. Get the file anew from where it came from.",
}
"""What the sender reads, after the file's name."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class FileTooLarge(Invalid):
    """One file is larger than a file may be."""

    def __init__(self, name: str) -> None:
        super().__init__("file", f"“{name}” is too large: a file may have {MOST_BYTES // 1024**2} megabytes at most.")


class Unsafe(Invalid):
    """A file that is one of the kinds that are taken, and is not taken."""

    def __init__(self, name: str, refusal: Refusal) -> None:
        super().__init__("file", f"“{name}” {_WORDS[refusal]}")
        self.refusal = refusal


def clean_name(name: str) -> str:
    """What the sender called the file, as text for people: without folders, control and direction characters."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(" " if character in "\r\n\t" else character for character in last)
    seen = "".join(character for character in seen if unicodedata.category(character) not in _UNSEEN)
    seen = " ".join(seen.split()).strip(". ")
    if len(seen) > LONGEST_NAME:
        stem, dot, suffix = seen.rpartition(".")
        seen = f"{stem[: LONGEST_NAME - 10]}{dot}{suffix[:8]}" if dot else seen[:LONGEST_NAME]
    return seen or "file"


def fitting_name(name: str, media_type: str) -> str:
    """A cleaned name that ends as its kind does, so that no machine takes the file for something else by its name."""
    stem, dot, ending = name.rpartition(".")
    wanted = _ENDINGS[media_type]
    if dot and ending.lower() in wanted:
        return name
    looks_like_one = dot and re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,5}", ending)
    return f"{(stem if looks_like_one else name)[: LONGEST_NAME - 6]}.{wanted[0]}"


@contextlib.contextmanager
def checked(stream: BinaryIO, name: str, kind: str) -> Iterator[Inspected]:
    """What is to be kept of a file of this kind. Raise `Invalid` where it is not what it seems, or not harmless."""
    try:
        with inspect_apart.inspected(stream, kind) as found:
            yield found
    except Refused as refused:
        raise Unsafe(name, refused.refusal) from None


def empty(name: str) -> Invalid:
    """What is said of a file without a byte."""
    return Invalid("file", phrase("“{name}” is empty. Choose it again.", name=name))


def size_of(stream: BinaryIO) -> int:
    """How many bytes the stream holds; it stands at its beginning afterwards."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def kind_of(stream: BinaryIO, name: str) -> str:
    """The media type of the content. Raise `Invalid` where it is empty, too large or none of those that are taken."""
    size = size_of(stream)
    if size == 0:
        raise empty(name)
    if size > MOST_BYTES:
        raise FileTooLarge(name)
    head = stream.read(_HEAD)
    guessed = _guessed(head)
    for kind, check in _CHECKS.items():
        stream.seek(0)
        if check(head, guessed, stream):
            stream.seek(0)
            return kind
    raise Invalid(
        "file",
        phrase(
            "“{name}” is not a kind of file we can take. Send PDF, JPEG, PNG, HEIC or DICOM files, or a ZIP of DICOM.",
            name=name,
        ),
    )


def _guessed(head: bytes) -> frozenset[str]:
    """The media types that puremagic finds possible by the content."""
    try:
        return frozenset(found.mime_type for found in puremagic.magic_string(head))
    except puremagic.PureError:
        return frozenset()


def _is_pdf(head: bytes, guessed: frozenset[str], stream: BinaryIO) -> bool:
    return PDF in guessed and head.startswith(b"%PDF-")


def _is_picture(wanted: str, start: bytes) -> Callable[[bytes, frozenset[str], BinaryIO], bool]:
    """Whether it begins like one; whether it can be shown is the packet's business, which takes it along either way."""
    return lambda head, guessed, stream: wanted in guessed and head.startswith(start)


def _is_heic(head: bytes, guessed: frozenset[str], stream: BinaryIO) -> bool:
    """Photos of telephones; some of them bear a brand that puremagic takes for a film's."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


def _is_dicom(head: bytes, guessed: frozenset[str], stream: BinaryIO) -> bool:
    return DICOM in guessed and head[128:132] == b"DICM"


def _is_zip(head: bytes, guessed: frozenset[str], stream: BinaryIO) -> bool:
    return head.startswith(b"PK\x03\x04")


_CHECKS: Mapping[str, Callable[[bytes, frozenset[str], BinaryIO], bool]] = {
    PDF: _is_pdf,
    JPEG: _is_picture(JPEG, b"\xff\xd8\xff"),
    PNG: _is_picture(PNG, b"\x89PNG\r\n\x1a\n"),
    HEIC: _is_heic,
    DICOM: _is_dicom,
    ZIP: _is_zip,
}
