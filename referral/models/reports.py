"""What reports count: the history of each request as a few rows without a person.

Rows are written with the event they come from, in its transaction (`services/report_facts.py`). While a request has a
person, its rows know it; once it is erased nothing in them leads back: ids and moments are taken out, and months,
classes and durations stay. Months are numbers such as 202611.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.models.base import Base, UtcDateTime, WithId
from referral.models.conditions import WAITED_FOR_RECORDS
from referral.models.requests import ServiceRequest


class ReportCase(WithId, Base):
    """One request: who asked, in classes, and what became of it."""

    __tablename__ = "report_case"
    __table_args__ = (
        Index(
            "ix_report_case_submitted", "submitted_month", "language", "state", "rurality", "opinion_month", "declined",
            "wait_days",
        ),
        Index("ix_report_case_outcome", "outcome_month", "decided", "changed", "helped"),
    )  # fmt: skip

    request_id: Mapped[UUID | None] = mapped_column(ForeignKey(ServiceRequest.id), unique=True)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_month: Mapped[int]
    filed_by: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(35))
    state: Mapped[str] = mapped_column(String(3))
    rurality: Mapped[str] = mapped_column(String(10))
    tissue: Mapped[str] = mapped_column(String(50))
    priority: Mapped[str] = mapped_column(String(10))
    opinion_month: Mapped[int] = mapped_column(default=0)
    """When the first opinion came, 0 while none has."""
    wait_days: Mapped[int] = mapped_column(default=0)
    """Whole days from the request to the first opinion, 0 while there is none."""
    declined: Mapped[bool] = mapped_column(default=False)
    outcome_month: Mapped[int] = mapped_column(default=0)
    """When the patient last said what the opinion changed, 0 while they have not."""
    decided: Mapped[str] = mapped_column(String(20), default="")
    changed: Mapped[str] = mapped_column(String(100), default="")
    """Codes of `outcomes.Changed`, with bars between them."""
    helped: Mapped[int] = mapped_column(default=0)

    stays: Mapped[list["ReportStay"]] = relationship(order_by="ReportStay.number", cascade="all, delete-orphan")
    attempts: Mapped[list["ReportAttempt"]] = relationship(
        order_by="ReportAttempt.number", cascade="all, delete-orphan"
    )
    work: Mapped[list["ReportWork"]] = relationship(cascade="all, delete-orphan")


class ReportStay(Base):
    """One time that a request stood in one stage."""

    __tablename__ = "report_stay"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        Index("ix_report_stay_left", "left_month", "stage", "hours", "breached"),
        Index(
            "ix_report_stay_records",
            "left_month",
            "records",
            "hours",
            "stage",
            "case_id",
            sqlite_where=sql(WAITED_FOR_RECORDS),
            postgresql_where=sql(WAITED_FOR_RECORDS),
        ),
        Index("ix_report_stay_office", "organization_id", "left_month", "stage", "hours", "breached"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey(ReportCase.id, ondelete="CASCADE"))
    number: Mapped[int]
    stage: Mapped[str] = mapped_column(String(30))
    organization_id: Mapped[str | None] = mapped_column(String(100))
    """Whose office held it meanwhile."""
    entered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Known until it is left."""
    left_month: Mapped[int] = mapped_column(default=0)
    """0 while it stands there."""
    hours: Mapped[int] = mapped_column(default=0)
    """Whole hours of the wall clock, nights and weekends included."""
    breached: Mapped[bool] = mapped_column(default=False)
    records: Mapped[str] = mapped_column(String(300), default="")
    """Codes of the records that were asked for, with bars between them."""


class ReportAttempt(Base):
    """One specialist who was asked."""

    __tablename__ = "report_attempt"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        Index("ix_report_attempt_office", "organization_id", "case_id"),
        Index("ix_report_attempt_asked", "asked_month"),
        Index("ix_report_attempt_sent", "sent_month"),
        Index("ix_report_attempt_declined", "declined_month"),
        Index("ix_report_attempt_opinion", "opinion_month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey(ReportCase.id, ondelete="CASCADE"))
    number: Mapped[int]
    task_id: Mapped[UUID | None]
    organization_id: Mapped[str | None] = mapped_column(String(100))
    npi: Mapped[str] = mapped_column(String(10))
    after: Mapped[str] = mapped_column(String(30), default="")
    """The stage that a re-route left, empty for the first."""
    asked_month: Mapped[int]
    sent_month: Mapped[int] = mapped_column(default=0)
    accepted_month: Mapped[int] = mapped_column(default=0)
    declined_month: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(50), default="")
    opinion_month: Mapped[int] = mapped_column(default=0)
    advice_only: Mapped[bool] = mapped_column(default=False)
    agreement: Mapped[str] = mapped_column(String(30), default="")
    """Of the first opinion; empty where the office did not say, or none came."""


class ReportWork(Base):
    """How many steps one member of staff took on one request in one month."""

    __tablename__ = "report_work"
    __table_args__ = (Index("ix_report_work_month", "month", "who", "case_id", "steps"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey(ReportCase.id, ondelete="CASCADE"), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(String(320), primary_key=True)
    steps: Mapped[int] = mapped_column(default=0)
