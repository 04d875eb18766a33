"""What everybody may read: what this server can do, and the directory in the shapes of Da Vinci Plan-Net."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import cast

from flask import Blueprint, Response

from referral.api.fhir.answers import Json, answer, base, one_resource, versioned
from referral.api.fhir.searches import found, wanted
from referral.domain.errors import NotFound
from referral.domain.resource_ids import fhir_id, own_id
from referral.domain.resource_search import DIRECTORY, Kind
from referral.fhir.capability import capability_statement
from referral.fhir.location import location
from referral.fhir.organization import organization
from referral.fhir.practitioner import practitioner
from referral.fhir.practitioner_role import practitioner_role
from referral.models import Organization, Practitioner, PractitionerRole
from referral.store import clock, directory_pages
from referral.store.directory_pages import Row


def register(server: Blueprint) -> None:
    """Give each resource of the directory its addresses."""
    server.add_url_rule("/metadata", "metadata", metadata)
    for kind in DIRECTORY:
        search = partial(_search, kind)
        server.add_url_rule(f"/{kind}", f"search_{kind}", search)
        server.add_url_rule(f"/{kind}/_search", f"search_{kind}_by_form", search, methods=["POST"])
        server.add_url_rule(f"/{kind}/<resource_id>", f"read_{kind}", partial(_read, kind))


def metadata() -> Response:
    """What this server can do."""
    return answer(capability_statement(base()), headers={"Cache-Control": "private, no-cache"})


def resources(kind: Kind, rows: Sequence[Row]) -> list[Json]:
    """Rows of the directory as resources of one kind."""
    return [versioned(one) for one in _MADE[kind](rows)]


def along_with(roles: Iterable[PractitionerRole], names: Collection[str]) -> list[Json]:
    """What roles refer to, each thing once: the practitioners, organizations and locations that are asked for."""
    roles = list(roles)
    people = {role.npi: role.practitioner for role in roles} if "practitioner" in names else {}
    offices = {
        role.organization.id: role.organization
        for role in roles
        if "organization" in names and role.organization is not None and role.organization.retired_at is None
    }
    places = roles if "location" in names else []
    return [
        *resources(Kind.PRACTITIONER, list(people.values())),
        *resources(Kind.ORGANIZATION, list(offices.values())),
        *resources(Kind.LOCATION, places),
    ]


def _search(kind: Kind) -> Response:
    search = wanted(kind)
    rows = directory_pages.page(kind, search.conditions, own_id(search.after), search.count + 1)
    shown = rows[: search.count]
    more = fhir_id(_key(shown[-1])) if len(rows) > search.count else ""
    along = along_with((row for row in shown if isinstance(row, PractitionerRole)), search.includes)
    total = len(shown) if not more and not search.after else directory_pages.count(kind, search.conditions)
    return found(search, resources(kind, shown), along, more, total)


def _read(kind: Kind, resource_id: str) -> Response:
    row = directory_pages.one(kind, resource_id)
    if row is None:
        raise NotFound
    made = one_resource(resources(kind, [row])[0])
    made.headers["Cache-Control"] = "private, no-cache"
    return made


def _key(row: Row) -> str:
    return row.npi if isinstance(row, Practitioner) else row.id


def _practitioners(rows: Sequence[Row]) -> list[Json]:
    people = cast(Sequence[Practitioner], rows)
    names = directory_pages.names_of({code for person in people for code in person.taxonomy_codes})
    return [practitioner(person, names) for person in people]


def _roles(rows: Sequence[Row]) -> list[Json]:
    roles, today = cast(Sequence[PractitionerRole], rows), clock.now().date()
    names = directory_pages.names_of({code for role in roles for code in role.practitioner.taxonomy_codes})
    return [practitioner_role(role, names, today) for role in roles]


def _organizations(rows: Sequence[Row]) -> list[Json]:
    offices = cast(Sequence[Organization], rows)
    places = directory_pages.places_of([office.id for office in offices])
    return [organization(office, places.get(office.id)) for office in offices]


def _locations(rows: Sequence[Row]) -> list[Json]:
    return [location(role) for role in cast(Sequence[PractitionerRole], rows)]


_MADE: dict[Kind, Callable[[Sequence[Row]], list[Json]]] = {
    Kind.PRACTITIONER: _practitioners,
    Kind.PRACTITIONER_ROLE: _roles,
    Kind.ORGANIZATION: _organizations,
    Kind.LOCATION: _locations,
}
