"""Reading a health plan's directory: FHIR R4 Bundles and JSON lines of the Da Vinci Plan-Net profiles.

PractitionerRole is the row of this source: a specialist at a place. Only roles with an oncology taxonomy (a NUCC code
we keep, as specialty or as qualification) are taken, with the Practitioner, the Organization, the Locations and the
Endpoints they refer to, in whatever file of the folder or archive these stand. So the files are read three times:
who is qualified, which roles, and what these refer to; of the rest nothing is remembered.

A plan knows its own networks only, so no insurers are taken: a list of one would read as “takes no other”. An Endpoint
is a remark in the report; nothing is sent to an address that no office has confirmed. HealthcareService is not read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from referral import reference
from referral.directory import json_text, plan_net_rows
from referral.directory.csv_text import Reject
from referral.directory.fields import shown
from referral.directory.json_fields import Object, string, within
from referral.directory.json_text import Element, Part
from referral.directory.plan_net_rows import Address, Role
from referral.directory.report import ImportRefused, Rejection, Report, Unusable
from referral.directory.statements import Gone, Item, Known, Mention, Progress, Row, Statement, Subject
from referral.domain.identity import RolePlace, role_match

KIND = "plan-net"

NO_ONCOLOGY = "no oncology taxonomy"
NOT_ACTIVE = "not active any more"
REPEATED = "the same specialist at the same place once more, for another network"
HAS_ENDPOINT = "names an electronic address, which is not taken over: nothing is sent until the office gives it itself"
NOT_SAID = "refers to {} that is in none of the files; taken without it"
_PRACTITIONER, _ROLE, _ORGANIZATION, _LOCATION = "Practitioner", "PractitionerRole", "Organization", "Location"
_ENDPOINT = "Endpoint"
_TYPES = frozenset({_PRACTITIONER, _ROLE, _ORGANIZATION, _LOCATION, _ENDPOINT})
_LISTS = frozenset({"entry"})
_TELL_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class _Found:
    """A resource and where it stands."""

    file: str
    line: int
    kind: str
    keys: list[str]
    resource: Object


@dataclass(frozen=True, slots=True)
class _Placed:
    """A role that is taken, and where it stands."""

    file: str
    line: int
    role: Role


@dataclass(slots=True)
class _Run:
    """One import that is being read: what each file holds, and what is remembered of it."""

    known: Known
    report: Report
    progress: Progress | None
    parts: list[Part]
    holds: dict[str, set[str]] = field(default_factory=dict)
    """File → types of resource in it, once it has been read."""
    qualified: dict[str, list[str]] = field(default_factory=dict)
    """Key of a practitioner with an oncology qualification → their codes."""
    ended: list[_Placed] = field(default_factory=list)
    referred: dict[str, _Found] = field(default_factory=dict)
    """Key → resource that a role refers to."""
    mentioned: set[str] = field(default_factory=set)
    stated: set[str] = field(default_factory=set)
    places: dict[str, list[RolePlace]] = field(default_factory=lambda: defaultdict(list))
    spared: set[str] = field(default_factory=set)
    """Ids of roles that stand in the files and cannot be used."""
    read: int = 0


def read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]:
    """Yield the oncology roles with whom and what they refer to; ImportRefused where there is no PractitionerRole."""
    run = _Run(known, report, progress, json_text.parts(path))
    _qualify(run)
    roles = _roles(run)
    if not any(_ROLE in types for types in run.holds.values()):
        lacking = f"holds no FHIR {_ROLE}: no resource has that resourceType"
        raise ImportRefused(path.name, lacking, column="resourceType")
    _look_up(run, roles)
    report.whole |= {Subject.ROLE: partial(_would_be_named, run), Subject.PRACTITIONER: lambda _own, _npi: True}
    yield from _gone(run)
    by_practitioner = defaultdict[str, list[_Placed]](list)
    for placed in roles:
        by_practitioner[placed.role.practitioner].append(placed)
    for key, placed_roles in by_practitioner.items():
        yield from _specialist(run, key, placed_roles)
    if progress:
        progress(path.name, run.read)


def _would_be_named(run: _Run, role_id: str, _npi: str) -> bool:
    """Whether the files, which name all that the plan has, would name a role; one that was rejected is there still."""
    return role_id.removeprefix(f"{KIND}:").partition(":")[0] not in run.spared


def _qualify(run: _Run) -> None:
    """First reading: note what each file holds, reject what cannot be read, and remember who is qualified."""
    kept = reference.disciplines().keys()
    for found in _resources(run, run.parts, lambda each: _unreadable(run, each)):
        run.holds.setdefault(found.file, set()).add(found.kind)
        if found.kind == _PRACTITIONER:
            codes = _or_none(plan_net_rows.qualified_in, found.resource)
            if not kept.isdisjoint(codes):
                run.qualified.update(dict.fromkeys(found.keys, codes))


def _roles(run: _Run) -> list[_Placed]:
    """Second reading: the roles in oncology that are in use; every role is counted."""
    taken = []
    for found in _resources(run, _holding(run, {_ROLE})):
        if found.kind == _ROLE:
            run.report.read += 1
            try:
                placed = _in_oncology(run, found)
            except Unusable as error:
                _reject(run, found, error)
                continue
            if placed is None:
                run.report.skipped[NO_ONCOLOGY] += 1
            elif not placed.role.active:
                run.report.skipped[NOT_ACTIVE] += 1
                run.ended.append(placed)
            else:
                taken.append(placed)
    return taken


def _in_oncology(run: _Run, found: _Found) -> _Placed | None:
    """The role, if it or its specialist has an oncology taxonomy; most have not, so this is asked first."""
    codes = plan_net_rows.codes_of_role(found.resource)
    specialist = plan_net_rows.key_of(within(found.resource, "practitioner"))
    if reference.disciplines().keys().isdisjoint(codes) and specialist not in run.qualified:
        return None
    return _Placed(found.file, found.line, plan_net_rows.role(found.resource, run.known.today))


def _look_up(run: _Run, roles: list[_Placed]) -> None:
    """Third reading: what the roles refer to."""
    wanted = {key for each in roles for key in _references(each.role)}
    for found in _resources(run, _holding(run, _TYPES - {_ROLE})):
        for key in wanted.intersection(found.keys):
            run.referred.setdefault(key, found)


def _references(role: Role) -> Iterator[str]:
    yield from filter(None, (role.practitioner, role.organization, *role.locations, *role.endpoints))


def _gone(run: _Run) -> Iterator[Gone]:
    for placed in run.ended:
        for at in range(max(1, len(placed.role.locations))):
            yield Gone(Subject.ROLE, _role_id(placed.role, at), NOT_ACTIVE, placed.line, placed.file)


def _specialist(run: _Run, key: str, roles: list[_Placed]) -> Iterator[Item]:
    """Yield a specialist with the roles, each place once; reject the roles of somebody who cannot be told."""
    try:
        found = _practitioner(run, key)
        npi = plan_net_rows.number(found.resource)
        codes = dict.fromkeys(code for placed in roles for code in placed.role.codes)
        values = plan_net_rows.practitioner(found.resource, codes)
    except Unusable as error:
        for placed in roles:
            _reject(run, placed, error)
        return
    if not plan_net_rows.is_active(found.resource, run.known.today):
        run.report.skipped[NOT_ACTIVE] += len(roles)
        yield Gone(Subject.PRACTITIONER, npi, NOT_ACTIVE, found.line, found.file)
        return
    stated = list(_stated(run, npi, roles))
    if stated and npi not in run.stated:
        run.stated.add(npi)
        yield Statement(Subject.PRACTITIONER, npi, values, found.line, also=True, file=found.file)
    yield from stated


def _practitioner(run: _Run, key: str) -> _Found:
    if not key:
        raise Unusable("practitioner", "is empty")
    if key not in run.referred:
        raise Unusable("practitioner", f"refers to {shown(key)}, which is in none of the files")
    return run.referred[key]


def _stated(run: _Run, npi: str, roles: list[_Placed]) -> Iterator[Item]:
    """Yield the roles of one specialist; the same place said for several networks is one role."""
    for placed in roles:
        try:
            statements = [_statement(run, npi, placed, at) for at in range(max(1, len(placed.role.locations)))]
            mentions = list(_mention(run, placed.role))
        except Unusable as error:
            _reject(run, placed, error)
            continue
        new = [each for each in statements if not _is_repeated(run, each, npi)]
        if not new:
            run.report.skipped[REPEATED] += 1
            continue
        _remark(run, placed.role)
        yield from mentions
        yield from (replace(each, also=at > 0) for at, each in enumerate(new))


def _is_repeated(run: _Run, statement: Statement, npi: str) -> bool:
    """Whether a role of this specialist stands there already; if not, it does now."""
    values, places = statement.values, run.places[npi]
    where = (values.get("line1", ""), values.get("city", ""), values.get("state", ""), values.get("postcode", ""))
    place = RolePlace(statement.id, npi, values.get("organization_key"), *where)
    if any(place.role_id == other.role_id for other in places) or role_match(place, places).role_id:
        return True
    places.append(place)
    return False


def _statement(run: _Run, npi: str, placed: _Placed, at: int) -> Statement:
    """What a role says of itself at its location number `at`; without one it is at the organization's address."""
    role = placed.role
    location = run.referred.get(role.locations[at]) if role.locations else None
    organization = _organization(run, role)
    where = next((plan_net_rows.address(each.resource) for each in (location, organization) if each), Address({}, ""))
    values: Row = {
        "npi": npi,
        **where.values,
        "phone": role.phone or where.phone,
        "accepts_new_patients": role.accepts,
        "organization_key": _organization_key(run, organization) if organization else None,
    }
    return Statement(Subject.ROLE, _role_id(role, at), values, placed.line, file=placed.file)


