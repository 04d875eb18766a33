"""A referral on its way out: one transaction Bundle, built as R4 and checked by the models of FHIR."""

from fhir.resources.R4B.bundle import Bundle

from referral.domain.referral_packet import PacketDocument, PacketEvent, ReferralPacket
from referral.fhir import consent, document_reference, patient, service_request, task
from referral.fhir.systems import Json, query, reference, urn


def transaction(packet: ReferralPacket, root: str) -> bytes:
    """The Bundle as it is sent. The referral creates what is not there yet; later news change the Task.

    With them goes where the records are fetched, unless there is nothing to be read any more.

    Raises pydantic's ValidationError where the packet holds what FHIR does not allow.
    """
    entries = _created(packet, root) if packet.event is PacketEvent.REFERRAL else _changed(packet, root)
    bundle = Bundle.model_validate({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    return bundle.model_dump_json().encode()


def collection(packet: ReferralPacket, root: str) -> str:
    """The same resources, not to be sent but to be kept by the person they are about."""
    entries = [{"fullUrl": one["fullUrl"], "resource": one["resource"]} for one in _created(packet, root)]
    bundle = Bundle.model_validate({"resourceType": "Bundle", "type": "collection", "entry": entries})
    return str(bundle.model_dump_json(indent=2))


def if_none_exist(packet: ReferralPacket, root: str) -> str:
    """The search by which the far side finds out that it has this request already."""
    return query(root, service_request.KIND, packet.identifier)


def _created(packet: ReferralPacket, root: str) -> list[Json]:
    """Everything of a new referral, each resource on the condition that none with its identifier exists."""
    who, focus = reference("Patient", packet.patient.id), reference("ServiceRequest", packet.request_id)
    return [
        _new(packet.patient.id, patient.patient(packet.patient, root), root, patient.KIND),
        _new(packet.consent.id, consent.consent(packet, root), root, consent.KIND),
        *(
            _new(
                document.id,
                document_reference.document_reference(document, packet, root, who),
                root,
                document_reference.KIND,
            )
            for document in packet.documents
        ),
        _new(packet.request_id, service_request.service_request(packet, root), root, service_request.KIND),
        _new(packet.task_id, task.task(packet, root, focus, who), root, task.KIND),
    ]


def _new(row_id: str, resource: Json, root: str, kind: str) -> Json:
    condition = query(root, kind, resource["identifier"][0]["value"])
    place = str(resource["resourceType"])
    return {
        "fullUrl": urn(row_id),
        "resource": resource,
        "request": {"method": "POST", "url": place, "ifNoneExist": condition},
    }


def _changed(packet: ReferralPacket, root: str) -> list[Json]:
    """Task and records as they stand now; request and patient are at the far side already, found by our identifiers."""
    focus = {"reference": f"ServiceRequest?{query(root, service_request.KIND, packet.identifier)}"}
    who = {"reference": f"Patient?{query(root, patient.KIND, packet.patient.id)}"}
    place = f"Task?{query(root, task.KIND, packet.task_id)}"
    changed = task.task(packet, root, focus, who)
    found = [{"fullUrl": urn(packet.task_id), "resource": changed, "request": {"method": "PUT", "url": place}}]
    if packet.event is PacketEvent.CANCELLED:
        return found
    return [*found, *(_changed_document(document, packet, root, who) for document in packet.documents)]


def _changed_document(document: PacketDocument, packet: ReferralPacket, root: str, who: Json) -> Json:
    resource = document_reference.document_reference(document, packet, root, who)
    place = f"DocumentReference?{query(root, document_reference.KIND, document.id)}"
    return {"fullUrl": urn(document.id), "resource": resource, "request": {"method": "PUT", "url": place}}
