"""The audit trail. The database refuses to change or remove a row; nothing refers to it and it refers to nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from referral.models.base import Base, UtcDateTime


class AuditEntry(Base):
    """One line: who did what with which object. Ids only, so that it may outlive what it speaks of.

    `hash` is over `previous` and all other columns, as `domain/audit_chain.py` says.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_request_id", "request_id"),
        Index("ix_audit_entry_actor_name", "actor_name"),
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    """Without gaps: a number that is missing was removed."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[str] = mapped_column(String(64))
    """The id of a member of staff, or of the handling whose office or program acted; empty for patient and service."""
    actor_name: Mapped[str] = mapped_column(String(320))
    """What staff, programs and offices are called; patients have no name here."""
    action: Mapped[str] = mapped_column(String(40))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(100))
    request_id: Mapped[UUID | None] = mapped_column(Uuid)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    correlation_id: Mapped[str] = mapped_column(String(36))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
