"""Trials with their places and people, and money that companies paid: facts beside the evidence."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.models.base import Base, UtcDateTime
from referral.models.imports import FromImport


class Trial(FromImport, Base):
    """One study of ClinicalTrials.gov; `codes` are the cancers its conditions mean."""

    __tablename__ = "trial"

    nct_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    title: Mapped[str] = mapped_column(String(500))
    status: Mapped[str] = mapped_column(String(50))
    phase: Mapped[str] = mapped_column(String(50))
    conditions: Mapped[list[str]] = mapped_column(JSON, default=list)
    codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    first_posted: Mapped[date | None]
    updated: Mapped[date | None]
    url: Mapped[str] = mapped_column(String(1000))
    retrieved_on: Mapped[date]

    sites: Mapped[list["TrialSite"]] = relationship(order_by="TrialSite.id")
    officials: Mapped[list["TrialOfficial"]] = relationship(order_by="TrialOfficial.id")


class TrialSite(Base):
    """One place where a trial runs."""

    __tablename__ = "trial_site"

    id: Mapped[int] = mapped_column(primary_key=True)
    nct_id: Mapped[str] = mapped_column(ForeignKey(Trial.nct_id), index=True)
    facility: Mapped[str] = mapped_column(String(500))
    city: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(100))
    postcode: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(100))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    status: Mapped[str] = mapped_column(String(50))


class TrialOfficial(Base):
    """A person responsible for a trial, and which specialist that may be: it counts once a person confirmed it."""

    __tablename__ = "trial_official"
    __table_args__ = (CheckConstraint("state IN ('suggested', 'confirmed', 'refused')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    nct_id: Mapped[str] = mapped_column(ForeignKey(Trial.nct_id), index=True)
    name: Mapped[str] = mapped_column(String(300))
    affiliation: Mapped[str] = mapped_column(String(500))
    role: Mapped[str] = mapped_column(String(100))
    npi: Mapped[str | None] = mapped_column(ForeignKey("practitioner.npi"), index=True)
    confidence: Mapped[float] = mapped_column(default=0.0)
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(20), default="suggested")
    decided_by: Mapped[str] = mapped_column(String(320), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Payment(FromImport, Base):
    """What one company paid one specialist in one year for one kind of thing: a fact, never part of the ranking."""

    __tablename__ = "payment"

    npi: Mapped[str] = mapped_column(ForeignKey("practitioner.npi"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    payer: Mapped[str] = mapped_column(String(300), primary_key=True)
    nature: Mapped[str] = mapped_column(String(200), primary_key=True)
    amount_usd: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    rows: Mapped[int] = mapped_column(default=1)
    retrieved_on: Mapped[date]
