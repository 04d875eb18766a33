"""FHIR R4 resources of the Plan-Net profiles → what the directory keeps of them.

Plain reading of JSON with checks of what is read. Validation with `fhir.resources` (R4B) was tried on the sample
bundle: 870 resources a second on one core against 27,700, and it refuses a whole resource for a member that is of no
interest here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from referral import reference
from referral.directory import casing
from referral.directory.fields import country, languages, shown, taxonomy_codes, us_postcode
from referral.directory.json_fields import Object, objects, point, string, strings, within
from referral.directory.report import Unusable
from referral.directory.statements import Row
from referral.domain import npi
from referral.domain.place_names import fold, state_code

NUCC = "http://nucc.org/provider-taxonomy"
NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"
_CCN_SYSTEMS = frozenset(
    ["http://terminology.hl7.org/NamingSystem/CCN", "http://hl7.org/fhir/sid/us-ccn", "urn:oid:2.16.840.1.113883.4.336"]
)
_LANGUAGE_SYSTEM = "urn:ietf:bcp:47"
_PLAN_NET = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/"
_NEW_PATIENTS = f"{_PLAN_NET}newpatients"
_PROFICIENCY = f"{_PLAN_NET}communication-proficiency"
_QUALIFICATION = f"{_PLAN_NET}qualification"
_GEOLOCATION = "http://hl7.org/fhir/StructureDefinition/geolocation"

_ENOUGH = 30
"""General professional proficiency on the scale of the Interagency Language Roundtable (0–50)."""
_CODE = re.compile(r"[0-9]{3}[0-9A-Z]{6}X")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_CCN = re.compile(r"[0-9A-Z]{6}")
_US = frozenset({"", "US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})
_PHONE = re.compile(
    r"(?:\+?1[\s.-]*)?\(?([0-9]{3})\)?[\s./-]*([0-9]{3})[\s.-]*([0-9]{4})(?:[\s,;]*(?:x|ext\.?)\s*([0-9]+))?"
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "v"})
_GENDERS = frozenset({"male", "female", "other", "unknown"})


@dataclass(frozen=True, slots=True)
class Role:
    """A PractitionerRole: what it says itself, and the keys of what it refers to."""

    id: str
    practitioner: str
    organization: str
    locations: tuple[str, ...]
    endpoints: tuple[str, ...]
    codes: tuple[str, ...]
    phone: str
    accepts: bool | None
    active: bool


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Location or an Organization is, as columns of a role; `phone` is its own."""

    values: Row
    phone: str


def keys(resource: Object, full_url: str) -> list[str]:
    """Return the texts by which references name a resource: “Location/17”, and its full URL where that is a URN."""
    kind, own = string(resource, "resourceType", 64), string(resource, "id", 64)
    return [*([f"{kind}/{own}"] if own else []), *([full_url] if full_url.startswith("urn:") else [])]


def key_of(reference_: Object) -> str:
    """Return what a reference names, in the way of `keys`; empty where it names nothing in a file."""
    text = string(reference_, "reference", 1000).partition("/_history/")[0]
    if text.startswith("urn:"):
        return text
    kind, _, own = text.rpartition("/")
    return f"{kind.rpartition('/')[2]}/{own}" if kind and own else ""


def codes_of_role(resource: Object) -> tuple[str, ...]:
    """Return the NUCC codes of a PractitionerRole, each once: its specialties, then what it is qualified for."""
    codes = [*_codings(objects(resource, "specialty")), *_codings(_qualifications(resource))]
    return tuple(dict.fromkeys(codes))


def qualified_in(practitioner: Object) -> list[str]:
    """Return the NUCC codes of a practitioner's qualifications."""
    return _codings(within(each, "code") for each in objects(practitioner, "qualification"))


