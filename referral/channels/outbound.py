"""The guard of everything that leaves over HTTP: which address may be reached, for how long, and how much comes back.

An address that somebody typed into the directory must not lead into the operator's own network. The name is resolved
once, every address it has must be public, and the connection goes to the very address that was looked at: a name that
changes its mind between two questions changes nothing. Redirects are not followed.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Timer
from time import monotonic
from typing import Self
from urllib.parse import SplitResult, urlsplit

import idna
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from referral.channels.base import DeliveryError, Failure, Message

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 30.0
MOST_BYTES = 64 * 1024
"""More of an answer than this is not read: a far side has nothing to tell us that is longer."""

USER_AGENT = "second-opinion-referral/1"
_EMBEDDING = IPv6Network("64:ff9b::/96")
"""NAT64: the last 32 bits are an IPv4 address, which is the one that is reached."""
_PROTOCOLS = IPv4Network("192.0.0.0/24")
"""Kept for protocols of networks themselves; older Pythons call some of it public."""
_PORTS = {"http": 80, "https": 443}

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers by their lower-case names, and the first part of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """One header, empty where it is not there."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads: the host as it is asked for and as certificates name it."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def name(self) -> str:
        """Host and port, as OUTBOUND_ALLOW spells them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a host, as the machine's own resolver gives them; odd spellings of numbers included."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Outbound:
    """Sends POST requests to addresses that may be reached; `allow` holds private ones (`host:port`)."""

    allow: frozenset[str] = frozenset()
    resolver: Resolver = resolve
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send and give back whatever was answered; `DeliveryError` where nothing was, or the address may not be."""
        deadline = monotonic() + self.total_seconds
        place = place_of(url)
        if place.scheme != "https" and place.name not in self.allow:
            raise _refused("is not https")
        addresses = self._addresses(place)
        with _Line(place, deadline) as line:
            http = line.open(addresses, self.connect_seconds)
            return _exchange(http, place, body, {"User-Agent": USER_AGENT, "Connection": "close", **headers}, deadline)

    def _addresses(self, place: Place) -> Sequence[str]:
        """The addresses of a host, all of them public unless the operator allows the place."""
        found = _in_time(lambda: self.resolver(place.host, place.port), self.connect_seconds)
        if not found:
            raise DeliveryError(Failure.TRANSIENT, "the name of the address was not found", endpoint_down=True)
        if place.name not in self.allow and not all(is_public(address) for address in found):
            raise DeliveryError(Failure.PERMANENT, "the address is not public")
        return found


def place_of(url: str) -> Place:
    """Where a URL leads; what is no web address, or leads somewhere by a trick, is refused for good."""
    parts = _split(url)
    try:
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:  # of a number, a port, or a name that cannot be written in the letters of the wire
        raise _refused("is not one") from None
    if parts.username is not None or parts.password is not None:
        raise _refused("holds a user name")
    if not host or parts.scheme not in _PORTS or port == 0:
        raise _refused("is not https")
    return Place(parts.scheme, host, port or _PORTS[parts.scheme], _target(parts))


def correlation(message: Message) -> dict[str, str]:
    """The header by which both sides find a message in their logs; none where it has no id."""
    return {"X-Correlation-Id": message.correlation_id} if message.correlation_id else {}


def endpoint_of(url: str) -> str:
    """Host and port of an address, for counting; empty where it is not one."""
    try:
        return place_of(url).name
    except DeliveryError:
        return ""


def is_public(text: str) -> bool:
    """Whether an address is one of the public internet, whatever it is wrapped in."""
    try:
        address: Address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(address)
    if inner is not None:
        return _is_global(inner)
    return _is_global(address) and not address.is_reserved


