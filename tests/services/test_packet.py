"""The packet: one PDF that names everything, with every record that can be printed, and the originals beside it."""

import io
import zipfile
from uuid import UUID

import pikepdf
from flask import Flask
from PIL import Image

from referral.access.uploads import MOST_BYTES, kind_of
from referral.domain.intake import NewPatient
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import store_file
from referral.services.keep_document import keep, readable
from referral.services.packet import named, originals_zip, packet_file
from tests.factories import COORDINATOR, NOW, make_request
from tests.records import archive, dicom, pdf, picture, upload
from tests.services.journeys import again, step


def opened(app: Flask, *files: tuple[str, bytes, str], **changes: object) -> tuple[UUID, pikepdf.Pdf]:
    """An approved request with these records (record, content, file name) and its packet."""
    request_id = make_request(**changes).id  # type: ignore[arg-type]  # what a request may hold
    for record, content, name in files:
        keep(request_id, record, [upload(content, name)], COORDINATOR, NOW)
    return request_id, packet_of(request_id)


def packet_of(request_id: UUID) -> pikepdf.Pdf:
    """The packet of a request that is approved now."""
    step(request_id, Action.APPROVE)
    task = again(request_id).current_task
    assert task is not None
    with packet_file(task, NOW) as file:
        return pikepdf.open(io.BytesIO(file.read()))


def taken_long_ago(request_id: UUID, content: bytes, name: str) -> None:
    """A file of the time when less was checked: its row as it would be, and these bytes."""
    kind = kind_of(io.BytesIO(content), name)
    (document,) = keep(request_id, "imaging", [upload(pdf(marked=name), name)], COORDINATOR, NOW)
    document.media_type, document.file_name = kind, name
    document.storage_key = store_file.the_store().put(io.BytesIO(content), MOST_BYTES).key
    db.session.commit()


def words(packet: pikepdf.Pdf) -> str:
    """The titles of the packet's bookmarks: what a reader jumps to."""
    with packet.open_outline() as outline:
        found, queue = list[str](), list(outline.root)
        while queue:
            line = queue.pop(0)
            found.append(str(line.title))
            queue = [*line.children, *queue]
        return " | ".join(found)


def locked() -> bytes:
    kept = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as made:
        made.save(kept, encryption=pikepdf.Encryption(owner="o", user="u"))
    return kept.getvalue()


def request_of(request_id: UUID) -> ServiceRequest:
    return again(request_id)


def test_the_packet_holds_its_own_pages_and_every_page_of_the_records(app: Flask) -> None:
    request_id, packet = opened(
        app,
        ("pathology-report", pdf(3), "report.pdf"),
        ("imaging-reports", picture("JPEG", (90, 60)), "photo.jpg"),
        ("slides", picture("PNG"), "slide.png"),
    )

    assert len(packet.pages) == 3 + 3 + 1 + 1
    assert "Pathology report: report.pdf" in words(packet)
    assert "Imaging reports: photo.jpg" in words(packet)
    with packet.open_metadata() as metadata:
        assert request_of(request_id).identifier in str(metadata["dc:title"])
    assert packet.Root.Lang == "en-US"
    assert bool(packet.Root.ViewerPreferences.DisplayDocTitle)
    packet.close()


def test_what_cannot_be_printed_goes_along_as_an_original_and_the_rest_is_printed(app: Flask) -> None:
    odd = {
        "cut.pdf": pdf(2)[:-250],
        "locked.pdf": locked(),
        "cut.jpg": picture("JPEG", (300, 300))[:-400],
        "scan.dcm": dicom(),
        "disc.zip": archive("a.dcm"),
    }
    request_id = make_request().id
    for name, content in odd.items():
        taken_long_ago(request_id, content, name)
    keep(request_id, "clinic-letters", [upload(pdf(2), "letter.pdf")], COORDINATOR, NOW)
    packet = packet_of(request_id)

    assert len(packet.pages) == 3 + 2
    assert "Letters from your doctors: letter.pdf" in words(packet)
    assert not [name for name in odd if name in words(packet)]
    documents = readable(request_of(request_id), COORDINATOR)
    with originals_zip(documents) as file, zipfile.ZipFile(file) as archived:
        assert len(archived.namelist()) == 6
        assert {name.partition(" - ")[2]: archived.read(name) for name in archived.namelist()}.items() >= odd.items()
    packet.close()


def test_names_of_files_in_the_archive_never_leave_their_folder(app: Flask) -> None:
    request_id, packet = opened(app, ("slides", pdf(), "..\\..\\evil/../x.pdf"))

    names = [name for name, _ in named(readable(request_of(request_id), COORDINATOR))]

    assert names == ["01 Pathology slides or blocks - x.pdf"]
    packet.close()


def test_a_picture_too_large_to_print_is_left_as_it_is(app: Flask) -> None:
    huge = io.BytesIO()
    Image.new("1", (8000, 7900)).save(huge, "PNG")

    _, packet = opened(app, ("imaging", huge.getvalue(), "huge.png"))

    assert len(packet.pages) == 3
    packet.close()


def test_names_in_other_scripts_and_long_texts_are_written(app: Flask) -> None:
    patient = NewPatient(
        given="Željka", family="Nguyễn-Παπαδοπούλου", birth_date=NOW.date().replace(year=1960), email="z@sample.example"
    )

    _, packet = opened(app, patient=patient, questions=("Why? " * 150, "A\r\nB", "«Привет»"))

    assert len(packet.pages) >= 3
    packet.close()
