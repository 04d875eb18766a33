"""A hospital, centre or practice as FHIR Organization (Plan-Net)."""

from referral.domain.resource_ids import fhir_id
from referral.domain.resource_search import CCN, Kind
from referral.fhir.plan_net import ORGANIZATION_TYPE, address, claims
from referral.fhir.systems import Json, concept
from referral.models import Organization, PractitionerRole


def organization(row: Organization, practises_at: PractitionerRole | None) -> Json:
    """The organization; without an address of its own it has that of one of its specialists."""
    place = address(row) or (address(practises_at) if practises_at else {})
    code, words = ("fac", "Facility") if row.ccn or row.designation else ("prvgrp", "Provider Group")
    made: Json = {
        "resourceType": "Organization",
        "id": fhir_id(row.id),
        "meta": claims(Kind.ORGANIZATION, complete=bool(place)),
        "active": True,
        "type": [concept(ORGANIZATION_TYPE, code, words)],
        "name": row.name,
    }
    if row.ccn:
        made["identifier"] = [{"system": CCN, "value": row.ccn}]
    if place:
        made["address"] = [place]
    return made