class _Line:
    """One connection to one address, which is cut when its time is over, in whatever phase it is.

    A time limit of a socket starts anew with each byte; a far side that sends one byte a second would hold a worker
    for hours. So a second handle to the socket is shut down from outside at the deadline.
    """

    def __init__(self, place: Place, deadline: float) -> None:
        self._place = place
        self._deadline = deadline
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def open(self, addresses: Sequence[str], seconds: float) -> HTTPConnection:
        """Connect to the first address that answers and prove who is there; all of them share the time."""
        until = min(self._deadline, monotonic() + seconds)
        error: Exception = TimeoutError()
        for address in addresses:
            try:
                return self._connected(address, until)
            except (OSError, HTTPError) as failed:
                error = failed
                self._open.close()
        raise DeliveryError(Failure.TRANSIENT, f"not reached: {type(error).__name__}", endpoint_down=True) from error

    def _connected(self, address: str, until: float) -> HTTPConnection:
        """A connection to the address itself, no name is asked again; encrypted, and the certificate's name checked."""
        dialled = socket.create_connection((address, self._place.port), _left(until))
        self._cut_later(dialled)
        http = _over(self._place, dialled)
        self._open.callback(http.close)
        dialled.settimeout(_left(until))  # of the handshake as a whole
        http.connect()
        http.sock.settimeout(_left(self._deadline))
        return http

    def _cut_later(self, dialled: socket.socket) -> None:
        handle = self._open.enter_context(dialled.dup())
        cutter = Timer(_left(self._deadline), _cut, [handle])
        cutter.daemon = True
        cutter.start()
        self._open.callback(cutter.cancel)


def _exchange(http: HTTPConnection, place: Place, body: bytes, headers: Mapping[str, str], deadline: float) -> Answer:
    """Send everything, read the answer. Once all was handed over, whatever goes wrong leaves the outcome open."""
    try:
        http.request("POST", place.target, body=body, headers=headers, preload_content=False, decode_content=False)
    except (OSError, HTTPError) as error:
        raise DeliveryError(
            Failure.TRANSIENT, f"cut while sending: {type(error).__name__}", endpoint_down=True
        ) from error
    try:
        response = http.getresponse()
    except (OSError, HTTPError, HTTPException) as error:
        raise DeliveryError(Failure.UNKNOWN, f"no answer: {type(error).__name__}", endpoint_down=True) from error
    if monotonic() >= deadline:
        raise DeliveryError(Failure.UNKNOWN, "no answer in time", endpoint_down=True)
    headers = {name.lower(): text for name, text in response.headers.items()}
    return Answer(response.status, headers, _first_part(response))


def _first_part(response: BaseHTTPResponse) -> bytes:
    """The beginning of the body. The status says what became of the message, so a body that breaks off is no harm."""
    with contextlib.closing(response), contextlib.suppress(OSError, HTTPError, HTTPException, ValueError):
        return response.read(MOST_BYTES, decode_content=False)
    return b""


def _cut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _left(until: float) -> float:
    """Seconds until a moment; TimeoutError where it is past."""
    seconds = until - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _over(place: Place, dialled: socket.socket) -> HTTPConnection:
    """An HTTP connection that uses this socket where it would have dialled itself."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dialled

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dialled

    if place.scheme == "http":
        return Plain(place.host, place.port)
    return Secure(place.host, place.port, ssl_context=_trust(), server_hostname=place.host)


@cache
def _trust() -> ssl.SSLContext:
    """The certificates this machine trusts; read at the first use, since most processes never send."""
    return ssl.create_default_context()


def _split(url: str) -> SplitResult:
    if not url.isprintable() or any(mark in url for mark in ' \\"<>'):
        raise _refused("is not one")
    try:
        return urlsplit(url)
    except ValueError:
        raise _refused("is not one") from None


def _host(host: str) -> str:
    """The host in the letters of the wire; a number in brackets stays as it is."""
    if ":" in host:
        address = IPv6Address(host)
        if address.scope_id:
            raise ValueError("an address of one machine's own network")
        return str(address)
    return host.lower() if host.isascii() else idna.encode(host, uts46=True).decode("ascii")


def _target(parts: SplitResult) -> str:
    """Path and query as they are sent."""
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _refused(why: str) -> DeliveryError:
    return DeliveryError(Failure.PERMANENT, f"the address {why}")


def _in_time(work: Callable[[], Sequence[str]], seconds: float) -> Sequence[str]:
    """The result of asking the resolver, which knows no time limit; empty where it has none, or none in time."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(work).result(seconds)
    except (OSError, UnicodeError, TooSlow):
        return ()
    finally:
        pool.shutdown(wait=False)


def _is_global(address: Address) -> bool:
    return address.is_global and not address.is_multicast and address not in _PROTOCOLS


def _inner(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in _EMBEDDING:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
