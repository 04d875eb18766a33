"""Who may come in: staff, programs with a token, and people with a link."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ReferralTask, ServiceRequest

_ROLES = "role IN ('coordinator', 'lead', 'admin', 'auditor', 'integration')"


class Staff(WithId, Base):
    """A member of staff. With an organization they see the referrals that have a task there, without one all."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint(_ROLES, name="role"),)

    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    organization_id: Mapped[str | None] = mapped_column(ForeignKey("organization.id"))
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EmergencyAccess(WithId, Base):
    """A request of another organization that a member of staff opened in an emergency: why, and until when."""

    __tablename__ = "emergency_access"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("until > opened_at", name="ends"),
        Index("ix_emergency_access_staff_id_until", "staff_id", "until"),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    reason: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()
    request: Mapped[ServiceRequest] = relationship()


class ApiToken(WithId, Base):
    """A bearer token of a program; only its hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = (CheckConstraint(_ROLES, name="role"),)

    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    organization_id: Mapped[str | None] = mapped_column(ForeignKey("organization.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccessLink(WithId, Base):
    """A link that opens one request for one purpose without an account; only the hash of its secret is kept."""

    __tablename__ = "access_link"
    __table_args__ = (CheckConstraint("purpose IN ('track', 'confirm', 'office', 'address')", name="purpose"),)

    purpose: Mapped[str] = mapped_column(String(20))
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(ReferralTask.id))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    request: Mapped[ServiceRequest] = relationship()
    task: Mapped[ReferralTask | None] = relationship()
