"""An office's program answers through the FHIR server: each status of a Task is a step of the lifecycle."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.fhir.read_task import Standing, Step, step
from referral.models import ServiceRequest
from tests.api.conftest import Headers, bearer
from tests.api.fhir_models import ask, issue, valid
from tests.factories import make_organization
from tests.services.journeys import again, history
from tests.web.office_steps import fresh_role, right_now, sent_request

Json = dict[str, Any]
DAY = (right_now() + timedelta(days=20)).date().isoformat()
BUSINESS = "http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS"


class Office:
    """The program of one office, with the task that it has."""

    def __init__(self, app: Flask) -> None:
        role = fresh_role(organization=make_organization("org-one"), role_id="role-one")
        self.client: FlaskClient = app.test_client()
        self.request: ServiceRequest = sent_request(app, role)
        self.request_id = self.request.id
        self.heads: Headers = bearer("integration", "org-one")
        self.place = f"Task/{self.request.tasks[0].id}"

    def read(self) -> Json:
        """The task as it stands."""
        return ask(self.client, self.place, headers=self.heads)

    def put(self, task: Json, version: str | None = None, heads: Headers | None = None) -> TestResponse:
        """Send the task back, by default as made from the version that it names."""
        tag = f'W/"{task["meta"]["versionId"]}"' if version is None else version
        sent = {**(heads or self.heads), "If-Match": tag, "Content-Type": "application/fhir+json"}
        return self.client.put(f"/fhir/{self.place}", json=task, headers=sent)

    def step(self, **changes: object) -> TestResponse:
        """Change the task as it stands."""
        return self.put({**self.read(), **changes})

    def stage(self) -> str:
        """Where the request stands."""
        return again(self.request_id).stage


@pytest.fixture
def office(app: Flask) -> Office:
    """The same on SQLite."""
    return Office(app)


def progress(code: str) -> Json:
    return {"status": "in-progress", "businessStatus": {"coding": [{"system": BUSINESS, "code": code}]}}


def output(**value: object) -> list[Json]:
    return [{"type": {"text": "Second opinion"}, **value}]


def test_the_whole_way_from_receipt_to_opinion(app_on_either: Flask) -> None:
    office = Office(app_on_either)
    opinion = [
        {"type": {"coding": [{"system": "http://localhost:5000/fhir/CodeSystem/opinion", "code": "diagnosis"}]},
         "valueString": "As said"},
        {"type": {"text": "Plan"}, "valueString": "Surgery first."},
        {"type": {"text": "Letter"}, "valueString": "Dear colleague."},
    ]  # fmt: skip
    for changes, stage in (
        ({"status": "received"}, "acknowledged"),
        ({"status": "accepted"}, "accepted"),
        ({"status": "accepted", "output": output(valueDate=DAY)}, "accepted"),
        ({**progress("5.1.1"), "executionPeriod": {"start": DAY}}, "scheduled"),
        (progress("5.1.2"), "no-show"),
        ({**progress("5.1.1"), "executionPeriod": {"start": DAY}}, "scheduled"),
        (progress("5.1.4"), "in-review"),
        ({"status": "completed", "output": opinion}, "opinion-received"),
    ):
        before = again(office.request_id).version
        answer = office.step(**changes)
        after = valid(answer)
        assert (office.stage(), after["status"]) == (stage, changes["status"])
        version = again(office.request_id).version
        assert answer.headers["ETag"] == f'W/"{after["meta"]["versionId"]}"' == f'W/"{version}"'
        assert version > before
    (kept,) = again(office.request_id).opinions
    assert (kept.diagnosis, kept.plan, kept.text) == ("As said", "Surgery first.", "Letter: Dear colleague.")
    assert [one["valueString"] for one in after["output"]] == ["As said", "Surgery first.", "Letter: Dear colleague."]
    assert after["executionPeriod"]["start"] == DAY
    assert after["businessStatus"]["coding"][0]["code"] == "7.0"
    assert valid(office.put(after)) == after, "sent back as it was read, it changes nothing"
    assert ("propose-dates", "accepted", "accepted") in history(office.request_id)


@pytest.mark.parametrize(
    "reason, kept, text",
    [
        ({"coding": [{"code": "no-capacity"}]}, "no-capacity", ""),
        ({"coding": [{"code": "age"}], "text": "Not before 18."}, "age", "Not before 18."),
        ({"text": "out-of-scope"}, "out-of-scope", ""),
        ({"coding": [{"code": "out-of-scope"}], "text": "out of scope"}, "out-of-scope", ""),
        ({"text": "We do not treat this tumor."}, "other", "We do not treat this tumor."),
    ],
)
def test_a_reason_is_a_code_or_words(reason: Json, kept: str, text: str) -> None:
    wanted = step({"status": "rejected", "statusReason": reason}, Standing("received", "2.0", None, ()))
    assert wanted == Step(Action.DECLINE, kept, text)


def test_a_declined_task_keeps_its_reason(office: Office) -> None:
    declined = valid(office.step(status="rejected", statusReason={"text": "age"}))
    assert declined["statusReason"]["coding"][0]["code"] == "age"
    assert office.stage() == "declined"


def test_a_question_stands_in_the_task_until_it_is_answered(office: Office) -> None:
    office.step(status="received")
    asked = valid(office.step(status="on-hold", statusReason={"text": "Any fever?"}))
    assert (office.stage(), asked["statusReason"]["text"]) == ("information-requested", "Any fever?")


def test_who_answers_at_once_gives_advice(office: Office) -> None:
    office.step(status="completed", output=output(valueString="See a hepatologist."))
    assert again(office.request_id).opinions[0].advice_only


def test_a_change_is_made_from_the_version_that_stands(office: Office) -> None:
    task = {**office.read(), "status": "received"}
    assert issue(office.put(task, ""), 428)["code"] == "required"
    for stale in ('W/"1"', '"nonsense"', 'W/"99"'):
        assert issue(office.put(task, stale), 412)["code"] == "conflict"
    first = office.put(task)
    assert first.status_code == 200
    assert issue(office.put({**task, "status": "accepted"}), 412)["code"] == "conflict"
    assert office.stage() == "acknowledged"


NO_STEPS: tuple[tuple[Json, str], ...] = (
    ({"status": "cancelled"}, "one of these steps"),
    ({"status": "in-progress"}, "businessStatus"),
    (progress("5.1.1"), "Possible now: received"),
    (progress("5.1.4"), "Possible now: received"),
    ({"status": "rejected"}, "no-capacity"),
    ({"status": "rejected", "statusReason": {"coding": [{"code": "tired"}]}}, "no-capacity"),
    ({"status": "on-hold", "statusReason": {"text": " "}}, ""),
    ({"status": "completed"}, "valueString"),
    ({"status": "completed", "output": output(valueReference={"reference": "#x"})}, "documents"),
    ({"status": "received", "owner": {"reference": "PractitionerRole/role-two"}}, "owner"),
    ({"status": "received", "focus": {"reference": "ServiceRequest/17"}}, "focus"),
)


def test_what_is_no_step_and_what_is_no_task_is_refused_without_repeating_it(office: Office) -> None:
    for changes, said in NO_STEPS:
        assert said in issue(office.step(**changes), 422)["diagnostics"]
    task = {**office.read(), "status": "received"}
    for wrong in ({"id": "17"}, {"resourceType": "Patient"}, {"Zyx": 1}, {"focus": "Zyx"}, {"authoredOn": "Zyx"}):
        answer = office.put({**task, **wrong}, 'W/"1"')
        assert issue(answer, 400)["code"] == "structure"
        assert "Zyx" not in issue(answer, 400)["diagnostics"]
    heads = {**office.heads, "If-Match": 'W/"1"', "Content-Type": "text/plain"}
    assert issue(office.client.put(f"/fhir/{office.place}", data="x", headers=heads), 415)
    heads["Content-Type"] = "application/json"
    assert issue(office.client.put(f"/fhir/{office.place}", data="{", headers=heads), 400)
    assert issue(office.client.put(f"/fhir/{office.place}", data="x" * 3_000_000, headers=heads), 413)
    assert office.stage() == "delivered"


def test_only_the_owner_and_the_desk_change_a_task(office: Office) -> None:
    make_organization("org-two")
    db.session.commit()
    task = {**office.read(), "status": "received"}
    assert issue(office.put(task, heads=bearer("integration", "org-two")), 404)["code"] == "not-found"
    assert issue(office.put(task, heads=bearer("admin")), 404)
    assert valid(office.put(task, heads=bearer("coordinator")))["status"] == "received"
    assert again(office.request_id).events[-1].actor == "coordinator"
