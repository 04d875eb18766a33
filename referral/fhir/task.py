"""One specialist's handling of the request as a FHIR Task, after BSeR's ReferralTask."""

from referral.domain.referral_packet import ReferralPacket
from referral.fhir.practitioner import practitioner_reference
from referral.fhir.systems import BUSINESS_STATUS, BUSINESS_WORDS, TASK_CODE, Json, concept, own_system

KIND = "task"


def task(packet: ReferralPacket, root: str, focus: Json, who: Json) -> Json:
    """The task: its status, whose it is, what it is about, and by when an answer is expected."""
    code = packet.business_status
    made: Json = {
        "resourceType": "Task",
        "identifier": [{"system": own_system(root, KIND), "value": packet.task_id}],
        "status": packet.task_status,
        "businessStatus": concept(BUSINESS_STATUS, code, BUSINESS_WORDS[code]),
        "intent": "order",
        "priority": packet.priority,
        "code": concept(TASK_CODE, "fulfill", "Fulfill the focal request"),
        "description": "Second opinion",
        "focus": focus,
        "for": who,
        "authoredOn": packet.asked_on.isoformat(),
        "lastModified": max(packet.asked_on, packet.sent_on).isoformat(),
        "requester": who,
        "owner": practitioner_reference(packet.office),
        "input": [
            {"type": {"text": "Page on which the office reads the records and answers"}, "valueUrl": packet.link}
        ],
    }
    if packet.answer_by:
        made["restriction"] = {"period": {"end": packet.answer_by.isoformat()}}
    return made
