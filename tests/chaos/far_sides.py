"""The far sides of a fault run: a mail server and an office's program that fail as a deck of cards says.

Both remember what they took under which key, as a mailbox or a program that keeps keys does.
"""

import asyncio
import contextlib
import json
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.http import HttpServer, read_request
from tests.servers.smtp import SmtpServer, drop

DRIP = "1 byte a second"
NO_ANSWER = "no answer"
CUT = "cut after the content"
LONGEST_SILENCE = 35.0
"""Seconds: longer than either channel waits."""


def http_cards(unit: int, scarce: int) -> dict[str, int]:
    """How often each fault of HTTP is dealt; those that hold a worker for half a minute are scarce."""
    often = {"429": 3, "500": 3, "503": 2, CUT: 3, "301": 1, "400": 1, "410": 1}
    return {**{name: number * unit for name, number in often.items()}, NO_ANSWER: scarce, DRIP: scarce}


def smtp_cards(unit: int, scarce: int) -> dict[str, int]:
    """How often each fault of the mail server is dealt."""
    often = {"421": 1, "450": 3, "451": 2, "452": 1, "550": 1, CUT: 3}
    return {**{name: number * unit for name, number in often.items()}, NO_ANSWER: 2 * scarce}


@dataclass
class Deck:
    """Faults in a seeded order; two messages in five draw one while the deck is open."""

    cards: Mapping[str, int]
    dealt: Counter[str] = field(default_factory=Counter)
    open: bool = True

    def __post_init__(self) -> None:
        self._chance = random.Random(6)
        self._left = [name for name, number in self.cards.items() for _ in range(number)]
        self._chance.shuffle(self._left)
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """How many faults have not been dealt."""
        return len(self._left)

    def draw(self) -> str:
        """A fault, empty for none."""
        with self._lock:
            if not self.open or not self._left or self._chance.random() > 0.4:
                return ""
            card = self._left.pop()
            self.dealt[card] += 1
            return card


@dataclass  # without slots, like the server it is made of
class FarMail(SmtpServer):
    """A mail server; `taken` counts how often it took each Message-ID, whatever it said of it."""

    deck: Deck = field(default_factory=lambda: Deck({}))
    taken: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message, refuse it, or take it and say nothing."""
        fault = self.deck.draw()
        if fault.isdigit():
            return f"{fault} 4.3.0 as the deck says" if fault < "500" else f"{fault} 5.1.1 nobody here"
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self.taken[str(message_from_bytes(raw)["Message-ID"]).strip("<>").partition("@")[0]] += 1
        if fault == CUT:
            await drop(server)
        if fault == NO_ANSWER:
            await asyncio.sleep(LONGEST_SILENCE)
        return "250 2.0.0 taken"


@dataclass(slots=True)
class FarOffice(HttpServer):
    """An office's program, for webhooks and FHIR alike; a key it knows it answers with 409 and `duplicate`."""

    deck: Deck = field(default_factory=lambda: Deck({}))
    taken: Counter[str] = field(default_factory=Counter)
    news: Callable[[str], None] = lambda key: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, connection: socket.socket) -> None:
        """Take one request and answer as the deck says."""
        with connection, contextlib.suppress(OSError):
            request = read_request(connection)
            key = request.headers.get("webhook-id") or request.headers.get("idempotency-key", "")
            fault = self.deck.draw()
            if fault.isdigit():
                more = {"429": ("Retry-After: 5",), "301": ("Location: /elsewhere",)}.get(fault, ())
                connection.sendall(_answer(f"{fault} Fault", *more))
                return
            with self.lock:
                known = key in self.taken
                self.taken[key] += 1
            self.news(key)
            self._say(connection, fault, known)

    def _say(self, connection: socket.socket, fault: str, known: bool) -> None:
        """Say that it was taken, or fail to."""
        if fault == CUT:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif fault == NO_ANSWER:
            self.ended.wait(LONGEST_SILENCE)
        elif fault == DRIP:
            for byte in _answer("200 OK"):
                connection.sendall(bytes([byte]))
                if self.ended.wait(1.0):
                    return
        else:
            outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "duplicate"}]}
            connection.sendall(_answer("409 Conflict", body=json.dumps(outcome)) if known else _answer("200 OK"))


def _answer(status: str, *headers: str, body: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
