"""The desk with 200,000 referrals and 4,000,000 events, on SQLite and PostgreSQL, beside plain queries.

    python -m tests.benchmarks.bench_desk [REFERRALS [EVENTS]]

Whole pages through the application: queries, unsealing, template, the entry in the audit trail. Milliseconds of
processor time, of this process and of the server's that answers it, which other programs of a busy machine do not
lengthen; the 95th percentile of the rounds. Beside each stands what the same costs without what makes it fast: the
list sorted by the deadline or none over all rows, and each count a query of its own over them; `/healthz` is the floor.
`DESK_DATA` may name a folder that keeps the filled SQLite database for the next run.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import Select, func, literal, select, text

from app import create_app
from referral.domain.queues import QueueName
from referral.extensions import db
from referral.models import Organization, ServiceRequest, Staff
from referral.store import worklist_counts
from referral.store.scopes import EVERY_REQUEST
from referral.store.worklist_filters import Filters, conditions
from tests.benchmarks.both_databases import postgresql
from tests.benchmarks.desk_data import fill
from tests.benchmarks.processor_time import ProcessorTime, children, parent
from tests.signing_in import sign_in

REFERRALS, EVENTS, ROUNDS = 200_000, 4_000_000, 20
PAGE_MS, COUNTS_MS, REFERRAL_MS = 150.0, 50.0, 60.0
SHOWN = 50
LARGEST = "largest"
"""Stands for the name of the organization with the most specialists, one in six of all."""
LISTS: tuple[dict[str, str], ...] = (
    {},
    *({"queue": name.value} for name in QueueName),
    {"stage": "acknowledged", "priority": "urgent"},
    {"priority": "stat"},
    {"stage": "closed"},
    {"cancer": "PANCREAS"},
    {"at": LARGEST},
    {"reason": "no-capacity"},
    {"due_from": "2000-01-01", "due_to": "2100-01-01"},
    {"visit_from": "2026-01-01", "visit_to": "2026-01-31"},
    {"submitted_from": "2025-01-01", "submitted_to": "2025-01-02"},
    {"assignee": "nobody", "sort": "newest"},
    {"sort": "longest"},
    {"sort": "priority"},
    {"assignee": "me"},
)
"""What the addresses of the lists ask for: every worklist, then filters and orders."""
MISSED: list[str] = []
"""The figures that were not kept: the program fails with them."""


def p95(work: Callable[[], object], clock: ProcessorTime, rounds: int = ROUNDS) -> float:
    """The 95th percentile of the milliseconds, after one round that warms up."""
    work()
    spent = sorted(clock.milliseconds(work) for _ in range(rounds))
    return spent[int(0.95 * (len(spent) - 1))]


def plain_list(filters: Filters, now: datetime) -> Select[ServiceRequest]:
    """The list as one would write it down: all that fit, sorted by their deadline."""
    due = func.coalesce(ServiceRequest.next_by, literal(datetime(9999, 1, 1, tzinfo=UTC)))
    return select(ServiceRequest).where(*conditions(filters, now)).order_by(due, ServiceRequest.id).limit(SHOWN)


def plain_counts(now: datetime) -> None:
    """Each list counted by itself."""
    for queue in QueueName:
        these = conditions(Filters(queue=queue, scope=EVERY_REQUEST), now)
        db.session.scalar(select(func.count()).select_from(ServiceRequest).where(*these))
    db.session.rollback()


def _counted(now: datetime) -> None:
    worklist_counts.counts(EVERY_REQUEST, now)
    db.session.rollback()


def _sorted_all(now: datetime) -> None:
    db.session.scalars(plain_list(Filters(scope=EVERY_REQUEST), now)).all()
    db.session.remove()


def line(name: str, spent: float, allowed: float, beside: str = "") -> None:
    """One line of the table."""
    if spent > allowed:
        MISSED.append(name)
    print(
        f"  {name:<44}{spent:>9.1f}{allowed:>9.0f}  {'kept' if spent <= allowed else 'NOT KEPT':<9}{beside}", flush=True
    )


def measure(app: Flask, clock: ProcessorTime) -> None:
    """All figures of one database."""
    client, now = app.test_client(), datetime.now(UTC)
    staff = db.session.scalars(select(Staff).where(Staff.email == "bench1@example.org")).one()
    sign_in(client, staff)

    def get(path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        db.session.remove()

    print(f"  {'p95 of the processor time, ms':<44}{'spent':>9}{'allowed':>9}")
    floor = p95(lambda: get("/healthz"), clock)
    counted = p95(lambda: _counted(now), clock)
    line("counts of all lists", counted, COUNTS_MS, f"each by itself {p95(lambda: plain_counts(now), clock, 1):.0f}")
    plain = p95(lambda: _sorted_all(now), clock, 1)
    largest = db.session.scalar(select(Organization.name).where(Organization.id == "bench-0000")) or ""
    for words in LISTS:
        named = {name: largest if value == LARGEST else value for name, value in words.items()}
        path = f"/coordinator/?{urlencode(named)}"
        line(f"list {urlencode(words) or 'of all requests'}"[:44], p95(partial(get, path), clock), PAGE_MS,
             "" if words else f"sorting all of them {plain:.0f}, /healthz {floor:.1f}")  # fmt: skip
    _deep(get, client, clock)
    _search(get, client, clock)
    request_id = db.session.scalar(select(ServiceRequest.id).where(ServiceRequest.stage == "in-review").limit(1))
    line("one referral", p95(lambda: get(f"/coordinator/referrals/{request_id}"), clock), REFERRAL_MS)
    _export(client)


def _deep(get: Callable[[str], None], client: FlaskClient, clock: ProcessorTime) -> None:
    """A page far down: after the last of what is open."""
    path = "/coordinator/"
    for _ in range(20):
        found = client.get(path).text.split('">Next page<')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
        path = found
    line("list, page 21", p95(lambda: get(path), clock), PAGE_MS)


def _search(get: Callable[[str], None], client: FlaskClient, clock: ProcessorTime) -> None:
    """By a name that some hundred patients have, and by one with a specialist of that name."""
    for words in ("Dolores Garfield", "Barfield"):
        answer = client.post("/coordinator/search", data={"text": words})
        line(f"search for {words}", p95(partial(get, str(answer.location)), clock), PAGE_MS)


def _export(client: FlaskClient) -> None:
    """All requests as a file, and what the process has grown by."""
    before, begun, length = _megabytes(), time.thread_time(), 0
    for block in client.get("/coordinator/export.csv", buffered=False).response:
        length += len(block)
    spent = time.thread_time() - begun
    grown = _megabytes() - before
    print(f"  all of them as CSV: {length / 1e6:.0f} MB in {spent:.0f} s; this process grew by {grown:.0f} MB")


def _megabytes() -> float:
    """What this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _of_the_server() -> ProcessorTime:
    """A clock that counts the processes that answer it too, where there are some."""
    if db.engine.dialect.name != "postgresql":
        return ProcessorTime()
    with db.engine.connect() as connection:
        process = int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    return ProcessorTime(answering=partial(children, parent(process)))


