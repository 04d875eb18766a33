"""What is to be sent, and each attempt at it. The database decides what is due; a queue message carries one id."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.domain.codes import DeliveryStatus
from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ReferralTask, ServiceRequest


class Delivery(WithId, Base):
    """One message to one recipient and the chain of attempts to send it; `key` never changes.

    With a task it is the referral to the office, without one a message to the patient (`template` names which).
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_status_due_at", "status", "due_at"),
        CheckConstraint("status IN ('queued', 'sending', 'delivered', 'failed', 'unknown')", name="status"),
        CheckConstraint("status <> 'delivered' OR attempts > 0 OR channel = 'post'", name="delivered_was_tried"),
        CheckConstraint("status <> 'sending' OR leased_until IS NOT NULL OR channel = 'post'", name="lease"),
    )

    key: Mapped[str] = mapped_column(String(64), unique=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(ReferralTask.id), index=True)
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

    request: Mapped[ServiceRequest] = relationship()
    task: Mapped[ReferralTask | None] = relationship(back_populates="deliveries")
    tries: Mapped[list["DeliveryAttempt"]] = relationship(order_by="DeliveryAttempt.number")


class DeliveryAttempt(Base):
    """One attempt, written before anything leaves and completed after."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey(Delivery.id))
    number: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(20), default="")
    error: Mapped[str] = mapped_column(String(300), default="")
