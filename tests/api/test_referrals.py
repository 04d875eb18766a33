"""Sending a request in through the API, and working on it with a token."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.extensions import db
from referral.models import ContactChange, Patient, ServiceRequest
from referral.services import consents
from tests.api.conftest import Headers, bearer
from tests.factories import NOW, make_organization, make_request, make_role, make_staff

REFERRALS = "/api/v1/referrals"


def _body(*role_ids: str, **changes: object) -> dict[str, object]:
    body: dict[str, object] = {
        "cancer": "CHOL",
        "situation": "rare-or-complex",
        "priority": "urgent",
        "patient": {
            "given": "Maria",
            "family": "Sample",
            "birth_date": "1961-03-27",
            "email": "maria@sample.example",
            "postcode": "02115",
        },
        "first_opinion": {"diagnosis": "Cholangiocarcinoma", "plan": "Chemotherapy"},
        "consent": {"share_with_specialists": True, "contact_by_email": True},
        "shortlist": list(role_ids),
        "reroute": {"allowed": True, "max_tries": 3, "max_km": 400},
    }
    return {**body, **changes}


def _fields(answer: object) -> set[str]:
    assert isinstance(answer, dict)
    return {error["field"] for error in answer["errors"]}


def test_a_request_is_taken_in_and_answered_with_where_to_follow_it(client: FlaskClient, app: Flask) -> None:
    role = make_role()
    db.session.commit()

    answer = client.post(REFERRALS, json=_body(role.id))

    assert answer.status_code == 201
    body = answer.get_json()
    assert answer.headers["Location"] == f"{REFERRALS}/{body['id']}"
    assert (body["stage"], body["tasks"]) == ("submitted", [])
    assert body["tracking_url"].startswith(app.extensions["settings"].public_url + "/track/")
    assert len(body["tracking_code"].replace("-", "")) == 12


def test_a_request_is_made_of_the_fields_that_are_offered_alone(client: FlaskClient) -> None:
    more = {
        "stage": "closed",
        "version": 99,
        "contact_confirmed_at": "2020-01-01",
        "records": "checked",
        "id": str(uuid4()),
    }
    answer = client.post(REFERRALS, json=_body(**more))

    assert answer.status_code == 201
    made = db.session.query(ServiceRequest).one()
    assert (made.stage, made.version, made.contact_confirmed_at, str(made.id)) == (
        "submitted", 1, None, answer.get_json()["id"],
    )  # fmt: skip
    assert str(made.id) != more["id"]


def test_a_repeat_with_the_same_key_gives_the_first_answer(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "abc-1"}

    first, second = (client.post(REFERRALS, json=_body(), headers=headers) for _ in range(2))

    assert first.get_json() == second.get_json()
    assert second.status_code == 201
    assert db.session.query(ServiceRequest).count() == 1


def test_the_same_key_with_another_body_is_refused(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "abc-2"}
    client.post(REFERRALS, json=_body(), headers=headers)

    answer = client.post(REFERRALS, json=_body(priority="routine"), headers=headers)

    assert answer.status_code == 422
    assert _fields(answer.get_json()) == {"Idempotency-Key"}


def test_without_consent_to_share_nothing_is_written(client: FlaskClient) -> None:
    answer = client.post(REFERRALS, json=_body(consent={"share_with_specialists": False, "contact_by_email": True}))

    assert answer.status_code == 422
    assert _fields(answer.get_json()) == {"consent.share_with_specialists"}
    assert db.session.query(ServiceRequest).count() == 0


def test_whoever_asks_for_the_patient_gives_an_address_of_their_own(client: FlaskClient) -> None:
    asking = {"name": "Eva Sample", "relation": "daughter", "email": "eva@sample.example"}

    made = client.post(REFERRALS, json=_body(requester=asking))

    assert made.status_code == 201
    (patient,) = db.session.scalars(select(Patient))
    assert (patient.news_to, patient.requester_email) == ("both", "")  # until she has confirmed it
    (waiting,) = db.session.scalars(select(ContactChange))
    assert (waiting.email, waiting.whose) == ("eva@sample.example", "requester")
    refused = client.post(REFERRALS, json=_body(requester={**asking, "email": "", "news_to": "requester"}))
    assert _fields(refused.get_json()) == {"requester.email"}


def test_every_missing_field_is_named_at_once(client: FlaskClient) -> None:
    answer = client.post(REFERRALS, json={})

    assert answer.content_type == "application/problem+json"
    assert _fields(answer.get_json()) == {
        "cancer",
        "patient.given",
        "patient.family",
        "patient.birth_date",
        "patient.email",
        "consent.share_with_specialists",
    }


def test_an_unknown_specialist_is_named(client: FlaskClient) -> None:
    answer = client.post(REFERRALS, json=_body("nobody"))

    assert answer.status_code == 422
    assert _fields(answer.get_json()) == {"shortlist"}


def test_a_value_of_the_wrong_kind_is_named_with_its_path(client: FlaskClient) -> None:
    answer = client.post(REFERRALS, json=_body(patient={"given": "A", "birth_date": "27/3/1961"}, priority="soon"))

    assert answer.status_code == 422
    assert {"patient.birth_date", "priority"} <= _fields(answer.get_json())


def test_a_control_character_is_refused_by_field(client: FlaskClient) -> None:
    patient = {**_body()["patient"], "family": "Sam\x00ple"}  # type: ignore[dict-item]  # the body's own dict

    answer = client.post(REFERRALS, json=_body(patient=patient))

    assert _fields(answer.get_json()) == {"patient.family"}


def test_text_that_is_no_json_is_a_bad_request(client: FlaskClient) -> None:
    answer = client.post(REFERRALS, data="{cut off", content_type="application/json")

    assert answer.status_code == 400
    assert answer.get_json()["status"] == 400


def test_without_a_token_nothing_is_listed(client: FlaskClient) -> None:
    answer = client.get(REFERRALS)

    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_an_auditor_does_not_even_learn_that_referrals_exist(client: FlaskClient, auditor: Headers) -> None:
    request = make_request()

    assert client.get(f"{REFERRALS}/{request.id}", headers=auditor).status_code == 404


def test_an_unknown_referral_is_not_found(client: FlaskClient, coordinator: Headers) -> None:
    for name in (str(uuid4()), "not-an-id"):
        assert client.get(f"{REFERRALS}/{name}", headers=coordinator).status_code == 404


def test_an_unknown_path_of_the_api_is_a_problem_document(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing")

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_approving_writes_the_task_and_its_delivery(client: FlaskClient, coordinator: Headers) -> None:
    request = make_request(confirmed=False)

    answer = client.post(
        f"{REFERRALS}/{request.id}/actions", json={"action": "approve", "version": request.version}, headers=coordinator
    )

    body = answer.get_json()
    assert (answer.status_code, body["stage"], body["version"]) == (200, "queued", 2)
    (task,) = body["tasks"]
    assert (task["status"], task["business_status"]) == ("requested", "2.0")
    assert [delivery["status"] for delivery in task["deliveries"]] == ["queued"]
    assert body["contact_confirmed"] is True


def test_a_stale_version_is_a_conflict_that_says_what_is_possible(client: FlaskClient, coordinator: Headers) -> None:
    request = make_request()

    answer = client.post(
        f"{REFERRALS}/{request.id}/actions", json={"action": "approve", "version": 99}, headers=coordinator
    )

    body = answer.get_json()
    assert (answer.status_code, body["version"]) == (409, 1)
    assert {"approve", "request-records", "hold", "cancel"} <= set(body["allowed"])


def test_a_move_that_is_not_possible_is_a_conflict(client: FlaskClient, coordinator: Headers) -> None:
    request = make_request()

    answer = client.post(f"{REFERRALS}/{request.id}/actions", json={"action": "accept"}, headers=coordinator)

    assert answer.status_code == 409
    assert "accept" not in answer.get_json()["allowed"]


def test_an_unknown_action_is_named(client: FlaskClient, coordinator: Headers) -> None:
    request = make_request()

    answer = client.post(f"{REFERRALS}/{request.id}/actions", json={"action": "explode"}, headers=coordinator)

    assert (answer.status_code, _fields(answer.get_json())) == (422, {"action"})


def test_the_actions_and_their_reasons_come_from_the_lifecycle(client: FlaskClient, coordinator: Headers) -> None:
    request = make_request()

    body = client.get(f"{REFERRALS}/{request.id}/actions", headers=coordinator).get_json()

    assert body["version"] == 1
    assert {"action": "approve", "reasons": []} in body["actions"]


def test_the_history_tells_who_did_what(client: FlaskClient, coordinator: Headers) -> None:
    request = make_request()
    client.post(f"{REFERRALS}/{request.id}/actions", json={"action": "note", "text": "Called."}, headers=coordinator)

    events = client.get(f"{REFERRALS}/{request.id}/events", headers=coordinator).get_json()["results"]

    assert [(event["action"], event["actor"], event["to"]) for event in events] == [
        ("submit", "patient", "submitted"),
        ("note", "coordinator", "submitted"),
    ]
    assert set(events[0]) >= {"at", "actor", "action", "from", "to", "reason", "text", "version"}


def test_a_program_of_an_office_sees_only_its_own_and_no_notes(client: FlaskClient, coordinator: Headers) -> None:
    mine, other = make_organization("mine"), make_organization("other")
    request = make_request(make_role(organization=mine))
    path = f"{REFERRALS}/{request.id}"
    for action in ({"action": "note", "text": "Internal."}, {"action": "approve"}):
        client.post(f"{path}/actions", json=action, headers=coordinator)

    assert client.get(path, headers=bearer("integration", "other")).status_code == 404
    own = bearer("integration", "mine")
    assert client.get(path, headers=own).status_code == 200
    events = client.get(f"{path}/events", headers=own).get_json()["results"]
    assert "note" not in {event["action"] for event in events}
    assert len(client.get(REFERRALS, headers=own).get_json()["results"]) == 1
    assert client.get(REFERRALS, headers=bearer("integration", "other")).get_json()["results"] == []
    assert other.id == "other"


def test_a_list_goes_on_without_what_its_patient_took_back(client: FlaskClient, coordinator: Headers) -> None:
    mine = make_organization("mine")
    kept, back = (make_request(make_role(organization=mine)) for _ in range(2))
    for request in (kept, back):
        client.post(f"{REFERRALS}/{request.id}/actions", json={"action": "approve"}, headers=coordinator)
    consents.end(back, consents.SHARE, back.shortlist[0].role_id, NOW)
    db.session.commit()

    answer = client.get(REFERRALS, headers=bearer("integration", "mine"))

    assert (answer.status_code, [one["id"] for one in answer.get_json()["results"]]) == (200, [str(kept.id)])


def test_a_list_is_cut_into_pages_by_what_breaches_first(client: FlaskClient, coordinator: Headers) -> None:
    role = make_role()
    for priority in ("routine", "stat", "urgent"):
        make_request(role, priority=priority)

    seen, cursor = [], ""
    for _ in range(3):
        page = client.get(REFERRALS, query_string={"limit": 1, "cursor": cursor}, headers=coordinator).get_json()
        seen += [one["priority"] for one in page["results"]]
        cursor = page["next_cursor"]

    assert seen[-1] == "routine"
    assert len(seen) == 3
    assert cursor is None


def test_the_queues_hold_what_their_names_say(client: FlaskClient, coordinator: Headers) -> None:
    make_request()
    client.post(REFERRALS, json=_body())

    def queue(name: str) -> int:
        return len(client.get(REFERRALS, query_string={"queue": name}, headers=coordinator).get_json()["results"])

    assert (queue("new"), queue("nobody-found"), queue("unassigned"), queue("ready"), queue("mine")) == (1, 1, 2, 0, 0)


def test_an_unknown_queue_stage_or_cursor_is_named(client: FlaskClient, coordinator: Headers) -> None:
    for field, value in (("queue", "old"), ("stage", "lost"), ("cursor", "@@@")):
        answer = client.get(REFERRALS, query_string={field: value}, headers=coordinator)
        assert (answer.status_code, _fields(answer.get_json())) == (422, {field})


def test_a_referral_is_given_to_a_coordinator_by_address(client: FlaskClient, coordinator: Headers) -> None:
    request = make_request()
    make_staff("dana@example.org", "lead")

    answer = client.post(
        f"{REFERRALS}/{request.id}/actions",
        json={"action": "assign", "assignee": "dana@example.org"},
        headers=coordinator,
    )

    assert answer.get_json()["assignee"] == "dana@example.org"


def test_no_error_repeats_what_a_patient_wrote(client: FlaskClient) -> None:
    patient = {**_body()["patient"], "email": "Secretname at home"}  # type: ignore[dict-item]  # the body's own dict

    answer = client.post(REFERRALS, json=_body(patient=patient))

    assert answer.status_code == 422
    assert "Secretname" not in answer.get_data(as_text=True)


def _ask(client: FlaskClient, headers: Headers, address: str, **action: str) -> tuple[int, list[tuple[str, str]]]:
    """Take an action through the API: its status, and whom the request went to by which channel."""
    answer = client.post(f"{address}/actions", json=action, headers=headers)
    tasks = answer.get_json().get("tasks", [])
    return answer.status_code, [(task["role_id"], task["deliveries"][0]["channel"]) for task in tasks]


@pytest.mark.parametrize("days, channel", [(180, "email"), (181, "post")])
def test_a_place_that_nobody_confirmed_for_180_days_is_called_first(
    client: FlaskClient, coordinator: Headers, days: int, channel: str
) -> None:
    confirmed = datetime.now(UTC).date() - timedelta(days=days)
    first, second = (make_role(role_id=name, assured_on=confirmed) for name in ("first", "second"))
    db.session.commit()
    address = f"{REFERRALS}/{client.post(REFERRALS, json=_body(first.id, second.id)).get_json()['id']}"

    assert _ask(client, coordinator, address, action="approve") == (200, [("first", channel)])
    if channel == "post":
        assert _ask(client, coordinator, address, action="send")[0] == 200
        declined = _ask(client, coordinator, address, action="decline", reason="no-capacity")
        assert declined == (200, [("first", "post"), ("second", "post")])


@pytest.mark.parametrize("paused, not_treated", [(3, []), (0, ["BILIARY_TRACT"])])
def test_an_office_that_takes_no_such_request_is_passed_over_unless_a_person_names_it(
    client: FlaskClient, coordinator: Headers, paused: int, not_treated: list[str]
) -> None:
    today = datetime.now(UTC).date()
    pause = today + timedelta(days=paused)
    make_role(role_id="first", assured_on=today, paused_until=pause, not_treated=not_treated)
    make_role(role_id="second", assured_on=today)
    db.session.commit()
    passed_over, alone = (
        f"{REFERRALS}/{client.post(REFERRALS, json=_body(*roles)).get_json()['id']}"
        for roles in (("first", "second"), ("first",))
    )

    assert _ask(client, coordinator, passed_over, action="approve") == (200, [("second", "email")])
    assert _ask(client, coordinator, alone, action="approve")[0] == 409
    assert _ask(client, coordinator, alone, action="approve", role_id="first") == (200, [("first", "post")])
