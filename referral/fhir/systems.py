"""The code systems of what leaves, and how our own identifiers and references are written."""

from datetime import datetime
from typing import Any

Json = dict[str, Any]

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ONCOTREE = "http://oncotree.mskcc.org"
NPI = "http://hl7.org/fhir/sid/us-npi"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
ORDER_DETAIL = "http://terminology.hl7.org/CodeSystem/v2-0282"
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
BUSINESS_STATUS = "http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS"
CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
DOCUMENT_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
COMMUNICATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"
PARTICIPATION_MODE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
LANGUAGES = "urn:ietf:bcp:47"
INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"

BUSINESS_WORDS = {
    "2.0": "Service request created",
    "3.0": "Service request accepted",
    "4.0": "Service request declined",
    "5.1.1": "Scheduled",
    "5.1.2": "Unattended",
    "5.1.3": "Event cancelled",
    "5.1.4": "Event completed",
    "5.2": "Cancellation requested",
    "6.0": "Service request cancelled",
    "7.0": "Service request completed",
}
"""BSeR's business statuses in words."""


def own_system(root: str, kind: str) -> str:
    """The name under which our identifiers of one kind are known: below the service's public address."""
    return f"{root}/fhir/sid/{kind}"


def own_codes(root: str, name: str) -> str:
    """The name of a code system of ours."""
    return f"{root}/fhir/CodeSystem/{name}"


def own_extension(root: str, name: str) -> str:
    """The name of an extension of ours."""
    return f"{root}/fhir/StructureDefinition/{name}"


def meta(version: str, changed_at: datetime) -> Json:
    """Which version of a resource this is, and since when; without a version of its own `version` is empty."""
    return {**({"versionId": version} if version else {}), "lastUpdated": changed_at.isoformat()}


def concept(system: str, code: str, display: str = "", text: str = "") -> Json:
    """A CodeableConcept of one coding."""
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding], **({"text": text} if text else {})}


def reference(kind: str, row_id: str) -> Json:
    """A reference to another resource of the same Bundle."""
    return {"reference": urn(row_id), "type": kind}


def urn(row_id: str) -> str:
    """The name of a resource inside a Bundle."""
    return f"urn:uuid:{row_id}"


def query(root: str, kind: str, value: str) -> str:
    """The search that finds our resource at the far side, for conditional creates and references."""
    return f"identifier={own_system(root, kind)}|{value}"
