"""What the patient does with an opinion: notes of their own, and what they say became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ServiceRequest
from referral.models.sealed import TEXT, Sealed, SealedRow


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
