"""Everybody who uses the service during a fault run, all of them over HTTP: patients who click twice, two coordinators
who take the same request at once, and an office's program that tells of each message five times.

Whoever gets no clear answer asks again under the same key, as a browser or a program would.
"""

import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from queue import Empty, SimpleQueue
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from standardwebhooks import Webhook as Signer

ASK_AGAIN_FOR = 120.0
"""Seconds after which a patient who never got an answer counts as refused."""
ANSWERED = range(200, 500)


@dataclass
class People:
    """Who clicks, decides and tells, and what the service said to them."""

    url: str
    secret: str
    tokens: Sequence[str]
    shortlists: Sequence[Sequence[str]]
    saved: dict[str, set[str]] = field(default_factory=dict)
    """Idempotency-Key -> ids the service gave to it; more than one is a request that was saved twice."""
    approved: set[str] = field(default_factory=set)
    """Requests of which a coordinator was told that the approval is saved."""
    said: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    heard: SimpleQueue[str] = field(default_factory=SimpleQueue)
    """Keys of messages an office's program has taken."""
    ended: threading.Event = field(default_factory=threading.Event)

    def call(self, path: str, body: object, headers: dict[str, str], method: str = "POST") -> tuple[int, Any]:
        """Status and JSON of an answer; 0 where the connection broke."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        wanted = Request(  # noqa: S310  our own address
            f"{self.url}/api/v1{path}", raw if method == "POST" else None,
            {"Content-Type": "application/json", **headers}, method=method,
        )  # fmt: skip
        try:
            with urlopen(wanted, timeout=60) as answer:  # noqa: S310  our own address
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error, contextlib.suppress(ValueError, OSError, HTTPException):
                return error.code, json.load(error)
            return error.code, {}
        except (URLError, OSError, HTTPException, ValueError):
            return 0, {}

    def insist(self, path: str, body: object, headers: dict[str, str], what: str) -> tuple[int, Any]:
        """Call until there is an answer that is no failure of the service; every answer is counted."""
        until = time.monotonic() + ASK_AGAIN_FOR
        while True:
            status, said = self.call(path, body, headers)
            with self.lock:
                self.said[f"{what} {status}"] += 1
            if status in ANSWERED or time.monotonic() > until:
                return status, said
            time.sleep(0.5)

    def ask(self, number: int) -> None:
        """One patient sends a request in, every fourth with three clicks at once; two coordinators approve it."""
        key = f"chaos-{number}"
        body: dict[str, object] = {
            "cancer": "CHOL", "shortlist": self.shortlists[number % len(self.shortlists)],
            "consent": {"share_with_specialists": True, "contact_by_email": True}, "reroute": {"allowed": True},
            "patient": {
                "given": "Maria", "family": f"Sample {number}", "birth_date": "1961-03-27",
                "email": f"maria{number}@sample.example", "postcode": "02115",
            },
        }  # fmt: skip
        clicks = [lambda: self._send_in(key, body)] * (3 if number % 4 == 0 else 1)
        ids = {made for made in at_once(clicks) if made}
        with self.lock:
            self.saved[key] = ids
        for made in sorted(ids):
            answers = self._both(made, [{"action": "approve", "version": 1}] * 2, "approve")
            if any(status == 200 for status, _ in answers):
                self.approved.add(made)

    def _send_in(self, key: str, body: dict[str, object]) -> str:
        status, said = self.insist("/referrals", body, {"Idempotency-Key": key}, "send in")
        return str(said["id"]) if status == 201 else ""

    def _both(self, request_id: str, bodies: Sequence[dict[str, object]], what: str) -> list[tuple[int, Any]]:
        """Two coordinators act at once on the version they both saw; what each was told."""
        path = f"/referrals/{request_id}/actions"
        headers = [{"Authorization": f"Bearer {token}"} for token in self.tokens]
        return at_once(
            [
                lambda body=body, header=header: self.insist(path, body, header, what)  # type: ignore[misc]  # bound now
                for body, header in zip(bodies, headers, strict=True)
            ]
        )

    def decide(self) -> None:
        """Until the end: for every fifth request that was delivered one coordinator accepts while one declines."""
        seen: set[str] = set()
        header = {"Authorization": f"Bearer {self.tokens[0]}"}
        while not self.ended.wait(1.0):
            _, page = self.call("/referrals?stage=delivered&limit=200", b"", header, "GET")
            for found in page.get("results", []):
                if found["id"] not in seen and int(found["id"][-4:], 16) % 5 == 0:
                    decline = {"action": "decline", "reason": "no-capacity", "version": found["version"]}
                    accept = {"action": "accept", "version": found["version"]}
                    self._both(found["id"], [accept, decline], "decide")
                seen.add(found["id"])

    def tell(self) -> None:
        """Until the end: of every third message five equal receipts at once, one forged, one an hour old."""
        number = 0
        while not self.ended.is_set():
            try:
                key = self.heard.get(timeout=0.5)
            except Empty:
                continue
            number += 1
            if number % 3 == 0:
                now = datetime.now(UTC)
                true = self._receipt(key, f"evt-{number}", now, "true")
                forged = self._receipt(key, f"forged-{number}", now, "forged", Signer("whsec_" + "AAAA" * 8))
                old = self._receipt(key, f"old-{number}", now - timedelta(hours=1), "old")
                at_once([true] * 5 + [forged, old])

    def _receipt(
        self, key: str, event_id: str, at: datetime, what: str, signer: Signer | None = None
    ) -> Callable[[], object]:
        """A signed receipt, ready to be sent."""
        raw = json.dumps({"type": "delivery.delivered", "timestamp": at.isoformat(), "data": {"key": key}}).encode()
        headers = {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": (signer or Signer(self.secret)).sign(event_id, at, raw.decode()),
        }
        return lambda: self.insist("/receipts/webhook", raw, headers, f"receipt {what}")


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make these calls in threads of their own; their results."""
    if len(calls) == 1:
        return [calls[0]()]
    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(call) for call in calls]]
