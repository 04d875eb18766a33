"""Fifty open desks: how much of one core the web processes spend on keeping their lists up to date.

    python -m tests.benchmarks.bench_live [DESKS]

The web part runs as the supervisor starts it, on SQLite, with 300 referrals. Each desk is a session of its own, shows
the first fifty rows and does what the script of the page does: it listens, comes again when the stream ends, and asks
every ten seconds where too many listen. Meanwhile one referral changes every five seconds. Time is the processor's.
"""

import contextlib
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from uuid import UUID

from flask import Flask
from flask_migrate import upgrade

from app import create_app
from referral.access import sessions
from referral.access.links import digest
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import StaffSession
from referral.services.act import act
from referral.services.effects import Details
from referral.supervisor.parts import web_part
from tests.factories import COORDINATOR, make_request, make_role, make_staff
from tests.servers import free_port, wait_until

DESKS, REFERRALS, ROWS = 50, 300, 50
WARM_UP, SECONDS, EVERY = 10, 30, 5.0
TARGET = 0.10
ROOT = Path(__file__).resolve().parents[2]


class Desk(threading.Thread):
    """One open list."""

    def __init__(self, port: int, cookie: str, rows: str) -> None:
        super().__init__(daemon=True)
        self._port, self._cookie, self._rows = port, cookie, rows
        self.told = self.asked = 0
        self._since = "0"

    def run(self) -> None:
        """Listen, or ask, until the process ends."""
        time.sleep(random.random() * 5)
        while True:
            with contextlib.suppress(OSError):
                time.sleep(1.0 if self._listen() else 10.0)

    def _get(self, path: str) -> HTTPConnection:
        line = HTTPConnection("127.0.0.1", self._port, timeout=40)
        line.request("GET", f"{path}?since={self._since}&rows={self._rows}", headers={"Cookie": self._cookie})
        return line

    def _listen(self) -> bool:
        with contextlib.closing(self._get("/coordinator/stream")) as line:
            answer = line.getresponse()
            if answer.status != 200:
                return self._ask()
            while part := answer.readline():
                if part.startswith(b"id:"):
                    self._since = part[3:].strip().decode()
                self.told += part.startswith(b"data:")
        return True

    def _ask(self) -> bool:
        with contextlib.closing(self._get("/coordinator/changes")) as line:
            self._since = str(json.load(line.getresponse())["since"])
            self.asked += 1
        return False


def main() -> None:
    """Measure and print."""
    desks = int(sys.argv[1]) if len(sys.argv) > 1 else DESKS
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        port = free_port()
        environ = {
            "DATABASE_URL": f"sqlite:///{folder}/live.sqlite", "DATA_DIR": folder, "DEMO": "1", "REDIS_URL": "",
            "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", "SECRET_KEY": secrets.token_hex(32),
        }  # fmt: skip
        app = create_app(environ)
        with app.app_context():
            upgrade()
            cookies, ids = _fill(app, desks)
            with _web(app, environ, port) as process:
                _measure(process, port, cookies, ids)


def _fill(app: Flask, desks: int) -> tuple[list[str], list[str]]:
    """Referrals, and a session for each desk; the cookies and the ids."""
    role = make_role()
    ids = [make_request(role, now=datetime.now(UTC)).id.hex for _ in range(REFERRALS)]
    return [_cookie(app, number) for number in range(desks)], ids


def _cookie(app: Flask, number: int) -> str:
    at, secret, staff = datetime.now(UTC), secrets.token_urlsafe(32), make_staff(f"desk-{number}@example.org")
    db.session.add(
        StaffSession(
            staff_id=staff.id,
            token_hash=digest(secret),
            browser="Firefox on Linux",
            created_at=at,
            seen_at=at,
            confirmed_at=at,
            complete=True,
        )
    )
    db.session.commit()
    with app.test_client() as client, client.session_transaction() as session:
        session[sessions.STAFF] = secret
    found = client.get_cookie("session")
    return f"session={found.value}" if found else ""


@contextlib.contextmanager
def _web(app: Flask, environ: dict[str, str], port: int) -> Iterator[int]:
    """The web part as the supervisor starts it; its process."""
    command = web_part(app.extensions["settings"]).command
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port), 60, "the web part did not answer")
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        line = HTTPConnection("127.0.0.1", port, timeout=5)
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    return False


def _measure(process: int, port: int, cookies: list[str], ids: list[str]) -> None:
    time.sleep(5)
    idle = _share(process, 10, [])
    listed = [Desk(port, cookie, ",".join(ids[:ROWS])) for cookie in cookies]
    for desk in listed:
        desk.start()
    time.sleep(WARM_UP)
    quiet = _share(process, SECONDS, [])
    busy = _share(process, SECONDS, ids[:ROWS])
    print(f"{len(cookies)} desks, {sum(desk.asked > 0 for desk in listed)} of them asking now and then")
    print(f"{'':34}share of one core   at most")
    for what, share in (("nobody listens", idle), ("nothing changes", quiet), ("a change every 5 seconds", busy)):
        print(f"{what:34}{share:17.1%}{TARGET:10.0%}   {'' if share <= TARGET else 'MISSED'}")
    print(f"each desk was told {sum(desk.told for desk in listed) / len(listed):.1f} times")


def _share(process: int, seconds: float, ids: list[str]) -> float:
    """The processor time of the web processes for each second, while one of these changes now and then."""
    began, spent = time.monotonic(), _spent(process)
    while (past := time.monotonic() - began) < seconds:
        if ids:
            act(UUID(random.choice(ids)), Action.NOTE, COORDINATOR, Details(text="Called."), datetime.now(UTC))  # nosec B311
        time.sleep(min(EVERY, seconds - past))
    return (_spent(process) - spent) / (time.monotonic() - began)


def _spent(process: int) -> float:
    """Seconds of processor time of a process and its children so far."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    stats = (Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2] for one in (process, *children))
    return sum(sum(map(int, stat.split()[11:13])) for stat in stats) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
