"""ZIP: a disc of scans, kept as it came once every file in it is a scan and nothing hides between them.

Beside DICOM files an archive may hold plain text, and what a Mac puts into each folder.
"""

import encodings.cp437
import io
import struct
import zipfile
import zlib
from stat import S_ISDIR, S_ISREG

from referral.access.inspection import dicom
from referral.access.inspection.findings import Finding
from referral.access.inspection.refusals import Refusal, Refused
from referral.access.media_types import ZIP

MOST_ENTRIES = 2_000
MOST_RATIO = 100
MOST_BYTES = 2 * 1024**3
MOST_IN_MEMORY = 100 * 1024 * 1024
"""One scan is read whole."""

_LOADED = (encodings.cp437,)
"""What names in archives are written in; a child can open no file, so it cannot load it at its first use."""

_FREE = 1024 * 1024
"""Less than this may be packed as tightly as it likes: a blank picture is."""
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_BLOCK = 256 * 1024
_APPLE_DOUBLE, _APPLE_FOLDER = b"\0\5\x16\7", b"\0\0\0\1Bud1"
_ENCRYPTED, _DESCRIBED_AFTER = 0x1, 0x8


def inspect(content: bytes) -> Finding:
    """The archive as it came."""
    try:
        _refuse_crowd(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _refuse_gaps(content, members, archive.start_dir)
            _refuse_names(members)
            _refuse_sizes(members)
            found = [_checked(archive, member) for member in members]
    except (zipfile.BadZipFile, struct.error, EOFError, ValueError, RuntimeError, zlib.error):
        raise Refused(Refusal.BAD_ZIP) from None
    if not any(found):
        raise Refused(Refusal.OTHERS_IN_ZIP)
    return Finding(content, ZIP)


def _refuse_crowd(content: bytes) -> None:
    """The last bytes say how many files there are: asked before a list of them is made. No comment, nothing behind."""
    mark, _, _, here, entries, size, start, comment = _END.unpack(content[-_END.size :])
    if mark != b"PK\5\6" or comment or here != entries or start + size != len(content) - _END.size:
        raise Refused(Refusal.BAD_ZIP)
    if not 0 < entries <= MOST_ENTRIES:
        raise Refused(Refusal.TOO_MUCH)


def _refuse_gaps(content: bytes, members: list[zipfile.ZipInfo], directory: int) -> None:
    """Each file begins where the one before ends, the first at the beginning, and none lies over another."""
    end = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset != end:
            raise Refused(Refusal.BAD_ZIP)
        head = _LOCAL.unpack(content[end : end + _LOCAL.size])
        end += _LOCAL.size + head[9] + head[10] + member.compress_size
        if member.flag_bits & _DESCRIBED_AFTER:
            end += 16 if content[end : end + 4] == b"PK\x07\x08" else 12
    if end != directory:
        raise Refused(Refusal.BAD_ZIP)


def _refuse_names(members: list[zipfile.ZipInfo]) -> None:
    """No name leads out of its folder, is twice there, or is a link; nothing is encrypted."""
    names = {member.filename.casefold() for member in members}
    if len(names) != len(members):
        raise Refused(Refusal.BAD_ZIP)
    for member in members:
        name, mode = member.filename, member.external_attr >> 16
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in name or not name.isprintable():
            raise Refused(Refusal.BAD_ZIP)
        if mode >> 12 and not (S_ISREG(mode) or S_ISDIR(mode)):
            raise Refused(Refusal.BAD_ZIP)
        if member.flag_bits & _ENCRYPTED:
            raise Refused(Refusal.LOCKED)


def _refuse_sizes(members: list[zipfile.ZipInfo]) -> None:
    """What the archive says of itself; what is so is counted while reading."""
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise Refused(Refusal.TOO_MUCH)
    for member in members:
        if member.file_size > max(_FREE, member.compress_size * MOST_RATIO) or member.file_size > MOST_IN_MEMORY:
            raise Refused(Refusal.TOO_MUCH)


def _checked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether this is a scan; `Refused` for what may not be here at all."""
    if member.is_dir():
        if member.file_size:
            raise Refused(Refusal.BAD_ZIP)
        return False
    with archive.open(member) as stream:
        content = bytearray()
        while block := stream.read(_BLOCK):
            content += block
            if len(content) > member.file_size:
                raise Refused(Refusal.TOO_MUCH)
    if len(content) != member.file_size:
        raise Refused(Refusal.BAD_ZIP)
    return _belongs(member.filename.rpartition("/")[2], bytes(content))


def _belongs(name: str, content: bytes) -> bool:
    """Whether a file is a scan by its content, whatever it is called; names of other kinds are refused all the same."""
    bare, dot, ending = name.rstrip(". ").rpartition(".")
    if content[128:132] == b"DICM":
        if dot and bare and not ending.isdigit() and ending.lower() not in ("dcm", "dicom", "ima"):
            raise Refused(Refusal.OTHERS_IN_ZIP)
        dicom.check(content)
        return True
    leftover = name.startswith("._") and content.startswith(_APPLE_DOUBLE)
    leftover = leftover or (name == ".DS_Store" and content.startswith(_APPLE_FOLDER))
    if not leftover and not (ending.lower() == "txt" and _is_text(content)):
        raise Refused(Refusal.OTHERS_IN_ZIP)
    return False


def _is_text(content: bytes) -> bool:
    return b"\0" not in content and not content.startswith((b"MZ", b"#!", b"%PDF", b"PK", b"\x7fELF"))
