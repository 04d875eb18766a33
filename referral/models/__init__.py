"""Tables and their constraints; no queries and no rules."""

from referral.models.access import (
    AccessLink,
    ApiToken,
    EmergencyAccess,
    RecoveryCode,
    SecurityKey,
    Staff,
    StaffInvitation,
    StaffSession,
)
from referral.models.audit import AuditEntry
from referral.models.base import Base
from referral.models.deliveries import Breaker, Delivery, DeliveryAttempt, Receipt
from referral.models.desk import Presence, ThreadMessage
from referral.models.directory import (
    Experience,
    Organization,
    OrganizationExperience,
    Practitioner,
    PractitionerRole,
)
from referral.models.geocoded import GeocodedAddress
from referral.models.imports import (
    DirectoryCheck,
    DirectoryImport,
    FieldChange,
    OrganizationAlias,
    SourceRecord,
    TaxonomyName,
)
from referral.models.messages import ContactChange, PatientMessage
from referral.models.operations import ClockChange, ClockSetting, Turn, WorkerBeat
from referral.models.records import Document, RecordItem
from referral.models.requests import (
    Consent,
    IdempotencyKey,
    Opinion,
    Patient,
    ReferralEvent,
    ReferralTask,
    RequestDraft,
    ServiceRequest,
    ShortlistEntry,
)
from referral.models.research import Payment, Trial, TrialOfficial, TrialSite
from referral.models.searches import SearchRecord
from referral.models.vocabulary import AddedCancer, AddedTerm, VocabularyImport

__all__ = [
    "AccessLink",
    "AddedCancer",
    "AddedTerm",
    "ApiToken",
    "AuditEntry",
    "Base",
    "Breaker",
    "ClockChange",
    "ClockSetting",
    "Consent",
    "ContactChange",
    "Delivery",
    "DeliveryAttempt",
    "DirectoryCheck",
    "DirectoryImport",
    "Document",
    "EmergencyAccess",
    "Experience",
    "FieldChange",
    "GeocodedAddress",
    "IdempotencyKey",
    "Opinion",
    "Organization",
    "OrganizationAlias",
    "OrganizationExperience",
    "Patient",
    "PatientMessage",
    "Payment",
    "Practitioner",
    "PractitionerRole",
    "Presence",
    "Receipt",
    "RecordItem",
    "RecoveryCode",
    "ReferralEvent",
    "ReferralTask",
    "RequestDraft",
    "SearchRecord",
    "SecurityKey",
    "ServiceRequest",
    "ShortlistEntry",
    "SourceRecord",
    "Staff",
    "StaffInvitation",
    "StaffSession",
    "TaxonomyName",
    "ThreadMessage",
    "Trial",
    "TrialOfficial",
    "TrialSite",
    "Turn",
    "VocabularyImport",
    "WorkerBeat",
]
