"""The guard of what leaves over HTTP, against real sockets: what may not be reached is never dialled."""

import socket
import threading
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.channels.base import DeliveryError, Failure
from referral.channels.outbound import MOST_BYTES, TOTAL_SECONDS, Answer, Outbound, endpoint_of, is_public, place_of
from tests.servers import free_port
from tests.servers.http import RESET, SILENCE, HttpServer

BODY = b'{"a":1}'


def post(server: HttpServer, url: str = "", **limits: float) -> Answer:
    """Send to the server, which is allowed."""
    allowed = frozenset({server.place, f"localhost:{server.port}"})
    return Outbound(allowed, **limits).post(url or server.url, BODY, {"X-Test": "yes"})  # type: ignore[arg-type]  # only limits are given


def refused(url: str, allow: frozenset[str] = frozenset(), **more: object) -> DeliveryError:
    """How an address is refused."""
    with pytest.raises(DeliveryError) as caught:
        Outbound(allow, **more).post(url, BODY, {})  # type: ignore[arg-type]  # a resolver, or a limit, where one is given
    return caught.value


def test_what_is_allowed_is_reached_and_answers(http_server: HttpServer) -> None:
    http_server.answer_with("taken-202")
    answer = post(http_server)
    assert (answer.status, answer.header("Content-Type"), answer.body) == (
        202,
        "application/json",
        b'{"queued":true}\n',
    )
    (request,) = http_server.requests
    assert (request.line, request.body) == ("POST /inbox HTTP/1.1", BODY)
    assert (request.headers["host"], request.headers["x-test"]) == (http_server.place, "yes")
    assert request.headers["user-agent"].startswith("second-opinion-referral/")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0",
        "①②⑦.⓪.⓪.①",
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_this_machine_is_not_reached_under_any_name(http_server: HttpServer, scheme: str, host: str) -> None:
    error = refused(f"{scheme}://{host}:{http_server.port}/")
    assert error.failure in (Failure.PERMANENT, Failure.TRANSIENT)
    time.sleep(0.02)
    assert http_server.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1", "2001:0:a00:1::f5ff:fffe",
        "nonsense",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_told_whatever_they_are_wrapped_in(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_private_address_becomes_public_by_being_mapped(address: object) -> None:
    assert not is_public(str(address))
    assert not is_public(f"::ffff:{address}")


@pytest.mark.parametrize(
    "url",
    [
        "http://office.example/", "ftp://office.example/", "file:///etc/passwd", "gopher://office.example/", "",
        "office", "https://", "https:///inbox", "https://user@office.example/", "https://user:word@office.example/",
        "https://office.example@127.0.0.1/", "https://office.example\\@127.0.0.1/", "https://office.example:0/",
        "https://office.example:99999/", "https://office.example:x/", "https://[::1/", "https://[fe80::1%25eth0]/",
        "https://off ice.example/", "https://office.example/\r\nHost: evil", "https://office\x00.example/",
        "https://-.example/ü",
    ],
)  # fmt: skip
def test_what_is_no_https_address_is_refused_for_good_and_nobody_is_asked(url: str) -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    assert refused(url, resolver=resolver).failure is Failure.PERMANENT
    assert asked in ([], ["-.example"])


def test_an_international_name_is_asked_for_in_the_letters_of_the_wire() -> None:
    assert place_of("https://büro.example/").host == "xn--bro-hoa.example"
    assert endpoint_of("https://BÜRO.example:8443/x") == "xn--bro-hoa.example:8443"
    assert endpoint_of("nonsense") == ""


def test_a_name_with_one_private_address_among_public_ones_is_refused(http_server: HttpServer) -> None:
    mixed = lambda host, port: ["93.184.216.34", "127.0.0.1"]  # noqa: E731 - a resolver in one line
    error = refused(f"https://office.example:{http_server.port}/", resolver=mixed)
    assert (error.failure, str(error), http_server.requests) == (Failure.PERMANENT, "the address is not public", [])


def test_a_name_that_changes_its_address_between_two_questions_gains_nothing(http_server: HttpServer) -> None:
    """The second answer would lead to this machine; it is never asked for, and the first is what is dialled."""
    answers = [["192.0.2.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers.pop(0)

    allowed = frozenset({f"office.example:{http_server.port}"})
    error = refused(f"http://office.example:{http_server.port}/", allowed, resolver=rebinding, connect_seconds=0.5)
    assert (error.failure, asked) == (Failure.TRANSIENT, ["office.example"])
    assert http_server.requests == []


def test_the_address_that_was_looked_at_is_the_one_that_is_dialled(http_server: HttpServer) -> None:
    allowed = frozenset({f"office.example:{http_server.port}"})
    outbound = Outbound(allowed, resolver=lambda host, port: ["127.0.0.1"])
    assert outbound.post(f"http://office.example:{http_server.port}/", BODY, {}).status == 200
    assert http_server.requests[0].headers["host"] == f"office.example:{http_server.port}"


def test_a_redirect_to_this_machine_is_not_followed(http_server: HttpServer) -> None:
    location = f"Location: {http_server.url}".encode()
    http_server.answer_with(b"HTTP/1.1 302 Found\r\n" + location + b"\r\nContent-Length: 0\r\n\r\n")
    assert post(http_server).status == 302
    assert len(http_server.requests) == 1


def test_a_port_nobody_listens_on_passes() -> None:
    place = f"127.0.0.1:{free_port()}"
    error = refused(f"http://{place}/", frozenset({place}))
    assert (error.failure, error.endpoint_down) == (Failure.TRANSIENT, True)


def test_a_name_that_is_not_found_passes_also_where_the_resolver_hangs() -> None:
    released = threading.Event()

    def hanging(host: str, port: int) -> Sequence[str]:
        released.wait(5)
        return ["8.8.8.8"]

    begun = time.monotonic()
    error = refused("https://office.example/", resolver=hanging, connect_seconds=0.5)
    released.set()
    assert (error.failure, error.endpoint_down) == (Failure.TRANSIENT, True)
    assert time.monotonic() - begun < 2

    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert refused("https://office.example/", resolver=unknown).failure is Failure.TRANSIENT


def test_a_server_that_speaks_no_tls_gets_nothing(http_server: HttpServer) -> None:
    error = refused(f"https://{http_server.place}/", frozenset({http_server.place}))
    assert (error.failure, error.endpoint_down) == (Failure.TRANSIENT, True)
    assert all(BODY not in request.body for request in http_server.requests)


@pytest.mark.parametrize("answer", [RESET, SILENCE, b"HTTP/1.1 2", b"what\r\n\r\n"])
def test_no_answer_after_everything_was_sent_leaves_the_outcome_open(http_server: HttpServer, answer: bytes) -> None:
    http_server.answer_with(answer)
    with pytest.raises(DeliveryError) as caught:
        post(http_server, total_seconds=1.0 if answer == SILENCE else TOTAL_SECONDS)
    assert (caught.value.failure, caught.value.endpoint_down) == (Failure.UNKNOWN, True)
    assert len(http_server.requests) == 1


def test_a_far_side_that_answers_one_byte_at_a_time_is_cut_when_the_time_is_over(http_server: HttpServer) -> None:
    http_server.drip_seconds = 0.1
    begun = time.monotonic()
    with pytest.raises(DeliveryError) as caught:
        post(http_server, total_seconds=1.0)
    assert time.monotonic() - begun < 3
    assert caught.value.failure is Failure.UNKNOWN


def test_a_status_counts_although_the_body_never_ends(http_server: HttpServer) -> None:
    http_server.answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    assert post(http_server).status == 200


def test_of_a_long_answer_only_the_beginning_is_read(http_server: HttpServer) -> None:
    http_server.answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 9_999_999)
    assert len(post(http_server).body) <= MOST_BYTES


def test_a_far_side_that_takes_nothing_in_is_a_failure_before_the_message_was_there() -> None:
    """Its buffers fill up, so the request never leaves as a whole."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        place = f"127.0.0.1:{deaf.getsockname()[1]}"
        outbound = Outbound(frozenset({place}), total_seconds=0.4)
        with pytest.raises(DeliveryError) as caught:
            outbound.post(f"http://{place}/", b"x" * 20_000_000, {})
    assert (caught.value.failure, caught.value.endpoint_down) == (Failure.TRANSIENT, True)
