"""Whom a referral is for: named by NPI, since the far side has its own row for its own specialist."""

from referral.domain.referral_packet import PacketOffice
from referral.fhir.systems import NPI, Json


def practitioner_reference(office: PacketOffice) -> Json:
    """A reference by identifier to the specialist."""
    place = f", {office.organization}" if office.organization else ""
    return {
        "type": "Practitioner",
        "identifier": {"system": NPI, "value": office.npi},
        "display": f"{office.name}{place}",
    }