def _role_id(role: Role, at: int) -> str:
    """The id of a role at one of its locations: at the first its own, so that it stays when others are added."""
    own = f"{KIND}:{role.id}"
    if not at:
        return own
    return f"{own}:{role.locations[at].rpartition('/')[2]}"


def _organization(run: _Run, role: Role) -> _Found | None:
    """The organization of a role; one without a name is none to anybody."""
    found = run.referred.get(role.organization)
    return found if found and string(found.resource, "name", 300) else None


def _organization_key(run: _Run, organization: _Found) -> str:
    """The key of an organization: two plans may give the same id to different ones."""
    return f"{run.known.origin or KIND}:{organization.keys[0].rpartition('/')[2]}"


def _mention(run: _Run, role: Role) -> Iterator[Mention]:
    """The organization of a role, the first time it is met."""
    found = _organization(run, role)
    if not found or (key := _organization_key(run, found)) in run.mentioned:
        return
    at = plan_net_rows.address(found.resource).values
    name, ccn = string(found.resource, "name", 300), plan_net_rows.ccn(found.resource)
    run.mentioned.add(key)
    yield Mention(key, name, at["line1"], at["city"], at["state"], at["postcode"], ccn, found.line, found.file)


def _remark(run: _Run, role: Role) -> None:
    """Note what a role refers to in vain, and that it names an electronic address."""
    named = {"an organization": (role.organization,), "a location": role.locations, "an endpoint": role.endpoints}
    for what, keys in named.items():
        if any(key and key not in run.referred for key in keys):
            run.report.notes[NOT_SAID.format(what)] += 1
    if any(key in run.referred for key in role.endpoints):
        run.report.notes[HAS_ENDPOINT] += 1


