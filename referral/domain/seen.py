"""What somebody sees of a request, ready to be written as resources: made for them, with nothing they may not read."""

from dataclasses import dataclass
from datetime import date, datetime

from referral.domain.codes import DeliveryStatus
from referral.domain.referral_packet import PacketCancer, PacketConsent, PacketOffice, PacketPatient


@dataclass(frozen=True, slots=True)
class SeenConsent:
    """A permission, and the office it is for."""

    consent: PacketConsent
    office: PacketOffice


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """The request itself. `offices` are those that somebody knows of, in the patient's order."""

    id: str
    identifier: str
    version: int
    changed_at: datetime
    status: str
    stage: str
    priority: str
    situation: str
    decision_date: date | None
    authored_on: datetime
    cancer: PacketCancer
    questions: tuple[str, ...]
    first_opinion: tuple[tuple[str, str], ...]
    patient: PacketPatient
    offices: tuple[PacketOffice, ...]
    consents: tuple[SeenConsent, ...]


@dataclass(frozen=True, slots=True)
class SeenTask:
    """One office's handling of it. `question` is what the office waits for, `opinions` what it answered, by field."""

    id: str
    request_id: str
    patient_id: str
    version: int
    changed_at: datetime
    status: str
    business_status: str
    status_reason: str
    question: str
    priority: str
    authored_on: datetime
    answer_by: datetime | None
    appointment_on: date | None
    office: PacketOffice
    opinions: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """One file; it can be fetched once it is `checked`."""

    id: str
    request_id: str
    patient_id: str
    title: str
    content_type: str
    size: int
    received_at: datetime
    changed_at: datetime
    checked: bool


@dataclass(frozen=True, slots=True)
class SeenDelivery:
    """One message to an office and how its sending goes; nothing of what it says."""

    id: str
    key: str
    request_id: str
    task_id: str
    patient_id: str
    office: PacketOffice
    channel: str
    status: DeliveryStatus
    error: str
    created_at: datetime
    changed_at: datetime
    handed_over_at: datetime | None
    delivered_at: datetime | None


COMMUNICATION_STATUS: dict[DeliveryStatus, str] = {
    DeliveryStatus.QUEUED: "preparation",
    DeliveryStatus.SENDING: "in-progress",
    DeliveryStatus.DELIVERED: "completed",
    DeliveryStatus.FAILED: "not-done",
    DeliveryStatus.UNKNOWN: "unknown",
}
"""What FHIR calls the status of a Communication, for each of ours."""
