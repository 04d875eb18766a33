"""What this server can do, as a FHIR CapabilityStatement: written from the tables that the server itself reads."""

from referral.domain.resource_search import DIRECTORY, INCLUDES, NUMBERED, PARAMETERS, Kind
from referral.fhir.plan_net import profile
from referral.fhir.systems import Json

WRITTEN = "2026-11-23"
"""When what it says last changed."""

_WHO = (
    "The directory is open to everybody. Everything about a request needs a bearer token, which an admin of this "
    "service makes; cookies count for nothing here. What a token may not see does not exist for it (404)."
)


def capability_statement(base: str) -> Json:
    """The statement of the server at this address."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": WRITTEN,
        "kind": "instance",
        "software": {"name": "Second opinion"},
        "implementation": {"description": "Second opinions on a cancer: directory and referrals", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": _WHO,
                "security": {"cors": False, "description": "Authorization: Bearer TOKEN"},
                "resource": [_resource(kind) for kind in Kind],
            }
        ],
    }


def _resource(kind: Kind) -> Json:
    interactions = ["read", "search-type", *(["vread"] if kind in NUMBERED else []), *_CHANGES.get(kind, ())]
    made: Json = {
        "type": kind,
        "interaction": [{"code": code} for code in interactions],
        "readHistory": False,
        "versioning": "versioned-update" if "update" in interactions else "versioned",
        "conditionalRead": "not-match",
        "searchParam": [{"name": name, "type": form} for name, form in PARAMETERS[kind].items() if "." not in name],
    }
    if kind in DIRECTORY:
        made["profile"] = profile(kind)
    if "create" in interactions:
        made |= {"conditionalCreate": True, "documentation": _CREATES}
    if "update" in interactions:
        made |= {"updateCreate": False, "documentation": _UPDATES}
    includes = [f"{kind}:{name}" for name in INCLUDES[kind]]
    return {**made, **({"searchInclude": includes} if includes else {})}


_CHANGES = {Kind.SERVICE_REQUEST: ("create",), Kind.TASK: ("update",)}
_CREATES = (
    "A request for a second opinion: intent order, reasonCode with an OncoTree or ICD-10-CM code, subject and the "
    "patient's Consent as contained resources, performer the PractitionerRoles to ask, in order. If-None-Exist or "
    "Idempotency-Key make a repeat harmless."
)
_UPDATES = (
    "By its owner, with If-Match: status received, accepted, rejected (statusReason), on-hold (statusReason.text), "
    "in-progress (businessStatus 5.1.1 with executionPeriod.start, 5.1.2, 5.1.4), completed (output)."
)
