"""A patient's request and everything that happens to it.

`ServiceRequest` is the request, `ReferralTask` one specialist's handling of it; both carry FHIR's statuses. The stage
column repeats what `lifecycle.stage_of` derives from them, so that lists can be counted by the database.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.domain.codes import RequestStatus
from referral.domain.lifecycle import FINISHED, Records, Stage
from referral.models.base import Base, UtcDateTime, WithId
from referral.models.conditions import (
    ACTIVE_TASK,
    CHANGES_STAGE,
    ERASE_ASKED,
    FILTERED_BY,
    HAS_APPOINTMENT,
    HAS_REASON,
    HAS_STATUS,
    IS_OPEN,
    IS_OVER,
    LIVE_CONSENT,
    NOBODY_CHOSEN,
    words,
)
from referral.models.directory import Practitioner, PractitionerRole
from referral.models.sealed import DATE, DATE_OR_NONE, LIST, OBJECT, TEXT, BlindIndex, Sealed, SealedRow
from referral.sealing import normal_forms

if TYPE_CHECKING:  # these modules refer to the tables of this one
    from referral.models.access import Staff
    from referral.models.deliveries import Delivery
    from referral.models.opinions import Opinion
    from referral.models.records import Document, RecordItem


class Patient(SealedRow, WithId, Base):
    """Who asks: the personal data of one request, in one table so that it can be guarded and erased as one."""

    __tablename__ = "patient"
    __table_args__ = (CheckConstraint("email <> '' OR phone <> '' OR erased_at IS NOT NULL", name="reachable"),)

    given = Sealed(TEXT, 200)
    family = Sealed(TEXT, 200)
    birth_date = Sealed(DATE)
    email = Sealed(TEXT, 320)
    phone = Sealed(TEXT, 50)
    postcode = Sealed(TEXT, 20)
    email_index = BlindIndex(normal_forms.email, "email")
    phone_index = BlindIndex(normal_forms.phone, "phone")
    person_index = BlindIndex(normal_forms.person, "family", "birth_date")
    given_word = BlindIndex(normal_forms.first_word, "given")
    given_word_2 = BlindIndex(normal_forms.second_word, "given")
    given_word_3 = BlindIndex(normal_forms.third_word, "given")
    family_word = BlindIndex(normal_forms.first_word, "family")
    family_word_2 = BlindIndex(normal_forms.second_word, "family")
    family_word_3 = BlindIndex(normal_forms.third_word, "family")
    language: Mapped[str] = mapped_column(String(35), default="en")
    interpreter: Mapped[bool] = mapped_column(default=False)
    requester_name = Sealed(TEXT, 200)
    requester_relation = Sealed(TEXT, 100)
    requester_email = Sealed(TEXT, 320)
    """Of whoever asks for the patient, once they have confirmed it by its link; empty before."""
    news_to: Mapped[str] = mapped_column(String(10), default="patient", server_default="patient")
    """Who hears of the request: a `NewsTo`. Without a confirmed address of the other one it is the patient."""
    every_step: Mapped[bool] = mapped_column(default=True)
    """Whether they want to hear of every step, or only of what needs them and of the opinion."""
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the email address is known to be theirs; a phone number that was confirmed says nothing of it."""
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When everything personal of the request was erased; from then on nobody sees it, and nothing here has a value."""

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"

    @classmethod
    def name_words(cls) -> tuple[BlindIndex, ...]:
        """The indexes by which whole words of a name are found."""
        given = (cls.given_word, cls.given_word_2, cls.given_word_3)
        return *given, cls.family_word, cls.family_word_2, cls.family_word_3


class ServiceRequest(SealedRow, WithId, Base):
    """The request for a second opinion (FHIR ServiceRequest, intent `order`)."""

    __tablename__ = "service_request"
    __table_args__ = (
        Index("ix_service_request_stage_next_by", "stage", "next_by"),
        CheckConstraint("max_tries BETWEEN 1 AND 10", name="max_tries"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(f"stage IN ({words(Stage)})", name="stage"),
        CheckConstraint(f"(stage IN ({words(FINISHED)})) = (next_by IS NULL)", name="open_has_deadline"),
        CheckConstraint("NOT nobody_chosen OR current_task_id IS NULL", name="nobody_chosen"),
        CheckConstraint("(reroute_role_id IS NULL) = (reroute_at IS NULL)", name="proposal"),
        Index("ix_service_request_open", "authored_on", sqlite_where=sql(IS_OPEN), postgresql_where=sql(IS_OPEN)),
        Index("ix_service_request_open_id", "id", "stage", sqlite_where=sql(IS_OPEN), postgresql_where=sql(IS_OPEN)),
        Index(
            "ix_service_request_nobody_chosen",
            "stage",
            "id",
            sqlite_where=sql(NOBODY_CHOSEN),
            postgresql_where=sql(NOBODY_CHOSEN),
        ),
        Index(
            "ix_service_request_worklist",
            "next_by",
            "id",
            "stage_since",
            *FILTERED_BY,
            sqlite_where=sql(IS_OPEN),
            postgresql_where=sql(IS_OPEN),
        ),
        Index(
            "ix_service_request_at_stage",
            "stage",
            "next_by",
            "id",
            "assignee_id",
            "current_task_id",
            sqlite_where=sql(IS_OPEN),
            postgresql_where=sql(IS_OPEN),
        ),
        Index(
            "ix_service_request_over",
            "stage_since",
            "id",
            *FILTERED_BY,
            sqlite_where=sql(IS_OVER),
            postgresql_where=sql(IS_OVER),
        ),
        Index("ix_service_request_rung_at", "rung_at"),
        Index("ix_service_request_reroute_at", "reroute_at"),
        Index(
            "ix_service_request_erase_asked_at",
            "erase_asked_at",
            sqlite_where=sql(ERASE_ASKED),
            postgresql_where=sql(ERASE_ASKED),
        ),
        *(
            CheckConstraint(f"(status = '{status}') = (stage IN ({words(stages)}))", name=f"{name}_stage")
            for name, (status, stages) in HAS_STATUS.items()
        ),
    )

    identifier: Mapped[str] = mapped_column(String(20), unique=True)
    """What people call it by, such as SO-7K3M-92QX; also FHIR's correlation key."""
    status: Mapped[str] = mapped_column(String(20), default=RequestStatus.ACTIVE)
    records: Mapped[str] = mapped_column(String(20), default=Records.UNCHECKED)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stage: Mapped[str] = mapped_column(String(30), default=Stage.SUBMITTED)
    version: Mapped[int] = mapped_column(default=1)
    priority: Mapped[str] = mapped_column(String(10))
    oncotree_code: Mapped[str] = mapped_column(String(50))
    situation: Mapped[str] = mapped_column(String(40), default="")
    decision_date = Sealed(DATE_OR_NONE)
    questions = Sealed(LIST)
    first_opinion = Sealed(OBJECT)
    reroute_allowed: Mapped[bool] = mapped_column(default=False)
    max_tries: Mapped[int] = mapped_column(default=3)
    max_km: Mapped[int | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    authored_on: Mapped[datetime] = mapped_column(UtcDateTime)
    stage_since: Mapped[datetime] = mapped_column(UtcDateTime)
    next_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clock_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when the running clock counts: the beginning of the stage, moved on by what it stood still since."""
    rungs: Mapped[int] = mapped_column(default=0)
    """How many steps of the ladder were taken on the running clock."""
    rung_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the next step of the ladder is due."""
    paused_clocks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Clocks that stand still, by stage: seconds of business time used and steps taken."""
    reroute_role_id: Mapped[str | None] = mapped_column(ForeignKey(PractitionerRole.id))
    """Who is asked next, beyond the patient's own list, unless somebody objects."""
    reroute_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    vetoed_npis: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Whom somebody objected to: they are not proposed again."""
    contact_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kept_until: Mapped[date | None]
    """Until when nothing of it is erased, such as for a legal dispute, whatever its period says."""
    kept_because = Sealed(TEXT, 300)
    erase_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the patient asked to be erased; it is done as soon as the offices that have the request are told."""
    nobody_chosen: Mapped[bool] = mapped_column(default=False)
    """Nobody is on the patient's list, and nobody was asked: a coordinator has to find somebody."""
    tracking_code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey(Patient.id), index=True)
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_request.id", name="fk_service_request_follows"))
    """The patient's earlier request whose opinions this one adds to."""
    current_task_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("referral_task.id", use_alter=True, name="fk_service_request_current_task")
    )

    patient: Mapped[Patient] = relationship()
    assignee: Mapped["Staff | None"] = relationship("Staff")
    proposed: Mapped[PractitionerRole | None] = relationship(viewonly=True)
    shortlist: Mapped[list["ShortlistEntry"]] = relationship(order_by="ShortlistEntry.position")
    consents: Mapped[list["Consent"]] = relationship(back_populates="request")
    tasks: Mapped[list["ReferralTask"]] = relationship(
        back_populates="request", foreign_keys="ReferralTask.request_id", order_by="ReferralTask.authored_on"
    )
    current_task: Mapped["ReferralTask | None"] = relationship(foreign_keys=[current_task_id], post_update=True)
    events: Mapped[list["ReferralEvent"]] = relationship(order_by="ReferralEvent.id")
    record_items: Mapped[list["RecordItem"]] = relationship("RecordItem", order_by="RecordItem.id")
    documents: Mapped[list["Document"]] = relationship(
        "Document", back_populates="request", order_by="Document.received_at"
    )
    opinions: Mapped[list["Opinion"]] = relationship("Opinion", order_by="Opinion.received_at")
    follows: Mapped["ServiceRequest | None"] = relationship(remote_side="ServiceRequest.id")

    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy reads it once
        # A change is written only over the version it was made from, which no second writer has changed.
        "version_id_col": version,
        "version_id_generator": False,
    }


