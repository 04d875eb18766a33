"""The directory: who practises where, and what is known of their experience.

A `PractitionerRole` is a specialist at a place (Practitioner × Organization × Location). Rows are never deleted: what a
source no longer has is retired, since referrals may point to it.
"""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.models.base import Base, UtcDateTime
from referral.models.imports import FromImport
from referral.sealing import normal_forms

NAMED_BY = "named_by"
"""What the `info` of a column says that is made of others of its row: their names. No source says it."""
_LONGEST_PLAIN = 500


def plain_name(*parts: str) -> str:
    """A name as searches compare it, without capitals and accents; cut to what an index of PostgreSQL holds."""
    return " ".join(normal_forms.words(" ".join(parts)))[:_LONGEST_PLAIN]


def _plain_name_of(*names: str) -> Callable[[DefaultExecutionContext], str]:
    """The plain form of these columns of a row that is inserted."""

    def made(context: DefaultExecutionContext) -> str:
        row = context.get_current_parameters()  # type: ignore[no-untyped-call]  # SQLAlchemy has no type for it
        return plain_name(*(row[name] for name in names))

    return made


class Practitioner(Base):
    """One specialist, known by NPI."""

    __tablename__ = "practitioner"
    __table_args__ = (Index("ix_practitioner_plain_name", "plain_name", "npi"),)

    npi: Mapped[str] = mapped_column(String(10), primary_key=True)
    given: Mapped[str] = mapped_column(String(200))
    family: Mapped[str] = mapped_column(String(200))
    plain_name: Mapped[str] = mapped_column(
        String(_LONGEST_PLAIN), default=_plain_name_of("given", "family"), info={NAMED_BY: ("given", "family")}
    )
    credential: Mapped[str] = mapped_column(String(100), default="")
    other_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Former and professional names, given and family in one."""
    gender: Mapped[str] = mapped_column(String(20), default="")
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    taxonomy_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    source: Mapped[str] = mapped_column(String(100))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    roles: Mapped[list["PractitionerRole"]] = relationship(back_populates="practitioner")
    experience: Mapped[list["Experience"]] = relationship(back_populates="practitioner")

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"


class Organization(Base):
    """A hospital, centre or practice."""

    __tablename__ = "organization"
    __table_args__ = (Index("ix_organization_plain_name", "plain_name", "id"),)

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    plain_name: Mapped[str] = mapped_column(
        String(_LONGEST_PLAIN), default=_plain_name_of("name"), info={NAMED_BY: ("name",)}
    )
    designation: Mapped[str] = mapped_column(String(100), default="")
    network: Mapped[str] = mapped_column(String(200), default="")
    ccn: Mapped[str] = mapped_column(String(10), default="")
    """The certification number of Medicare and Medicaid, six characters."""
    line1: Mapped[str] = mapped_column(String(300), default="")
    city: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(100), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    country: Mapped[str] = mapped_column(String(2), default="US")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    source: Mapped[str] = mapped_column(String(100))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    experience: Mapped[list["OrganizationExperience"]] = relationship()


class PractitionerRole(Base):
    """One specialist at one place. None means not known."""

    __tablename__ = "practitioner_role"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("channel IN ('', 'email', 'fhir', 'webhook', 'post')", name="channel"),
    )

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    npi: Mapped[str] = mapped_column(ForeignKey(Practitioner.npi), index=True)
    organization_id: Mapped[str | None] = mapped_column(ForeignKey(Organization.id), index=True)
    line1: Mapped[str] = mapped_column(String(300), default="")
    city: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(100), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    country: Mapped[str] = mapped_column(String(2), default="US")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    precision: Mapped[str] = mapped_column(String(10), default="")
    """How the position was found: given, address, postcode, city, or empty where there is none."""
    phone: Mapped[str] = mapped_column(String(50), default="")
    accepts_new_patients: Mapped[bool | None]
    remote_opinion: Mapped[bool | None]
    insurers: Mapped[list[str]] = mapped_column(JSON, default=list)
    wait_days: Mapped[int | None]
    fee_usd: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(20), default="")
    channel_address: Mapped[str] = mapped_column(String(500), default="")
    assured_on: Mapped[date | None]
    assurer: Mapped[str] = mapped_column(String(100), default="")
    """Who confirmed the role on that day: a source, the office, the steward."""
    paused_until: Mapped[date | None]
    """The office takes no requests before this day."""
    paused_by: Mapped[str] = mapped_column(String(100), default="")
    """Who says so: the office, the steward."""
    not_treated: Mapped[list[str]] = mapped_column(JSON, default=list)
    """OncoTree codes of what is not treated here, whatever the evidence says; each with all that is below it."""
    source: Mapped[str] = mapped_column(String(100))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    practitioner: Mapped[Practitioner] = relationship(back_populates="roles")
    organization: Mapped[Organization | None] = relationship()


class _EvidenceColumns(FromImport):
    """The columns of an evidence row; `count` None with a volume kind means suppressed (1–10).

    `id` is the row's identity, a SHA-256 of whose it is, code, kind, source and period: dates may be unknown, and no
    unique constraint of SQL holds two unknown dates for the same.
    """

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    oncotree_code: Mapped[str] = mapped_column(String(50), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    count: Mapped[int | None]
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300))
    source_url: Mapped[str] = mapped_column(String(1000), default="")
    retrieved_on: Mapped[date | None]
    origin: Mapped[str] = mapped_column(String(100))
    """Which source brought the row: the kind of import, of a native folder with its name."""
    rows: Mapped[int] = mapped_column(default=1)
    """How many rows of the file were added up; `line` is the first of them."""
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Experience(_EvidenceColumns, Base):
    """One evidence row of a specialist."""

    __tablename__ = "experience"
    __table_args__ = (
        CheckConstraint("count >= 0", name="count"),
        CheckConstraint("period_start <= period_end", name="period"),
    )

    npi: Mapped[str] = mapped_column(ForeignKey(Practitioner.npi), index=True)
    practitioner: Mapped[Practitioner] = relationship(back_populates="experience")


class OrganizationExperience(_EvidenceColumns, Base):
    """One evidence row of an organization: its own published volume, never the sum of its doctors."""

    __tablename__ = "organization_experience"
    __table_args__ = (
        CheckConstraint("count >= 0", name="count"),
        CheckConstraint("period_start <= period_end", name="period"),
    )

    organization_id: Mapped[str] = mapped_column(ForeignKey(Organization.id), index=True)
