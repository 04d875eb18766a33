"""The request as a FHIR ServiceRequest, after BSeR's ReferralServiceRequest where plain R4 allows it."""

from referral.domain.opinions import said_of_the_first
from referral.domain.referral_packet import ReferralPacket
from referral.fhir.practitioner import practitioner_reference
from referral.fhir.systems import (
    ICD10CM,
    IDENTIFIER_TYPE,
    ONCOTREE,
    ORDER_DETAIL,
    SNOMED,
    Json,
    concept,
    own_system,
    reference,
)

KIND = "service-request"


def service_request(packet: ReferralPacket, root: str) -> Json:
    """The request itself: what is asked, by whom, of whom, and why."""
    who = reference("Patient", packet.patient.id)
    notes = [{"text": text} for text in _notes(packet)]
    return {
        "resourceType": "ServiceRequest",
        "identifier": [
            {
                "type": concept(IDENTIFIER_TYPE, "PLAC", "Placer Identifier"),
                "system": own_system(root, KIND),
                "value": packet.identifier,
            }
        ],
        "status": packet.status,
        "intent": "order",
        "category": [concept(SNOMED, "3457005", "Patient referral")],
        "priority": packet.priority,
        "code": concept(SNOMED, "3457005", "Patient referral", f"Second opinion: {packet.cancer.name}"),
        "orderDetail": [concept(ORDER_DETAIL, "SO", "Second Opinion")],
        "subject": who,
        "authoredOn": packet.authored_on.isoformat(),
        "requester": who,
        "performer": [practitioner_reference(packet.office)],
        "reasonCode": [_reason(packet)],
        "supportingInfo": [
            reference("Consent", packet.consent.id),
            *(reference("DocumentReference", document.id) for document in packet.documents),
        ],
        **({"note": notes} if notes else {}),
        **({"occurrenceDateTime": packet.decision_date.isoformat()} if packet.decision_date else {}),
    }


def _reason(packet: ReferralPacket) -> Json:
    """The cancer in both its code systems, and what makes the patient ask."""
    codes = [{"system": ONCOTREE, "code": packet.cancer.oncotree_code, "display": packet.cancer.name}]
    codes += [{"system": ICD10CM, "code": code} for code in packet.cancer.icd10cm]
    situation = f" ({packet.situation.replace('-', ' ')})" if packet.situation else ""
    return {"coding": codes, "text": f"{packet.cancer.name}{situation}"}


def _notes(packet: ReferralPacket) -> list[str]:
    """The patient's questions and what the first doctor said, as the patient wrote it."""
    questions = [f"The patient asks: {question}" for question in packet.questions]
    first = said_of_the_first(dict(packet.first_opinion))
    return questions + [f"The first opinion. {words}: {text}" for words, text in first]
