"""A specialist at a place as FHIR PractitionerRole (Plan-Net), of no network: who they are, where, and how reached."""

from collections.abc import Mapping
from datetime import date

from referral.domain.resource_ids import fhir_id
from referral.domain.resource_search import Kind
from referral.fhir.plan_net import ACCEPTING, NEW_PATIENTS, claims, phone, refers
from referral.fhir.practitioner import specialty
from referral.fhir.systems import Json, concept
from referral.models import PractitionerRole


def practitioner_role(row: PractitionerRole, specialties: Mapping[str, str], today: date) -> Json:
    """The role; whether it takes new patients is said where it is known, and a pause while it lasts."""
    made: Json = {
        "resourceType": "PractitionerRole",
        "id": fhir_id(row.id),
        "meta": claims(Kind.PRACTITIONER_ROLE),
        "active": True,
        "practitioner": refers(Kind.PRACTITIONER, row.npi, row.practitioner.name),
        "location": [refers(Kind.LOCATION, row.id)],
        **phone(row.phone),
    }
    if row.accepts_new_patients is not None:
        made["extension"] = [_new_patients(row.accepts_new_patients)]
    if row.organization is not None and row.organization.retired_at is None:
        made["organization"] = refers(Kind.ORGANIZATION, row.organization.id, row.organization.name)
    if row.practitioner.taxonomy_codes:
        made["specialty"] = [specialty(code, specialties) for code in row.practitioner.taxonomy_codes]
    if row.paused_until is not None and row.paused_until > today:
        pause = {"end": row.paused_until.isoformat()}
        made["notAvailable"] = [{"description": "Takes no requests for a second opinion", "during": pause}]
    return made


def _new_patients(accepts: bool) -> Json:
    """Plan-Net's extension, for no network in particular."""
    code, words = ("newpt", "Accepting new patients") if accepts else ("nopt", "Not accepting patients")
    value = concept(ACCEPTING, code, words)
    return {"url": NEW_PATIENTS, "extension": [{"url": "acceptingPatients", "valueCodeableConcept": value}]}
