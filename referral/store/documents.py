"""Reading of files' rows."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy import func, select

from referral.extensions import db
from referral.models import Document


def get(document_id: UUID) -> Document | None:
    """One file that was not taken back."""
    document = db.session.get(Document, document_id)
    return document if document is not None and document.withdrawn_at is None else None


def count(request_id: UUID) -> int:
    """How many files a request holds."""
    live = select(func.count()).where(Document.request_id == request_id, Document.withdrawn_at.is_(None))
    return int(db.session.scalar(live) or 0)


def same(request_id: UUID, item_id: int, sha256: str) -> bool:
    """Whether this very content lies under this record already."""
    found = select(Document.id).where(
        Document.request_id == request_id,
        Document.item_id == item_id,
        Document.sha256 == sha256,
        Document.withdrawn_at.is_(None),
    )
    return db.session.scalar(found.limit(1)) is not None


def kept_files() -> Iterator[tuple[str, int]]:
    """The storage key and size in bytes of every file that was not taken back, read as a stream."""
    live = select(Document.storage_key, Document.size).where(Document.withdrawn_at.is_(None)).order_by(Document.id)
    rows = db.session.execute(live, execution_options={"yield_per": 1000})
    return ((key, size) for key, size in rows)


def waiting(most: int) -> list[UUID]:
    """The files in quarantine, the oldest first."""
    unchecked = select(Document.id).where(Document.checked_at.is_(None), Document.withdrawn_at.is_(None))
    return list(db.session.scalars(unchecked.order_by(Document.received_at).limit(most)))


def known(storage_keys: Iterable[str]) -> set[str]:
    """Those of these storage keys that a live row speaks of."""
    found = select(Document.storage_key).where(
        Document.storage_key.in_(list(storage_keys)), Document.withdrawn_at.is_(None)
    )
    return set(db.session.scalars(found))
