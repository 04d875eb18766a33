"""The FHIR server's directory: open to everybody, in the shapes of Plan-Net, and read back by our own import."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.access import rate_limits
from referral.directory import plan_net_rows
from referral.domain.resource_search import DIRECTORY, OF_REQUESTS, PARAMETERS
from referral.extensions import db
from referral.models import PractitionerRole, TaxonomyName
from referral.store import directory_pages, request_pages
from tests.api.fhir_models import ask, found, issue, link, valid
from tests.factories import make_organization, make_role

PROFILE = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/plannet-"


@pytest.fixture
def role(app: Flask) -> PractitionerRole:
    """A role about which much is known, and its organization."""
    office = make_organization("org_one", designation="nci-clinical")
    db.session.add(TaxonomyName(code="2086X0206X", name="Surgical Oncology Physician"))
    made = make_role(
        organization=office, role_id="nppes:1:a_b", phone="617-555-0142", line1="1 Main Street", languages=["en", "es"],
        paused_until=datetime.now(UTC).date() + timedelta(days=9),
    )  # fmt: skip
    db.session.commit()
    return made


def test_the_statement_says_what_there_is_and_nothing_else(client: FlaskClient) -> None:
    statement = ask(client, "metadata")
    (rest,) = statement["rest"]
    kinds = {one["type"]: one for one in rest["resource"]}
    assert (statement["kind"], statement["fhirVersion"]) == ("instance", "4.0.1")
    assert list(kinds) == [*DIRECTORY, *OF_REQUESTS]
    more = {kind: [action["code"] for action in one["interaction"]][2:] for kind, one in kinds.items()}
    assert {kind: codes for kind, codes in more.items() if codes} == {
        "ServiceRequest": ["vread", "create"], "Task": ["vread", "update"],
    }  # fmt: skip
    assert statement["implementation"]["url"] == "http://localhost:5000/fhir"


def test_every_parameter_has_a_condition() -> None:
    tests = {**directory_pages.TESTS, **request_pages.TESTS}
    assert {kind: set(names) for kind, names in PARAMETERS.items()} == {kind: set(t) for kind, t in tests.items()}


def test_a_role_has_the_shape_of_plan_net_and_our_own_import_reads_it(
    client: FlaskClient, role: PractitionerRole
) -> None:
    bundle = ask(client, f"PractitionerRole?practitioner={role.npi}&_include=PractitionerRole:practitioner"
                 "&_include=PractitionerRole:organization&_include=PractitionerRole:location")  # fmt: skip
    (resource,) = found(bundle, "PractitionerRole")
    kinds = ("Practitioner", "Organization", "Location")
    (person,), (office,), (place,) = (found(bundle, kind, "include") for kind in kinds)
    for one in (resource, person, office, place):
        assert one["meta"]["profile"] == [f"{PROFILE}{one['resourceType']}"]
        assert ask(client, f"{one['resourceType']}/{one['id']}") == one
    read = plan_net_rows.role(resource, datetime.now(UTC).date())
    assert (read.id, read.phone, read.accepts, read.codes) == ("nppes.1.a..5Fb", "617-555-0142", True, ("2086X0206X",))
    assert (read.practitioner, read.organization) == (f"Practitioner/{role.npi}", "Organization/org..5Fone")
    assert resource["specialty"][0]["coding"][0]["display"] == "Surgical Oncology Physician"
    assert resource["notAvailable"][0]["during"]["end"] == str(role.paused_until)
    assert plan_net_rows.number(person) == role.npi
    assert plan_net_rows.practitioner(person, [])["languages"] == ["en", "es"]
    assert {plan_net_rows.address(one).values["line1"] for one in (place, office)} == {"1 Main Street"}
    assert bundle["total"] == 1


def test_what_is_not_known_is_not_said(client: FlaskClient, app: Flask) -> None:
    role = make_role(accepts_new_patients=None)
    make_organization("bare")
    db.session.commit()
    assert "extension" not in ask(client, f"PractitionerRole/{role.id}")
    assert "profile" not in ask(client, "Organization/bare")["meta"]


def test_a_search_finds_what_fits_on_both_databases(app_on_both: Flask) -> None:
    client, office = app_on_both.test_client(), make_organization("far", name="Far Harbor")
    near = make_role(family="Ríos", given="Lía", taxonomy_codes=("207RX0202X",))
    far = make_role(family="O'Neil", organization=office, city="Austin", state="TX", postcode="78701")
    make_role(retired_at=datetime.now(UTC))
    db.session.commit()
    for query, expected in {
        "PractitionerRole": {near, far},
        "PractitionerRole?specialty=http://nucc.org/provider-taxonomy|207RX0202X": {near},
        "PractitionerRole?specialty=207RX0202X,2086X0206X": {near, far},
        "PractitionerRole?organization=Organization/far": {far},
        "PractitionerRole?organization.name=far": {far},
        "PractitionerRole?practitioner.name=o'n": {far},
        f"PractitionerRole?practitioner.identifier=http://hl7.org/fhir/sid/us-npi|{near.npi}": {near},
        "PractitionerRole?location.address-state=tx&location.address-city=Aus": {far},
        f"PractitionerRole?location=Location/{near.id}": {near},
        f"PractitionerRole?_id={near.id},{far.id}&_id={far.id}": {far},
        "PractitionerRole?practitioner=Organization/far": set(),
        "Location?address-postalcode=787": {far},
        "Location?organization=far": {far},
    }.items():
        bundle = ask(client, query)
        assert {one["id"] for one in found(bundle, query.partition("?")[0])} == {one.id for one in expected}, query
        assert bundle["total"] == len(expected)
    (person,) = found(ask(client, "Practitioner?family=o'neil&given=ana"), "Practitioner")
    assert person["id"] == far.npi
    assert [one["id"] for one in found(ask(client, "Organization?name=FAR"), "Organization")] == ["far"]
    assert found(ask(client, "Organization?identifier=http://hl7.org/fhir/sid/us-ccn|"), "Organization") == []


def test_pages_follow_one_another_by_absolute_links(client: FlaskClient, app: Flask) -> None:
    for number in range(5):
        make_role(role_id=f"r:{number}")
    db.session.commit()
    seen, place = list[str](), "http://localhost:5000/fhir/PractitionerRole?_count=2&active=true&_format=json"
    while place:
        bundle = valid(client.get(place.removeprefix("http://localhost:5000")))
        assert "active" not in link(bundle, "self")
        assert link(bundle, "self").startswith("http://localhost:5000/fhir/PractitionerRole?")
        assert bundle["total"] == 5
        seen += [one["id"] for one in found(bundle, "PractitionerRole")]
        place = link(bundle, "next")
    assert seen == [f"r.{number}" for number in range(5)]


def test_a_resource_that_has_not_changed_is_not_sent_again(client: FlaskClient, role: PractitionerRole) -> None:
    place = f"/fhir/Practitioner/{role.npi}"
    first = client.get(place)
    tag = first.headers["ETag"]
    assert tag == f'W/"{first.get_json()["meta"]["versionId"]}"'
    assert client.get(place, headers={"If-None-Match": tag}).status_code == 304
    role.practitioner.given = "Anna"
    db.session.commit()
    assert client.get(place, headers={"If-None-Match": tag}).status_code == 200


ERRORS: tuple[tuple[str, str, dict[str, object], int, str], ...] = (
    ("GET", "Patient/1", {}, 404, "not-found"),
    ("GET", "", {}, 404, "not-found"),
    ("GET", ".well-known/smart-configuration", {}, 404, "not-found"),
    ("GET", "Practitioner/nobody", {}, 404, "not-found"),
    ("GET", "Practitioner/a_b", {}, 404, "not-found"),
    ("GET", "Practitioner?_count=none", {}, 400, "invalid"),
    ("GET", "Practitioner?colour=red", {"headers": {"Prefer": "respond-async, handling=strict"}}, 400, "invalid"),
    ("GET", "Practitioner?name=" + "x" * 5000, {}, 414, "too-long"),
    ("GET", "metadata", {"headers": {"Accept": "application/fhir+xml"}}, 406, "not-supported"),
    ("GET", "metadata?_format=xml", {}, 406, "not-supported"),
    ("POST", "Practitioner/_search", {"json": {}}, 415, "not-supported"),
    ("PATCH", "Task/1", {}, 405, "not-supported"),
    ("DELETE", "ServiceRequest/1", {}, 405, "not-supported"),
    ("GET", "Task/1", {}, 401, "login"),
    ("GET", "ServiceRequest?patient=1", {}, 401, "login"),
    ("POST", "ServiceRequest", {"json": {}}, 401, "login"),
    ("PUT", "Task/1", {"json": {}}, 401, "login"),
)


def test_every_error_is_an_operation_outcome(client: FlaskClient) -> None:
    for method, place, more, status, code in ERRORS:
        answer = client.open(f"/fhir/{place}".rstrip("/"), method=method, **more)  # type: ignore[arg-type]  # a body or heads
        assert issue(answer, status)["code"] == code, place
        assert status != 405 or answer.headers["Allow"]
        assert status != 401 or "earer" in answer.headers["WWW-Authenticate"]


def test_the_format_may_be_asked_for_in_each_usual_way(client: FlaskClient) -> None:
    for place, accept, said in (
        ("metadata", "application/fhir+json; fhirVersion=4.0", "application/fhir+json"),
        ("metadata", "text/html,*/*;q=0.1", "application/fhir+json"),
        ("metadata", "application/json", "application/json"),
        ("metadata?_format=json", "text/html", "application/fhir+json"),
        ("metadata?_format=application/fhir+json", "", "application/fhir+json"),
    ):
        answer = client.get(f"/fhir/{place}", headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (200, said)
    answer = client.post("/fhir/Practitioner/_search", data={"family": "nobody"})
    assert valid(answer)["total"] == 0


def test_a_failure_of_ours_is_an_outcome_without_its_trace(app: Flask) -> None:
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    app.view_functions["fhir.metadata"] = lambda: str(1 / 0)
    assert "quote error 500-" in issue(app.test_client().get("/fhir/metadata"), 500)["diagnostics"]


def test_a_search_has_so_many_conditions_and_no_more(client: FlaskClient) -> None:
    names = ",".join(f"a{number}" for number in range(50))
    for form in ({"name": [names] * 3}, {"name": ["a"] * 21}):
        assert "at most" in issue(client.post("/fhir/Practitioner/_search", data=form), 400)["diagnostics"]
    assert client.post("/fhir/Practitioner/_search", data={"name": [names] * 2}).status_code == 200


def test_searches_of_one_address_are_counted() -> None:
    for kind in (*DIRECTORY, *OF_REQUESTS):
        assert rate_limits.LIMITS[f"fhir.search_{kind}", "GET"] == rate_limits.SEARCHING
        assert rate_limits.LIMITS[f"fhir.search_{kind}_by_form", "POST"] == rate_limits.SEARCHING
