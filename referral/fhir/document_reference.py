"""A medical record of the request as a FHIR DocumentReference; its content is fetched where the attachment says."""

from referral.domain.referral_packet import PacketDocument, ReferralPacket
from referral.fhir.systems import DOCUMENT_CATEGORY, LOINC, Json, concept, own_system

KIND = "document"


def document_reference(document: PacketDocument, packet: ReferralPacket, root: str, who: Json) -> Json:
    """One record: what it is, and where it is read."""
    attachment: Json = {
        "contentType": document.content_type,
        "url": document.url or packet.link,
        "title": document.title,
    }
    if document.size is not None:
        attachment["size"] = document.size
    made: Json = {
        "resourceType": "DocumentReference",
        "identifier": [{"system": own_system(root, KIND), "value": document.id}],
        "status": "current",
        "type": concept(LOINC, "57133-1", "Referral note", document.title),
        "category": [concept(DOCUMENT_CATEGORY, "clinical-note", "Clinical Note")],
        "subject": who,
        "content": [{"attachment": attachment}],
    }
    if document.created_at:
        made["date"] = document.created_at.isoformat()
    return made
