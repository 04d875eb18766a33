"""What can be looked for at `/fhir`, and how a search of FHIR R4 is read: parameters, their values, what goes along.

The tables below say all there is; the CapabilityStatement is written from them, and the queries of `store/` have a
condition for each. A parameter nobody knows is left out, and refused where the caller wants it strict.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from referral.domain.errors import Invalid

MOST = 100
USUAL = 20
"""Resources of a page."""
NPI = "http://hl7.org/fhir/sid/us-npi"
CCN = "http://hl7.org/fhir/sid/us-ccn"
NUCC = "http://nucc.org/provider-taxonomy"
"""The systems by whose numbers and codes the directory is searched."""
MOST_VALUES = 50
"""Alternatives of one parameter."""
MOST_CONDITIONS = 20
MOST_IN_ALL = 100
"""Parameters of one search, and values of all of them: each is a condition of the query."""
LONGEST_TEXT = 200


class Kind(StrEnum):
    """The resources that are served."""

    PRACTITIONER = "Practitioner"
    PRACTITIONER_ROLE = "PractitionerRole"
    ORGANIZATION = "Organization"
    LOCATION = "Location"
    SERVICE_REQUEST = "ServiceRequest"
    TASK = "Task"
    DOCUMENT_REFERENCE = "DocumentReference"
    COMMUNICATION = "Communication"


DIRECTORY = (Kind.PRACTITIONER, Kind.PRACTITIONER_ROLE, Kind.ORGANIZATION, Kind.LOCATION)
"""Open to everybody."""
OF_REQUESTS = (Kind.SERVICE_REQUEST, Kind.TASK, Kind.DOCUMENT_REFERENCE, Kind.COMMUNICATION)
"""For programs with a token, each what is theirs."""

NUMBERED = (Kind.SERVICE_REQUEST, Kind.TASK)
"""Those whose version is a number that each change raises."""


class Form(StrEnum):
    """FHIR's types of search parameters."""

    TOKEN = "token"  # noqa: S105 - FHIR's word for a code with its system
    REFERENCE = "reference"
    DATE = "date"
    STRING = "string"


_TOKEN, _REFERENCE, _DATE, _STRING = Form.TOKEN, Form.REFERENCE, Form.DATE, Form.STRING
_PLACE = {"address-city": _STRING, "address-state": _STRING, "address-postalcode": _STRING}
_EVERY = {"_id": _TOKEN, "identifier": _TOKEN}
_OF_REQUEST = {**_EVERY, "_lastUpdated": _DATE, "status": _TOKEN, "patient": _REFERENCE, "subject": _REFERENCE}

PARAMETERS: Mapping[Kind, Mapping[str, Form]] = {
    Kind.PRACTITIONER: {**_EVERY, "name": _STRING, "family": _STRING, "given": _STRING},
    Kind.PRACTITIONER_ROLE: {
        "_id": _TOKEN,
        "practitioner": _REFERENCE,
        "organization": _REFERENCE,
        "location": _REFERENCE,
        "specialty": _TOKEN,
        "practitioner.identifier": _TOKEN,
        "practitioner.name": _STRING,
        "organization.name": _STRING,
        **{f"location.{name}": form for name, form in _PLACE.items()},
    },
    Kind.ORGANIZATION: {**_EVERY, "name": _STRING},
    Kind.LOCATION: {"_id": _TOKEN, "organization": _REFERENCE, **_PLACE},
    Kind.SERVICE_REQUEST: {**_OF_REQUEST, "priority": _TOKEN, "authored": _DATE},
    Kind.TASK: {
        **_OF_REQUEST, "business-status": _TOKEN, "owner": _REFERENCE, "focus": _REFERENCE, "authored-on": _DATE,
    },
    Kind.DOCUMENT_REFERENCE: {**_OF_REQUEST, "related": _REFERENCE, "date": _DATE},
    Kind.COMMUNICATION: {**_OF_REQUEST, "based-on": _REFERENCE, "recipient": _REFERENCE, "sent": _DATE},
}  # fmt: skip
"""By what each resource is found; a name with a dot asks about what the resource refers to."""

INCLUDES: Mapping[Kind, Mapping[str, Kind]] = {
    Kind.PRACTITIONER: {},
    Kind.PRACTITIONER_ROLE: {
        "practitioner": Kind.PRACTITIONER,
        "organization": Kind.ORGANIZATION,
        "location": Kind.LOCATION,
    },
    Kind.ORGANIZATION: {},
    Kind.LOCATION: {"organization": Kind.ORGANIZATION},
    Kind.SERVICE_REQUEST: {"performer": Kind.PRACTITIONER_ROLE},
    Kind.TASK: {"focus": Kind.SERVICE_REQUEST, "owner": Kind.PRACTITIONER_ROLE},
    Kind.DOCUMENT_REFERENCE: {"related": Kind.SERVICE_REQUEST},
    Kind.COMMUNICATION: {"based-on": Kind.SERVICE_REQUEST, "recipient": Kind.PRACTITIONER_ROLE},
}
"""What `_include` may bring along."""