def role(resource: Object, today: date) -> Role:
    """Return a PractitionerRole; `Unusable` says what is wrong."""
    own = string(resource, "id", 100)
    if not _ID.fullmatch(own):
        raise Unusable("id", f"{shown(own)} is no id of FHIR")
    return Role(
        id=own,
        practitioner=key_of(within(resource, "practitioner")),
        organization=key_of(within(resource, "organization")),
        locations=_keys_in(resource, "location"),
        endpoints=_keys_in(resource, "endpoint"),
        codes=codes_of_role(resource),
        phone=phone(resource),
        accepts=_accepts(resource),
        active=is_active(resource, today),
    )


def is_active(resource: Object, today: date) -> bool:
    """Whether a resource is in use: not marked as inactive, and its period not over."""
    end = string(within(resource, "period"), "end", 40)[:10]
    return resource.get("active") is not False and not (len(end) == 10 and end < today.isoformat())


def number(practitioner: Object) -> str:
    """Return the practitioner's NPI, its check digit being right."""
    found = [string(each, "value", 40) for each in objects(practitioner, "identifier") if _is_npi(each)]
    valid = next(filter(npi.is_valid, found), None)
    if valid is None:
        wrong = f"{shown(found[0])} is no NPI: ten digits, the last a check digit" if found else ""
        raise Unusable("identifier", wrong or f"holds no NPI (system {NPI_SYSTEM})")
    return valid


def practitioner(resource: Object, codes: Iterable[str]) -> Row:
    """Return a practitioner's columns; `codes` are those of the roles, which stand before those of qualifications."""
    name = _usual_name(resource)
    family = casing.person_name(string(name, "family", 180))
    first, *others = [*strings(name, "given", 90), ""]
    given = " ".join(filter(None, [casing.person_name(first), *map(casing.initials, others)]))[:200]
    if not family or not given:
        raise Unusable("name", "holds no given name" if family else "holds no family name")
    suffixes = strings(name, "suffix", 50)
    generation = next((each for each in suffixes if fold(each) in _SUFFIXES), "")
    gender = string(resource, "gender", 20)
    return {
        "given": given,
        "family": casing.with_suffix(family, generation),
        "credential": ", ".join(each for each in suffixes if each != generation)[:100],
        "gender": gender if gender in _GENDERS else "",
        "languages": list(_languages(resource)),
        "taxonomy_codes": taxonomy_codes({"codes": "|".join([*codes, *qualified_in(resource)])}, "codes"),
    }


def address(resource: Object) -> Address:
    """Return where a Location or an Organization is; without a position of its own at its ZIP code or large city."""
    found = _address(resource)
    written_country = string(found, "country", 60).upper()
    at_home = written_country in _US
    written = string(found, "postalCode", 20)
    postcode = (us_postcode(written) or "")[:5] if at_home else written
    state = string(found, "state", 100)
    values: Row = {
        "line1": ", ".join(casing.place_name(line) for line in strings(found, "line", 140))[:300],
        "city": casing.place_name(string(found, "city", 200)),
        "state": (state_code(fold(state)) or state.upper()) if at_home else state,
        "postcode": postcode,
        "country": "US" if at_home else country({"country": written_country}),
    }
    return Address(values | (_position(resource, found) or reference.position(values)), phone(resource))


def ccn(organization: Object) -> str:
    """Return the CMS certification number of an organization; empty where it has none."""
    found = objects(organization, "identifier")
    numbers = (string(each, "value", 20).upper().zfill(6) for each in found if each.get("system") in _CCN_SYSTEMS)
    return next(filter(_CCN.fullmatch, numbers), "")


def phone(resource: Object) -> str:
    """Return the first telephone number by rank, written 617-555-0101 ext. 4; empty where there is none."""
    in_use = (each for each in objects(resource, "telecom") if each.get("use") != "old")
    phones = [each for each in in_use if each.get("system") == "phone"]
    phones.sort(key=lambda each: each["rank"] if isinstance(each.get("rank"), int) else 1_000)
    written = next(filter(None, (string(each, "value", 50) for each in phones)), "")
    found = _PHONE.fullmatch(written.strip())
    if not found:
        return written
    area, exchange, line, extension = found.groups()
    return f"{area}-{exchange}-{line}" + (f" ext. {extension}" if extension else "")


