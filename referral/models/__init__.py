"""Tables and their constraints; no queries and no rules."""

from referral.models.access import AccessLink, ApiToken, Staff
from referral.models.base import Base
from referral.models.deliveries import Delivery, DeliveryAttempt
from referral.models.directory import (
    DirectoryImport,
    Experience,
    Organization,
    OrganizationExperience,
    Practitioner,
    PractitionerRole,
)
from referral.models.requests import (
    Consent,
    IdempotencyKey,
    Opinion,
    Patient,
    RecordItem,
    ReferralEvent,
    ReferralTask,
    RequestDraft,
    ServiceRequest,
    ShortlistEntry,
)
from referral.models.searches import SearchRecord
from referral.models.vocabulary import AddedCancer, AddedTerm, VocabularyImport

__all__ = [
    "AccessLink",
    "AddedCancer",
    "AddedTerm",
    "ApiToken",
    "Base",
    "Consent",
    "Delivery",
    "DeliveryAttempt",
    "DirectoryImport",
    "Experience",
    "IdempotencyKey",
    "Opinion",
    "Organization",
    "OrganizationExperience",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "RecordItem",
    "ReferralEvent",
    "ReferralTask",
    "RequestDraft",
    "SearchRecord",
    "ServiceRequest",
    "ShortlistEntry",
    "Staff",
    "VocabularyImport",
]
