"""Reading and writing of what a patient notes about an opinion, and of what became of it."""

from uuid import UUID

from sqlalchemy import select

from referral.extensions import db
from referral.models import OpinionSurvey, PatientNote


def note_of(request_id: UUID) -> PatientNote | None:
    """The patient's own notes about one request."""
    return db.session.scalars(select(PatientNote).where(PatientNote.request_id == request_id)).one_or_none()


def survey_of(request_id: UUID) -> OpinionSurvey | None:
    """What the patient said became of the opinions of one request."""
    return db.session.scalars(select(OpinionSurvey).where(OpinionSurvey.request_id == request_id)).one_or_none()


def add(row: PatientNote | OpinionSurvey) -> None:
    """Keep a new row."""
    db.session.add(row)
    db.session.flush()
