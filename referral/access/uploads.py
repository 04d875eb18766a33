"""What may be uploaded: which kinds of file, told by their content, how large, and what a file may be called.

Only kinds that carry medical records are taken. A file's name and the type its sender claims decide nothing.
"""

import lzma
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO

import puremagic

from referral.domain.errors import Invalid

MOST_BYTES = 25 * 1024 * 1024
MOST_FILES = 10
"""Files of one go."""
MOST_BYTES_AT_ONCE = 110 * 1024 * 1024
MOST_OF_A_REQUEST = 100
"""Files of one request."""

PDF, JPEG, PNG, HEIC, DICOM, ZIP = (
    "application/pdf",
    "image/jpeg",
    "image/png",
    "image/heic",
    "application/dicom",
    "application/zip",
)
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
_MOST_IN_A_ZIP = 2000
_IN_A_ZIP = frozenset({"pdf", "jpg", "jpeg", "png", "heic", "heif", "dcm", "dicom", "ima", "txt", "xml", "ds_store"})
"""Endings of files in an archive; `ds_store` is what a Mac puts into each folder."""

_APPLE_DOUBLE = b"\0\5\x16\7"
"""How the files begin that a Mac puts beside each file of an archive, called as it with "._" before."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class FileTooLarge(Invalid):
    """One file is larger than a file may be."""

    def __init__(self, name: str) -> None:
        super().__init__("file", f"“{name}” is too large: a file may have {MOST_BYTES // 1024**2} megabytes at most.")


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


def size_of(stream: BinaryIO) -> int:
    """How many bytes the stream holds; it stands at its beginning afterwards."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def kind_of(stream: BinaryIO, name: str) -> str:
    """The media type of the content. Raise `Invalid` where it is empty, too large or none of those that are taken."""
    size = size_of(stream)
    if size == 0:
        raise Invalid("file", f"“{name}” is empty. Choose it again.")
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
        f"“{name}” is not a kind of file we can take. Send PDF, JPEG, PNG, HEIC or DICOM files, or these in a ZIP.",
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
    import pi_heif  # late: with it comes PIL, which a process without uploads need not load

    return (
        head[4:8] == b"ftyp"
        and bool(guessed & {"image/heif", "image/heic", "video/mp4"})
        and pi_heif.is_supported(head)
    )


def _is_dicom(head: bytes, guessed: frozenset[str], stream: BinaryIO) -> bool:
    """The 128 bytes before the mark belong to nobody; only blanks or a TIFF's beginning may stand there."""
    harmless = not any(head[:128]) or head.startswith((b"II*\0", b"MM\0*"))
    return DICOM in guessed and head[128:132] == b"DICM" and harmless


def _is_zip(head: bytes, guessed: frozenset[str], stream: BinaryIO) -> bool:
    """A plain archive: it can be read, holds not too many files, and only records."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            few = 0 < len(names) <= _MOST_IN_A_ZIP and "[Content_Types].xml" not in names
            return few and all(_belongs(archive, info) for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError, zlib.error, lzma.LZMAError):
        return False


def _belongs(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Whether a file of an archive is one that records come with. Windows drops blanks and dots at a name's end.

    Files of a DICOM disc bear no ending, or the numbers of an identifier: their content decides.
    """
    file = info.filename.rpartition("/")[2].rstrip(". ").removeprefix("._")
    _, dot, ending = file.rpartition(".")
    if info.is_dir() or (dot and not ending.isdigit()):
        return info.is_dir() or ending.lower() in _IN_A_ZIP
    with archive.open(info) as member:
        head = member.read(132)
    return head[128:] == b"DICM" or head.startswith(_APPLE_DOUBLE)


_CHECKS: Mapping[str, Callable[[bytes, frozenset[str], BinaryIO], bool]] = {
    PDF: _is_pdf,
    JPEG: _is_picture(JPEG, b"\xff\xd8\xff"),
    PNG: _is_picture(PNG, b"\x89PNG\r\n\x1a\n"),
    HEIC: _is_heic,
    DICOM: _is_dicom,
    ZIP: _is_zip,
}
