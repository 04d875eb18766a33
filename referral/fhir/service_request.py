"""The request as a FHIR ServiceRequest, after BSeR's ReferralServiceRequest where plain R4 allows it."""

from referral.domain.opinions import said_of_the_first
from referral.domain.referral_packet import ReferralPacket
from referral.domain.resource_search import Kind
from referral.domain.seen import SeenRequest
from referral.fhir.consent import permission
from referral.fhir.patient import patient
from referral.fhir.plan_net import refers
from referral.fhir.practitioner import practitioner_reference
from referral.fhir.systems import (
    ICD10CM,
    IDENTIFIER_TYPE,
    ONCOTREE,
    ORDER_DETAIL,
    SNOMED,
    Json,
    concept,
    meta,
    own_extension,
    own_system,
    reference,
)

KIND = "service-request"
ASKS = "The patient asks: "
"""What stands before a question of the patient."""
FIRST_OPINION = "The first opinion. "
"""What stands before something the first doctor said."""


Asked = ReferralPacket | SeenRequest
"""A packet for an office, and a request that is looked at: they have in common what is asked."""


def service_request(packet: ReferralPacket, root: str) -> Json:
    """The request itself as it leaves: what is asked, by whom, of whom, and why."""
    who = reference("Patient", packet.patient.id)
    return {
        **_asked(packet, root),
        "subject": who,
        "requester": who,
        "performer": [practitioner_reference(packet.office)],
        "supportingInfo": [
            reference("Consent", packet.consent.id),
            *(reference("DocumentReference", document.id) for document in packet.documents),
        ],
    }


def service_request_seen(seen: SeenRequest, root: str) -> Json:
    """The request as somebody reads it here, with the patient and the permissions inside it."""
    who = {"reference": f"#{seen.patient.id}", "type": "Patient"}
    consents = [{**permission(one.consent, one.office, who, root), "id": one.consent.id} for one in seen.consents]
    made = {
        "resourceType": "ServiceRequest",
        "id": seen.id,
        "meta": meta(str(seen.version), seen.changed_at),
        "contained": [{**patient(seen.patient, root), "id": seen.patient.id}, *consents],
        "extension": [{"url": own_extension(root, "stage"), "valueCode": seen.stage}],
        **_asked(seen, root),
        "subject": who,
        "requester": who,
    }
    if seen.offices:
        made["performer"] = [refers(Kind.PRACTITIONER_ROLE, one.role_id, one.name) for one in seen.offices]
    if consents:
        made["supportingInfo"] = [{"reference": f"#{one['id']}", "type": "Consent"} for one in consents]
    return made


def _asked(request: Asked, root: str) -> Json:
    """What is asked and why, whoever reads it."""
    notes = [{"text": text} for text in _notes(request)]
    return {
        "resourceType": "ServiceRequest",
        "identifier": [
            {
                "type": concept(IDENTIFIER_TYPE, "PLAC", "Placer Identifier"),
                "system": own_system(root, KIND),
                "value": request.identifier,
            }
        ],
        "status": request.status,
        "intent": "order",
        "category": [concept(SNOMED, "3457005", "Patient referral")],
        "priority": request.priority,
        "code": concept(SNOMED, "3457005", "Patient referral", f"Second opinion: {request.cancer.name}"),
        "orderDetail": [concept(ORDER_DETAIL, "SO", "Second Opinion")],
        "authoredOn": request.authored_on.isoformat(),
        "reasonCode": [_reason(request)],
        **({"note": notes} if notes else {}),
        **({"occurrenceDateTime": request.decision_date.isoformat()} if request.decision_date else {}),
    }


def situation_words(situation: str) -> str:
    """What makes a patient ask, as it stands behind the cancer's name."""
    return situation.replace("-", " ")


def _reason(request: Asked) -> Json:
    """The cancer in both its code systems, and what makes the patient ask."""
    codes = [{"system": ONCOTREE, "code": request.cancer.oncotree_code, "display": request.cancer.name}]
    codes += [{"system": ICD10CM, "code": code} for code in request.cancer.icd10cm]
    situation = f" ({situation_words(request.situation)})" if request.situation else ""
    return {"coding": codes, "text": f"{request.cancer.name}{situation}"}


def _notes(request: Asked) -> list[str]:
    """The patient's questions and what the first doctor said, as the patient wrote it."""
    questions = [f"{ASKS}{question}" for question in request.questions]
    first = said_of_the_first(dict(request.first_opinion))
    return questions + [f"{FIRST_OPINION}{words}: {text}" for words, text in first]
