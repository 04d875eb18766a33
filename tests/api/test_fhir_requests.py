"""What the FHIR server shows of requests: each program what is theirs, as much of it as the JSON API shows."""

from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.domain.audit_chain import Reading
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import PractitionerRole, ServiceRequest
from referral.services.keep_document import choose, keep
from referral.store import audit_trail
from tests.api.conftest import Headers, bearer
from tests.api.fhir_models import ask, found, issue, link, valid
from tests.factories import COORDINATOR, make_organization
from tests.records import pdf, upload
from tests.services.journeys import again, office, patient, step
from tests.web.office_steps import carry, fresh_role, right_now, sent_request

KINDS = ("ServiceRequest", "Task", "DocumentReference", "Communication")


@dataclass(frozen=True, slots=True)
class Desk:
    """A request at office one, which comes next to office two; and who asks."""

    client: FlaskClient
    request: ServiceRequest
    one: Headers
    two: Headers
    staff: Headers

    def bundle(self, query: str, who: Headers) -> dict[str, object]:
        """What a search finds."""
        return ask(self.client, query, headers=who)

    def ids(self, query: str, who: Headers) -> list[str]:
        """The ids of what a search finds; whether it is valid is looked at elsewhere."""
        bundle = self.client.get(f"/fhir/{query}", headers=who).get_json()
        return [one["id"] for one in found(bundle, query.partition("?")[0])]


def desk_of(app: Flask) -> Desk:
    """The request with a file, at the first of its two offices."""
    names = ("one", "two")
    roles = [fresh_role(organization=make_organization(f"org-{name}"), role_id=f"role-{name}") for name in names]
    request = sent_request(app, *roles)
    keep(request.id, "pathology-report", [upload(pdf(), "Report.pdf")], patient(request.id), right_now())
    heads = (bearer("integration", "org-one"), bearer("integration", "org-two"), bearer("coordinator"))
    return Desk(app.test_client(), again(request.id), *heads)


@pytest.fixture
def desk(app: Flask) -> Desk:
    """The same on SQLite."""
    return desk_of(app)


def test_a_program_finds_its_own_and_nobody_elses_on_both_databases(app_on_both: Flask) -> None:
    desk = desk_of(app_on_both)
    request, task = desk.request, desk.request.tasks[0]
    own = {
        "ServiceRequest": str(request.id), "Task": str(task.id), "DocumentReference": str(request.documents[0].id),
        "Communication": str(task.deliveries[0].id),
    }  # fmt: skip
    place, number = "http://localhost:5000/fhir/sid", request.identifier
    for kind, row_id in own.items():
        for query in (f"?patient={request.patient_id}", f"?subject=Patient/{request.patient_id}&_id={row_id}"):
            assert desk.ids(f"{kind}{query}", desk.one) == [row_id], (kind, query)
        for who, expected in ((desk.one, [row_id]), (desk.two, []), (desk.staff, [row_id])):
            assert desk.ids(kind, who) == expected
            assert desk.client.get(f"/fhir/{kind}/{row_id}", headers=who).status_code == (200 if expected else 404)
        assert desk.ids(f"{kind}?patient={row_id},x", desk.staff) == []
    for query, fits in {
        "ServiceRequest?status=active,draft": True,
        "ServiceRequest?status=completed": False,
        f"ServiceRequest?identifier={place}/service-request|{number}": True,
        f"ServiceRequest?identifier={number}": True,
        f"ServiceRequest?identifier=urn:theirs|{number}": False,
        "ServiceRequest?_lastUpdated=gt2026&_lastUpdated=lt2999": False,
        "ServiceRequest?_lastUpdated=ge2026&_lastUpdated=lt2999": True,
        "ServiceRequest?_lastUpdated=ne2999&authored=ge2020": True,
        "Task?status=requested&owner=PractitionerRole/role-one": True,
        "Task?owner=role-one,role-two&business-status=2.0": True,
        "Task?owner=role-two": False,
        "Task?owner=Organization/org-one": True,
        f"Task?owner=Practitioner/{task.npi}&focus=ServiceRequest/{request.id}": True,
        f"Task?identifier={place}/task|{task.id}": True,
        f"Task?identifier={place}/document|{task.id}": False,
        "Task?_lastUpdated=lt2020": False,
        f"DocumentReference?related=ServiceRequest/{request.id}&status=current&date=ge2026": True,
        "DocumentReference?status=superseded": False,
        f"Communication?identifier={task.deliveries[0].key}&status=completed&sent=ge2026": True,
        "Communication?recipient=role-one&_lastUpdated=ge2026": True,
        f"Communication?based-on={request.id}&status=preparation": False,
    }.items():
        kind = query.partition("?")[0]
        assert desk.ids(query, desk.one) == ([own[kind]] if fits else []), query


