"""The FHIR channel against a real HTTP server, and the Bundle itself against the models of R4."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

from referral.channels import DeliveryError, Failure
from referral.channels.fhir import Fhir
from referral.channels.outbound import Outbound
from referral.domain.referral_packet import PacketEvent
from referral.fhir.bundle import transaction
from tests.channels.packets import KEY, PACKET, ROOT, message
from tests.servers.http import RESET, HttpServer

Json = dict[str, Any]


def channel(server: HttpServer) -> Fhir:
    """The channel, which may reach the server."""
    return Fhir(Outbound(frozenset({server.place})), ROOT, clock=lambda: datetime.now(UTC))


def failure_of(server: HttpServer) -> DeliveryError:
    """How sending fails."""
    with pytest.raises(DeliveryError) as caught:
        channel(server).send(message(server.url))
    return caught.value


def entries(body: bytes) -> dict[str, Json]:
    """The entries of a Bundle by type of resource."""
    return {entry["resource"]["resourceType"]: entry for entry in json.loads(body)["entry"]}


def test_the_referral_arrives_as_a_transaction_under_the_messages_key(http_server: HttpServer) -> None:
    http_server.answer_with("hapi-200-transaction")
    taken = channel(http_server).send(message(http_server.url))
    (request,) = http_server.requests
    bundle = Bundle.model_validate_json(request.body)
    assert bundle.type == "transaction"
    assert list(entries(request.body)) == ["Patient", "Consent", "DocumentReference", "ServiceRequest", "Task"]
    assert request.headers["content-type"] == "application/fhir+json"
    assert request.headers["idempotency-key"] == KEY
    assert request.headers["if-none-exist"] == f"identifier={ROOT}/fhir/sid/service-request|SO-7K3M-92QX"
    assert (taken.code, taken.reference) == ("200", "Task/15/_history/1")


def test_every_resource_is_created_only_where_its_identifier_is_not_there() -> None:
    for kind, entry in entries(transaction(PACKET, ROOT)).items():
        (identifier,) = entry["resource"]["identifier"]
        assert entry["request"]["ifNoneExist"] == f"identifier={identifier['system']}|{identifier['value']}"
        assert (entry["request"]["method"], entry["request"]["url"]) == ("POST", kind)


def test_the_resources_say_what_the_profiles_ask_for() -> None:
    found = {kind: entry["resource"] for kind, entry in entries(transaction(PACKET, ROOT)).items()}
    request, task, consent = found["ServiceRequest"], found["Task"], found["Consent"]
    assert (request["status"], request["intent"], request["priority"]) == ("active", "order", "urgent")
    assert request["identifier"][0]["type"]["coding"][0]["code"] == "PLAC"
    assert request["orderDetail"][0]["coding"][0] == {
        "system": "http://terminology.hl7.org/CodeSystem/v2-0282", "code": "SO", "display": "Second Opinion",
    }  # fmt: skip
    assert {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C22.1"} in request["reasonCode"][0]["coding"]
    assert request["performer"][0]["identifier"]["value"] == "2000000010"
    assert (task["status"], task["intent"], task["code"]["coding"][0]["code"]) == ("requested", "order", "fulfill")
    assert task["businessStatus"]["coding"][0]["code"] == "2.0"
    assert task["restriction"]["period"]["end"] == "2026-11-25T20:00:00Z"
    assert task["lastModified"] >= task["authoredOn"]
    assert consent["provision"]["type"] == "permit"
    assert found["Patient"]["birthDate"] == "1961-03-27"


def test_all_references_lead_to_something_in_the_bundle() -> None:
    body = transaction(PACKET, ROOT)
    names = {entry["fullUrl"] for entry in json.loads(body)["entry"]}
    text = body.decode()
    used = {part.split('"')[0] for part in text.split('"reference":"')[1:]}
    assert used <= names
    assert len(names) == 5


@pytest.mark.parametrize("event", [PacketEvent.CANCELLED, PacketEvent.ANSWERED, PacketEvent.NEW_LINK])
def test_later_news_change_the_task_that_is_there(http_server: HttpServer, event: PacketEvent) -> None:
    channel(http_server).send(message(http_server.url, event=event, task_status="in-progress", business_status="5.2"))
    entry, *records = entries(http_server.requests[0].body).values()
    assert (entry["request"]["method"], entry["resource"]["status"]) == ("PUT", "in-progress")
    assert entry["request"]["url"] == f"Task?identifier={ROOT}/fhir/sid/task|{PACKET.task_id}"
    assert len(records) == (0 if event is PacketEvent.CANCELLED else len(PACKET.documents))
    assert [record["request"]["method"] for record in records] == ["PUT"] * len(records)
    assert "María" not in http_server.requests[0].body.decode()


def test_what_fhir_does_not_allow_is_not_sent(http_server: HttpServer) -> None:
    with pytest.raises(ValidationError):
        channel(http_server).send(message(http_server.url, priority="two  blanks"))
    assert http_server.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        "hapi-200-transaction", "hapi-200-transaction-repeated", "taken-without-body", "taken-202", "created-201",
        "bars-409-duplicate",
    ],
)  # fmt: skip
def test_these_answers_take_the_message(http_server: HttpServer, answer: str) -> None:
    http_server.answer_with(answer)
    channel(http_server).send(message(http_server.url))


@pytest.mark.parametrize(
    "answer, failure, code",
    [
        ("hapi-409-version-conflict", Failure.TRANSIENT, "409"),
        ("hapi-412-several-matches", Failure.PERMANENT, "412"),
        ("hapi-422-not-valid", Failure.PERMANENT, "422"),
        ("moved-301", Failure.PERMANENT, "301"),
        ("refused-400", Failure.PERMANENT, "400"),
        ("too-many-429", Failure.TRANSIENT, "429"),
        ("trouble-500", Failure.TRANSIENT, "500"),
        (RESET, Failure.UNKNOWN, ""),
    ],
)
def test_every_other_answer_has_its_meaning(
    http_server: HttpServer, answer: str | bytes, failure: Failure, code: str
) -> None:
    http_server.answer_with(answer)
    error = failure_of(http_server)
    assert (error.failure, error.code) == (failure, code)


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"issue": 7}', b'{"entry": [7, {"response": 7}]}', b"\xff", b"[" * 9999]
)
@pytest.mark.parametrize("status", [200, 409])
def test_an_answer_that_is_no_fhir_is_understood_by_its_status(
    http_server: HttpServer, status: int, body: bytes
) -> None:
    head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    http_server.answer_with(head + body)
    if status == 200:
        assert channel(http_server).send(message(http_server.url)).reference == ""
    else:
        assert failure_of(http_server).failure is Failure.TRANSIENT


def test_a_server_that_keeps_keys_sees_one_effect_however_often_it_is_sent(http_server: HttpServer) -> None:
    http_server.answer_with(RESET, "trouble-500", "hapi-200-transaction", "hapi-200-transaction-repeated")
    for _ in range(4):
        with contextlib.suppress(DeliveryError):
            channel(http_server).send(message(http_server.url))
    assert len({request.body for request in http_server.requests}) == 1
    assert http_server.effects == {KEY}
