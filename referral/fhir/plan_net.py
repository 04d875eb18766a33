"""The names of Da Vinci Plan-Net (version 1.2), whose shapes the directory has; and what all of it is written with."""

from referral.domain.resource_ids import fhir_id
from referral.domain.resource_search import Kind
from referral.fhir.systems import Json
from referral.models import Organization, PractitionerRole

_DEFINITIONS = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition"
_CODES = "http://hl7.org/fhir/us/davinci-pdex-plan-net/CodeSystem"
NEW_PATIENTS = f"{_DEFINITIONS}/newpatients"
ACCEPTING = f"{_CODES}/AcceptingPatientsCS"
ORGANIZATION_TYPE = f"{_CODES}/OrgTypeCS"


def profile(kind: Kind) -> str:
    """The canonical name of the profile of a resource of the directory."""
    return f"{_DEFINITIONS}/plannet-{kind}"


def claims(kind: Kind, *, complete: bool = True) -> Json:
    """What a resource says of itself: that it has the profile's shape, where nothing the profile wants is unknown."""
    return {"profile": [profile(kind)]} if complete else {}


def refers(kind: Kind, own: str, display: str = "") -> Json:
    """A reference to a resource of this server by an id of ours."""
    return {"reference": f"{kind}/{fhir_id(own)}", **({"display": display} if display else {})}


def address(place: PractitionerRole | Organization) -> Json:
    """A postal address, of what is known of it; empty where nothing is."""
    if not (place.line1 or place.city or place.postcode):
        return {}
    parts = {
        "line": [place.line1] if place.line1 else [],
        "city": place.city,
        "state": place.state,
        "postalCode": place.postcode,
        "country": place.country,
    }
    return {"type": "physical", **{name: part for name, part in parts.items() if part}}


def phone(number: str) -> Json:
    """How an office is called, as the member it is; empty where no number is known."""
    return {"telecom": [{"system": "phone", "value": number, "use": "work"}]} if number else {}
