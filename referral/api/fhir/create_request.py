"""A ServiceRequest that a program sends in: the same service as `POST /api/v1/referrals`, in FHIR's words."""

from urllib.parse import parse_qsl
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from referral import reference
from referral.access import gate
from referral.access.authorize import Acting, may
from referral.api.fhir.answers import Json, answer, base, one_resource, resource_body, root
from referral.api.fhir.errors import BadSearch
from referral.api.fhir.of_requests import resource
from referral.api.referrals import digest_of, key_given
from referral.domain.errors import Invalid
from referral.domain.intake import NewReferral
from referral.domain.lifecycle import Action
from referral.domain.permissions import Right
from referral.domain.resource_ids import own_id
from referral.domain.resource_search import Kind
from referral.fhir import service_request
from referral.fhir.outcome import Issue, outcome
from referral.fhir.read_request import new_referral
from referral.fhir.systems import NPI, own_system
from referral.models import PractitionerRole, ServiceRequest
from referral.services import audit_log, number_of_theirs, seen_requests
from referral.services.refer import Repeat, refer
from referral.settings import Settings
from referral.store import clock, directory, directory_pages, referrals

SURE = 0.5
"""From which confidence on a code stands for one cancer."""


def register(server: Blueprint) -> None:
    """Give the creation its address."""
    server.add_url_rule("/ServiceRequest", "create_ServiceRequest", create, methods=["POST"])


def create() -> Response:
    """Take a request in: 201, or 200 where the same came before under this number or key."""
    acting, number = gate.acting(), _number()
    known = _known(acting, number)
    if known is not None:
        return _answered(known, 200, acting)
    body = _body()
    repeat = _repeat(acting, number, body)
    before = referrals.idempotency_key(repeat.key) if repeat else None
    settings: Settings = current_app.extensions["settings"]
    made = referrals.id_of(refer(_new(body), settings.secret_key, clock.now(), repeat))
    return _answered(made, 200 if before else 201, acting)


def _body() -> Json:
    # The models of FHIR take half a second to load, which a process that is sent none need not spend.
    from fhir.resources.R4B.servicerequest import ServiceRequest as Shape

    body = resource_body(Kind.SERVICE_REQUEST)
    Shape.model_validate(body)
    return body


def _new(body: Json) -> NewReferral:
    return new_referral(body, root(), _cancer_of, _role_of, clock.now().date())


def _cancer_of(icd10cm: str) -> str:
    found = reference.resolver().resolve(icd10cm)
    first = next(iter(found.readings), None)
    return first.code if first and not found.ask and first.confidence >= SURE else ""


def _role_of(given: Json) -> str:
    """The role that a reference means: by its id here, or by the specialist's NPI where they have one role alone."""
    kind, _, written = str(given.get("reference", "")).removeprefix(f"{base()}/").partition("/")
    numbers = given.get("identifier") or {}
    if kind == Kind.PRACTITIONER_ROLE and (found := own_id(written)):
        return directory_pages.whole(PractitionerRole.id, found)
    by_number = str(numbers.get("value", "")) if numbers.get("system") == NPI else ""
    npi = written if kind == Kind.PRACTITIONER else by_number
    roles = list(directory.live_roles(npi)) if npi else []
    if len(roles) == 1:
        return roles[0].id
    several = "The specialist works at several places. " if roles else ""
    raise Invalid("shortlist", f"{several}Name the PractitionerRole of this directory, such as PractitionerRole/ID.")


def _number() -> tuple[str, str] | None:
    """The number under which the caller keeps the request, from If-None-Exist or the query; None without one."""
    given = request.headers.get("If-None-Exist", "").partition("?")[::2]
    pairs = parse_qsl(given[1] or given[0], keep_blank_values=True) or list(request.args.items(multi=True))
    pairs = [pair for pair in pairs if pair[0] != "_format"]
    if not pairs:
        return None
    system, bar, value = pairs[0][1].rpartition("|")
    if len(pairs) != 1 or pairs[0][0] != "identifier" or not (bar and system and value):
        raise BadSearch(Invalid("If-None-Exist", "Name one identifier with its system: identifier=SYSTEM|VALUE."))
    return system, value


def _known(acting: Acting, number: tuple[str, str] | None) -> UUID | None:
    """The request that has this number already; by a number of ours, if the caller may read it."""
    if number is None:
        return None
    if number[0] != own_system(root(), service_request.KIND):
        return number_of_theirs.request_id(acting, *number)
    found = referrals.by_identifier(number[1])
    return found.id if found is not None and may(acting, Right.READ, found) else None


def _repeat(acting: Acting, number: tuple[str, str] | None, body: Json) -> Repeat | None:
    """Under what a repeat is known: a number stands for one request, a key for this very body."""
    if number is not None:
        key = number_of_theirs.key(acting, *number)
        return Repeat(key, key.rpartition(":")[2])
    given = key_given()
    return Repeat(number_of_theirs.key_of_key(acting, given), digest_of(body)) if given else None


def _answered(request_id: UUID, status: int, acting: Acting) -> Response:
    """The request, where the caller may read it; else where it stands and what it is called."""
    found = referrals.get(request_id)
    place = f"{base()}/{Kind.SERVICE_REQUEST}/{request_id}"
    if found is None:
        return answer(outcome([Issue("informational", "It came in and was erased since.", severity="information")]))
    if status == 201:
        audit_log.note_look(acting, Action.SUBMIT, "referral", request_id, request_id)
    made = _representation(found, status, acting)
    made.headers["Location"] = f"{place}/_history/{found.version}"
    return made


def _representation(found: ServiceRequest, status: int, acting: Acting) -> Response:
    if may(acting, Right.READ, found):
        one = seen_requests.read(Kind.SERVICE_REQUEST, str(found.id), acting)
        return one_resource(resource(one.seen), status)
    words = f"The request came in and is called {found.identifier}. It is with our coordinators."
    made = answer(outcome([Issue("informational", words, severity="information")]), status)
    made.set_etag(str(found.version), weak=True)
    return made
