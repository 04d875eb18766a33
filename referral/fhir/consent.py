"""What the patient allowed, as a FHIR Consent: sharing with one office, for treatment, until a day."""

from referral.domain.referral_packet import PacketConsent, PacketOffice, ReferralPacket
from referral.fhir.practitioner import practitioner_reference
from referral.fhir.systems import (
    ACT_CODE,
    ACT_REASON,
    CONSENT_SCOPE,
    LOINC,
    PARTICIPATION,
    Json,
    concept,
    own_system,
    reference,
)

KIND = "consent"


def consent(packet: ReferralPacket, root: str) -> Json:
    """The consent this referral stands on."""
    return permission(packet.consent, packet.office, reference("Patient", packet.patient.id), root)


def permission(allowed: PacketConsent, office: PacketOffice, who: Json, root: str) -> Json:
    """What somebody allowed one office."""
    return {
        "resourceType": "Consent",
        "identifier": [{"system": own_system(root, KIND), "value": allowed.id}],
        "status": "active",
        "scope": concept(CONSENT_SCOPE, "patient-privacy", "Privacy Consent"),
        "category": [concept(LOINC, "59284-0", "Consent Document")],
        "patient": who,
        "dateTime": allowed.granted_at.isoformat(),
        "performer": [who],
        "policyRule": concept(ACT_CODE, "OPTIN", "opt-in", f"Words of consent, version {allowed.text_version}"),
        "provision": {
            "type": "permit",
            "period": {"start": allowed.granted_at.isoformat(), "end": allowed.expires_at.isoformat()},
            "actor": [
                {
                    "role": concept(PARTICIPATION, "IRCP", "information recipient"),
                    "reference": practitioner_reference(office),
                }
            ],
            "purpose": [{"system": ACT_REASON, "code": "TREAT"}],
        },
    }
