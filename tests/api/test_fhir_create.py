"""A ServiceRequest is sent in through the FHIR server: the same service as the JSON API, once and only once."""

import json
from datetime import date
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from referral.extensions import db
from referral.fhir.bundle import transaction
from referral.models import ServiceRequest
from tests.api.conftest import Headers, bearer
from tests.api.fhir_models import ask, found, issue, valid
from tests.channels.packets import PACKET, ROOT
from tests.factories import make_organization, make_role

Json = dict[str, Any]
NUMBER = {"If-None-Exist": "identifier=urn:oid:1.2.3|A%2F17"}


def body(*role_ids: str, **changes: object) -> Json:
    """The smallest request that is complete."""
    person = {
        "resourceType": "Patient", "id": "p", "name": [{"family": "Sample", "given": ["Maria", "B."]}],
        "birthDate": "1961-03-27", "telecom": [{"system": "email", "value": "maria@sample.example"}],
    }  # fmt: skip
    made: Json = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "#p"},
        "reasonCode": [{"coding": [{"system": "http://oncotree.mskcc.org", "code": "CHOL"}]}],
        "performer": [{"reference": f"PractitionerRole/{role_id}"} for role_id in role_ids],
        "note": [{"text": "Is surgery possible?"}],
        "contained": [person, consent()],
    }
    return {name: value for name, value in {**made, **changes}.items() if value}


def consent(**changes: object) -> Json:
    """The patient's permission."""
    scope = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
    category = [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}]
    return {
        "resourceType": "Consent", "id": "c", "status": "active", "scope": scope, "category": category,
        "patient": {"reference": "#p"}, "policyRule": {"text": "Sharing with specialists"},
        "provision": {"type": "permit"}, **changes,
    }  # fmt: skip


def send(client: FlaskClient, resource: Json, heads: Headers, query: str = "") -> TestResponse:
    sent = {"Content-Type": "application/fhir+json", **heads}
    return client.post(f"/fhir/ServiceRequest{query}", data=json.dumps(resource), headers=sent)


def kept() -> list[ServiceRequest]:
    db.session.rollback()
    return db.session.query(ServiceRequest).all()


def test_a_request_comes_in_once_under_its_number(app_on_either: Flask) -> None:
    client, role = app_on_either.test_client(), make_role()
    make_organization("org-one")
    db.session.commit()
    desk, program = bearer("coordinator"), bearer("integration", "org-one")

    first = send(client, body(role.id), {**desk, **NUMBER})
    (request,) = kept()
    assert valid(first, 201)["id"] == str(request.id)
    assert first.headers["Location"] == f"http://localhost:5000/fhir/ServiceRequest/{request.id}/_history/1"
    assert first.headers["ETag"] == 'W/"1"'
    assert (request.stage, request.oncotree_code, request.questions) == ("submitted", "CHOL", ["Is surgery possible?"])
    assert (request.patient.given, request.patient.birth_date) == ("Maria B.", date(1961, 3, 27))
    assert {consent.purpose for consent in request.consents} == {"share", "contact"}

    again = send(client, body(), {**desk, **NUMBER})
    by_query = send(client, body(), desk, "?identifier=urn:oid:1.2.3|A/17")
    assert valid(again)["id"] == valid(by_query)["id"] == str(request.id)
    assert len(kept()) == 1
    (same,) = found(ask(client, "ServiceRequest?identifier=urn:oid:1.2.3|A/17", headers=desk), "ServiceRequest")
    assert same["id"] == str(request.id)

    other = send(client, body(role.id), {**program, **NUMBER})
    assert other.status_code == 201, "the same number of another organization is another request"
    assert other.get_json()["issue"][0]["severity"] == "information"
    assert "Maria" not in other.get_data(as_text=True)
    assert client.get(other.headers["Location"].partition("/_history")[0], headers=program).status_code == 404


def test_a_key_stands_for_one_body(client: FlaskClient, coordinator: Headers) -> None:
    heads = {**coordinator, "Idempotency-Key": "abc"}
    assert [send(client, body(), heads).status_code for _ in range(2)] == [201, 200]
    assert issue(send(client, body(priority="urgent"), heads), 422)
    assert len(kept()) == 1


