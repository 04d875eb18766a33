"""Where a specialist practises as FHIR Location (Plan-Net)."""

from referral.domain.resource_ids import fhir_id
from referral.domain.resource_search import Kind
from referral.fhir.plan_net import address, claims, phone, refers
from referral.fhir.systems import Json
from referral.models import PractitionerRole


def location(row: PractitionerRole) -> Json:
    """The place of a role, known by the role's id."""
    belongs = row.organization if row.organization is not None and row.organization.retired_at is None else None
    made: Json = {
        "resourceType": "Location",
        "id": fhir_id(row.id),
        "meta": claims(Kind.LOCATION),
        "status": "active",
        "name": belongs.name if belongs else f"Office of {row.practitioner.name}",
        **phone(row.phone),
    }
    if place := address(row):
        made["address"] = place
    if row.latitude is not None and row.longitude is not None:
        made["position"] = {"longitude": row.longitude, "latitude": row.latitude}
    if belongs:
        made["managingOrganization"] = refers(Kind.ORGANIZATION, belongs.id, belongs.name)
    return made
