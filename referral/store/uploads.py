"""Files that come in parts: finding them again, taking the next part once, letting them go."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, delete, select, update

from referral.extensions import db
from referral.models import PartialUpload, UploadPart


def get(upload_id: UUID, request_id: UUID, now: datetime) -> PartialUpload | None:
    """One upload of this request whose time is not over."""
    found = select(PartialUpload).where(
        PartialUpload.id == upload_id, PartialUpload.request_id == request_id, PartialUpload.expires_at > now
    )
    return db.session.scalar(found.execution_options(populate_existing=True))


def unfinished(request_id: UUID, now: datetime) -> list[PartialUpload]:
    """What is on its way for a request and not whole, the oldest first."""
    open_ones = select(PartialUpload).where(
        PartialUpload.request_id == request_id, PartialUpload.expires_at > now, PartialUpload.kept_at.is_(None)
    )
    return list(db.session.scalars(open_ones.order_by(PartialUpload.began_at)))


def advance(upload_id: UUID, start: int, size: int) -> bool:
    """Count a part that begins where the upload has come to; False where another part was first."""
    claimed = (
        update(PartialUpload)
        .where(PartialUpload.id == upload_id, PartialUpload.received == start, PartialUpload.kept_at.is_(None))
        .values(received=start + size)
    )
    return bool(cast(CursorResult[None], db.session.execute(claimed)).rowcount)


def add_part(upload_id: UUID, start: int, storage_key: str) -> None:
    """Write down where the bytes of a part lie."""
    db.session.add(UploadPart(upload_id=upload_id, start=start, storage_key=storage_key))


def drop_parts(upload_id: UUID) -> list[str]:
    """Forget the parts of an upload; the storage keys they had."""
    return _drop_parts(UploadPart.upload_id == upload_id)


def drop(upload_id: UUID) -> list[str]:
    """Forget an upload; the storage keys of its parts."""
    return _drop(PartialUpload.id == upload_id)


def drop_of(request_id: UUID) -> list[str]:
    """Forget every upload of a request; the storage keys of their parts."""
    return _drop(PartialUpload.request_id == request_id)


def drop_expired(now: datetime) -> list[str]:
    """Forget the uploads whose time is over; the storage keys of their parts."""
    return _drop(PartialUpload.expires_at <= now)


def known(storage_keys: Iterable[str]) -> set[str]:
    """Those of these storage keys that a part lies under."""
    found = select(UploadPart.storage_key).where(UploadPart.storage_key.in_(list(storage_keys)))
    return set(db.session.scalars(found))


def _drop(which: ColumnElement[bool]) -> list[str]:
    keys = _drop_parts(UploadPart.upload_id.in_(select(PartialUpload.id).where(which)))
    db.session.execute(delete(PartialUpload).where(which).execution_options(synchronize_session=False))
    return keys


def _drop_parts(which: ColumnElement[bool]) -> list[str]:
    keys = list(db.session.scalars(select(UploadPart.storage_key).where(which)))
    db.session.execute(delete(UploadPart).where(which).execution_options(synchronize_session=False))
    return keys
