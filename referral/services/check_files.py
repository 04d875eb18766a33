"""Asks the virus scanner about the files that came while it was away: until then they wait in quarantine."""

import logging
from datetime import datetime
from uuid import UUID

from referral.access.authorize import SYSTEM
from referral.access.inspection.refusals import Refusal
from referral.access.virus_scanner import ScannerAway, VirusScanner
from referral.domain.lifecycle import FINISHED, Stage
from referral.domain.records import MISSING, NAMES, ItemState
from referral.extensions import db
from referral.models import Document, ServiceRequest
from referral.services import outbox, record_items, store_file
from referral.services.act import records_changed
from referral.store import documents, referrals

BATCH = 50

logger = logging.getLogger(__name__)


def check_waiting(now: datetime) -> int:
    """Settle what waits, the oldest first, as long as the scanner answers; how many files that were."""
    waiting = documents.waiting(BATCH)
    db.session.rollback()
    for settled, document_id in enumerate(waiting):
        try:
            _check(document_id, store_file.virus_scanner(), now)
        except ScannerAway:
            logger.warning("The virus scanner does not answer; %d files wait", len(waiting) - settled)
            return settled
    return len(waiting)


def _check(document_id: UUID, scanner: VirusScanner | None, now: datetime) -> None:
    document = documents.get(document_id)
    if document is None:
        return
    request_id, key = document.request_id, document.storage_key
    db.session.rollback()  # the scanner takes its time, and nobody shall wait for it
    clean = _is_clean(key, scanner)
    request = referrals.lock(request_id)
    document = documents.get(document_id)
    if request is None or document is None or document.checked_at is not None:
        db.session.rollback()  # taken back, or settled by somebody else meanwhile
        return
    if clean:
        _release(document, now)
    else:
        _refuse(document, request, now)
    db.session.commit()
    if clean:
        records_changed(request_id, now)
    else:
        store_file.the_store().delete(key)


def _is_clean(key: str, scanner: VirusScanner | None) -> bool:
    """An operator who has no scanner any more has said that files need none; what the store has lost is not clean."""
    if scanner is None:
        return True
    try:
        with store_file.the_store().open(key) as stream:
            return scanner.is_clean(stream)
    except FileNotFoundError:
        return False


def _release(document: Document, now: datetime) -> None:
    document.checked_at = now
    item = document.item
    if item is not None and item.status in (*MISSING, ItemState.ASKED):
        record_items.received(item, now)


def _refuse(document: Document, request: ServiceRequest, now: datetime) -> None:
    """The bytes go, the row stays and says why; where nothing else came for its record, that is asked for again."""
    document.withdrawn_at, document.refusal = now, Refusal.INFECTED
    item = document.item
    record_items.note(request, SYSTEM, f"File refused, the virus check found something: {document.file_name}", now)
    if item is None or Stage(request.stage) in FINISHED:
        return
    record_items.ask(request, [item.name], now)
    if item.status == ItemState.ASKED and request.contact_confirmed_at is not None:
        outbox.to_patient(request, "records-needed", now, version=f"{NAMES[item.name]} {document.id}")
