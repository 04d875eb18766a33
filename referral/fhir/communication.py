"""A message to an office as a FHIR Communication: how its sending goes, and nothing of what it says."""

from referral.domain.codes import ChannelKind
from referral.domain.resource_search import Kind
from referral.domain.seen import COMMUNICATION_STATUS, SeenDelivery
from referral.fhir.patient import KIND as PATIENT
from referral.fhir.plan_net import refers
from referral.fhir.systems import COMMUNICATION_CATEGORY, PARTICIPATION_MODE, Json, concept, meta, own_system

KIND = "delivery"
_MODES = {ChannelKind.EMAIL: "EMAILWRIT", ChannelKind.POST: "MAILWRIT"}


def communication(seen: SeenDelivery, root: str) -> Json:
    """The message; its identifier is the key under which every attempt to send it goes."""
    subject = {"type": "Patient", "identifier": {"system": own_system(root, PATIENT), "value": seen.patient_id}}
    medium = {"text": seen.channel}
    if mode := _MODES.get(ChannelKind(seen.channel)):
        medium = concept(PARTICIPATION_MODE, mode, text=seen.channel)
    made: Json = {
        "resourceType": "Communication",
        "id": seen.id,
        "meta": meta("", seen.changed_at),
        "identifier": [{"system": own_system(root, KIND), "value": seen.key}],
        "basedOn": [{"reference": f"{Kind.SERVICE_REQUEST}/{seen.request_id}"}],
        "status": COMMUNICATION_STATUS[seen.status],
        "category": [concept(COMMUNICATION_CATEGORY, "notification", "Notification")],
        "medium": [medium],
        "subject": subject,
        "about": [{"reference": f"{Kind.TASK}/{seen.task_id}"}],
        "recipient": [refers(Kind.PRACTITIONER_ROLE, seen.office.role_id, seen.office.name)],
    }
    if seen.error:
        made["statusReason"] = {"text": seen.error}
    if seen.handed_over_at:
        made["sent"] = seen.handed_over_at.isoformat()
    if seen.delivered_at:
        made["received"] = seen.delivered_at.isoformat()
    return made