_CONTROL = frozenset({"_count", "_after", "_include", "_format"})
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_MOMENT = re.compile(
    r"(?P<prefix>eq|ne|gt|lt|ge|le|sa|eb)?(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d{1,9}))?)?(?P<zone>Z|[+\- ]\d\d:\d\d)?)?)?)?"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A code, and its system where one was named (empty: the code has none)."""

    system: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource that is referred to; `kind` is empty where the id alone was given."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Span:
    """A day, month, year or moment with a comparison: from `start` on, before `end`."""

    prefix: str
    start: datetime
    end: datetime


Value = Token | Reference | Span | str


@dataclass(frozen=True, slots=True)
class Condition:
    """One parameter; any of its values will do."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it was understood. `after` is the id the page before ended with; `used` is what the answer names."""

    kind: Kind
    conditions: tuple[Condition, ...] = ()
    includes: frozenset[str] = frozenset()
    count: int = USUAL
    after: str = ""
    used: tuple[tuple[str, str], ...] = ()


def understood(kind: Kind, given: Iterable[tuple[str, str]], root: str, *, strict: bool) -> Search:
    """The search for these pairs of name and value; `root` is the address of the FHIR server.

    Raise `Invalid` for a value that cannot be read, and where it is `strict` for a parameter that is not known.
    """
    conditions, includes, used = list[Condition](), set[str](), list[tuple[str, str]]()
    count, after = USUAL, ""
    for name, text in given:
        known = True
        if name in PARAMETERS[kind]:
            conditions.append(Condition(name, _values(name, text, PARAMETERS[kind][name], root)))
            if sum(len(one.values) for one in conditions) > MOST_IN_ALL or len(conditions) > MOST_CONDITIONS:
                raise Invalid(name, f"A search has at most {MOST_CONDITIONS} conditions and {MOST_IN_ALL} values.")
        elif name == "_count":
            count = _count(text)
        elif name == "_after":
            after = _after(text)
        elif name == "_include" and _included(kind, text):
            includes.add(_included(kind, text))
        else:
            known = name == "_format"
            _refuse_modifier(kind, name)
            if strict and not known:
                raise Invalid(name[:64], _unknown(kind, name))
        if known and name not in ("_count", "_after", "_format"):
            used.append((name, text))
    return Search(kind, tuple(conditions), frozenset(includes), count, after, tuple(used))


def _values(name: str, text: str, form: Form, root: str) -> tuple[Value, ...]:
    """Any of the values that commas separate."""
    parts = [part for part in text.split(",") if part.strip()]
    if not parts or len(parts) > MOST_VALUES:
        raise Invalid(name, f"Give 1 to {MOST_VALUES} values.")
    return tuple(_value(name, part.strip(), form, root) for part in parts)


def _value(name: str, text: str, form: Form, root: str) -> Value:
    if len(text) > LONGEST_TEXT:
        raise Invalid(name, f"A value has at most {LONGEST_TEXT} characters.")
    if form is Form.TOKEN:
        system, bar, code = text.rpartition("|")
        return Token(system if bar else None, code)
    if form is Form.REFERENCE:
        return _reference(name, text.removeprefix(f"{root}/"))
    return _span(name, text) if form is Form.DATE else text


def _reference(name: str, text: str) -> Reference:
    kind, _, resource_id = text.rpartition("/")
    if "/" in kind or not _ID.fullmatch(resource_id):
        raise Invalid(name, "Refer to a resource of this server, such as Task/ID.")
    return Reference(kind, resource_id)


def _span(name: str, text: str) -> Span:
    found = _MOMENT.fullmatch(text)
    try:
        if found:
            return _span_of({key: value or "" for key, value in found.groupdict().items()})
    except (ValueError, OverflowError):
        pass
    raise Invalid(name, "Write a date such as ge2026-12-10 or lt2026-12-10T09:30:00Z, with eq, ne, gt, lt, ge, le.")


def _span_of(part: Mapping[str, str]) -> Span:
    """The first moment of what was named, and the first one after it."""
    year, month, day = (int(part[name] or 1) for name in ("year", "month", "day"))
    start = datetime(year, month, day, tzinfo=UTC)
    if part["hour"]:
        zone = part["zone"].replace(" ", "+") or "Z"  # a plus sign that was not written as %2B is a space
        fraction = (part["fraction"] or "0")[:6].ljust(6, "0")
        seconds = f"{part['second'] or '00'}.{fraction}"
        start = datetime.fromisoformat(
            f"{part['year']}-{part['month']}-{part['day']}T{part['hour']}:{part['minute']}:{seconds}{zone}"
        ).astimezone(UTC)
        return Span(part["prefix"] or "eq", start, start + _precision(part))
    if part["day"]:
        return Span(part["prefix"] or "eq", start, start + timedelta(days=1))
    months = year * 12 + (month if part["month"] else 12)
    return Span(part["prefix"] or "eq", start, datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC))


def _precision(part: Mapping[str, str]) -> timedelta:
    if part["fraction"]:
        return timedelta(microseconds=10 ** max(0, 6 - len(part["fraction"])))
    return timedelta(seconds=1) if part["second"] else timedelta(minutes=1)


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise Invalid("_count", f"Give a number from 1 on; more than {MOST} brings {MOST}.")
    return min(int(text), MOST)


def _after(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Invalid("_after", "Follow the link to the next page as it was given.")
    return text


def _included(kind: Kind, text: str) -> str:
    """The name of what is to be brought along, empty where this is nothing that can be."""
    source, _, rest = text.partition(":")
    name, _, target = rest.partition(":")
    known = INCLUDES[kind].get(name)
    return name if source == kind and known is not None and target in ("", known) else ""


def _refuse_modifier(kind: Kind, name: str) -> None:
    """A modifier changes what a known parameter means, so that it cannot be left out."""
    bare, _, modifier = name.partition(":")
    if modifier and bare in PARAMETERS[kind]:
        raise Invalid(name[:64], "This modifier is not known here.")


def _unknown(kind: Kind, name: str) -> str:
    known = ", ".join([*PARAMETERS[kind], *sorted(_CONTROL)])
    return f"This parameter, or its value, is not known here. Use: {known}." if name else "A parameter needs a name."
