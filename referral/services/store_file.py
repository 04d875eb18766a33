"""Takes the bytes of an upload into the document store; their row is written afterwards, by whoever asked for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from flask import current_app

from referral.access import uploads
from referral.access.authorize import Acting
from referral.access.inspection.refusals import Refusal
from referral.access.virus_scanner import ScannerAway, VirusScanner
from referral.domain.errors import Invalid
from referral.domain.phrases import phrase
from referral.extensions import db
from referral.models import Document, ServiceRequest
from referral.sealing import key_ring
from referral.storage import DocumentStore, Stored, TooLarge, document_store
from referral.store import documents
from referral.store import uploads as on_their_way

ORPHAN_AFTER = timedelta(hours=1)
"""So long after it was written a file without a row belongs to nobody: its request ended long ago."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came: its bytes, and what its sender calls it."""

    stream: BinaryIO
    name: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is on disk and has no row yet."""

    stored: Stored
    name: str
    media_type: str
    is_checked: bool
    """False: the virus scanner was away, so that it waits in quarantine."""
    kept_back: bool = False
    """Stays here: it goes along to no office."""


def virus_scanner() -> VirusScanner | None:
    """The virus scanner of this installation, None where there is none."""
    address: str | None = current_app.extensions["settings"].clamd
    return VirusScanner(address) if address else None


def the_store() -> DocumentStore:
    """The document store of this installation."""
    return document_store(current_app.extensions["settings"], key_ring())


def put(sent: Sequence[Upload]) -> list[NewFile]:
    """Check every file, keep all or none. Raise `Invalid`; no database connection is held meanwhile.

    What is kept is what the check made of it, which is not always what came: see `access/inspection`.
    """
    if not sent:
        raise Invalid("file", phrase("Choose a file."))
    if len(sent) > uploads.MOST_FILES:
        raise Invalid("file", phrase("Send at most {most_files} files at once.", most_files=uploads.MOST_FILES))
    named = [(one.stream, uploads.clean_name(one.name)) for one in sent]
    told = [(stream, name, uploads.kind_of(stream, name)) for stream, name in named]
    db.session.rollback()  # reading them and waiting for the disk takes time that nobody else shall wait
    kept: list[NewFile] = []
    try:
        for stream, name, kind in told:
            kept.append(_put_one(stream, name, kind))
    except BaseException:
        discard(kept)
        raise
    return kept


def discard(files: Iterable[NewFile]) -> None:
    """Forget files whose rows were not written after all."""
    for file in files:
        the_store().delete(file.stored.key)


def row_of(file: NewFile, request: ServiceRequest, acting: Acting, now: datetime) -> Document:
    """The row of a new file; whoever asked for it says what it belongs to."""
    return Document(
        request_id=request.id,
        task_id=acting.task_id,
        actor=acting.actor,
        actor_name=acting.name,
        file_name=file.name,
        media_type=file.media_type,
        size=file.stored.size,
        sha256=file.stored.sha256,
        storage_key=file.stored.key,
        kept_back=file.kept_back,
        received_at=now,
        checked_at=now if file.is_checked else None,
    )


def sweep_orphans(now: datetime) -> int:
    """Delete what no row speaks of: files whose writer was killed before its row, and half-written pieces."""
    store, before = the_store(), now - ORPHAN_AFTER
    dropped = store.clear_unfinished(before)
    old = list(store.older_than(before))
    for start in range(0, len(old), _AT_ONCE):
        keys = old[start : start + _AT_ONCE]
        orphans = set(keys) - documents.known(keys) - on_their_way.known(keys)
        db.session.rollback()
        for key in orphans:
            store.delete(key)
        dropped += len(orphans)
    return dropped


def _put_one(stream: BinaryIO, name: str, kind: str) -> NewFile:
    with uploads.checked(stream, name, kind) as found:
        is_checked = _scanned(found.stream, name)
        try:
            stored = the_store().put(found.stream, uploads.MOST_BYTES_KEPT)
        except TooLarge:
            raise uploads.FileTooLarge(name) from None
        return NewFile(stored, uploads.fitting_name(name, found.media_type), found.media_type, is_checked)


def _scanned(stream: BinaryIO, name: str) -> bool:
    """Whether the virus scanner had a look, or there is none. Raise `Unsafe` where it found something."""
    scanner = virus_scanner()
    try:
        if scanner is not None and not scanner.is_clean(stream):
            raise uploads.Unsafe(name, Refusal.INFECTED)
    except ScannerAway:
        return False
    return True
