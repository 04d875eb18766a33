"""What a patient and the desk write to each other, and who of the desk is on a request at this moment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.models.access import Staff
from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ServiceRequest
from referral.models.sealed import TEXT, Sealed, SealedRow

UNANSWERED = "actor = 'patient' AND settled_at IS NULL"
"""What a patient wrote and the desk has not answered, which is little of all there is."""


class ThreadMessage(SealedRow, WithId, Base):
    """One message between a patient and the desk. What is internal is a note of the history, and never in here."""

    __tablename__ = "thread_message"
    __table_args__ = (
        CheckConstraint("actor IN ('patient', 'coordinator', 'lead')", name="actor"),
        Index(
            "ix_thread_message_unanswered",
            "request_id",
            sqlite_where=sql(UNANSWERED),
            postgresql_where=sql(UNANSWERED),
        ),
    )

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(20))
    actor_name: Mapped[str] = mapped_column(String(320), default="")
    """Who of the desk wrote it; empty where the patient did."""
    text = Sealed(TEXT)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the other side read it: the patient by opening it, the desk by answering, or by saying that none is needed.
    """

    request: Mapped[ServiceRequest] = relationship()


class Presence(Base):
    """Somebody of the desk has a request open until a moment; `editing_until` is when their turn to change it ends."""

    __tablename__ = "presence"

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    editing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()