def run(name: str, folder: Path, url: str, referrals: int, events: int) -> None:
    """Fill one database unless it is filled, and measure."""
    app = create_app({"DATA_DIR": str(folder), "DATABASE_URL": url, "REDIS_URL": "", "RATE_LIMITS": "off"})
    app.config.update(WTF_CSRF_ENABLED=False)
    with app.app_context():
        upgrade()
        filled = bool(db.session.scalar(select(func.count()).select_from(Staff)))
        db.session.remove()
    if not filled:
        begun = time.thread_time()
        fill(app, referrals, events)
        print(f"{name}: filled in {time.thread_time() - begun:.0f} s of processor time")
    with app.app_context():
        print(f"{name}, {referrals:,} referrals, {events:,} events")
        measure(app, _of_the_server())
        db.session.remove()
        db.engine.dispose()


def main() -> None:
    """Both databases."""
    sizes = [int(one) for one in sys.argv[1:]]
    referrals = sizes[0] if sizes else REFERRALS
    events = sizes[1] if len(sizes) > 1 else 20 * referrals
    for name in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            kept = os.environ.get("DESK_DATA") if name == "SQLite" else None
            folder = kept or stack.enter_context(tempfile.TemporaryDirectory())
            url = stack.enter_context(postgresql()) if name == "PostgreSQL" else ""
            run(name, Path(folder), url, referrals, events)
    if MISSED:
        raise SystemExit(f"Not kept: {', '.join(MISSED)}.")


if __name__ == "__main__":
    main()
