"""The medical records of a request: what is needed, and the files that came.

A file's bytes lie in the document store under `storage_key`; the row is written after the file, so that a row without
a file never is, and a file without a row is found by the sweep.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.domain.records import ItemState
from referral.models.base import Base, UtcDateTime, WithId
from referral.models.opinions import Opinion
from referral.models.requests import ReferralTask, ServiceRequest
from referral.models.sealed import TEXT, Sealed, SealedRow


class RecordItem(SealedRow, Base):
    """One medical record the request needs."""

    __tablename__ = "record_item"
    __sealed_as__ = ("request_id", "name")
    __table_args__ = (
        UniqueConstraint("request_id", "name"),
        CheckConstraint(
            "status IN ('needed', 'asked', 'received', 'checked', 'waived', 'refused', 'expired')", name="status"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    name: Mapped[str] = mapped_column(String(100))
    mandatory: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(20), default=ItemState.NEEDED)
    reason = Sealed(TEXT, 300)
    """Why it was waived, refused or taken as too old; empty otherwise."""
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    documents: Mapped[list["Document"]] = relationship(back_populates="item", order_by="Document.received_at")


class Document(SealedRow, WithId, Base):
    """One file that somebody sent: a medical record, or a written opinion where `opinion_id` says so."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("item_id IS NOT NULL OR task_id IS NOT NULL", name="belongs_somewhere"),
    )

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey(RecordItem.id))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(ReferralTask.id))
    """The office that sent it; the patient and coordinators send for the request itself."""
    opinion_id: Mapped[UUID | None] = mapped_column(ForeignKey(Opinion.id))
    actor: Mapped[str] = mapped_column(String(20))
    actor_name: Mapped[str] = mapped_column(String(320), default="")
    file_name = Sealed(TEXT, 200)
    """What the sender called it, cleaned of paths and control characters; never a path of ours."""
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kept_back: Mapped[bool] = mapped_column(default=False)
    """Stays here: it goes along to no office."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the sender took it back; its bytes are gone then, the row stays as the history."""
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When it was found to be harmless; until then it is in quarantine, and nobody can open it."""
    refusal: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """Why it was refused after it had come; empty otherwise."""

    request: Mapped[ServiceRequest] = relationship(back_populates="documents")
    item: Mapped[RecordItem | None] = relationship(back_populates="documents")
    opinion: Mapped[Opinion | None] = relationship(back_populates="documents")
