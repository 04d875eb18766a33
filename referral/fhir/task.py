"""One specialist's handling of the request as a FHIR Task, after BSeR's ReferralTask."""

from collections.abc import Iterator

from referral.domain.referral_packet import ReferralPacket
from referral.domain.resource_search import Kind
from referral.domain.seen import SeenTask
from referral.fhir.patient import KIND as PATIENT
from referral.fhir.plan_net import refers
from referral.fhir.practitioner import practitioner_reference
from referral.fhir.systems import (
    BUSINESS_STATUS,
    BUSINESS_WORDS,
    NPI,
    TASK_CODE,
    Json,
    concept,
    meta,
    own_codes,
    own_system,
)

KIND = "task"
REASON = "decline-reason"
OPINION = "opinion"
"""Code systems of ours: why an office declines, and the parts of a second opinion."""


def task(packet: ReferralPacket, root: str, focus: Json, who: Json) -> Json:
    """The task as it leaves: its status, whose it is, what it is about, and by when an answer is expected."""
    made: Json = {
        **_handled(packet.task_id, packet.task_status, packet.business_status, packet.priority, root),
        "focus": focus,
        "for": who,
        "authoredOn": packet.asked_on.isoformat(),
        "lastModified": max(packet.asked_on, packet.sent_on).isoformat(),
        "requester": who,
        "owner": practitioner_reference(packet.office),
    }
    if packet.link:
        page = {"type": {"text": "Page on which the office reads the records and answers"}, "valueUrl": packet.link}
        made["input"] = [page]
    if packet.answer_by:
        made["restriction"] = {"period": {"end": packet.answer_by.isoformat()}}
    return made


def task_seen(seen: SeenTask, root: str) -> Json:
    """The task as somebody reads it here; its owner is the specialist at the place that was asked."""
    who = {"type": "Patient", "identifier": {"system": own_system(root, PATIENT), "value": seen.patient_id}}
    owner = refers(Kind.PRACTITIONER_ROLE, seen.office.role_id, seen.office.name)
    made: Json = {
        **_handled(seen.id, seen.status, seen.business_status, seen.priority, root),
        "id": seen.id,
        "meta": meta(str(seen.version), seen.changed_at),
        "focus": {"reference": f"{Kind.SERVICE_REQUEST}/{seen.request_id}"},
        "for": who,
        "authoredOn": seen.authored_on.isoformat(),
        "lastModified": max(seen.authored_on, seen.changed_at).isoformat(),
        "requester": who,
        "owner": {**owner, "identifier": {"system": NPI, "value": seen.office.npi}},
    }
    if seen.answer_by:
        made["restriction"] = {"period": {"end": seen.answer_by.isoformat()}}
    if seen.appointment_on:
        made["executionPeriod"] = {"start": seen.appointment_on.isoformat()}
    if reason := _reason(seen, root):
        made["statusReason"] = reason
    if outputs := [output for opinion in seen.opinions for output in _outputs(opinion, root)]:
        made["output"] = outputs
    return made


def _handled(task_id: str, status: str, business: str, priority: str, root: str) -> Json:
    """Which task it is and how it stands, whoever reads it."""
    return {
        "resourceType": "Task",
        "identifier": [{"system": own_system(root, KIND), "value": task_id}],
        "status": status,
        "businessStatus": concept(BUSINESS_STATUS, business, BUSINESS_WORDS[business]),
        "intent": "order",
        "priority": priority,
        "code": concept(TASK_CODE, "fulfill", "Fulfill the focal request"),
        "description": "Second opinion",
    }


def _reason(seen: SeenTask, root: str) -> Json:
    """Why it was declined, as one of our codes; or what the office waits for, in its own words."""
    if seen.status == "on-hold" and seen.question:
        return {"text": seen.question}
    if not seen.status_reason:
        return {}
    return concept(own_codes(root, REASON), seen.status_reason, text=seen.status_reason.replace("-", " "))


def _outputs(opinion: tuple[tuple[str, str], ...], root: str) -> Iterator[Json]:
    for name, text in opinion:
        yield {"type": concept(own_codes(root, OPINION), name, text=name.replace("_", " ")), "valueString": text}
