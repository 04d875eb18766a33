"""The medical records of a referral: the checklist's states, the files, the packet."""

from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from referral.access import gate
from referral.access.attachments import attachment
from referral.access.authorize import Acting, authorize, own_task
from referral.access.media_types import PDF
from referral.access.uploads import MOST_BYTES_AT_ONCE
from referral.api.describe import Operation, describe
from referral.api.inputs import RecordInput, json_body
from referral.api.outputs import DocumentsOutput, ReferralOutput
from referral.api.referrals import id_of, shown
from referral.api.views import document_json
from referral.domain.audit_chain import Reading
from referral.domain.codes import Actor
from referral.domain.errors import NotFound
from referral.domain.permissions import Right
from referral.domain.records import OTHER
from referral.extensions import db
from referral.models import Document
from referral.services import act, audit_log, keep_document
from referral.services.change_record import change_record
from referral.services.store_file import Upload
from referral.store import clock

api = Blueprint("documents", __name__)

TAKES_FILES = "api.documents.add_document"


@api.url_value_preprocessor
def allow_files(endpoint: str | None, values: object) -> None:
    """Before the body is read; every other body keeps to the small limit of the application."""
    if endpoint == TAKES_FILES:
        request.max_content_length = MOST_BYTES_AT_ONCE


@api.get("/referrals/<referral_id>/documents")
@describe(Operation("The files of a referral's records", DocumentsOutput, errors=(401, 404), token=True))
def documents(referral_id: str) -> Response:
    """The files this caller may read, the oldest first; the last one is the newest."""
    acting = gate.acting()
    found = act.read(id_of(referral_id), acting)
    return jsonify(results=[document_json(one) for one in keep_document.readable(found, acting)])


@api.post("/referrals/<referral_id>/documents")
@describe(
    Operation(
        "Send files for one record", DocumentsOutput, status=201, errors=(400, 401, 404, 409, 413, 422), token=True,
        form=("record", "file"),
    )
)  # fmt: skip
def add_document(referral_id: str) -> tuple[Response, int]:
    """Keep files, multipart/form-data: `record` names what they are, `file` may come several times."""
    acting = gate.acting()
    db.session.rollback()  # a body that trickles in must not hold up everybody who writes
    name = request.form.get("record", OTHER)
    sent = [
        Upload(cast(BinaryIO, file.stream), file.filename) for file in request.files.getlist("file") if file.filename
    ]
    kept = keep_document.keep(id_of(referral_id), name, sent, acting, clock.now())
    return jsonify(results=[document_json(one) for one in kept]), 201


@api.get("/referrals/<referral_id>/documents/<document_id>")
@describe(Operation("One file", None, errors=(401, 404), token=True, media_type="application/octet-stream"))
def read_document(referral_id: str, document_id: str) -> Response:
    """The file as it is kept, as an attachment."""
    acting = gate.acting()
    document = _document(referral_id, document_id, acting)
    audit_log.note_read(acting, document.request, Reading.DOWNLOAD, "document", document.id)
    return attachment(keep_document.open_file(document), document.media_type, document.file_name)


@api.delete("/referrals/<referral_id>/documents/<document_id>")
@describe(Operation("Take a file back", DocumentsOutput, errors=(401, 404, 409), token=True))
def delete_document(referral_id: str, document_id: str) -> Response:
    """Delete a file; the answer holds those that are left."""
    acting = gate.acting()
    keep_document.take_back(_document(referral_id, document_id, acting).id, acting, clock.now())
    found = act.read(id_of(referral_id), acting)
    return jsonify(results=[document_json(one) for one in keep_document.readable(found, acting)])


@api.post("/referrals/<referral_id>/records")
@describe(
    Operation(
        "Change one record of the checklist", ReferralOutput, body=RecordInput, errors=(400, 401, 404, 409, 422),
        token=True,
    )
)  # fmt: skip
def change(referral_id: str) -> Response:
    """Put one record into another state: asked, received, checked, waived, refused, expired, needed."""
    acting = gate.acting()
    wanted = RecordInput.model_validate(json_body())
    change_record(id_of(referral_id), wanted.record, wanted.status, wanted.reason, acting, clock.now())
    return jsonify(shown(act.read(id_of(referral_id), acting), acting))


@api.get("/referrals/<referral_id>/packet")
@describe(Operation("The packet as one PDF", None, errors=(401, 404), token=True, media_type=PDF))
def packet(referral_id: str) -> Response:
    """Cover sheet, index, request, records: for the office that has the referral now."""
    acting = gate.acting()
    found = authorize(acting, Right.READ_FILES, act.read(id_of(referral_id), acting))
    task = own_task(acting, found) if acting.actor is Actor.INTEGRATION else found.current_task
    if task is None or task.id != found.current_task_id:
        raise NotFound
    # The printer's libraries take a second to load, which a process that prints nothing need not spend.
    from referral.services.packet import packet_file

    audit_log.note_packet(acting, task, keep_document.going_along(task))
    return attachment(packet_file(task, clock.now()), PDF, f"{found.identifier}.pdf")


def _document(referral_id: str, document_id: str, acting: Acting) -> Document:
    try:
        return keep_document.find(UUID(document_id), acting, id_of(referral_id))
    except ValueError:
        raise NotFound from None