class ShortlistEntry(Base):
    """One specialist the patient chose, in the patient's order."""

    __tablename__ = "shortlist_entry"
    __table_args__ = (Index("ix_shortlist_entry_role_request", "role_id", "request_id"),)

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    role_id: Mapped[str] = mapped_column(ForeignKey(PractitionerRole.id))

    role: Mapped[PractitionerRole] = relationship()


class Consent(WithId, Base):
    """What the patient allowed, to whom, until when, in which words."""

    __tablename__ = "consent"
    __table_args__ = (
        UniqueConstraint("id", "request_id", "role_id"),  # what a handling refers to
        Index(
            "uq_consent_live",
            "request_id",
            "purpose",
            "role_id",
            unique=True,
            sqlite_where=sql(LIVE_CONSENT),
            postgresql_where=sql(LIVE_CONSENT),
        ),
        CheckConstraint("purpose IN ('share', 'contact', 'reroute')", name="purpose"),
        CheckConstraint("(purpose = 'share') = (role_id IS NOT NULL)", name="shared_with_somebody"),
    )

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(40))
    """What it is about, such as the request with its records."""
    role_id: Mapped[str | None] = mapped_column(ForeignKey(PractitionerRole.id))
    text_version: Mapped[str] = mapped_column(String(20))
    way: Mapped[str] = mapped_column(String(10), default="form")
    """How it was given: on a `form`, or `verbal`, when its words were read out."""
    witness: Mapped[str] = mapped_column(String(320), default="")
    """Who of the desk heard it."""
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    request: Mapped[ServiceRequest] = relationship(back_populates="consents")


