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
from referral.models.bulk import BulkItem, BulkJob
from referral.models.deliveries import Breaker, Delivery, DeliveryAttempt, Receipt
from referral.models.desk import DeskSearch, DeskView
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
from referral.models.operations import ClockChange, ClockSetting, ClosedDay, PlannedRun, Turn, WorkerBeat
from referral.models.opinions import Opinion, OpinionSurvey, PatientNote
from referral.models.patient_accounts import (
    PatientAccount,
    PatientAccountLink,
    PatientAccountRequest,
    PatientRecoveryCode,
    PatientSession,
)
from referral.models.records import Document, RecordItem
from referral.models.replies import Macro, ReplyTemplate, ReplyTemplateVersion
from referral.models.reports import ReportAttempt, ReportCase, ReportStay, ReportWork
from referral.models.requests import (
    Consent,
    IdempotencyKey,
    Patient,
    ReferralEvent,
    ReferralTask,
    RequestDraft,
    ServiceRequest,
    ShortlistEntry,
)
from referral.models.research import Payment, Trial, TrialOfficial, TrialSite
from referral.models.searches import SearchRecord
from referral.models.thread import Presence, ThreadMessage
from referral.models.uploads import PartialUpload, UploadPart
from referral.models.vocabulary import AddedCancer, AddedTerm, VocabularyImport

__all__ = [
    "AccessLink",
    "AddedCancer",
    "AddedTerm",
    "ApiToken",
    "AuditEntry",
    "Base",
    "Breaker",
    "BulkItem",
    "BulkJob",
    "ClockChange",
    "ClockSetting",
    "ClosedDay",
    "Consent",
    "ContactChange",
    "Delivery",
    "DeliveryAttempt",
    "DeskSearch",
    "DeskView",
    "DirectoryCheck",
    "DirectoryImport",
    "Document",
    "EmergencyAccess",
    "Experience",
    "FieldChange",
    "GeocodedAddress",
    "IdempotencyKey",
    "Macro",
    "Opinion",
    "OpinionSurvey",
    "Organization",
    "OrganizationAlias",
    "OrganizationExperience",
    "PartialUpload",
    "Patient",
    "PatientAccount",
    "PatientAccountLink",
    "PatientAccountRequest",
    "PatientMessage",
    "PatientNote",
    "PatientRecoveryCode",
    "PatientSession",
    "Payment",
    "PlannedRun",
    "Practitioner",
    "PractitionerRole",
    "Presence",
    "Receipt",
    "RecordItem",
    "RecoveryCode",
    "ReferralEvent",
    "ReferralTask",
    "ReplyTemplate",
    "ReplyTemplateVersion",
    "ReportAttempt",
    "ReportCase",
    "ReportStay",
    "ReportWork",
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
    "UploadPart",
    "VocabularyImport",
    "WorkerBeat",
]
