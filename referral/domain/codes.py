"""The fixed words of the service, each with the spelling of the standard or of the contract it comes from.

FHIR R4 for request, task and priority; BSeR for the business status; the rest is the service's own published contract.
"""

from enum import StrEnum


class Discipline(StrEnum):
    """What kind of specialist; taxonomy codes map to it in `seed_data/taxonomies.csv`."""

    MEDICAL = "medical"
    SURGICAL = "surgical"
    RADIATION = "radiation"
    GYNECOLOGIC = "gynecologic"
    HEMATOLOGY = "hematology"
    PEDIATRIC = "pediatric"
    NEURO = "neuro"
    PATHOLOGY = "pathology"


class EvidenceKind(StrEnum):
    """What an evidence row counts."""

    PATIENTS = "patients"
    PROCEDURES = "procedures"
    TRIALS = "trials"
    PUBLICATIONS = "publications"
    CERTIFICATION = "certification"
    CENTRE = "centre"
    SELF_DECLARED = "self-declared"


VOLUME_KINDS = (EvidenceKind.PATIENTS, EvidenceKind.PROCEDURES)
RESEARCH_KINDS = (EvidenceKind.TRIALS, EvidenceKind.PUBLICATIONS)


class Relation(StrEnum):
    """How the cancer of an evidence row relates to the cancer asked for."""

    EXACT = "exact"
    NARROWER = "narrower"
    BROADER = "broader"
    RELATED = "related"


class Band(StrEnum):
    """Experience in one word, for show; never used for ranking."""

    HIGH = "high"
    MODERATE = "moderate"
    LIMITED = "limited"
    NOT_ENOUGH_DATA = "not-enough-data"


class Step(StrEnum):
    """Which widening step of a search found a result."""

    EXACT_IN_RADIUS = "exact-in-radius"
    FAMILY_IN_RADIUS = "family-in-radius"
    EXACT_WIDER = "exact-wider"
    FAMILY_WIDER = "family-wider"
    REMOTE = "remote"
    NOBODY = "nobody"


class Designation(StrEnum):
    """Designations of the National Cancer Institute; the basic laboratories treat no patients."""

    COMPREHENSIVE = "nci-comprehensive"
    CLINICAL = "nci-clinical"
    BASIC = "nci-basic"


class Complexity(StrEnum):
    """What makes a case complex."""

    RECURRENT = "recurrent"
    METASTATIC = "metastatic"
    PRETREATED = "pretreated"
    DISPUTED = "disputed"
    MULTIPLE_PRIMARIES = "multiple-primaries"


class Situation(StrEnum):
    """Why somebody asks for a second opinion."""

    RARE_OR_COMPLEX = "rare-or-complex"
    UNCERTAIN_DIAGNOSIS = "uncertain-diagnosis"
    DOCTORS_DISAGREE = "doctors-disagree"
    MAJOR_TREATMENT_DECISION = "major-treatment-decision"
    RECURRENCE = "recurrence"
    MORE_OPTIONS = "more-options"
    REASSURANCE = "reassurance"


class Priority(StrEnum):
    """FHIR R4 request-priority."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"
    STAT = "stat"


class NewsTo(StrEnum):
    """Who hears of a request that somebody makes for the patient."""

    PATIENT = "patient"
    REQUESTER = "requester"
    BOTH = "both"


class RequestStatus(StrEnum):
    """FHIR R4 ServiceRequest.status."""

    DRAFT = "draft"
    ACTIVE = "active"
    ON_HOLD = "on-hold"
    REVOKED = "revoked"
    COMPLETED = "completed"
    ENTERED_IN_ERROR = "entered-in-error"
    UNKNOWN = "unknown"


class TaskStatus(StrEnum):
    """FHIR R4 Task.status, as far as a referral uses it."""

    REQUESTED = "requested"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class BusinessStatus(StrEnum):
    """BSeR TaskBusinessStatusCS."""

    CREATED = "2.0"
    ACCEPTED = "3.0"
    DECLINED = "4.0"
    SCHEDULED = "5.1.1"
    UNATTENDED = "5.1.2"
    EVENT_CANCELLED = "5.1.3"
    EVENT_COMPLETED = "5.1.4"
    CANCELLATION_REQUESTED = "5.2"
    CANCELLED = "6.0"
    COMPLETED = "7.0"


class DeliveryStatus(StrEnum):
    """Where one chain of sending attempts stands; a fact of transport, not the office's decision."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ChannelKind(StrEnum):
    """How a request leaves the service."""

    EMAIL = "email"
    FHIR = "fhir"
    WEBHOOK = "webhook"
    POST = "post"


class DeclineReason(StrEnum):
    """Why an office cannot take a request on; `other` needs a text."""

    OUT_OF_SCOPE = "out-of-scope"
    WRONG_SUBSPECIALTY = "wrong-subspecialty"
    NO_CAPACITY = "no-capacity"
    AGE = "age"
    RECORDS_MISSING = "records-missing"
    CONFLICT_OF_INTEREST = "conflict-of-interest"
    PAYER = "payer"
    LOCATION = "location"
    LANGUAGE = "language"
    DUPLICATE = "duplicate"
    NOT_NEEDED = "not-needed"
    NO_LONGER_PRACTISING = "no-longer-practising"
    OTHER = "other"


class Agreement(StrEnum):
    """What a second opinion did to the first."""

    CONFIRMED = "confirmed"
    REFINED = "refined"
    CHANGED_TREATMENT = "changed-treatment"
    CHANGED_DIAGNOSIS = "changed-diagnosis"
    NOT_COMPARABLE = "not-comparable"


class Impact(StrEnum):
    """How much a second opinion would change what is done, as the specialist who wrote it sees it."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"


class Actor(StrEnum):
    """In which role somebody acts."""

    PATIENT = "patient"
    COORDINATOR = "coordinator"
    LEAD = "lead"
    OFFICE = "office"
    INTEGRATION = "integration"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SYSTEM = "system"


STAFF = (Actor.COORDINATOR, Actor.LEAD)
