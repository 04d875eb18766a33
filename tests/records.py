"""Files as patients and offices send them, made here: small, whole, and of each kind that is taken."""

import io
import zipfile

import pikepdf
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from referral.services.store_file import Upload


def pdf(pages: int = 1, marked: str = "") -> bytes:
    """A PDF with empty Letter pages; `marked` makes its content differ."""
    made, kept = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page(page_size=(612, 792))
    made.docinfo["/Title"] = marked or "A report"
    made.save(kept, static_id=True)
    return kept.getvalue()


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture in one colour."""
    kept = io.BytesIO()
    Image.new("RGB", size, "#88aa99").save(kept, kind)
    return kept.getvalue()


def dicom() -> bytes:
    """The beginning of a DICOM file: the empty preamble, the mark, a first element."""
    return bytes(128) + b"DICM" + b"\x02\x00\x00\x00UL\x04\x00\xc2\x00\x00\x00" + bytes(200)


def archive(*names: str) -> bytes:
    """A ZIP with a few bytes under each name."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for name in names:
            made.writestr(name, dicom())
    return kept.getvalue()


def form_with(content: bytes, name: str, record: str) -> tuple[bytes, str]:
    """A form with one file as a browser sends it: body and content type. The client's own way leaves files open."""
    boundary, body = encode_multipart({"record": record, "file": FileStorage(io.BytesIO(content), name)})
    return body, f"multipart/form-data; boundary={boundary}"


def upload(content: bytes, name: str = "report.pdf") -> Upload:
    """One file on its way in."""
    return Upload(io.BytesIO(content), name)
