"""Files that come in parts, as long as they are not whole: a lost connection goes on where it stopped.

The bytes of each part lie in the document store under its `storage_key`, sealed like every file there. Once the file
is whole and checked it is a `Document`, and its parts are gone.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ServiceRequest
from referral.models.sealed import TEXT, Sealed, SealedRow


class PartialUpload(SealedRow, WithId, Base):
    """One file on its way in: what was announced of it, and how much has come."""

    __tablename__ = "partial_upload"
    __table_args__ = (CheckConstraint("received >= 0 AND received <= size", name="received"),)

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    record: Mapped[str] = mapped_column(String(100))
    file_name = Sealed(TEXT, 200)
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the whole file: by it a browser that lost its page finds the same upload again."""
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes that are here; the next part begins there."""
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it became a document; a browser that missed the answer may still ask."""

    parts: Mapped[list["UploadPart"]] = relationship(order_by="UploadPart.start")


class UploadPart(Base):
    """The bytes of a file from one place on."""

    __tablename__ = "upload_part"
    __table_args__ = (UniqueConstraint("upload_id", "start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[UUID] = mapped_column(ForeignKey(PartialUpload.id))
    start: Mapped[int] = mapped_column(BigInteger)
    storage_key: Mapped[str] = mapped_column(String(64), unique=True)
