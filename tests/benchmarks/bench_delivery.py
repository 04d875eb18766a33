"""Mail through the outbox beside bare smtplib on a kept connection, in one run; and how long a due referral waits.

Both send the same texts to the same server, a process of its own. The service besides claims each message, writes it,
notes the attempt before it and the outcome after it.
"""

import argparse
import asyncio
import multiprocessing
import queue
import smtplib
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from multiprocessing.synchronize import Event
from uuid import UUID

from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import Select, func, select, update

from app import create_app
from referral.channels import Message
from referral.channels.email import SmtpEmail, compose
from referral.domain.codes import DeliveryStatus
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import Base, Delivery
from referral.services.act import act
from referral.services.deliver import deliver
from referral.services.deliver_together import deliver_waiting
from referral.services.effects import Details
from tests.factories import COORDINATOR, make_request, make_role
from tests.servers import free_port, wait_until

SENDER = "referrals@localhost"
BETWEEN_APPROVALS = 0.2
"""Seconds: many more than one service sees, and less than one worker can do."""


class Sink:
    """Takes every message at once, or after a pause, as a server that writes to disk does."""

    def __init__(self, pause: float) -> None:
        self._pause = pause

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """Say that it is taken."""
        if self._pause:
            await asyncio.sleep(self._pause)
        return "250 2.0.0 taken"


def serve(port: int, pause: float, end: Event) -> None:
    """Run the server until the end."""
    controller = Controller(Sink(pause), hostname="127.0.0.1", port=port)
    controller.start()
    end.wait()
    controller.stop()


@contextmanager
def sink(pause: float) -> Iterator[int]:
    """A mail server in a process of its own: its port."""
    port, context = free_port(), multiprocessing.get_context("spawn")
    end = context.Event()
    process = context.Process(target=serve, args=(port, pause, end))
    process.start()
    wait_until(lambda: _answers(port), 60, "the mail server did not start")
    yield port
    end.set()
    process.join()


def _answers(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=1) as server:
            return server.noop()[0] == 250
    except OSError:
        return False


def bare(port: int, messages: list[EmailMessage]) -> float:
    """Messages a second over one connection."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        begun = time.perf_counter()
        for message in messages:
            server.send_message(message, from_addr=SENDER, to_addrs=[str(message["To"])])
        return len(messages) / (time.perf_counter() - begun)


def through_the_outbox(app: Flask, port: int, number: int) -> float:
    """Messages a second from due to noted, all of them through one worker."""
    channel = SmtpEmail(f"smtp://127.0.0.1:{port}", SENDER)
    begun, taken = time.perf_counter(), 0
    while taken < number:
        taken += deliver_waiting(channel, app.extensions["settings"], lambda: datetime.now(UTC))
    seconds = time.perf_counter() - begun
    channel.close()
    return number / seconds


def due_again(number: int) -> None:
    """Let every message be due anew."""
    db.session.execute(update(Delivery).values(status=DeliveryStatus.QUEUED, due_at=datetime.now(UTC)))
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Delivery)) == number
    db.session.rollback()


def waits(app: Flask, port: int, number: int) -> list[float]:
    """Seconds from due to handed over, for so many approvals, five a second, with one worker."""
    channel = SmtpEmail(f"smtp://127.0.0.1:{port}", SENDER)
    bell: queue.Queue[UUID | None] = queue.Queue()

    def work() -> None:
        with app.app_context():
            while (delivery_id := bell.get()) is not None:
                deliver(delivery_id, {"email": channel}, app.extensions["settings"], lambda: datetime.now(UTC))

    worker = threading.Thread(target=work)
    worker.start()
    role = make_role(assured_on=datetime.now(UTC).date())
    ids = [make_request(role, now=datetime.now(UTC)).id for _ in range(number)]
    for request_id in ids:
        act(request_id, Action.APPROVE, COORDINATOR, Details(), datetime.now(UTC))
        bell.put(db.session.scalars(_referral_of(request_id)).one())
        db.session.rollback()
        time.sleep(BETWEEN_APPROVALS)
    bell.put(None)
    worker.join()
    channel.close()
    rows = db.session.execute(select(Delivery.due_at, Delivery.handed_over_at).where(Delivery.template == "referral"))
    return sorted((handed - due).total_seconds() for due, handed in rows if handed is not None)


def _referral_of(request_id: UUID) -> Select[UUID]:
    return select(Delivery.id).where(Delivery.request_id == request_id, Delivery.template == "referral")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATA_DIR": folder, "DATABASE_URL": "", "REDIS_URL": "", "PORT": "5000"})
        with app.app_context():
            Base.metadata.create_all(db.engine)
            _compare(app, given.mails, given.rounds)


def _compare(app: Flask, number: int, rounds: int) -> None:
    role = make_role()
    db.session.commit()
    print(f"Writing {number:,} requests …")
    for _ in range(number):
        make_request(role, now=datetime.now(UTC))
    same = [_like_ours(place) for place in range(number)]
    print(
        f"{'server answers':<22}{'bare smtplib':>14}{'outbox':>10}{'ratio':>8}   (mails a second, median of {rounds})"
    )
    for name, pause in (("at once", 0.0), ("after 5 ms", 0.005)):
        with sink(pause) as port:
            pairs = []
            for _ in range(rounds):
                due_again(number)
                first = bare(port, same[: number // 2])
                ours = through_the_outbox(app, port, number)
                second = bare(port, same[number // 2 :])
                pairs.append((statistics.harmonic_mean([first, second]), ours))
        plain, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(one / other for other, one in pairs)
        print(f"{name:<22}{plain:>14,.0f}{ours:>10,.0f}{ratio:>8.2f}")
    with sink(0.0) as port:
        found = waits(app, port, 100)
    print(f"\ndue to handed over, 100 approvals: p50 {found[49]:.3f} s, p95 {found[94]:.3f} s, p99 {found[98]:.3f} s")


def _like_ours(place: int) -> EmailMessage:
    """A message as long as those of the outbox."""
    text = "We have your request.\n\n" + "What happens next stands on your page, with the day by which.\n" * 12
    message = Message(f"{place:064x}", "SO-7K3M-92QX", "maria@sample.example", "We have your request", text)
    return compose(message, SENDER)


if __name__ == "__main__":
    main()
