"""A medical record of the request as a FHIR DocumentReference; its content stays behind the packet's link."""

from referral.domain.referral_packet import PacketDocument, ReferralPacket
from referral.fhir.systems import DOCUMENT_CATEGORY, LOINC, Json, concept, own_system, reference

KIND = "document"


def document_reference(document: PacketDocument, packet: ReferralPacket, root: str) -> Json:
    """One record: what it is, and where it is read."""
    attachment: Json = {"contentType": document.content_type, "url": packet.link, "title": document.title}
    if document.size is not None:
        attachment["size"] = document.size
    made: Json = {
        "resourceType": "DocumentReference",
        "identifier": [{"system": own_system(root, KIND), "value": document.id}],
        "status": "current",
        "type": concept(LOINC, "57133-1", "Referral note", document.title),
        "category": [concept(DOCUMENT_CATEGORY, "clinical-note", "Clinical Note")],
        "subject": reference("Patient", packet.patient.id),
        "content": [{"attachment": attachment}],
    }
    if document.created_at:
        made["date"] = document.created_at.isoformat()
    return made
