"""Files that come in parts: a lost connection goes on where it stopped, the checks are those of every upload."""

import io
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from referral.access.authorize import Acting
from referral.access.uploads import MOST_BYTES
from referral.domain.errors import Invalid, NotAllowed, NotFound
from referral.domain.lifecycle import Action
from referral.domain.records import ItemState
from referral.extensions import db
from referral.models import PartialUpload, UploadPart
from referral.services import erase, store_file, upload_in_parts
from referral.services.forget import forget
from referral.services.keep_document import open_file, readable
from referral.services.upload_in_parts import MOST_OPEN, MOST_PART, MOST_PARTS, Announced, OutOfStep
from tests.factories import NOW, make_request
from tests.records import noise, pdf
from tests.services.journeys import again, patient, step

PATHOLOGY = "pathology-report"


def announced(content: bytes, name: str = "scan.pdf", record: str = PATHOLOGY) -> Announced:
    return Announced(record, name, len(content), sha256(content).hexdigest())


def begun(request_id: UUID, content: bytes, name: str = "scan.pdf") -> UUID:
    return upload_in_parts.begin(request_id, announced(content, name), patient(request_id), NOW).id


def part(upload_id: UUID, request_id: UUID, start: int, content: bytes, acting: Acting | None = None) -> int:
    by = acting or patient(request_id)
    return upload_in_parts.add(upload_id, request_id, start, io.BytesIO(content), by, NOW)


def kept_files(app: Flask) -> int:
    folder = app.extensions["settings"].data_dir / "documents"
    return sum(path.is_file() for path in folder.rglob("*"))


def rows() -> tuple[int, int]:
    """How many uploads and parts the database holds."""
    counts = (db.session.scalar(select(func.count()).select_from(model)) for model in (PartialUpload, UploadPart))
    uploads, parts = (int(count or 0) for count in counts)
    return uploads, parts


def test_a_lost_connection_goes_on_at_its_place_and_the_whole_is_kept(app_on_both: Flask) -> None:
    request_id, content = make_request().id, noise()
    first = begun(request_id, content, "scan.png")
    assert part(first, request_id, 0, content[:9_000]) == 9_000
    assert list(readable(again(request_id), patient(request_id))) == []

    later = upload_in_parts.begin(request_id, announced(content, "scan.png"), patient(request_id), NOW)
    assert (later.id, later.received) == (first, 9_000)
    assert part(first, request_id, 9_000, content[9_000:]) == len(content)
    assert part(first, request_id, len(content), b"") == len(content)

    (document,) = readable(again(request_id), patient(request_id))
    with open_file(document) as file:
        assert file.read(8) == content[:8]
    assert (document.file_name, document.item and document.item.status) == ("scan.png", ItemState.RECEIVED)
    assert (rows(), kept_files(app_on_both)) == ((1, 0), 1)


