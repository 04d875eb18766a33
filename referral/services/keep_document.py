"""Files for a request's records: taking them in, showing them to whom they are meant for, taking them back."""

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from referral.access.authorize import Acting, holds_current_task, may_see, own_task
from referral.access.uploads import MOST_OF_A_REQUEST
from referral.domain.codes import STAFF, Actor
from referral.domain.errors import Invalid, NotAllowed, NotFound
from referral.domain.lifecycle import FINISHED, Stage
from referral.domain.records import NAMES, ItemState
from referral.extensions import db
from referral.models import Document, RecordItem, ServiceRequest
from referral.services import audit_log, record_items, store_file
from referral.services.act import records_changed
from referral.services.store_file import NewFile, Upload
from referral.store import documents, referrals

NOT_THERE = "There is no such file, or it was taken back."


def keep(request_id: UUID, name: str, sent: Sequence[Upload], acting: Acting, now: datetime) -> list[Document]:
    """Keep files for one record of the checklist, and commit; a file that lies there already is not kept twice.

    The files are on disk before their rows are written. Raise `Invalid` for what cannot be taken, `NotAllowed` when
    the request is finished or full, `NotFound` for strangers.
    """
    if name not in NAMES:
        raise Invalid("record", "Choose what the files are.")
    files = store_file.put(sent)
    try:
        request = _locked(request_id, acting)
        rows = _rows(request, record_items.item_of(request, name), files, acting, now)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        store_file.discard(files)
        raise
    kept = {row.storage_key for row in rows}
    store_file.discard(file for file in files if file.stored.key not in kept)
    records_changed(request_id, now)
    return rows


def readable(request: ServiceRequest, acting: Acting) -> list[Document]:
    """The files that this caller may read: an office those of the request, and its own."""
    return [one for one in request.documents if one.withdrawn_at is None and _may_read(one, request, acting)]


def find(document_id: UUID, acting: Acting) -> Document:
    """One file, if it exists for this caller."""
    document = documents.get(document_id)
    if document is None or not may_see(acting, document.request) or not _may_read(document, document.request, acting):
        raise NotFound(NOT_THERE)
    return document


def open_file(document: Document) -> BinaryIO:
    """The bytes of a file. Raise `NotFound` where the store has lost them."""
    try:
        return store_file.the_store().open(document.storage_key)
    except FileNotFoundError:
        raise NotFound(NOT_THERE) from None


def may_take_back(document: Document, acting: Acting) -> bool:
    """Whether this caller may take the file back: who sent it, or a coordinator. An opinion stays."""
    if document.opinion_id is not None:
        return False
    if acting.actor in STAFF:
        return True
    if acting.actor is Actor.PATIENT:
        return document.actor == Actor.PATIENT
    return document.task_id is not None and document.task_id == _task_id(document.request, acting)


def take_back(document_id: UUID, acting: Acting, now: datetime) -> None:
    """Withdraw a file: its bytes go, its row stays; a record without files is missing again."""
    document = find(document_id, acting)
    request = _locked(document.request_id, acting)
    if not may_take_back(document, acting):
        db.session.rollback()
        raise NotAllowed("Only who sent a file, or a coordinator, can take it back.")
    document.withdrawn_at = now
    item = document.item
    if item is not None and item.status in (ItemState.RECEIVED, ItemState.CHECKED) and not _live(item):
        item.status, item.changed_at = ItemState.NEEDED, now
    record_items.note(request, acting, f"File taken back: {document.file_name}", now)
    audit_log.note(acting, "take-back", "document", document.id, request.id)
    key = document.storage_key
    db.session.commit()
    store_file.the_store().delete(key)


def _locked(request_id: UUID, acting: Acting) -> ServiceRequest:
    request = referrals.lock(request_id)
    if request is None or not may_see(acting, request) or not holds_current_task(acting, request):
        raise NotFound("There is no such referral.")
    if Stage(request.stage) in FINISHED:
        raise NotAllowed("This request is finished. It takes no files any more.")
    return request


def _rows(
    request: ServiceRequest, item: RecordItem, files: Sequence[NewFile], acting: Acting, now: datetime
) -> list[Document]:
    db.session.flush()  # an item that is new has no id before
    if documents.count(request.id) + len(files) > MOST_OF_A_REQUEST:
        raise NotAllowed(f"A request holds at most {MOST_OF_A_REQUEST} files. Put several into one PDF or ZIP.")
    rows = []
    for file in files:
        if not documents.same(request.id, item.id, file.stored.sha256):
            row = store_file.row_of(file, request, acting, now)
            row.task_id = _task_id(request, acting)
            item.documents.append(row)
            db.session.flush()
            rows.append(row)
            audit_log.note(acting, "keep", "document", row.id, request.id, {"kind": row.media_type})
    if rows:
        record_items.received(item, now)
        record_items.note(request, acting, _said(item, rows), now)
    return rows


def _task_id(request: ServiceRequest, acting: Acting) -> UUID | None:
    """The handling a file belongs to: what an office sends is its own, what others send is the request's."""
    task = own_task(acting, request) if acting.actor in (Actor.OFFICE, Actor.INTEGRATION) else None
    return task.id if task else None


def _said(item: RecordItem, rows: Sequence[Document]) -> str:
    count = "1 file" if len(rows) == 1 else f"{len(rows)} files"
    return f"{NAMES[item.name]}: {count} received"


def _may_read(document: Document, request: ServiceRequest, acting: Acting) -> bool:
    if acting.actor in STAFF or acting.actor in (Actor.PATIENT, Actor.SYSTEM):
        return True
    task = own_task(acting, request)
    if task is None or task.id != request.current_task_id:
        return False
    return document.task_id is None or document.task_id == task.id


def _live(item: RecordItem) -> bool:
    return any(document.withdrawn_at is None for document in item.documents)
