"""Where the directory comes from: imports, what each source says of somebody, and what changed for that."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.models.base import Base, Json, UtcDateTime


class DirectoryImport(Base):
    """One import: what came from where, how far it is, and how much of it could not be used."""

    __tablename__ = "directory_import"
    __table_args__ = (CheckConstraint("state IN ('running', 'finished', 'failed')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(20), default="finished")
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it last said that it is at work."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    digest: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the files and of what decides how they are read; the same twice needs no second import."""
    bytes_read: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes_total: Mapped[int] = mapped_column(BigInteger, default=0)
    rows: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    demo: Mapped[bool] = mapped_column(default=False)
    report: Mapped[Json | None] = mapped_column(JSON)
    problem: Mapped[str] = mapped_column(String(1000), default="")
    """Why it failed."""


class FromImport:
    """Which import brought a row, None where none did, in which of its files it stands and where it begins there.

    `file` is None in rows from before it was kept: then the import's own name has to do.
    """

    import_id: Mapped[int | None] = mapped_column(ForeignKey(DirectoryImport.id))
    file: Mapped[str | None] = mapped_column(String(300))
    line: Mapped[int | None]


class SourceRecord(FromImport, Base):
    """What one source says of one specialist, organization or role; the tables hold what is settled from all of them.

    A record whose values are said again stays as it is: `retrieved_on` is since when the source says so.
    """

    __tablename__ = "source_record"
    __table_args__ = (
        CheckConstraint("subject IN ('practitioner', 'organization', 'role')", name="subject"),
        Index("ix_source_record_source", "source", "subject"),
        Index("ix_source_record_said_as", "said_as"),
    )

    subject: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    source: Mapped[str] = mapped_column(String(100), primary_key=True)
    said_as: Mapped[str | None] = mapped_column(String(200))
    """The source's own id, where the directory has the subject under another: a role that several sources state."""
    values: Mapped[Json] = mapped_column(JSON)
    retrieved_on: Mapped[date | None]
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gone_reason: Mapped[str] = mapped_column(String(100), default="")
    """Empty: the source does not speak of it any more. Else what it says: deactivated, no oncology taxonomy."""


class FieldChange(FromImport, Base):
    """One field of a row that got another value: nothing is overwritten silently."""

    __tablename__ = "field_change"
    __table_args__ = (Index("ix_field_change_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[str] = mapped_column(String(100))
    field: Mapped[str] = mapped_column(String(50))
    old: Mapped[Any] = mapped_column(JSON)
    new: Mapped[Any] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(100))
    """The source whose word the new value is; empty where the field fell back to nothing."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class OrganizationAlias(FromImport, Base):
    """An organization as a source names it, and which of ours it is; a suggestion counts once a person confirmed it."""

    __tablename__ = "organization_alias"
    __table_args__ = (
        CheckConstraint("state IN ('sure', 'suggested', 'confirmed', 'refused')", name="state"),
        Index("ix_organization_alias_state", "state"),
    )

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    """The source's own key: "ccn:050625", "pac:4183516331"."""
    organization_id: Mapped[str] = mapped_column(ForeignKey("organization.id"), index=True)
    """Which organization the key stands for now."""
    suggested_id: Mapped[str | None] = mapped_column(ForeignKey("organization.id"))
    """Which organization it may be, where somebody has to look."""
    name: Mapped[str] = mapped_column(String(300))
    confidence: Mapped[float]
    state: Mapped[str] = mapped_column(String(20))
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    decided_by: Mapped[str] = mapped_column(String(320), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DirectoryCheck(Base):
    """Something about a specialist or a role that somebody should look at."""

    __tablename__ = "directory_check"
    __table_args__ = (Index("ix_directory_check_open", "closed_at", "opened_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    npi: Mapped[str] = mapped_column(ForeignKey("practitioner.npi"), index=True)
    role_id: Mapped[str | None] = mapped_column(ForeignKey("practitioner_role.id"), index=True)
    reason: Mapped[str] = mapped_column(String(50))
    detail: Mapped[str] = mapped_column(String(2000), default="")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(String(20))
    """Kind of who opened it: system, office, visitor, steward."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str] = mapped_column(String(320), default="")
    outcome: Mapped[str] = mapped_column(String(50), default="")


class TaxonomyName(FromImport, Base):
    """The display name of a NUCC code, from the code set that the deployer fetched."""

    __tablename__ = "taxonomy_name"

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
