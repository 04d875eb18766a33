"""What an office gets of a request: the same content whichever way it goes, written down once.

It is what the office's page shows, and nothing besides: the request, who asks, the consent it stands on and the list of
records. It names one office and is made for that office only.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum


class PacketEvent(StrEnum):
    """What a packet tells of."""

    REFERRAL = "referral"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    NEW_LINK = "new-link"


@dataclass(frozen=True, slots=True)
class PacketPatient:
    """Who asks."""

    id: str
    given: str
    family: str
    birth_date: date | None
    email: str
    phone: str
    postcode: str
    language: str
    interpreter: bool
    requester_name: str
    requester_relation: str
    requester_email: str = ""
    """Where whoever asks for the patient hears of the request; empty where they do not."""


@dataclass(frozen=True, slots=True)
class PacketCancer:
    """What the opinion is about, with its codes."""

    oncotree_code: str
    name: str
    icd10cm: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PacketOffice:
    """Whom it is for."""

    role_id: str
    npi: str
    name: str
    organization: str


@dataclass(frozen=True, slots=True)
class PacketConsent:
    """What the patient allowed: sharing with this one office, in the words of `text_version`, until `expires_at`."""

    id: str
    granted_at: datetime
    expires_at: datetime
    text_version: str


@dataclass(frozen=True, slots=True)
class PacketDocument:
    """One medical record of the request. `url` is where it is fetched, empty where behind the packet's link."""

    id: str
    title: str
    content_type: str
    size: int | None
    created_at: datetime | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class ReferralPacket:
    """One request as one office gets it.

    Asked by the patient at `authored_on`, of this office at `asked_on`, told by a message of `sent_on`. Its answer is
    expected until `answer_by`, on the page of `link`.
    """

    event: PacketEvent
    request_id: str
    identifier: str
    task_id: str
    status: str
    task_status: str
    business_status: str
    priority: str
    situation: str
    decision_date: date | None
    authored_on: datetime
    asked_on: datetime
    sent_on: datetime
    answer_by: datetime | None
    link: str
    cancer: PacketCancer
    questions: tuple[str, ...]
    first_opinion: tuple[tuple[str, str], ...]
    patient: PacketPatient
    office: PacketOffice
    consent: PacketConsent
    documents: tuple[PacketDocument, ...]


def without_content(packet: ReferralPacket) -> ReferralPacket:
    """What an office is told that the patient does not allow any more: which request it is, and nothing of anybody."""
    nobody = PacketPatient(packet.patient.id, "", "", None, "", "", "", packet.patient.language, False, "", "")
    return replace(
        packet,
        patient=nobody,
        situation="",
        decision_date=None,
        cancer=PacketCancer("", "", ()),
        questions=(),
        first_opinion=(),
        documents=packet.documents[:1],
    )
