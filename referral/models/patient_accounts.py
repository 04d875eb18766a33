"""Accounts of patients, and of people who help them: in tables of their own, so that none is ever one of staff."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from referral.models.base import Base, UtcDateTime, WithId
from referral.models.requests import ServiceRequest
from referral.models.sealed import TEXT, BlindIndex, Sealed, SealedRow
from referral.models.signing_in import BrowserSession, OneTimeCode, SignsIn
from referral.sealing import normal_forms


class PatientAccount(SealedRow, SignsIn, Base):
    """Somebody who opens requests with an email address and a password, in place of links and birth dates.

    Without a password nobody has confirmed the address yet, and it opens nothing.
    """

    __tablename__ = "patient_account"
    __table_args__ = (UniqueConstraint("email_index"),)

    email = Sealed(TEXT, 320)
    email_index = BlindIndex(normal_forms.email, "email")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    empty_since: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """Since when there is no request in it; after a while it is deleted then."""

    @property
    def has_second_factor(self) -> bool:
        """Whether there is a code app; it is offered and nobody has to have one."""
        return self.totp_secret is not None

    @property
    def may_sign_in(self) -> bool:
        """Whether its address is confirmed."""
        return self.password is not None


class PatientAccountRequest(Base):
    """A request that an account opens, until it is taken out of it or erased."""

    __tablename__ = "patient_account_request"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(PatientAccount.id), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), primary_key=True, index=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[PatientAccount] = relationship()
    request: Mapped[ServiceRequest] = relationship()


class PatientAccountLink(WithId, Base):
    """A link that went to the address of an account and lets its owner set a password; the hash of its secret alone.

    With a request it makes the account and puts that request into it, without one it replaces a lost password.
    """

    __tablename__ = "patient_account_link"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(PatientAccount.id), index=True)
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    """Wrong birth dates that were given with it."""
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[PatientAccount] = relationship()
    request: Mapped[ServiceRequest | None] = relationship()


class PatientSession(BrowserSession, Base):
    """Somebody who signed in to a patient's account with one browser."""

    __tablename__ = "patient_session"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(PatientAccount.id), index=True)
    whose_id: Mapped[UUID] = synonym("account_id")

    account: Mapped[PatientAccount] = relationship(lazy="joined")

    @property
    def person(self) -> PatientAccount:
        """Whose account it is."""
        return self.account


class PatientRecoveryCode(OneTimeCode, Base):
    """A recovery code of a patient's account."""

    __tablename__ = "patient_recovery_code"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(PatientAccount.id), index=True)
    whose_id: Mapped[UUID] = synonym("account_id")
