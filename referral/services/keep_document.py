"""Files for a request's records: taking them in, showing them to whom they are meant for, taking them back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from referral.access.authorize import Acting, authorize, may, own_task
from referral.access.uploads import MOST_OF_A_REQUEST
from referral.domain.codes import Actor
from referral.domain.errors import Invalid, NotAllowed, NotFound
from referral.domain.lifecycle import FINISHED, Stage
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.domain.records import NAMES, ItemState
from referral.extensions import db
from referral.models import Document, RecordItem, ReferralTask, ServiceRequest
from referral.services import audit_log, record_items, store_file
from referral.services.act import records_changed
from referral.services.store_file import NewFile, Upload
from referral.store import documents, referrals

NOT_THERE = phrase("There is no such file, or it was taken back.")
UNKNOWN_RECORD = phrase("Choose what the files are.")


def keep(request_id: UUID, name: str, sent: Sequence[Upload], acting: Acting, now: datetime) -> list[Document]:
    """Keep files for one record of the checklist, and commit; a file that lies there already is not kept twice.

    The files are on disk before their rows are written. Raise `Invalid` for what cannot be taken, `NotAllowed` when
    the request is finished or full, `NotFound` for strangers.
    """
    if name not in NAMES:
        raise Invalid("record", UNKNOWN_RECORD)
    return file_under(request_id, {name: store_file.put(sent)}, acting, now)


def file_under(
    request_id: UUID, files: Mapping[str, Sequence[NewFile]], acting: Acting, now: datetime
) -> list[Document]:
    """Write the rows of files that are on disk, under the records they are for, and commit; give the new ones."""
    every = [file for some in files.values() for file in some]
    try:
        request = locked(request_id, acting, Right.SEND_FILES)
        items = {name: record_items.item_of(request, name) for name in files}
        rows = [row for name, some in files.items() for row in _rows(request, items[name], some, acting, now)]
        db.session.commit()
    except BaseException:
        db.session.rollback()
        store_file.discard(every)
        raise
    kept = {row.storage_key for row in rows}
    store_file.discard(file for file in every if file.stored.key not in kept)
    records_changed(request_id, now)
    return rows


def readable(request: ServiceRequest, acting: Acting) -> list[Document]:
    """The files that this caller may read: an office those of the request, and its own."""
    return [one for one in request.documents if one.withdrawn_at is None and may(acting, Right.READ_FILES, one)]


def find(document_id: UUID, acting: Acting, of: UUID | None = None) -> Document:
    """One file, if it exists for this caller; with `of` only if it belongs to this request."""
    document = documents.get(document_id)
    return authorize(acting, Right.READ_FILES, document if document and of in (None, document.request_id) else None)


def open_file(document: Document) -> BinaryIO:
    """The bytes of a file. Raise `NotFound` where the store has lost them, `NotAllowed` while it is in quarantine."""
    if document.checked_at is None:
        raise NotAllowed(phrase("This file is being checked for viruses. It can be opened once that is done."))
    try:
        return store_file.the_store().open(document.storage_key)
    except FileNotFoundError:
        raise NotFound(NOT_THERE) from None


def out_of_quarantine(found: Sequence[Document]) -> list[Document]:
    """Those of these files that can be opened."""
    return [document for document in found if document.checked_at is not None]


def going_along(task: ReferralTask) -> list[Document]:
    """The files of the packet of one office, in their order: what it may read and can be opened, but no opinion."""
    theirs = readable(task.request, Acting(Actor.OFFICE, task_id=task.id))
    return [document for document in out_of_quarantine(theirs) if document.opinion_id is None]


def may_take_back(document: Document, acting: Acting) -> bool:
    """Whether this caller may take the file back: who sent it, or a coordinator. An opinion stays."""
    return may(acting, Right.TAKE_BACK_FILES, document)


def choose(document_id: UUID, acting: Acting, *, kept_back: bool, now: datetime) -> None:
    """Say whether a file goes along to an office, and commit. What came from an office goes to no other anyway."""
    document = authorize(acting, Right.CHOOSE_FILES, find(document_id, acting))
    request = locked(document.request_id, acting, Right.CHOOSE_FILES)
    if document.task_id is not None or document.opinion_id is not None:
        db.session.rollback()
        raise NotAllowed(phrase("This file came from an office. No other office gets it."))
    if document.kept_back != kept_back:
        document.kept_back = kept_back
        said = "stays here" if kept_back else "goes along to the office"
        record_items.note(request, acting, f"File {said}: {document.file_name}", now)
    db.session.commit()


def take_back(document_id: UUID, acting: Acting, now: datetime) -> None:
    """Withdraw a file: its bytes go, its row stays; a record without files is missing again."""
    document = find(document_id, acting)
    request = locked(document.request_id, acting, Right.READ_FILES)
    if not may_take_back(document, acting):
        db.session.rollback()
        raise NotAllowed(phrase("Only who sent a file, or a coordinator, can take it back."))
    document.withdrawn_at = now
    item = document.item
    if item is not None and item.status in (ItemState.RECEIVED, ItemState.CHECKED) and not _live(item):
        item.status, item.changed_at = ItemState.NEEDED, now
    record_items.note(request, acting, f"File taken back: {document.file_name}", now)
    audit_log.note(acting, "take-back", "document", document.id, request.id)
    key = document.storage_key
    db.session.commit()
    store_file.the_store().delete(key)


def locked(request_id: UUID, acting: Acting, right: Right) -> ServiceRequest:
    """The request, for whoever changes its files. Raise `NotFound` for strangers, `NotAllowed` once it is finished."""
    request = authorize(acting, right, referrals.lock(request_id))
    if Stage(request.stage) in FINISHED:
        raise NotAllowed(phrase("This request is finished. It takes no files any more."))
    return request


def need_room(request: ServiceRequest, more: int) -> None:
    """Raise `NotAllowed` where a request cannot hold so many files more."""
    if documents.count(request.id) + more > MOST_OF_A_REQUEST:
        raise NotAllowed(
            phrase(
                "A request holds at most {most_of_a_request} files. Put several into one PDF or ZIP.",
                most_of_a_request=MOST_OF_A_REQUEST,
            )
        )


def _rows(
    request: ServiceRequest, item: RecordItem, files: Sequence[NewFile], acting: Acting, now: datetime
) -> list[Document]:
    db.session.flush()  # an item that is new has no id before
    need_room(request, len(files))
    rows = []
    for file in files:
        if not documents.same(request.id, item.id, file.stored.sha256):
            row = store_file.row_of(file, request, acting, now)
            row.task_id = _task_id(request, acting)
            item.documents.append(row)
            db.session.flush()
            rows.append(row)
            audit_log.note(acting, "keep", "document", row.id, request.id, {"kind": row.media_type})
    if any(row.checked_at for row in rows):
        record_items.received(item, now)
    if rows:
        record_items.note(request, acting, _said(item, rows), now)
    return rows


def _task_id(request: ServiceRequest, acting: Acting) -> UUID | None:
    """The handling a file belongs to: what an office sends is its own, what others send is the request's."""
    task = own_task(acting, request) if acting.actor in (Actor.OFFICE, Actor.INTEGRATION) else None
    return task.id if task else None


def _said(item: RecordItem, rows: Sequence[Document]) -> str:
    count = "1 file" if len(rows) == 1 else f"{len(rows)} files"
    return f"{NAMES[item.name]}: {count} received"


def _live(item: RecordItem) -> bool:
    return any(document.withdrawn_at is None for document in item.documents)
