"""Takes a file in parts, so that a lost connection costs one part and not the file; whole, it is kept like any other.

Each part is a sealed file of its own in the document store. What a file may be is asked twice: of what is announced,
and of the whole by the same checks as every upload.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import BinaryIO
from uuid import UUID

from referral.access import uploads as allowed
from referral.access.authorize import Acting, authorize
from referral.access.inspection.refusals import Refusal
from referral.domain.errors import DomainError, Invalid, NotAllowed, NotFound
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.domain.records import NAMES
from referral.extensions import db
from referral.models import PartialUpload
from referral.sealing.files import blocks_of, scratch
from referral.services import keep_document
from referral.services.store_file import Upload, the_store
from referral.storage import TooLarge
from referral.store import referrals, uploads

KEPT_FOR = timedelta(hours=24)
"""After it was begun or taken up again; then nothing of a file that is not whole is left."""

MOST_PART = 1024 * 1024
"""Bytes of one part: what a lost connection can cost."""

MOST_PARTS = 200
"""Of one file: a part that is not the last has its share of the size at least, or each byte would be a file of ours."""

MOST_OPEN = allowed.MOST_FILES
"""Files of one request that are not whole; the oldest gives way to a new one."""

GONE = phrase("This upload is over. Choose the file again.")
NOT_AS_IT_WAS = phrase("The file did not arrive as it was. Choose it again.")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Announced:
    """What a browser says of a file before it sends it: bytes, and the SHA-256 of the whole in hexadecimal."""

    record: str
    name: str
    size: int
    sha256: str


class OutOfStep(NotAllowed):
    """A part that does not begin where the upload has come to; `received` says where that is."""

    def __init__(self, received: int) -> None:
        super().__init__(phrase("The next part begins elsewhere."))
        self.received = received


def begin(request_id: UUID, told: Announced, acting: Acting, now: datetime) -> PartialUpload:
    """Expect a file, or go on with the same one that stopped half-way, and commit.

    Raise `Invalid` for what cannot be taken, `NotAllowed` when the request is finished or full, `NotFound` for
    strangers.
    """
    name = allowed.clean_name(told.name)
    _check(told, name)
    request = keep_document.locked(request_id, acting, Right.SEND_FILES)
    keep_document.need_room(request, 1)
    open_ones = uploads.unfinished(request_id, now)
    for one in open_ones:
        if (one.record, one.sha256, one.size) == (told.record, told.sha256, told.size):
            one.expires_at = now + KEPT_FOR
            db.session.commit()
            return one
    keys = [key for one in open_ones[: max(0, len(open_ones) - MOST_OPEN + 1)] for key in uploads.drop(one.id)]
    upload = PartialUpload(
        request_id=request_id, record=told.record, file_name=name, sha256=told.sha256, size=told.size, received=0,
        began_at=now, expires_at=now + KEPT_FOR,
    )  # fmt: skip
    db.session.add(upload)
    db.session.commit()
    _delete(keys)
    return upload


def find(upload_id: UUID, request_id: UUID, acting: Acting, now: datetime) -> PartialUpload:
    """One upload of this request. Raise `NotFound` for strangers and once its time is over."""
    authorize(acting, Right.SEND_FILES, referrals.get(request_id))
    upload = uploads.get(upload_id, request_id, now)
    if upload is None:
        raise NotFound(GONE)
    return upload


def add(upload_id: UUID, request_id: UUID, start: int, stream: BinaryIO, acting: Acting, now: datetime) -> int:
    """Take the part that begins at `start`, and commit; how many bytes are here now. The last part keeps the file.

    An empty part of a file that is all here asks to keep it once more, for whoever missed the answer. Raise
    `OutOfStep`, `Invalid` where it is more than was announced or the whole is refused, as `begin` does otherwise.
    """
    upload = find(upload_id, request_id, acting, now)
    received, size = upload.received, upload.size
    if start != received:
        raise OutOfStep(received)
    db.session.rollback()  # a part takes its time to come, and nobody shall wait for it
    if received < size:
        received += _take(upload_id, start, stream, size)
    if received == size:
        _keep(upload_id, request_id, acting, now)
    return received


def drop(upload_id: UUID, request_id: UUID, acting: Acting, now: datetime) -> None:
    """Forget a file that is not whole, and commit."""
    upload = find(upload_id, request_id, acting, now)
    keys = uploads.drop(upload.id)
    db.session.commit()
    _delete(keys)


def forget_expired(now: datetime) -> None:
    """Delete what was not made whole in time, and commit."""
    keys = uploads.drop_expired(now)
    db.session.commit()
    _delete(keys)


def _check(told: Announced, name: str) -> None:
    if told.record not in NAMES:
        raise Invalid("record", keep_document.UNKNOWN_RECORD)
    if told.size > allowed.MOST_BYTES:
        raise allowed.FileTooLarge(name)
    if told.size < 1:
        raise allowed.empty(name)
    if not _DIGEST.fullmatch(told.sha256):
        raise Invalid("file", GONE)


def _take(upload_id: UUID, start: int, stream: BinaryIO, size: int) -> int:
    """Keep one part; its bytes. They are on disk before the row says so, and gone where another part was first."""
    try:
        stored = the_store().put(stream, min(MOST_PART, size - start))
    except TooLarge:
        raise Invalid("file", phrase("More came than was announced. Choose the file again.")) from None
    if 0 < stored.size * MOST_PARTS < size and start + stored.size < size:
        the_store().delete(stored.key)
        raise Invalid("file", NOT_AS_IT_WAS)
    try:
        if stored.size and uploads.advance(upload_id, start, stored.size):
            uploads.add_part(upload_id, start, stored.key)
            db.session.commit()
            return stored.size
    except BaseException:
        db.session.rollback()
        the_store().delete(stored.key)
        raise
    db.session.rollback()
    the_store().delete(stored.key)
    raise OutOfStep(start)


def _keep(upload_id: UUID, request_id: UUID, acting: Acting, now: datetime) -> None:
    """Check the whole and keep it; what the checks refuse is gone at once, parts and all."""
    upload = find(upload_id, request_id, acting, now)
    if upload.kept_at is not None:
        return
    record, name, digest = upload.record, upload.file_name, upload.sha256
    keys = [part.storage_key for part in upload.parts]
    db.session.rollback()
    try:
        with _joined(keys, digest) as whole:
            keep_document.keep(request_id, record, [Upload(whole, name)], acting, now)
    except FileNotFoundError:
        if find(upload_id, request_id, acting, now).kept_at is None:
            raise
        return  # whoever asked at the same time has kept it
    except DomainError as problem:
        db.session.rollback()
        if not (isinstance(problem, allowed.Unsafe) and problem.refusal is Refusal.NO_CHECK):
            _settle(uploads.drop(upload_id))
        raise
    if (kept := uploads.get(upload_id, request_id, now)) is not None:
        kept.kept_at = now
    _settle(uploads.drop_parts(upload_id))


@contextmanager
def _joined(keys: Iterable[str], digest: str) -> Iterator[BinaryIO]:
    """The parts as one file, sealed on the disk. Raise `Invalid` where they are not what was announced."""
    found = sha256()
    with scratch(tempfile.TemporaryFile()) as whole:
        for key in keys:
            with the_store().open(key) as part:
                for block in blocks_of(part):
                    found.update(block)
                    whole.write(block)
        if found.hexdigest() != digest:
            raise Invalid("file", NOT_AS_IT_WAS)
        whole.seek(0)
        yield whole


def _settle(keys: Iterable[str]) -> None:
    db.session.commit()
    _delete(keys)


def _delete(keys: Iterable[str]) -> None:
    for key in keys:
        the_store().delete(key)
