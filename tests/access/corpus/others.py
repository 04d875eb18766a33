"""Pictures, scans and archives that are not what they seem, and some that are, each as its bytes."""

import io
import struct
import zipfile
import zlib
from typing import Final

from PIL import Image
from pydicom.uid import DeflatedExplicitVRLittleEndian, EncapsulatedPDFStorage

from tests.access.corpus.documents import EXE, MARKUP, Attack, File
from tests.records import archive, dicom, heic, pdf, picture

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
PHP = b"<?php system('acts'); ?>"


def zipped(files: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED, link: str = "", secret: bool = False) -> bytes:
    """An archive with these files; `link` names one that is a symbolic link, `secret` marks all as encrypted."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", packed) as made:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = packed
            info.external_attr = (0o120777 if name == link else 0o100644) << 16
            made.writestr(info, content)
        for info in made.filelist:
            info.flag_bits |= 1 if secret else 0
    return kept.getvalue()


def lying(size: int) -> bytes:
    """An archive that says one size and holds another."""
    made = bytearray(zipped({"a.dcm": dicom()}))
    directory = made.rindex(b"PK\1\2")
    for place in (22, directory + 24):
        made[place : place + 4] = struct.pack("<I", size)
    return bytes(made)


def overlapping() -> bytes:
    """An archive whose files all lie at one place."""
    made = bytearray(zipped({f"{n}.dcm": dicom() for n in range(3)}))
    place = -1
    while (place := made.find(b"PK\1\2", place + 1)) != -1:
        made[place + 42 : place + 46] = bytes(4)
    return bytes(made)


def png(width: int, height: int, packed: bytes) -> bytes:
    """A PNG of eight-bit greys that says it is of this size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def with_comment(comment: bytes) -> bytes:
    """A JPEG with a comment."""
    made = picture("JPEG")
    return made[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + made[2:]


def photo(side: int) -> bytes:
    """A JPEG of a camera that says which side is up and who made it."""
    said, kept = Image.Exif(), io.BytesIO()
    said[0x0112], said[0x010F] = side, "SecretMaker"
    Image.new("RGB", (60, 40), "#88aa99").save(kept, "JPEG", exif=said.tobytes())
    return kept.getvalue() + b"what a telephone hangs on"


def drawn(mode: str, kind: str, **saving: object) -> bytes:
    """A picture of this mode."""
    kept = io.BytesIO()
    Image.new(mode, (50, 30), 3).save(kept, kind, **saving)
    return kept.getvalue()


def wide(content: bytes) -> bytes:
    """A JPEG whose head says 30,000 by 30,000."""
    place = content.index(b"\xff\xc0") + 5
    return content[:place] + struct.pack(">HH", 30_000, 30_000) + content[place + 4 :]


def scan_that_bursts() -> bytes:
    """A DICOM file that says it is deflated, and unpacks to 200 megabytes."""
    small = dicom(transfer_syntax=DeflatedExplicitVRLittleEndian)
    packer = zlib.compressobj(1, wbits=-15)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    meta = 132 + 12 + struct.unpack("<I", small[140:144])[0]
    return small[:meta] + packed


REFUSED: Final[dict[str, Attack]] = {
    "empty": lambda: (b"", "report.pdf"),
    "too large": lambda: (b"%PDF-" + bytes(25 * 1024 * 1024), "report.pdf"),
    "exe": lambda: (EXE, "report.pdf"),
    "elf": lambda: (b"\x7fELF" + bytes(300), "scan.dcm"),
    "script": lambda: (b"#!/bin/sh\nrm -rf /\n", "report.pdf"),
    "svg": lambda: (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.png"),
    "gif": lambda: (drawn("P", "GIF"), "a.png"),
    "gif and jar": lambda: (drawn("P", "GIF") + archive("a.class"), "a.png"),
    "film": lambda: (b"\0\0\0\x1cftypisom\0\0\0\0mp42" + bytes(300), "a.heic"),
    "text": lambda: (b"plain words " * 40, "report.pdf"),
    "docx": lambda: (zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), "report.docx"),
    "jar": lambda: (zipped({"META-INF/MANIFEST.MF": b"", "a.class": b"\xca\xfe\xba\xbe"}), "disc.zip"),
    "png of 900 million points": lambda: (png(30_000, 30_000, zlib.compress(bytes(30_001))), "a.png"),
    "png that bursts": lambda: (png(10, 10, zlib.compress(bytes(50 << 20), 1)), "a.png"),
    "png with html behind": lambda: (picture("PNG") + MARKUP, "a.png"),
    "png with zip behind": lambda: (picture("PNG") + archive("a.dcm"), "a.png"),
    "cut png": lambda: (picture("PNG")[:-20], "a.png"),
    "jpeg of 900 million points": lambda: (wide(picture("JPEG")), "a.jpg"),
    "jpeg with zip behind": lambda: (picture("JPEG") + archive("a.dcm"), "a.jpg"),
    "cut jpeg": lambda: (picture("JPEG", (300, 300))[:-400], "a.jpg"),
    "jpeg that begins as html": lambda: (with_comment(MARKUP), "a.jpg"),
    "heic without a picture": lambda: (heic()[:40] + bytes(200), "a.heic"),
    "cut heic": lambda: (heic()[:-90], "a.heic"),
    "dicom that begins as an exe": lambda: (dicom(b"MZ" + bytes(126)), "scan.dcm"),
    "dicom that begins as a script": lambda: (dicom(b"#!/bin/sh\n" + bytes(118)), "scan.dcm"),
    "dicom that begins as html": lambda: (dicom(MARKUP.ljust(128, b" ")), "scan.dcm"),
    "dicom that bursts": lambda: (scan_that_bursts(), "scan.dcm"),
    "dicom with a pdf inside": lambda: (
        dicom(SOPClassUID=EncapsulatedPDFStorage, EncapsulatedDocument=pdf(), MIMETypeOfEncapsulatedDocument="x/y"),
        "scan.dcm",
    ),
    "dicom and nothing else": lambda: (bytes(128) + b"DICM" + bytes(200), "scan.dcm"),
    "zips in a zip": lambda: (zipped({f"{n}.zip": zipped({"a.dcm": dicom()}) for n in range(16)}), "disc.zip"),
    "zip of ten thousand": lambda: (zipped({f"{n}.dcm": b"" for n in range(10_000)}), "disc.zip"),
    "zip that leads out": lambda: (zipped({"../../etc/passwd.dcm": dicom()}), "disc.zip"),
    "zip that leads to a drive": lambda: (zipped({"C:\\a.dcm": dicom()}), "disc.zip"),
    "zip with a link": lambda: (zipped({"a.dcm": dicom(), "passwd.dcm": dicom()}, link="passwd.dcm"), "disc.zip"),
    "zip that says less": lambda: (lying(10), "disc.zip"),
    "zip that says more": lambda: (lying(300 << 20), "disc.zip"),
    "zip that bursts": lambda: (
        zipped({"a.dcm": dicom(PixelData=bytes(60 << 20), Rows=60 << 10, Columns=1024)}),
        "disc.zip",
    ),
    "zip whose files overlap": lambda: (overlapping(), "disc.zip"),
    "locked zip": lambda: (zipped({"a.dcm": dicom()}, secret=True), "disc.zip"),
    "zip with an exe as dcm": lambda: (zipped({"a.dcm": dicom(), "b.dcm": EXE}), "disc.zip"),
    "zip with a dicom that is an exe": lambda: (zipped({"a.dcm": dicom(b"MZ" + bytes(126))}), "disc.zip"),
    "zip with a scan called exe": lambda: (zipped({"a.exe. .": dicom()}), "disc.zip"),
    "zip with html": lambda: (zipped({"a.dcm": dicom(), "index.html": MARKUP}), "disc.zip"),
    "zip with a pdf": lambda: (zipped({"a.dcm": dicom(), "b.pdf": pdf()}), "disc.zip"),
    "zip of texts": lambda: (zipped({"Read me.txt": b"words"}), "disc.zip"),
    "zip with something behind": lambda: (zipped({"a.dcm": dicom()}) + MARKUP, "disc.zip"),
    "cut zip": lambda: (zipped({"a.dcm": dicom()})[:-30], "disc.zip"),
}

GOOD: Final[dict[str, File]] = {
    "jpeg": lambda: picture("JPEG"),
    "progressive jpeg": lambda: drawn("L", "JPEG", progressive=True),
    "jpeg for printers": lambda: drawn("CMYK", "JPEG"),
    "jpeg with a comment": lambda: with_comment(PHP.rjust(2000)),
    "photo": lambda: photo(6),
    "png": lambda: picture("PNG"),
    "png of sixteen bits": lambda: drawn("I;16", "PNG"),
    "png with a palette": lambda: drawn("P", "PNG", transparency=0),
    "heic": lambda: heic(),
    "dicom": lambda: dicom(),
    "dicom and tiff": lambda: dicom(b"II*\0" + bytes(124)),
    "deflated dicom": lambda: dicom(transfer_syntax=DeflatedExplicitVRLittleEndian),
    "dicom of a blank picture": lambda: dicom(PixelData=bytes(4 << 20), Rows=2048, Columns=2048),
    "zip": lambda: archive("a.dcm", "disc/b.dcm"),
    "disc": lambda: zipped(
        {"IM0/IM1": dicom(), "CT.1.2.840": dicom(), "Read me.TXT": b"words", ".DS_Store": b"\0\0\0\1Bud1",
         "__MACOSX/._IM1": b"\0\5\x16\7 and more"}
    ),
}  # fmt: skip
