"""What is to be sent, and each attempt at it. The database decides what is due; a queue message carries one id."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral import logs
from referral.domain.codes import DeliveryStatus
from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ReferralTask, ServiceRequest

if TYPE_CHECKING:  # both modules refer to tables of requests
    from referral.models.access import Staff

TO_TELL = "channel = 'post' AND status = 'queued' AND template <> 'referral'"
"""What a person still has to tell an office by telephone or post: no message of ours reaches it."""

PATIENT_NOT_REACHED = "status = 'failed' AND task_id IS NULL AND staff_id IS NULL"
"""A message to the patient that could not be sent."""


class Delivery(WithId, Base):
    """One message to one recipient and the chain of attempts to send it; `key` never changes.

    With a task it goes to that office, with a member of staff to them, with neither to the patient; `template` names
    what it says.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_status_due_at", "status", "due_at"),
        Index("ix_delivery_to_tell", "request_id", sqlite_where=sql(TO_TELL), postgresql_where=sql(TO_TELL)),
        Index(
            "ix_delivery_patient_not_reached",
            "request_id",
            "error",
            sqlite_where=sql(PATIENT_NOT_REACHED),
            postgresql_where=sql(PATIENT_NOT_REACHED),
        ),
        CheckConstraint("task_id IS NULL OR staff_id IS NULL", name="one_recipient"),
        CheckConstraint("status IN ('queued', 'sending', 'delivered', 'failed', 'unknown')", name="status"),
        CheckConstraint("status <> 'delivered' OR attempts > 0 OR channel = 'post'", name="delivered_was_tried"),
        CheckConstraint("status <> 'sending' OR leased_until IS NOT NULL OR channel = 'post'", name="lease"),
    )

    key: Mapped[str] = mapped_column(String(64), unique=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(ReferralTask.id), index=True)
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    template: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20), default=DeliveryStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str] = mapped_column(String(32), default="")
    error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was given up, refused or came back; empty where it failed because we took it back ourselves."""
    correlation_id: Mapped[str] = mapped_column(String(36), default=logs.correlation_id, server_default="")
    """The page or job that it was written in; whoever sends it goes on under this id."""

    request: Mapped[ServiceRequest] = relationship()
    task: Mapped[ReferralTask | None] = relationship(back_populates="deliveries")
    staff: Mapped["Staff | None"] = relationship("Staff")
    tries: Mapped[list["DeliveryAttempt"]] = relationship(order_by="DeliveryAttempt.number")


class DeliveryAttempt(Base):
    """One attempt, written before anything leaves and completed after."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        Index("ix_delivery_attempt_endpoint_ended_at", "endpoint", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey(Delivery.id))
    number: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(20), default="")
    error: Mapped[str] = mapped_column(String(300), default="")
    endpoint: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of channel and endpoint: which far side it was, without its name."""
    code: Mapped[str] = mapped_column(String(20), default="")
    """What the far side answered, such as 250, 451 or 503; empty where it said nothing."""
    reference: Mapped[str] = mapped_column(String(200), default="")
    """The far side's own name for the message, where it gave one."""
    endpoint_down: Mapped[bool] = mapped_column(default=False)
    """Whether the far side as a whole failed, not this message."""


class Breaker(Base):
    """A far side that failed lately. While it is open, one message at a time tries it; all workers read this row."""

    __tablename__ = "breaker"
    __table_args__ = (CheckConstraint("(opened_at IS NULL) = (probe_at IS NULL)", name="open_has_probe"),)

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(260), primary_key=True)
    """Host and port."""
    failures: Mapped[int] = mapped_column(default=0)
    """How many attempts in a row failed."""
    failing_since: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    probe_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the next message may try."""


class Receipt(Base):
    """What a far side told us of a message after it was handed over; one row per event of one provider."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("ix_receipt_outcome_received_at", "outcome", "received_at"),
        CheckConstraint("kind IN ('delivered', 'opened', 'failed')", name="kind"),
        CheckConstraint("outcome IN ('waiting', 'applied', 'ignored', 'unmatched')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64))
    """The key of the message it speaks of, whether we know it or not."""
    detail: Mapped[str] = mapped_column(String(100), default="")
    """The code the far side gave, such as 5.1.1; never its words, which may name a person."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(20), default="waiting")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
