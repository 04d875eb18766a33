"""What the patient was told of a request, in which way, and a change of address that waits for being confirmed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.models.base import Base, UtcDateTime, WithId
from referral.models.deliveries import Delivery
from referral.models.requests import ServiceRequest
from referral.models.sealed import OBJECT, TEXT, Sealed, SealedRow


class PatientMessage(SealedRow, WithId, Base):
    """One thing told to the patient. `facts` are the days it names, kept so that a message sent again says the same.

    `email` hangs on a delivery, `call` is a coordinator's item until `done_at`, `page` is on the tracking page only.
    """

    __tablename__ = "patient_message"
    __table_args__ = (
        CheckConstraint("way IN ('email', 'call', 'page')", name="way"),
        CheckConstraint("(way = 'email') = (delivery_id IS NOT NULL)", name="email_is_delivered"),
        Index("ix_patient_message_way_done_at", "way", "done_at"),
    )

    key: Mapped[str] = mapped_column(String(64), unique=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    template: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(2))
    facts = Sealed(OBJECT)
    way: Mapped[str] = mapped_column(String(10))
    to_address = Sealed(TEXT, 320)
    """An address that is not, or no longer, the patient's confirmed one; empty for all other messages."""
    delivery_id: Mapped[UUID | None] = mapped_column(ForeignKey(Delivery.id), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str] = mapped_column(String(320), default="")

    request: Mapped[ServiceRequest] = relationship()
    delivery: Mapped[Delivery | None] = relationship()


class ContactChange(SealedRow, WithId, Base):
    """A new email address or phone number that the patient entered; nothing is sent to it before it is confirmed."""

    __tablename__ = "contact_change"
    __table_args__ = (CheckConstraint("(email <> '') <> (phone <> '')", name="one_of_both"),)

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    email = Sealed(TEXT, 320)
    phone = Sealed(TEXT, 50)
    whose: Mapped[str] = mapped_column(String(10), default="patient", server_default="patient")
    """Whose address it is: the patient's, or the `requester`'s who asks for them."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    request: Mapped[ServiceRequest] = relationship()