def test_everything_is_valid_and_refers_to_what_can_be_read(desk: Desk) -> None:
    bundle = desk.bundle("Task?_include=Task:focus&_include=Task:owner", desk.one)
    (task,) = found(bundle, "Task")
    (request,), (role,) = (found(bundle, kind, "include") for kind in ("ServiceRequest", "PractitionerRole"))
    assert task["focus"]["reference"] == f"ServiceRequest/{request['id']}"
    assert task["owner"]["reference"] == f"PractitionerRole/{role['id']}"
    assert ask(desk.client, f"Task/{task['id']}", headers=desk.one) == task
    assert ask(desk.client, f"ServiceRequest/{request['id']}", headers=desk.one) == request
    person, consent = request["contained"]
    assert (person["id"], person["name"][0]["family"]) == (str(desk.request.patient_id), "Sample")
    assert request["subject"]["reference"] == f"#{person['id']}"
    assert task["for"]["identifier"]["value"] == person["id"]
    assert consent["provision"]["actor"][0]["reference"]["identifier"]["value"] == desk.request.tasks[0].npi
    (file,) = found(desk.bundle("DocumentReference", desk.one), "DocumentReference")
    path = file["content"][0]["attachment"]["url"].removeprefix("http://localhost:5000")
    assert desk.client.get(path, headers=desk.one).data.startswith(b"%PDF")
    bundle = desk.bundle("ServiceRequest?_include=ServiceRequest:performer", desk.staff)
    (whole,) = found(bundle, "ServiceRequest")
    roles = ["PractitionerRole/role-one", "PractitionerRole/role-two"]
    assert [one["reference"] for one in whole["performer"]] == roles
    assert [f"PractitionerRole/{one['id']}" for one in found(bundle, "PractitionerRole", "include")] == roles
    assert [one["reference"] for one in request["performer"]] == roles[:1]


def test_of_a_request_that_was_passed_on_an_office_keeps_its_own_part(desk: Desk, app: Flask) -> None:
    request_id = desk.request.id
    step(request_id, Action.DECLINE, office(request_id), right_now(), reason="no-capacity")
    carry(app, again(request_id))
    left = ask(desk.client, f"ServiceRequest/{request_id}", headers=desk.one)
    (person,) = left["contained"]
    assert not {"name", "birthDate", "telecom", "address"} & set(person)
    assert "note" not in left
    assert "occurrenceDateTime" not in left
    (task,) = found(desk.bundle("Task", desk.one), "Task")
    assert (task["status"], task["statusReason"]["coding"][0]["code"]) == ("rejected", "no-capacity")
    assert desk.ids("DocumentReference", desk.one) == []
    late = {**task, "status": "completed", "output": [{"type": {"text": "Text"}, "valueString": "Late, but here."}]}
    heads = {**desk.one, "If-Match": f'W/"{task["meta"]["versionId"]}"'}
    answer = desk.client.put(f"/fhir/Task/{task['id']}", json=late, headers=heads)
    assert [one["valueString"] for one in valid(answer)["output"]] == ["Late, but here."]
    assert (valid(answer)["status"], again(request_id).stage) == ("rejected", "delivered")
    (theirs,) = found(desk.bundle("Task", desk.two), "Task")
    assert theirs["id"] != task["id"]
    assert len(desk.ids("Task", desk.staff)) == 2


