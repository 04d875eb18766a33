"""A medical record of the request as a FHIR DocumentReference; its content is fetched where the attachment says."""

from referral.domain.referral_packet import PacketDocument, ReferralPacket
from referral.domain.resource_search import Kind
from referral.domain.seen import SeenDocument
from referral.fhir.patient import KIND as PATIENT
from referral.fhir.systems import DOCUMENT_CATEGORY, LOINC, Json, concept, meta, own_system

KIND = "document"


def document_reference(document: PacketDocument, packet: ReferralPacket, root: str, who: Json) -> Json:
    """One record: what it is, and where it is read."""
    attachment: Json = {"contentType": document.content_type, "title": document.title}
    if place := document.url or packet.link:
        attachment["url"] = place
    if document.size is not None:
        attachment["size"] = document.size
    made = {**_record(document.id, document.title, root), "subject": who, "content": [{"attachment": attachment}]}
    if document.created_at:
        made["date"] = document.created_at.isoformat()
    return made


def document_seen(seen: SeenDocument, root: str) -> Json:
    """One record as somebody reads it here; its content is fetched with the same token."""
    attachment: Json = {"contentType": seen.content_type, "title": seen.title, "size": seen.size}
    if seen.checked:
        attachment["url"] = f"{root}/api/v1/referrals/{seen.request_id}/documents/{seen.id}"
    return {
        **_record(seen.id, seen.title, root),
        "id": seen.id,
        "meta": meta("", seen.changed_at),
        "docStatus": "final" if seen.checked else "preliminary",
        "subject": {"type": "Patient", "identifier": {"system": own_system(root, PATIENT), "value": seen.patient_id}},
        "date": seen.received_at.isoformat(),
        "content": [{"attachment": attachment}],
        "context": {"related": [{"reference": f"{Kind.SERVICE_REQUEST}/{seen.request_id}"}]},
    }


def _record(document_id: str, title: str, root: str) -> Json:
    """Which record it is and of what kind, whoever reads it."""
    return {
        "resourceType": "DocumentReference",
        "identifier": [{"system": own_system(root, KIND), "value": document_id}],
        "status": "current",
        "type": concept(LOINC, "57133-1", "Referral note", title),
        "category": [concept(DOCUMENT_CATEGORY, "clinical-note", "Clinical Note")],
    }
