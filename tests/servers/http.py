"""A real HTTP server that keeps what it gets and answers as a test wants, well or badly."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

ANSWERS = Path(__file__).parent / "answers"
"""Answers as real servers give them, byte for byte; each file's name says whose and what."""

RESET = b"reset"
SILENCE = b"silence"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request as it came over the wire, whatever was answered."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class HttpServer:
    """A running server; `answers` are taken one after the other, then everything is taken with 200.

    `effects` counts what a receiver that remembers keys would do: one for each key it accepted.
    """

    port: int
    requests: list[ReceivedRequest] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    effects: set[str] = field(default_factory=set)
    drip_seconds: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def place(self) -> str:
        """Host and port, as OUTBOUND_ALLOW spells them."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """An address on it."""
        return f"http://{self.place}/inbox"

    def answer_with(self, *answers: bytes | str) -> None:
        """Answer the next requests so; a text names a file of `answers/`."""
        self.answers.extend(recorded(one) if isinstance(one, str) else one for one in answers)

    def serve(self, connection: socket.socket) -> None:
        """Take one request and give the next answer."""
        with connection, contextlib.suppress(OSError):
            request = read_request(connection)
            self.requests.append(request)
            answer = self.answers.pop(0) if self.answers else OK
            if answer == RESET:
                self._remember(request)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif answer == SILENCE:
                self._remember(request)
                self.ended.wait(10)
            else:
                if answer[9:10] == b"2":
                    self._remember(request)
                self._send(connection, answer)

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        """All at once, or byte by byte."""
        if not self.drip_seconds:
            connection.sendall(answer)
            return
        for byte in answer:
            connection.sendall(bytes([byte]))
            if self.ended.wait(self.drip_seconds):
                return

    def _remember(self, request: ReceivedRequest) -> None:
        """What a request does that arrived whole: nothing more where its key was there before."""
        self.effects.add(request.headers.get("webhook-id") or request.headers.get("idempotency-key", ""))


Served = TypeVar("Served", bound=HttpServer)


def recorded(name: str) -> bytes:
    """An answer of the folder; its lines end as HTTP wants, and its length is filled in."""
    head, _, body = (ANSWERS / f"{name}.http").read_text(encoding="utf-8").partition("\n\n")
    content = body.encode()
    lines = [*head.splitlines(), f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def read_request(connection: socket.socket) -> ReceivedRequest:
    """One request, with as much of a body as its head announces."""
    with connection.makefile("rb") as stream:
        line = stream.readline().decode("latin-1").strip()
        headers: dict[str, str] = {}
        while text := stream.readline().decode("latin-1").strip():
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        return ReceivedRequest(line, headers, stream.read(int(headers.get("content-length", "0"))))


@pytest.fixture
def http_server() -> Iterator[HttpServer]:
    """A server on a port of its own, for one test."""
    with serving(HttpServer) as server:
        yield server


@contextlib.contextmanager
def serving(kind: Callable[[int], Served]) -> Iterator[Served]:
    """A server of this kind on a port of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        server = kind(listener.getsockname()[1])
        thread = threading.Thread(target=_accept, args=(listener, server))
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, server: HttpServer) -> None:
    """One thread per connection until the listener is shut down; all of them end with it."""
    workers = []
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            worker = threading.Thread(target=server.serve, args=(connection,))
            worker.start()
            workers.append(worker)
    for worker in workers:
        worker.join()
