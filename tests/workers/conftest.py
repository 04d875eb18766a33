"""The service in parts: a web part in this process; broker, mail server and workers as real ones beside it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy import select, update

from app import create_app
from referral.domain.codes import DeliveryStatus
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import Delivery
from referral.services.act import act
from referral.services.effects import Details
from referral.services.sweep import sweep
from referral.store import overview
from referral.supervisor.valkey import PrivateValkey
from tests.factories import COORDINATOR, make_request, make_role
from tests.servers import free_port, server_process, wait_until
from tests.servers.smtp import SmtpServer

ROOT = Path(__file__).resolve().parents[2]
WORKER = [
    sys.executable, "-m", "celery", "-A", "workers.celery_app", "worker", "--pool", "prefork", "--concurrency", "2",
    "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat",
]  # fmt: skip


@dataclass
class HoldingServer(SmtpServer):
    """A mail server that takes messages and, after so many, does not say so any more."""

    silent_after: int | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message; its sender may have to wait for the answer."""
        answer = await super().handle_DATA(server, session, envelope)
        place = len(self.messages)
        while self.silent_after is not None and place > self.silent_after:
            await asyncio.sleep(0.01)
        return answer


@dataclass
class Site:
    """One installation of the service."""

    app: Flask
    data_dir: Path
    mail: HoldingServer
    logs: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def broker(self) -> Iterator[None]:
        """A private Valkey, empty at its start, with its address where workers look for it."""
        folder = Path(tempfile.mkdtemp(prefix="valkey-"))
        (folder / "valkey").mkdir()
        # Its socket stays at one place over several starts, its data do not.
        command = PrivateValkey(self.socket, folder, None).command()
        server = PrivateValkey(self.socket, self.data_dir, None)
        with server_process(command, folder):
            wait_until(server.answers, 10, "the Valkey server did not start")
            server.publish()
            yield

    @property
    def socket(self) -> Path:
        """Where the broker listens."""
        return self.data_dir / "run" / "v"

    @contextlib.contextmanager
    def worker(self) -> Iterator["subprocess.Popen[bytes]"]:
        """A Celery worker with two processes, started as an operator starts it from a shell."""
        folder = Path(tempfile.mkdtemp(prefix="worker-"))
        with server_process(WORKER, folder) as process:
            yield process
            self.logs.append((folder / "server.log").read_text())

    def approve(self, number: int, *, contact_by_email: bool) -> list[UUID]:
        """So many approved requests, each with the bell rung."""
        now = datetime.now(UTC)
        with self.app.app_context():
            role = make_role(assured_on=now.date())
            made = [make_request(role, now=now, contact_by_email=contact_by_email).id for _ in range(number)]
            for request_id in made:
                act(request_id, Action.APPROVE, COORDINATOR, Details(), now)
        return made

    def sweep(self) -> None:
        """What the schedule does, in a process that has not seen the broker fail."""
        fresh = create_app()
        with fresh.app_context():
            sweep(datetime.now(UTC), fresh.extensions["channels"])
            db.session.remove()
            db.engine.dispose()

    def hurry(self) -> None:
        """Let two minutes pass: leases of dead workers end, waits are over, and sweeps find both.

        The rows are moved back in time instead of the test waiting; nothing else of them changes.
        """
        past = datetime.now(UTC) - timedelta(seconds=1)
        leased, waiting = Delivery.status == DeliveryStatus.SENDING, Delivery.status == DeliveryStatus.QUEUED
        with self.app.app_context():
            db.session.execute(update(Delivery).where(leased).values(leased_until=past))
            db.session.commit()
        self.sweep()
        with self.app.app_context():
            db.session.execute(update(Delivery).where(waiting).values(due_at=past))
            db.session.commit()
        self.sweep()

    def counts(self) -> dict[str, int]:
        """How many messages have each status."""
        with self.app.test_request_context("/"):
            return overview.deliveries_by_status()

    def stages(self) -> dict[str, int]:
        """How many requests stand at each stage."""
        with self.app.test_request_context("/"):
            return overview.requests_by_stage()

    def all_delivered(self) -> bool:
        """Whether nothing is left to send."""
        return set(self.counts()) == {"delivered"}

    def message_ids(self) -> Counter[str]:
        """How often each Message-ID came in."""
        return Counter(str(message.parsed["Message-ID"]) for message in self.mail.messages)

    def wanted_ids(self) -> set[str]:
        """The Message-IDs of all messages of the outbox."""
        with self.app.test_request_context("/"):
            return {f"<{key}@sender.example>" for key in db.session.scalars(select(Delivery.key))}


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill -9 a worker with all its processes."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def mail() -> Iterator[HoldingServer]:
    """A mail server of its own for one test."""
    port = free_port()
    server = HoldingServer(f"smtp://127.0.0.1:{port}")
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield server
    finally:
        server.silent_after = None
        controller.stop()


@pytest.fixture
def site(database_url: str, mail: HoldingServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An installation on either database; its workers find the broker through DATA_DIR alone."""
    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        data_dir = Path(folder) / "d"
        (data_dir / "run").mkdir(parents=True)
        settings = {
            "DATABASE_URL": database_url, "DATA_DIR": str(data_dir), "SMTP_URL": mail.url,
            "MAIL_FROM": "referrals@sender.example", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        (data_dir / "run" / "redis.url").write_text(f"unix://{data_dir / 'run' / 'v'}\n")
        app = create_app()
        yield Site(app, data_dir, mail)
        with app.app_context():
            db.engine.dispose()