def test_without_permission_nothing_is_left_of_it(desk: Desk) -> None:
    for consent in desk.request.consents:
        consent.revoked_at = right_now()
    db.session.commit()
    for kind in KINDS:
        assert desk.ids(kind, desk.one) == []
    assert desk.client.get(f"/fhir/ServiceRequest/{desk.request.id}", headers=desk.one).status_code == 404
    assert desk.client.get("/api/v1/referrals", headers=desk.one).get_json()["results"] == []


def test_every_reading_stands_in_the_audit_trail(desk: Desk) -> None:
    def read(query: str, status: int = 200) -> list[tuple[str, str]]:
        before = len(audit_trail.of_request(desk.request.id, tuple(Reading)))
        assert desk.client.get(f"/fhir/{query}", headers=desk.one).status_code == status
        return [(one.actor, one.action) for one in audit_trail.of_request(desk.request.id, tuple(Reading))[before:]]

    opened = [("integration", "open")]
    assert [read(kind) for kind in KINDS] == [opened] * 4
    assert read(f"Task/{desk.request.tasks[0].id}") == opened
    assert read("Task?status=completed") == []
    assert read("Task/17", 404) == []


def test_a_version_that_is_known_is_not_sent_again_unless_something_came_to_it(desk: Desk) -> None:
    place = f"/fhir/ServiceRequest/{desk.request.id}"
    step(desk.request.id, Action.ACKNOWLEDGE, office(desk.request.id), right_now())
    first = desk.client.get(place, headers=desk.one)
    tag = first.headers["ETag"]
    assert tag == f'W/"{again(desk.request.id).version}"'
    assert first.headers["Last-Modified"]
    known = {**desk.one, "If-None-Match": tag}
    assert desk.client.get(place, headers=known).status_code == 304
    version = int(first.get_json()["meta"]["versionId"])
    assert [desk.client.get(f"{place}/_history/{n}", headers=desk.one).status_code for n in (version, 1)] == [200, 404]
    keep(desk.request.id, "other", [upload(pdf(marked="b"))], patient(desk.request.id), right_now())
    assert desk.client.get(place, headers=known).status_code == 200


def test_pages_of_tasks_follow_one_another(desk: Desk, app: Flask) -> None:
    sent_request(app, db.session.get_one(PractitionerRole, "role-one"))
    place, seen = "/fhir/Task?_count=1&given=Maria", list[str]()
    while place:
        bundle = ask(desk.client, place.removeprefix("/fhir/"), headers=desk.one)
        seen += [one["id"] for one in found(bundle, "Task")]
        assert "Maria" not in str(bundle["link"])
        place = link(bundle, "next").removeprefix("http://localhost:5000")
    assert len(set(seen)) == len(seen) == 2


def test_nobody_else_comes_in(desk: Desk) -> None:
    for role in ("admin", "auditor"):
        for kind in KINDS:
            assert issue(desk.client.get(f"/fhir/{kind}", headers=bearer(role)), 404)["code"] == "not-found"


def test_pages_do_not_tell_of_files_that_stay_here(desk: Desk) -> None:
    (report,) = desk.request.documents
    choose(report.id, COORDINATOR, kept_back=True, now=right_now())
    more = keep(desk.request.id, "imaging-reports", [upload(pdf(marked="b"))], patient(desk.request.id), right_now())
    choose(more[0].id, COORDINATOR, kept_back=True, now=right_now())
    bundle = desk.client.get("/fhir/DocumentReference?_count=1", headers=desk.one).get_json()
    assert (bundle["total"], [one["relation"] for one in bundle["link"]]) == (0, ["self"])
    assert link(desk.bundle("DocumentReference?_count=1", desk.staff), "next")
