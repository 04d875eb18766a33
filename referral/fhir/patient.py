"""Who asks, as a FHIR Patient."""

from referral.domain.referral_packet import PacketPatient
from referral.fhir.systems import INTERPRETER, LANGUAGES, Json, own_system

KIND = "patient"


def patient(who: PacketPatient, root: str) -> Json:
    """The person with what an office needs to reach and greet them; FHIR knows no empty values, so none is written."""
    telecom = [
        {"system": system, "value": value} for system, value in (("phone", who.phone), ("email", who.email)) if value
    ]
    made: Json = {
        "resourceType": "Patient",
        "identifier": [{"system": own_system(root, KIND), "value": who.id}],
        "active": True,
        "communication": [{"language": {"coding": [{"system": LANGUAGES, "code": who.language}]}, "preferred": True}],
    }
    if who.family or who.given:
        made["name"] = [{"use": "official", "family": who.family, "given": [who.given]}]
    if telecom:
        made["telecom"] = telecom
    if who.birth_date:
        made["birthDate"] = who.birth_date.isoformat()
    if who.interpreter:
        made["extension"] = [{"url": INTERPRETER, "valueBoolean": True}]
    if who.postcode:
        made["address"] = [{"use": "home", "postalCode": who.postcode}]
    if who.requester_name:
        made["contact"] = [
            {
                "relationship": [{"text": who.requester_relation or "asked for the patient"}],
                "name": {"text": who.requester_name},
                **({"telecom": [{"system": "email", "value": who.requester_email}]} if who.requester_email else {}),
            }
        ]
    return made
