"""What specialists answer, and what the patient does with it: notes of their own, and what became of it."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ReferralTask, ServiceRequest
from referral.models.sealed import LIST, OBJECT, TEXT, Sealed, SealedRow

if TYPE_CHECKING:  # its table refers to the one of this module
    from referral.models.records import Document


class Opinion(SealedRow, WithId, Base):
    """What a specialist answered."""

    __tablename__ = "opinion"

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey(ReferralTask.id))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    advice_only: Mapped[bool] = mapped_column(default=False)
    diagnosis = Sealed(TEXT)
    stage = Sealed(TEXT)
    plan = Sealed(TEXT)
    options = Sealed(LIST)
    text = Sealed(TEXT)
    agreement = Sealed(TEXT, 30)
    trial = Sealed(TEXT)
    details = Sealed(OBJECT)
    """Further fields by the names of `opinions.DETAILS`."""
    impact = Sealed(TEXT, 30)
    open_questions = Sealed(LIST)

    task: Mapped[ReferralTask] = relationship()
    documents: Mapped[list["Document"]] = relationship(
        "Document", back_populates="opinion", order_by="Document.received_at"
    )


class PatientNote(SealedRow, WithId, Base):
    """The patient's own notes about the opinions of one request; nobody else reads them."""

    __tablename__ = "patient_note"

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), unique=True)
    text = Sealed(TEXT)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OpinionSurvey(WithId, Base):
    """What the patient says the second opinion changed: codes only, so that it can be counted."""

    __tablename__ = "opinion_survey"
    __table_args__ = (CheckConstraint("helped BETWEEN 0 AND 5", name="helped"),)

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), unique=True)
    decided: Mapped[str] = mapped_column(String(20))
    """By which plan the patient goes on: `outcomes.Decided`."""
    changed: Mapped[list[str]] = mapped_column(JSON)
    """What changed: codes of `outcomes.Changed`."""
    helped: Mapped[int]
    """How much it helped, 1 (not at all) to 5 (very much), 0 where the patient did not say."""
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
