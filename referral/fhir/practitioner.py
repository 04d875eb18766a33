"""A specialist as FHIR Practitioner (Plan-Net), and whom a referral is for: named by NPI, which every side knows."""

from collections.abc import Mapping

from referral.domain.referral_packet import PacketOffice
from referral.domain.resource_search import NUCC, Kind
from referral.fhir.plan_net import claims
from referral.fhir.systems import LANGUAGES, NPI, Json
from referral.models import Practitioner

_GENDERS = frozenset({"male", "female", "other", "unknown"})


def practitioner_reference(office: PacketOffice) -> Json:
    """A reference by identifier to the specialist."""
    place = f", {office.organization}" if office.organization else ""
    return {
        "type": "Practitioner",
        "identifier": {"system": NPI, "value": office.npi},
        "display": f"{office.name}{place}",
    }


def practitioner(row: Practitioner, specialties: Mapping[str, str]) -> Json:
    """The person, with what they are qualified for; `specialties` are the names of taxonomy codes as far as known."""
    credential = f", {row.credential}" if row.credential else ""
    name: Json = {"use": "official", "text": f"{row.name}{credential}", "family": row.family, "given": [row.given]}
    if row.credential:
        name["suffix"] = [row.credential]
    made: Json = {
        "resourceType": "Practitioner",
        "id": row.npi,
        "meta": claims(Kind.PRACTITIONER),
        "identifier": [{"use": "official", "system": NPI, "value": row.npi}],
        "active": True,
        "name": [name, *({"use": "old", "text": other} for other in row.other_names)],
    }
    if row.gender in _GENDERS:
        made["gender"] = row.gender
    if row.taxonomy_codes:
        made["qualification"] = [{"code": specialty(code, specialties)} for code in row.taxonomy_codes]
    if row.languages:
        made["communication"] = [{"coding": [{"system": LANGUAGES, "code": tag}]} for tag in row.languages]
    return made


def specialty(code: str, names: Mapping[str, str]) -> Json:
    """A taxonomy code as a CodeableConcept."""
    display = {"display": names[code]} if code in names else {}
    return {"coding": [{"system": NUCC, "code": code, **display}]}