def _resources(run: _Run, parts: list[Part], reject: Reject = lambda _: None) -> Iterator[_Found]:
    """Yield the resources of the types that are read; other objects are passed over."""
    for element in json_text.elements(parts, _LISTS, reject):
        run.read += 1
        if run.progress and run.read % _TELL_EVERY == 0:
            run.progress(element.file, run.read)
        try:
            found = _resource(element)
        except Unusable as error:
            reject(Rejection(element.file, element.line, error.column, error.reason))
            continue
        if found:
            yield found


def _resource(element: Element) -> _Found | None:
    """The resource of an entry of a Bundle, or of a line; None where it is of no type that is read."""
    bare = "resourceType" in element.value
    resource = element.value if bare else within(element.value, "resource")
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in _TYPES:
        return None
    keys = plan_net_rows.keys(resource, "" if bare else string(element.value, "fullUrl", 1000))
    return _Found(element.file, element.line, kind, keys, resource)


def _holding(run: _Run, types: set[str] | frozenset[str]) -> list[Part]:
    """The files with resources of these types."""
    return [part for part in run.parts if not types.isdisjoint(run.holds.get(part.name, ()))]


def _or_none(codes_of: Callable[[Object], list[str]], resource: Object) -> list[str]:
    try:
        return codes_of(resource)
    except Unusable:
        return []


def _unreadable(run: _Run, rejection: Rejection) -> None:
    run.report.read += 1
    run.report.unreadable.add(rejection.file)
    run.report.reject(rejection)


def _reject(run: _Run, at: _Found | _Placed, error: Unusable) -> None:
    run.report.reject(Rejection(at.file, at.line, error.column, error.reason))
    run.spared.add(at.role.id if isinstance(at, _Placed) else str(at.resource.get("id", "")))