def test_a_file_does_not_come_byte_by_byte(app: Flask) -> None:
    request_id, content = make_request().id, pdf()
    upload_id = begun(request_id, content)
    with pytest.raises(Invalid, match="did not arrive"):
        part(upload_id, request_id, 0, content[: (len(content) - 1) // MOST_PARTS])
    assert (rows(), kept_files(app)) == ((1, 0), 0)


def test_a_part_counts_once_and_only_in_its_place(app_on_both: Flask) -> None:
    request_id, content = make_request().id, pdf()
    upload_id = begun(request_id, content)
    part(upload_id, request_id, 0, content[:100])

    for start in (0, 50, 200):
        with pytest.raises(OutOfStep) as wrong:
            part(upload_id, request_id, start, content[start : start + 50])
        assert wrong.value.received == 100
    with pytest.raises(OutOfStep):
        part(upload_id, request_id, 100, b"")

    assert (rows(), kept_files(app_on_both)) == ((1, 1), 1)


def test_more_than_was_announced_is_refused_and_the_rest_still_comes(app: Flask) -> None:
    request_id, content = make_request().id, pdf()
    upload_id = begun(request_id, content)

    with pytest.raises(Invalid, match="More came"):
        part(upload_id, request_id, 0, content + b"x")
    assert kept_files(app) == 0
    assert part(upload_id, request_id, 0, content) == len(content)
    too_much = begun(request_id, bytes(MOST_PART + 1))
    with pytest.raises(Invalid, match="More came"):
        part(too_much, request_id, 0, bytes(MOST_PART + 1))


@pytest.mark.parametrize(
    "announced, words",
    [
        (Announced("passport", "a.pdf", 9, "0" * 64), "Choose what the files are"),
        (Announced(PATHOLOGY, "a.pdf", 0, "0" * 64), "is empty"),
        (Announced(PATHOLOGY, "a.pdf", MOST_BYTES + 1, "0" * 64), "too large"),
        (Announced(PATHOLOGY, "a.pdf", 9, "no digest"), "Choose the file again"),
    ],
    ids=["record", "empty", "large", "digest"],
)
def test_what_cannot_be_taken_is_said_before_any_of_it_comes(app: Flask, announced: Announced, words: str) -> None:
    request_id = make_request().id

    with pytest.raises(Invalid, match=words):
        upload_in_parts.begin(request_id, announced, patient(request_id), NOW)


@pytest.mark.parametrize(
    "content, digest, words",
    [(b"<html>no", "", "not a kind of file"), (b"%PDF-1.7 broken", "", "damaged"), (pdf(), "0" * 64, "as it was")],
    ids=["html", "damaged", "another file"],
)
def test_the_checks_run_on_the_whole_and_leave_nothing(app: Flask, content: bytes, digest: str, words: str) -> None:
    request_id = make_request().id
    told = Announced(PATHOLOGY, "scan.pdf", len(content), digest or sha256(content).hexdigest())
    upload = upload_in_parts.begin(request_id, told, patient(request_id), NOW)

    with pytest.raises(Invalid, match=words):
        part(upload.id, request_id, 0, content)

    assert (rows(), kept_files(app)) == ((0, 0), 0)
    assert list(readable(again(request_id), patient(request_id))) == []


def test_strangers_find_no_upload_and_finished_requests_take_none(app: Flask) -> None:
    request_id, other = make_request().id, make_request().id
    upload_id = begun(request_id, pdf())

    for wrong, of, by in ((upload_id, other, other), (upload_id, request_id, other), (uuid4(), request_id, request_id)):
        with pytest.raises(NotFound):
            part(wrong, of, 0, b"x", patient(by))
        with pytest.raises(NotFound):
            upload_in_parts.drop(wrong, of, patient(by), NOW)
    step(request_id, Action.CANCEL)
    with pytest.raises(NotAllowed, match="finished"):
        begun(request_id, pdf(2))
    with pytest.raises(NotAllowed, match="finished"):
        part(upload_id, request_id, 0, pdf())

    assert (rows(), kept_files(app)) == ((0, 0), 0)


def test_the_oldest_of_too_many_gives_way(app: Flask) -> None:
    request_id = make_request().id
    first = begun(request_id, b"%PDF-1.7 first")
    part(first, request_id, 0, b"%PDF")

    for number in range(MOST_OPEN):
        begun(request_id, b"%PDF-1.7 " + bytes(number + 1))

    assert (rows(), kept_files(app)) == ((MOST_OPEN, 0), 0)
    with pytest.raises(NotFound):
        part(first, request_id, 4, b"-1.7 first")


def test_what_was_not_made_whole_in_a_day_is_gone(app_on_both: Flask) -> None:
    request_id, content = make_request().id, pdf()
    upload_id = begun(request_id, content)
    part(upload_id, request_id, 0, content[:100])
    soon, late = NOW + timedelta(hours=23), NOW + timedelta(hours=25)

    forget(soon)
    store_file.sweep_orphans(soon + timedelta(days=400))
    assert (rows(), kept_files(app_on_both)) == ((1, 1), 1)
    with pytest.raises(NotFound):
        upload_in_parts.find(upload_id, request_id, patient(request_id), late)
    forget(late)

    assert (rows(), kept_files(app_on_both)) == ((0, 0), 0)


def test_whoever_is_erased_leaves_no_half_file(app: Flask) -> None:
    request_id, content = make_request().id, pdf()
    part(begun(request_id, content), request_id, 0, content[:100])

    erase.erase(request_id, NOW, "patient")

    assert (rows(), kept_files(app)) == ((0, 0), 0)
