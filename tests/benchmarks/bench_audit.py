"""How many entries a second the audit trail takes, beside the same rows without a chain, on both databases; verifying.

    python -m tests.benchmarks.bench_audit

Each entry is a transaction of its own that waits until its database has it on disk: SQLite as the service sets it up,
PostgreSQL as it is by default, and once more with its data in memory, which shows how much of the time is the disk's.
"20 at once" are as many threads with a connection each, as pages and workers write. The bare insert is the floor: the
same columns by the same session, without lock, head and hash.
"""

import statistics
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from flask import Flask
from sqlalchemy import insert

from referral.access.authorize import Acting
from referral.domain.audit_chain import BEGINNING
from referral.domain.codes import Actor
from referral.extensions import db
from referral.models import AuditEntry
from referral.services import audit_log
from tests.benchmarks.both_databases import on_both, postgresql, service_on

ENTRIES, ROUNDS, WRITERS = 1_000, 3, 20
IN_MEMORY = "/dev/shm"
"""Where the data of the third line's server lies: what is left is the work of the processor, without the disk."""
WHO = Acting(Actor.COORDINATOR, "casey@example.org", uuid4())


def chained(number: int) -> None:
    """One page that was read: one entry, one transaction."""
    request_id = uuid4()
    audit_log.note(WHO, "open", "referral", request_id, request_id, {"version": number})
    db.session.commit()


_numbers = count(10_000_000)


def bare(number: int) -> None:
    """The same row without a chain."""
    request_id = uuid4()
    row = {
        "number": next(_numbers), "at": datetime.now(UTC), "actor": WHO.actor.value, "actor_id": str(WHO.staff_id),
        "actor_name": WHO.name, "action": "open", "object_type": "referral", "object_id": str(request_id),
        "request_id": request_id, "detail": {"version": number}, "correlation_id": str(uuid4()),
        "previous": BEGINNING, "hash": BEGINNING,
    }  # fmt: skip
    db.session.execute(insert(AuditEntry).values(row))
    db.session.commit()


def rate(write: Callable[[int], None], number: int = ENTRIES) -> float:
    """Entries a second, one after the other."""
    begun = time.perf_counter()
    for place in range(number):
        write(place)
    return number / (time.perf_counter() - begun)


def together(app: Flask) -> float:
    """Entries a second of all writers at once."""

    def write() -> None:
        with app.app_context():
            rate(chained, ENTRIES // WRITERS)

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ENTRIES / (time.perf_counter() - begun)


def measure(name: str, app: Flask) -> None:
    """One line of the table."""
    chained(0)
    pairs = [(rate(chained), together(app)) for _ in range(ROUNDS)]
    begun = time.perf_counter()
    last, fault = audit_log.verify()
    checked = last.number / (time.perf_counter() - begun)
    floor = statistics.median(rate(bare) for _ in range(ROUNDS))
    one, many = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"{name:<20}{floor:>14,.0f}{one:>12,.0f}{one / floor:>8.2f}{many:>14,.0f}{checked:>12,.0f}  {fault or 'whole'}"
    )


def main() -> None:
    """Print the table."""
    print(f"{ENTRIES:,} entries, each a transaction, median of {ROUNDS}; entries a second\n")
    print(f"{'database':<20}{'bare insert':>14}{'chained':>12}{'ratio':>8}{f'{WRITERS} at once':>14}{'verified':>12}")
    for name, app in on_both():
        measure(name, app)
    with postgresql(IN_MEMORY) as url, service_on(url) as app:
        measure("the same, in memory", app)


if __name__ == "__main__":
    main()