UNUSABLE: tuple[tuple[Json, str], ...] = (
    ({"contained": [body()["contained"][0]]}, "Consent.provision"),
    ({"contained": [body()["contained"][0], consent(status="inactive")]}, "Consent.provision"),
    ({"contained": [body()["contained"][0], consent(provision={"type": "deny"})]}, "Consent.provision"),
    ({"contained": [body()["contained"][0], consent(patient={"reference": "#q"})]}, "Consent.provision"),
    ({"contained": [body()["contained"][0],
                    consent(provision={"type": "permit", "period": {"end": "2020-01-01"}})]}, "Consent.provision"),
    ({"subject": {"reference": "Patient/17"}}, "ServiceRequest.subject"),
    ({"status": "draft"}, "ServiceRequest.status"),
    ({"intent": "proposal"}, "ServiceRequest.intent"),
    ({"reasonCode": None}, "ServiceRequest.reasonCode"),
    ({"reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z99.9"}]}]},
     "ServiceRequest.reasonCode"),
    ({"performer": [{"reference": "PractitionerRole/nobody"}]}, "ServiceRequest.performer"),
    ({"performer": [{"display": "Ana Rivera"}]}, "ServiceRequest.performer"),
    ({"note": [{"text": "The first opinion. Mood: good"}]}, "ServiceRequest.note"),
)  # fmt: skip


def test_what_cannot_be_used_is_named(client: FlaskClient, coordinator: Headers) -> None:
    for changes, where in UNUSABLE:
        assert issue(send(client, body(**changes), coordinator), 422)["expression"] == [where]
    assert kept() == []


def test_a_permission_for_some_is_none_for_others(client: FlaskClient, coordinator: Headers) -> None:
    one, two = make_role(), make_role()
    db.session.commit()
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]}
    actor = {"role": role, "reference": {"reference": f"PractitionerRole/{one.id}"}}
    person = body()["contained"][0]
    limited = [person, consent(provision={"type": "permit", "actor": [actor]})]
    assert issue(send(client, body(one.id, two.id, contained=limited), coordinator), 422)
    assert send(client, body(one.id, contained=limited), coordinator).status_code == 201


def test_a_condition_that_is_not_understood_is_no_condition(client: FlaskClient, coordinator: Headers) -> None:
    for query in ("patient=Maria", "identifier=17", "identifier=a|b&status=active"):
        assert issue(send(client, body(), coordinator, f"?{query}"), 400)
        assert issue(send(client, body(), {**coordinator, "If-None-Exist": query}), 400)
    assert kept() == []


def test_what_our_own_channel_sends_can_be_sent_in(client: FlaskClient, coordinator: Headers) -> None:
    make_role(npi=PACKET.office.npi)
    db.session.commit()
    sent = {one["resource"]["resourceType"]: one["resource"] for one in json.loads(transaction(PACKET, ROOT))["entry"]}
    asked, person, given = sent["ServiceRequest"], sent["Patient"], sent["Consent"]
    inside = [{**person, "id": "p"}, {**given, "id": "c", "patient": {"reference": "#p"}, "performer": None}]
    inside[1].pop("performer")
    resource = {**asked, "subject": {"reference": "#p"}, "requester": {"reference": "#p"}, "contained": inside,
                "supportingInfo": [{"reference": "#c"}]}  # fmt: skip
    resource["occurrenceDateTime"] = "2027-01-15"
    made = send(client, resource, coordinator)
    assert made.status_code == 201, made.get_data(as_text=True)
    (request,) = kept()
    assert (request.oncotree_code, request.situation, request.priority) == (
        PACKET.cancer.oncotree_code, PACKET.situation, PACKET.priority,
    )  # fmt: skip
    assert tuple(request.questions) == PACKET.questions
    assert {name: text for name, text in request.first_opinion.items() if text} == dict(PACKET.first_opinion)
    for name in ("given", "family", "birth_date", "email", "phone", "postcode", "language", "interpreter",
                 "requester_name", "requester_relation"):  # fmt: skip
        assert getattr(request.patient, name) == getattr(PACKET.patient, name)
