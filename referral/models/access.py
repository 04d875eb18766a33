"""Who may come in: staff, programs with a token, and people with a link."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ReferralTask, ServiceRequest
from referral.models.sealed import TEXT, Sealed, SealedRow
from referral.models.signing_in import BrowserSession, OneTimeCode, SignsIn

_ROLES = "role IN ('coordinator', 'lead', 'admin', 'auditor', 'integration')"


class Staff(SignsIn, Base):
    """A member of staff. With an organization they see the referrals that have a task there, without one all.

    Who has no password yet comes in by an invitation alone, and by it no further than to set one.
    """

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(_ROLES, name="role"),
        # With it the unique address does not care about case, on every database.
        CheckConstraint("email = lower(email)", name="email_in_lower_case"),
    )

    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    organization_id: Mapped[str | None] = mapped_column(ForeignKey("organization.id"))
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)

    keys: Mapped[list["SecurityKey"]] = relationship(order_by="SecurityKey.created_at", viewonly=True)

    @property
    def has_second_factor(self) -> bool:
        """Whether there is a code app or a security key."""
        return self.totp_secret is not None or bool(self.keys)

    @property
    def may_sign_in(self) -> bool:
        """Whether this is somebody's open account; made-up people have no password."""
        return self.active and not self.demo


class StaffInvitation(WithId, Base):
    """A link that lets somebody set a password, once; only the hash of its secret is kept."""

    __tablename__ = "staff_invitation"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class StaffSession(BrowserSession, Base):
    """A member of staff who signed in with one browser."""

    __tablename__ = "staff_session"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), index=True)
    whose_id: Mapped[UUID] = synonym("staff_id")

    staff: Mapped[Staff] = relationship(lazy="joined")

    @property
    def person(self) -> Staff:
        """Who signed in."""
        return self.staff


class SecurityKey(WithId, Base):
    """A security key or a device's own key (WebAuthn) as second factor."""

    __tablename__ = "security_key"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    """Its id as base64url; the standard allows 1023 bytes."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(OneTimeCode, Base):
    """A recovery code of a member of staff."""

    __tablename__ = "recovery_code"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), index=True)
    whose_id: Mapped[UUID] = synonym("staff_id")


class EmergencyAccess(SealedRow, WithId, Base):
    """A request of another organization that a member of staff opened in an emergency: why, and until when."""

    __tablename__ = "emergency_access"
    __table_args__ = (
        CheckConstraint("until > opened_at", name="ends"),
        Index("ix_emergency_access_staff_id_until", "staff_id", "until"),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    reason = Sealed(TEXT, 500)
    """Empty once the patient was erased; before, nobody comes in without one."""
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
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was last used, to the hour."""


class AccessLink(WithId, Base):
    """A link that opens one request for one purpose without an account; only the hash of its secret is kept."""

    __tablename__ = "access_link"
    __table_args__ = (
        CheckConstraint("purpose IN ('track', 'confirm', 'office', 'packet', 'address')", name="purpose"),
    )

    purpose: Mapped[str] = mapped_column(String(20))
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(ReferralTask.id))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wrong_dates: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many wrong birth dates were given while it was the patient's link."""

    request: Mapped[ServiceRequest] = relationship()
    task: Mapped[ReferralTask | None] = relationship()
