"""What may be uploaded, told by its content; what a file may be called."""

import io

import pytest

from referral.access.media_types import DICOM, HEIC, JPEG, PDF, PNG, ZIP
from referral.access.uploads import LONGEST_NAME, MOST_BYTES, FileTooLarge, clean_name, fitting_name, kind_of
from referral.domain.errors import Invalid
from tests.records import archive, dicom, pdf, picture

HEIC_HEAD = b"\0\0\0\x1cftyp%s\0\0\0\0mif1heic" + bytes(300)


@pytest.mark.parametrize(
    "content, kind",
    [
        (pdf(), PDF),
        (pdf()[:-200], PDF),
        (picture("PNG"), PNG),
        (picture("JPEG"), JPEG),
        (dicom(), DICOM),
        (b"II*\0" + dicom()[4:], DICOM),
        (HEIC_HEAD % b"heic", HEIC),
        (HEIC_HEAD % b"mif1", HEIC),
        (archive("a.dcm", "disc/b.dcm"), ZIP),
    ],
    ids=["pdf", "cut pdf", "png", "jpeg", "dicom", "dicom and tiff", "heic", "heif", "zip"],
)
def test_each_kind_of_record_is_known_by_its_content_whatever_it_is_called(content: bytes, kind: str) -> None:
    stream = io.BytesIO(content)

    assert kind_of(stream, "anything.exe") == kind
    assert stream.tell() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"  <!doctype html><p>hello",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ" + bytes(300),
        b"\x7fELF" + bytes(300),
        b"#!/bin/sh\nrm -rf /\n",
        b"plain words " * 40,
        b"junk before " + pdf(),
        b"GIF89a" + bytes(100),
        b"\0\0\0\x1cftypisom\0\0\0\0mp42" + bytes(300),
    ],
    ids=[
        "html", "html after blanks", "svg", "exe", "elf", "script", "text",
        "pdf behind junk", "gif", "film",
    ],
)  # fmt: skip
def test_nothing_else_is_taken_whatever_it_is_called(content: bytes) -> None:
    with pytest.raises(Invalid, match="not a kind of file we can take"):
        kind_of(io.BytesIO(content), "report.pdf")


def test_an_empty_file_and_one_that_is_too_large_are_named_as_such() -> None:
    with pytest.raises(Invalid, match="is empty"):
        kind_of(io.BytesIO(), "report.pdf")
    with pytest.raises(FileTooLarge, match="25 megabytes"):
        kind_of(io.BytesIO(b"%PDF-" + bytes(MOST_BYTES)), "report.pdf")


@pytest.mark.parametrize(
    "sent, kept",
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\maria\report.pdf", "report.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie: x=1.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("informe de patolog\u0301ia ñ.pdf".replace("g\u0301i", "gi\u0301"), "informe de patología ñ.pdf"),
        ("病理.pdf", "病理.pdf"),
        ("...", "file"),
        ("\0\x07", "file"),
        ("a/", "file"),
    ],
)
def test_a_name_is_kept_as_text_without_what_could_lead_astray(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


@pytest.mark.parametrize(
    "name, kind, fits",
    [
        ("report.pdf", PDF, "report.pdf"),
        ("report.PDF", PDF, "report.PDF"),
        ("setup.exe", PDF, "setup.pdf"),
        ("report", PDF, "report.pdf"),
        ("IMG_0042.HEIC", JPEG, "IMG_0042.jpg"),
        ("CT.1.2.840", DICOM, "CT.1.2.840.dcm"),
        ("report of Dr. Chen", PDF, "report of Dr. Chen.pdf"),
        ("x" * LONGEST_NAME, ZIP, "x" * (LONGEST_NAME - 6) + ".zip"),
    ],
)
def test_a_name_ends_as_the_kind_of_the_file_does(name: str, kind: str, fits: str) -> None:
    assert fitting_name(name, kind) == fits


def test_a_very_long_name_is_cut_before_its_ending() -> None:
    cut = clean_name("x" * 5000 + ".pdf")

    assert len(cut) <= LONGEST_NAME
    assert cut.endswith(".pdf")
