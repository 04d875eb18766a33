"""Files as patients and offices send them, made here: small, whole, and of each kind that is taken."""

import io
import zipfile
from base64 import b64decode
from random import Random

import pikepdf
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from referral.services.store_file import Upload


def pdf(pages: int = 1, marked: str = "") -> bytes:
    """A PDF with empty Letter pages; `marked` makes its content differ."""
    made, kept = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page(page_size=(612, 792))
    made.docinfo["/Title"] = marked or "A report"
    made.save(kept, deterministic_id=True)
    again = io.BytesIO()
    with pikepdf.open(kept) as written:
        written.save(again, deterministic_id=True)  # as the check of an upload leaves it
    return again.getvalue()


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture in one colour."""
    kept = io.BytesIO()
    Image.new("RGB", size, "#88aa99").save(kept, kind)
    return kept.getvalue()


def noise(size: tuple[int, int] = (100, 100)) -> bytes:
    """A picture that no packing makes smaller: about three bytes for each of its points, the same every time."""
    kept = io.BytesIO()
    Image.frombytes("RGB", size, Random(7).randbytes(3 * size[0] * size[1])).save(kept, "PNG")
    return kept.getvalue()


def dicom(preamble: bytes = bytes(128), transfer_syntax: UID = ExplicitVRLittleEndian, **elements: object) -> bytes:
    """A scan of four points; `elements` are added or replace others."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, UID("1.2.826.0.1.3680043.8.498.1")
    meta.TransferSyntaxUID = transfer_syntax
    scan = FileDataset("", {}, file_meta=meta, preamble=preamble)
    values = {
        "SOPClassUID": CTImageStorage, "SOPInstanceUID": meta.MediaStorageSOPInstanceUID, "PatientName": "Mora^Alma",
        "Rows": 2, "Columns": 2, "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "BitsAllocated": 8,
        "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0, "PixelData": b"\1\2\3\4",
    }  # fmt: skip
    for name, value in {**values, **elements}.items():
        setattr(scan, name, value)
    kept = io.BytesIO()
    scan.save_as(kept, enforce_file_format=True)
    return kept.getvalue()


def heic() -> bytes:
    """A photo of a telephone in one colour, 64 by 48; its EXIF part names a maker, "SecretMaker"."""
    return b64decode(_HEIC)


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


_HEIC = (
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAA"
    "AERAAAIAAQAAAAAB4gABAAAAAAAAABYAAgAAAAAB+AABAAAAAAAAADAAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZl"
    "AgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH/"
    "/wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29s"
    "cm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAA"
    "AwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAATm1kYXQAAAASKAGvBBj4ynHX220FsnnMkI84"
    "AAAABkV4aWYAAE1NACoAAAAIAAEBDwACAAAADAAAABoAAAAAU2VjcmV0TWFrZXIA"
)
"""Written by libheif; nothing that the tests have can write one."""
