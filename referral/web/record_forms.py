"""What the pages of patient, desk and office share about medical records: reading uploads, serving files, words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast
from uuid import UUID

from flask import Flask, Response, request
from werkzeug.datastructures import FileStorage

from referral.access import sessions, uploads
from referral.access.attachments import attachment
from referral.access.authorize import Acting
from referral.access.media_types import PDF, ZIP
from referral.access.uploads import FileTooLarge
from referral.domain.audit_chain import Detail, Reading
from referral.domain.codes import STAFF, Actor
from referral.domain.errors import Invalid
from referral.domain.phrases import joined, phrase
from referral.domain.records import NAMES
from referral.extensions import db
from referral.languages import said
from referral.models import Document, RecordItem, ReferralTask, ServiceRequest
from referral.services import audit_log, earlier_records, keep_document, open_office_link
from referral.services.store_file import Upload
from referral.web import visitor
from referral.web.clock import now
from referral.web.forms import Form

TAKES_FILES = frozenset(
    {
        "office.take",
        "office.late",
        "office_records.send",
        "coordinator.take",
        "desk_records.send",
        "track_records.send",
    }
)
"""Views that read files; every other form keeps to the small limit of the application."""

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

FOR_PATIENT = {
    "needed": phrase("useful"),
    "asked": phrase("asked for"),
    "received": phrase("received"),
    "checked": phrase("received"),
    "waived": phrase("not needed"),
    "refused": phrase("you cannot get it"),
    "expired": phrase("a newer one is needed"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the checklist with the files that lie under it."""

    item: RecordItem
    documents: Sequence[Document]
    refused: Sequence[Document] = ()
    """Files that came for it and were found to be harmful; their bytes are gone."""


def register(app: Flask) -> None:
    """Let the views named above take files, and make the words known to the templates."""
    app.url_value_preprocessor(_allow_files)
    app.add_template_filter(file_size)
    app.add_template_filter(kind_name)
    app.add_template_global(lambda: list(NAMES.items()), "record_names")
    app.add_template_filter(record_state_for_patient)
    app.jinja_env.globals.update(
        accepted_files=uploads.ACCEPT, most_bytes=uploads.MOST_BYTES, most_files=uploads.MOST_FILES
    )


def _allow_files(endpoint: str | None, values: Mapping[str, object] | None) -> None:
    """Before the form is read, which the check of its token does first of all. Strangers keep to the small limit."""
    if endpoint in TAKES_FILES and (sessions.holds_any() or visitor.knows_any() or _has_office_link(values or {})):
        request.max_content_length = uploads.MOST_BYTES_AT_ONCE


def _has_office_link(values: Mapping[str, object]) -> bool:
    """Whether the address bears the secret of an office's link, as that of a late opinion does."""
    found = "token" in values and open_office_link.by_token(str(values["token"])) is not None
    db.session.rollback()  # a body that trickles in must not hold up everybody who writes
    return found


def sent_files(files: Iterable[FileStorage]) -> list[Upload]:
    """The files of a form; a field that was left empty holds none."""
    return [Upload(cast(BinaryIO, file.stream), file.filename) for file in files if file.filename]


def status_of(problem: Invalid) -> int:
    """413 for a file that is too large, 422 for everything else that is wrong with a form."""
    return 413 if isinstance(problem, FileTooLarge) else 422


def download(document: Document, acting: Acting) -> Response:
    """The file, to be saved and never shown within our pages."""
    audit_log.note_read(acting, document.request, Reading.DOWNLOAD, "document", document.id)
    return attachment(keep_document.open_file(document), document.media_type, document.file_name)


def packet_download(task: ReferralTask, acting: Acting) -> Response:
    """The packet of one office as a PDF to save."""
    audit_log.note_packet(acting, task, keep_document.going_along(task))
    # The printer's libraries take a second to load, which a process that prints nothing need not spend.
    from referral.services.packet import packet_file

    return attachment(packet_file(task, now()), PDF, f"{task.request.identifier}.pdf")


def originals_download(found: ServiceRequest, acting: Acting) -> Response:
    """All files this caller may read, as they came, as one ZIP to save."""
    from referral.services.packet import originals_zip  # late, as above

    documents = keep_document.out_of_quarantine(keep_document.readable(found, acting))
    detail: Detail = {"documents": [str(one.id) for one in documents]}
    audit_log.note_read(acting, found, Reading.DOWNLOAD, "originals", found.id, detail)
    return attachment(originals_zip(documents), ZIP, f"{found.identifier} originals.zip")


def rows(found: ServiceRequest, acting: Acting) -> list[Row]:
    """The checklist with the files this caller may read."""
    readable = keep_document.readable(found, acting)
    refused = [one for one in found.documents if one.refusal and acting.actor in (*STAFF, Actor.PATIENT)]
    return [Row(item, _under(item, readable), _under(item, refused)) for item in found.record_items]


def _under(item: RecordItem, documents: Sequence[Document]) -> list[Document]:
    return [one for one in documents if one.item_id == item.id]


def choices(found: ServiceRequest) -> list[tuple[str, str]]:
    """What a file can be: first what the checklist names, then everything else."""
    listed = [item.name for item in found.record_items]
    return [(name, NAMES[name]) for name in (*listed, *(name for name in NAMES if name not in listed))]


def earlier_choices(found: ServiceRequest) -> list[tuple[str, str, str]]:
    """The files of the request before that may come along, as boxes to tick: value, file name, what it is."""
    return [
        (str(one.id), one.file_name, said(joined([NAMES[one.item.name], file_size(one.size)], ", ")))
        for one in earlier_records.offered(found)
        if one.item is not None
    ]


def ticked(form: Form) -> set[UUID]:
    """The files that were ticked among those of the request before."""
    return {UUID(value) for value in form.getlist(earlier_records.FIELD) if _ID.fullmatch(value)}


def record_state_for_patient(code: str) -> str:
    """Where a record stands, said to the patient."""
    return FOR_PATIENT.get(code, code)


def file_size(size: int) -> str:
    """How large a file is, in words: "640 kB", "12.4 MB"."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"


def kind_name(media_type: str) -> str:
    """What kind of file it is, in words."""
    return uploads.KIND_NAMES.get(media_type, media_type)