class ReferralTask(WithId, Base):
    """One specialist's handling of the request (FHIR Task, code `fulfill`). It cannot exist without a consent."""

    __tablename__ = "referral_task"
    __table_args__ = (
        UniqueConstraint("request_id", "role_id"),
        UniqueConstraint("request_id", "npi"),
        # A permission for this request and for nobody else; that it is live is what a trigger demands.
        ForeignKeyConstraint(
            ["consent_id", "request_id", "role_id"],
            ["consent.id", "consent.request_id", "consent.role_id"],
            name="fk_referral_task_consent",
        ),
        Index(
            "uq_referral_task_active",
            "request_id",
            unique=True,
            sqlite_where=sql(ACTIVE_TASK),
            postgresql_where=sql(ACTIVE_TASK),
        ),
        Index("ix_referral_task_npi", "npi"),
        Index("ix_referral_task_role_request", "role_id", "request_id"),
        Index("ix_referral_task_appointment_on", "appointment_on"),
        Index(
            "ix_referral_task_coming",
            "appointment_on",
            "id",
            sqlite_where=sql(HAS_APPOINTMENT),
            postgresql_where=sql(HAS_APPOINTMENT),
        ),
        Index(
            "ix_referral_task_reason",
            "status_reason",
            "request_id",
            sqlite_where=sql(HAS_REASON),
            postgresql_where=sql(HAS_REASON),
        ),
    )

    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    role_id: Mapped[str] = mapped_column(ForeignKey(PractitionerRole.id), index=True)
    npi: Mapped[str] = mapped_column(ForeignKey(Practitioner.npi))
    """Whose role it is: nobody is asked twice for one request, at whatever place."""
    consent_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(20))
    business_status: Mapped[str] = mapped_column(String(10))
    status_reason: Mapped[str] = mapped_column(String(50), default="")
    authored_on: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appointment_on: Mapped[date | None]

    request: Mapped[ServiceRequest] = relationship(back_populates="tasks", foreign_keys=[request_id])
    role: Mapped[PractitionerRole] = relationship()
    deliveries: Mapped[list["Delivery"]] = relationship(
        "Delivery", back_populates="task", order_by="Delivery.created_at"
    )


class ReferralEvent(SealedRow, Base):
    """One line of the history: who did what, from which stage to which. Its text is sealed as of this very line."""

    __tablename__ = "referral_event"
    __sealed_as__ = ("request_id", "at", "version", "action")
    __table_args__ = (
        Index(
            "uq_referral_event_change",
            "request_id",
            "version",
            unique=True,
            sqlite_where=sql(CHANGES_STAGE),
            postgresql_where=sql(CHANGES_STAGE),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id), index=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(ReferralTask.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(20))
    actor_name: Mapped[str] = mapped_column(String(320), default="")
    action: Mapped[str] = mapped_column(String(30))
    from_stage: Mapped[str] = mapped_column(String(30))
    to_stage: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(String(50), default="")
    text = Sealed(TEXT)
    version: Mapped[int]


class IdempotencyKey(Base):
    """A key a program sent with a request: the same key gives the same answer, with another body an error."""

    __tablename__ = "idempotency_key"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRequest.id))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RequestDraft(SealedRow, Base):
    """The answers of a request that is still being filled in; the browser holds the secret, this table its hash."""

    __tablename__ = "request_draft"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the secret in the patient's session."""
    data = Sealed(OBJECT)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    follows_id: Mapped[UUID | None] = mapped_column(index=True)
    """The request of the same patient with whose answers it was begun; the draft is erased with that one."""
