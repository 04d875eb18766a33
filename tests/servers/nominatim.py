"""A real HTTP server that answers as Nominatim does, and otherwise as a test wants."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

HOUSE, TOWN = 30, 16
"""Nominatim's ranks of a house and of a town."""


@dataclass
class NominatimServer:
    """A running server. `places` are found by street; `answers` come first, one after the other: a status, a body."""

    url: str = ""
    places: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    answers: list[tuple[int, str]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, query: dict[str, str]) -> tuple[int, str]:
        """Status and body for a query."""
        if self.answers:
            return self.answers.pop(0)
        found = self.places.get(query.get("street", "").title())
        if found is None:
            return 200, "[]"
        latitude, longitude, rank = found
        place = {"lat": f"{latitude}", "lon": f"{longitude}", "place_rank": rank, "display_name": "somewhere"}
        return 200, json.dumps([place])


SILENCE = (0, "")
"""No answer as long as the test runs."""


@pytest.fixture
def nominatim() -> Iterator[NominatimServer]:
    """A server on a port of its own, which knows no place, for one test."""
    state = NominatimServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            state.asked.append(query)
            state.agents.append(self.headers["User-Agent"])
            status, body = state.answer(query)
            if not status:
                state.released.wait(30)
                return
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
