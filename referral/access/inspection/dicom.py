"""DICOM: a scan as it came, once its whole list of elements could be read and nothing else is wrapped in it."""

import io
import logging

import pydicom
from pydicom.errors import InvalidDicomError

from referral.access.inspection.findings import Finding, inflated
from referral.access.inspection.refusals import Refusal, Refused
from referral.access.media_types import DICOM

DEFLATED = "1.2.840.10008.1.2.1.99"
_MOST_INFLATED = 64 * 1024 * 1024
_ENCAPSULATED = 0x00420011
_SOP_CLASS, _DIRECTORY = 0x00080016, 0x00041220
_HEAD = 132

logging.getLogger("pydicom").disabled = True


def inspect(content: bytes) -> Finding:
    """The file as it came."""
    check(content)
    return Finding(content, DICOM)


def is_harmless_beginning(head: bytes) -> bool:
    """Whether it is DICOM, and the 128 bytes that belong to nobody hold blanks or a TIFF's beginning."""
    blank = not any(head[:128]) or head.startswith((b"II*\0", b"MM\0*"))
    return blank and head[128:_HEAD] == b"DICM"


def check(content: bytes) -> None:
    """Raise `Refused` unless this is a whole DICOM file that holds no document of another kind."""
    if not is_harmless_beginning(content[:_HEAD]):
        raise Refused(Refusal.NOT_DICOM)
    try:
        _refuse_bomb(content)
        found = pydicom.dcmread(io.BytesIO(content), defer_size=None)
    except (InvalidDicomError, EOFError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise Refused(Refusal.DAMAGED) from None
    if _SOP_CLASS not in found and _DIRECTORY not in found:
        raise Refused(Refusal.DAMAGED)
    if _ENCAPSULATED in found:
        raise Refused(Refusal.HOLDS_FILES)


def _refuse_bomb(content: bytes) -> None:
    """A deflated file is unpacked by itself first, within a limit."""
    stream = io.BytesIO(content)
    meta = pydicom.filereader.read_preamble(stream, force=False) and pydicom.filereader._read_file_meta_info(stream)
    if meta and str(meta.get("TransferSyntaxUID", "")) == DEFLATED:
        for _ in inflated(content[stream.tell() :], _MOST_INFLATED, raw=True):
            pass
