"""One action on many requests, and what became of each. Kept for some days; what was done stands in the histories."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.domain.bulk import ItemState, JobState
from referral.models.access import Staff
from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ServiceRequest
from referral.models.sealed import OBJECT, TEXT, Sealed, SealedRow


def _words(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


AT_WORK = "state IN ('running', 'undoing')"
"""What a worker has something to do for."""


class BulkJob(SealedRow, WithId, Base):
    """What somebody wants done with many requests. It is prepared and looked at before it runs."""

    __tablename__ = "bulk_job"
    __table_args__ = (
        CheckConstraint(f"state IN ({_words(JobState)})", name="state"),
        Index("ix_bulk_job_at_work", "leased_until", sqlite_where=sql(AT_WORK), postgresql_where=sql(AT_WORK)),
        Index("ix_bulk_job_staff_id_created_at", "staff_id", "created_at"),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    action: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(10), default=JobState.PREPARED)
    view: Mapped[str] = mapped_column(String(500), default="")
    """The words of the list's address it was chosen from, to lead back there."""
    assignee: Mapped[str] = mapped_column(String(320), default="")
    items: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The records to ask for, by their codes."""
    text = Sealed(TEXT)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When what it wrote is due: by this very moment its messages are found again."""
    undo_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str] = mapped_column(String(32), default="")
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class BulkItem(SealedRow, WithId, Base):
    """One request of a job: the version it was seen at, what became of it, and how it stood before."""

    __tablename__ = "bulk_item"
    __table_args__ = (
        UniqueConstraint("job_id", "request_id"),
        Index("ix_bulk_item_job_id_state", "job_id", "state", "position"),
        CheckConstraint(f"state IN ({_words(ItemState)})", name="state"),
    )

    job_id: Mapped[UUID] = mapped_column(ForeignKey(BulkJob.id))
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    position: Mapped[int]
    version: Mapped[int]
    """The request's version when it was looked at; once it was done, the version that made."""
    state: Mapped[str] = mapped_column(String(10), default=ItemState.OPEN)
    why: Mapped[str] = mapped_column(String(20), default="")
    said = Sealed(TEXT)
    """What the lifecycle said where it refused."""
    acted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    before: Sealed[dict[str, Any]] = Sealed(OBJECT)
    """Statuses, clocks and records as they were, to be put back."""

    request: Mapped[ServiceRequest] = relationship()
