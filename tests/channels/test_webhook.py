"""Webhooks against a real HTTP server: what is sent, how it is signed, what each answer means."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook as Signer

from referral.channels import DeliveryError, Failure, Message
from referral.channels.http_answers import LONGEST_WAIT, retry_after
from referral.channels.outbound import Answer, Outbound
from referral.channels.webhook import Webhook
from referral.domain.referral_packet import PacketEvent
from tests.channels.packets import AT, KEY, message
from tests.servers.http import RESET, HttpServer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def channel(server: HttpServer, clock_at: datetime | None = None) -> Webhook:
    """The channel, which may reach the server."""
    outbound = Outbound(frozenset({server.place}))
    return Webhook(outbound, Signer(SECRET), clock=lambda: clock_at or datetime.now(UTC))


def failure_of(server: HttpServer, clock_at: datetime | None = None) -> DeliveryError:
    """How sending fails."""
    with pytest.raises(DeliveryError) as caught:
        channel(server, clock_at).send(message(server.url))
    return caught.value


def test_the_packet_arrives_signed_under_the_messages_key(http_server: HttpServer) -> None:
    taken = channel(http_server).send(message(http_server.url))
    (request,) = http_server.requests
    said = Signer(SECRET).verify(request.body, request.headers)
    assert (request.headers["webhook-id"], request.headers["content-type"]) == (KEY, "application/json")
    assert (said["type"], said["timestamp"]) == ("referral.created", AT.isoformat())
    assert said["data"]["identifier"] == "SO-7K3M-92QX"
    assert said["data"]["patient"]["given"] == "María"
    assert said["data"]["first_opinion"] == {"diagnosis": "Cholangiocarcinoma", "plan": "Chemotherapy"}
    assert said["data"]["link"] == "https://second.example/office/token"
    assert taken.code == "200"


@pytest.mark.parametrize(
    "event, name",
    [(PacketEvent.CANCELLED, "referral.cancelled"), (PacketEvent.ANSWERED, "referral.information-answered")],
)
def test_later_news_say_what_they_are(http_server: HttpServer, event: PacketEvent, name: str) -> None:
    channel(http_server).send(message(http_server.url, event=event))
    assert json.loads(http_server.requests[0].body)["type"] == name


def test_a_changed_body_no_longer_fits_its_signature(http_server: HttpServer) -> None:
    channel(http_server).send(message(http_server.url))
    (request,) = http_server.requests
    with pytest.raises(Exception, match="No matching signature"):
        Signer(SECRET).verify(request.body.replace(b"urgent", b"stat"), request.headers)


@pytest.mark.parametrize("answer", ["taken-without-body", "taken-202", "created-201", "bars-409-duplicate"])
def test_any_success_takes_the_message_and_so_does_an_id_they_know(http_server: HttpServer, answer: str) -> None:
    http_server.answer_with(answer)
    assert channel(http_server).send(message(http_server.url)).code in ("200", "201", "202", "409")


@pytest.mark.parametrize(
    "answer, failure, code, down",
    [
        ("moved-301", Failure.PERMANENT, "301", False),
        ("refused-400", Failure.PERMANENT, "400", False),
        ("hapi-422-not-valid", Failure.PERMANENT, "422", False),
        ("hapi-412-several-matches", Failure.PERMANENT, "412", False),
        ("too-many-429", Failure.TRANSIENT, "429", True),
        ("trouble-500", Failure.TRANSIENT, "500", True),
        ("unavailable-503-until", Failure.TRANSIENT, "503", True),
        (RESET, Failure.UNKNOWN, "", True),
    ],
)
def test_every_other_answer_has_its_meaning(
    http_server: HttpServer, answer: str | bytes, failure: Failure, code: str, down: bool
) -> None:
    http_server.answer_with(answer)
    error = failure_of(http_server)
    assert (error.failure, error.code, error.endpoint_down) == (failure, code, down)
    assert len(http_server.requests) == 1, "no redirect is followed and nothing is repeated by itself"
    assert "127.0.0.1" not in str(error)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 410, 413])
def test_what_will_not_change_is_not_tried_again(http_server: HttpServer, status: int) -> None:
    http_server.answer_with(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
    assert failure_of(http_server).failure is Failure.PERMANENT


@pytest.mark.parametrize("status", [408, 425, 502, 504, 507])
def test_what_may_pass_is_tried_again(http_server: HttpServer, status: int) -> None:
    http_server.answer_with(f"HTTP/1.1 {status} Later\r\nContent-Length: 0\r\n\r\n".encode())
    assert failure_of(http_server).failure is Failure.TRANSIENT


@pytest.mark.parametrize(
    "answer, wait",
    [("too-many-429", timedelta(minutes=2)), ("unavailable-503-until", timedelta(minutes=10)), ("trouble-500", None)],
)
def test_how_long_they_want_to_be_left_alone_is_read(
    http_server: HttpServer, answer: str, wait: timedelta | None
) -> None:
    http_server.answer_with(answer)
    assert failure_of(http_server, AT).wait == wait


@pytest.mark.parametrize(
    "text, wait",
    [
        ("0", timedelta()), ("99999999999999", LONGEST_WAIT), ("-5", None), ("soon", None), ("", None), ("٣", None),
        ("Mon, 23 Nov 2020 15:10:00 GMT", timedelta()), ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("Mon, 23 Nov 2026 15:00:30 -0000", timedelta(seconds=30)),
    ],
)  # fmt: skip
def test_odd_waits_do_no_harm(text: str, wait: timedelta | None) -> None:
    assert retry_after(Answer(503, {"retry-after": text}, b""), AT) == wait


def test_a_receiver_that_keeps_ids_sees_one_effect_however_often_it_is_sent(http_server: HttpServer) -> None:
    http_server.answer_with(RESET, "trouble-500", "taken-202", "taken-without-body")
    for _ in range(4):
        with contextlib.suppress(DeliveryError):
            channel(http_server).send(message(http_server.url))
    assert {request.headers["webhook-id"] for request in http_server.requests} == {KEY}
    assert len({request.body for request in http_server.requests}) == 1
    assert http_server.effects == {KEY}


def test_a_message_for_people_alone_is_not_posted(http_server: HttpServer) -> None:
    with pytest.raises(DeliveryError) as caught:
        channel(http_server).send(replace(message(http_server.url), packet=None))
    assert (caught.value.failure, http_server.requests) == (Failure.PERMANENT, [])


def test_the_packet_stays_out_of_what_is_printed_of_a_message() -> None:
    assert "Sample" not in repr(message("https://office.example/"))
    assert isinstance(message("https://office.example/"), Message)