def _is_npi(identifier: Object) -> bool:
    return identifier.get("system") == NPI_SYSTEM and identifier.get("use") != "old"


def _codings(concepts: Iterable[Object]) -> list[str]:
    codings = (coding for concept in concepts for coding in objects(concept, "coding"))
    codes = (string(each, "code", 40) for each in codings if each.get("system") == NUCC)
    return list(dict.fromkeys(code for code in codes if _CODE.fullmatch(code)))


def _qualifications(resource: Object) -> Iterator[Object]:
    """The codes of the extension that says what somebody is qualified for in this role."""
    for extension in _extensions(resource, _QUALIFICATION):
        for part in _extensions(extension, "code"):
            yield within(part, "valueCodeableConcept")


def _extensions(holder: Object, url: str) -> list[Object]:
    return [each for each in objects(holder, "extension") if each.get("url") == url]


def _keys_in(resource: Object, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for each in objects(resource, name) if (key := key_of(each))))


def _accepts(resource: Object) -> bool | None:
    """Whether the role takes new patients; with several networks, whether it does for any. None: it does not say."""
    said = [
        string(coding, "code", 40)
        for extension in _extensions(resource, _NEW_PATIENTS)
        for part in _extensions(extension, "acceptingPatients")
        for coding in objects(within(part, "valueCodeableConcept"), "coding")
    ]
    return "newpt" in said if said else None


def _usual_name(resource: Object) -> Object:
    """The name in use: the official one, else the first that is not a former one."""
    names = [each for each in objects(resource, "name") if each.get("use") not in ("old", "maiden", "nickname")]
    official = [each for each in names if each.get("use") in ("official", "usual")]
    return next(iter([*official, *names]), {})


def _languages(resource: Object) -> Iterator[str]:
    """The languages somebody can talk to patients in; tags that are none are left out."""
    for each in objects(resource, "communication"):
        if _speaks_well(each):
            for coding in objects(each, "coding"):
                if coding.get("system") == _LANGUAGE_SYSTEM:
                    yield from _tag(string(coding, "code", 35))


def _tag(written: str) -> list[str]:
    try:
        return languages({"code": written}, "code")
    except Unusable:
        return []


def _speaks_well(communication: Object) -> bool:
    """Whether the proficiency, where it is given, is enough to talk about a disease."""
    levels = [
        string(coding, "code", 10)
        for extension in _extensions(communication, _PROFICIENCY)
        for coding in objects(within(extension, "valueCodeableConcept"), "coding")
    ]
    known = [int(level) for level in levels if level.isascii() and level.isdigit()]
    return not known or max(known) >= _ENOUGH


def _address(resource: Object) -> Object:
    """The address: one object of a Location, a list of an Organization."""
    if isinstance(resource.get("address"), list):
        found = [each for each in objects(resource, "address") if each.get("use") not in ("old", "billing")]
        return next(iter(found), {})
    return within(resource, "address")


def _position(resource: Object, found: Object) -> Row:
    """The position that the resource gives; nothing where it gives none."""
    latitude, longitude = point(within(resource, "position"), "latitude", "longitude")
    if latitude is None:
        latitude, longitude = _geolocation(found)
    return {"latitude": latitude, "longitude": longitude, "precision": "given"} if latitude is not None else {}


def _geolocation(found: Object) -> tuple[float | None, float | None]:
    """The position in the extension of an address."""
    for extension in _extensions(found, _GEOLOCATION):
        degrees = {string(part, "url", 20): part.get("valueDecimal") for part in objects(extension, "extension")}
        return point(degrees, "latitude", "longitude")
    return None, None
