"""What belongs to requests, for programs with a token: read and search of ServiceRequest, Task and what goes along."""

from dataclasses import replace
from functools import partial

from flask import Blueprint, Response

from referral.access import gate
from referral.access.authorize import Acting
from referral.api.fhir.answers import Json, one_resource, root, versioned
from referral.api.fhir.directory import resources as directory_resources
from referral.api.fhir.searches import found, wanted
from referral.domain.errors import NotFound
from referral.domain.resource_search import NUMBERED, OF_REQUESTS, Condition, Kind, Search, Token, Value
from referral.domain.seen import SeenDocument, SeenRequest, SeenTask
from referral.fhir import communication, document_reference, service_request, task
from referral.fhir.systems import own_system
from referral.services import number_of_theirs, seen_requests
from referral.services.seen_requests import Seen
from referral.store import directory_pages

ARGUMENTS = {
    Kind.SERVICE_REQUEST: "referral_id",
    Kind.TASK: "task_id",
    Kind.DOCUMENT_REFERENCE: "document_id",
    Kind.COMMUNICATION: "communication_id",
}
"""What an id stands for in the addresses of each resource."""

_SYSTEMS = {
    Kind.SERVICE_REQUEST: service_request.KIND,
    Kind.TASK: task.KIND,
    Kind.DOCUMENT_REFERENCE: document_reference.KIND,
    Kind.COMMUNICATION: communication.KIND,
}


def register(server: Blueprint) -> None:
    """Give each resource its addresses."""
    for kind in OF_REQUESTS:
        search = partial(_search, kind)
        server.add_url_rule(f"/{kind}", f"search_{kind}", search)
        server.add_url_rule(f"/{kind}/_search", f"search_{kind}_by_form", search, methods=["POST"])
        server.add_url_rule(f"/{kind}/<{ARGUMENTS[kind]}>", f"read_{kind}", partial(_read, kind))
    for kind in NUMBERED:
        place = f"/{kind}/<{ARGUMENTS[kind]}>/_history/<int:version>"
        server.add_url_rule(place, f"read_version_of_{kind}", partial(_read_version, kind))


def resource(seen: Seen) -> Json:
    """What somebody sees, as a resource."""
    if isinstance(seen, SeenRequest):
        return service_request.service_request_seen(seen, root())
    if isinstance(seen, SeenTask):
        return task.task_seen(seen, root())
    made = (
        document_reference.document_seen(seen, root())
        if isinstance(seen, SeenDocument)
        else communication.communication(seen, root())
    )
    return versioned(made)


def _search(kind: Kind) -> Response:
    acting, search = gate.acting(), wanted(kind)
    page = seen_requests.search(acting, replace(search, conditions=_ours(search, acting)))
    roles = directory_pages.page(Kind.PRACTITIONER_ROLE, [], None, len(page.role_ids) + 1, page.role_ids)
    along = [*map(resource, page.requests), *directory_resources(Kind.PRACTITIONER_ROLE, roles)]
    total = len(page.found) if not page.last and not search.after else None
    return found(search, [resource(one) for one in page.found], along, page.last, total)


def _read(kind: Kind, **ids: str) -> Response:
    one = seen_requests.read(kind, ids[ARGUMENTS[kind]], gate.acting())
    return one_resource(resource(one.seen), unchanged=one.by_version_alone)


def _read_version(kind: Kind, version: int, **ids: str) -> Response:
    """The version that stands; what was before it is kept as history, not as resources."""
    one = seen_requests.read(kind, ids[ARGUMENTS[kind]], gate.acting())
    made = resource(one.seen)
    if made["meta"]["versionId"] != str(version):
        raise NotFound
    return one_resource(made, unchanged=one.by_version_alone)


def _ours(search: Search, acting: Acting) -> tuple[Condition, ...]:
    """The conditions with every identifier as one of ours: a program may ask by the number it gave a request."""
    return tuple(
        replace(one, values=tuple(_identifier(search.kind, value, acting) for value in one.values))
        if one.name == "identifier"
        else one
        for one in search.conditions
    )


def _identifier(kind: Kind, value: Value, acting: Acting) -> Value:
    if not isinstance(value, Token) or value.system in (None, own_system(root(), _SYSTEMS[kind])):
        return value
    request_id = (
        number_of_theirs.request_id(acting, value.system or "", value.code) if kind is Kind.SERVICE_REQUEST else None
    )
    return Token(None, str(request_id or ""))
