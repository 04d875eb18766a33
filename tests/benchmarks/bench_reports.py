"""Reports over a year of 200,000 requests, beside one of them computed straight from their 4,000,000 events.

    python -m tests.benchmarks.bench_reports [REQUESTS]

"All reports" is everything the page shows, for the year and the one before. The baseline is the time in each stage
alone, by a window over the history: what reports would have to do without their own tables.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import text

from referral.domain.reporting import Period
from referral.extensions import db
from referral.models import Base, ReferralEvent, ReportAttempt, ReportCase, ReportStay, ReportWork
from referral.services import report
from tests.benchmarks.both_databases import on_both
from tests.benchmarks.bulk_rows import bulk, moment

REQUESTS, EVENTS, AT_ONCE, ROUNDS = 200_000, 20, 20_000, 3
YEAR = Period(202601, 202612)
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = ("submitted", "records-needed", "ready", "queued", "sent", "delivered", "accepted", "in-review")
LANGUAGES = ("en",) * 16 + ("es",) * 5 + ("zh", "vi", "ar")
STATES = ("MA", "NY", "CA", "TX", "FL", "IL", "OH", "PA", "GA", "NC")
PEOPLE = [f"coordinator{number}@example.org" for number in range(12)]

MODELS = (ReportCase, ReportStay, ReportAttempt, ReportWork, ReferralEvent)

STRAIGHT = {
    "sqlite": "CAST((julianday(left_at) - julianday(at)) * 24 AS INTEGER)",
    "postgresql": "CAST(floor(extract(epoch FROM left_at - at) / 3600) AS INTEGER)",
}
"""Whole hours between two moments, as each database says it."""

Rows = dict[type[Base], list[dict[str, Any]]]


def made(requests: int) -> Iterator[Rows]:
    """The rows of some requests at a time, the same in every run."""
    chance = random.Random(1)
    numbers = iter(range(requests))
    while chunk := list(islice(numbers, AT_ONCE)):
        rows: Rows = {model: [] for model in MODELS}
        for number in chunk:
            _one(number, chance, rows)
        yield rows


def _one(number: int, chance: random.Random, rows: Rows) -> None:
    case_id, at = UUID(int=chance.getrandbits(128)), BEGINS + timedelta(minutes=chance.randrange(500_000))
    who, office = chance.choice(PEOPLE), f"org-{chance.randrange(80)}"
    for place, stage in enumerate(STAGES):
        hours = chance.randrange(300)
        left = at + timedelta(hours=hours, minutes=1)
        rows[ReportStay].append(
            {
                "case_id": case_id, "number": place + 1, "stage": stage,
                "organization_id": office if place > 3 else None,
                "left_month": _month(left), "hours": hours, "breached": hours > 250,
                "records": "imaging|slides" if stage == "records-needed" else "",
            }
        )  # fmt: skip
        after = STAGES[place + 1] if place + 1 < len(STAGES) else "opinion-received"
        rows[ReferralEvent] += [_event(case_id, at, stage, stage, who), _event(case_id, left, stage, after, who)]
        at = left
    rows[ReferralEvent] += [_event(case_id, at, "closed", "closed", who) for _ in range(EVENTS - 2 * len(STAGES))]
    month, opinion, declined = _month(at), chance.random() < 0.7, chance.random() < 0.2
    rows[ReportCase].append(
        {
            "id": case_id, "submitted_month": _month(BEGINS + timedelta(minutes=number % 500_000)),
            "filed_by": "patient", "language": chance.choice(LANGUAGES), "state": chance.choice(STATES),
            "tissue": "Lung", "priority": "routine", "rurality": chance.choice(("urban", "town", "rural")),
            "opinion_month": month if opinion else 0,
            "wait_days": 20, "declined": declined,
        }
    )  # fmt: skip
    rows[ReportAttempt].append(
        {
            "case_id": case_id, "number": 1, "organization_id": office,
            "npi": str(2_000_000_000 + chance.randrange(650)),
            "after": "declined" if declined else "", "asked_month": month, "sent_month": month,
            "declined_month": month if declined else 0, "reason": "no-capacity" if declined else "",
            "opinion_month": month if opinion else 0, "agreement": "confirmed",
        }
    )  # fmt: skip
    rows[ReportWork].append({"case_id": case_id, "month": month, "who": who, "steps": 4})


def _event(request_id: UUID, at: datetime, before: str, after: str, who: str) -> dict[str, Any]:
    return {
        "request_id": request_id, "at": at, "actor": "coordinator", "actor_name": who, "action": "note",
        "from_stage": before, "to_stage": after, "reason": "", "text": "", "version": int(at.timestamp()),
    }  # fmt: skip


def _month(at: datetime) -> int:
    return at.year * 100 + at.month


def fill(requests: int) -> None:
    """Write the rows; what they refer to is left out, since no report looks at it."""
    with bulk([model.__tablename__ for model in MODELS]) as into:
        for rows in made(requests):
            for model, values in rows.items():
                columns = list(values[0])
                into.put(model.__tablename__, columns, ([_plain(row[name]) for name in columns] for row in values))


def _plain(value: UUID | datetime | str | int | None) -> str | int | None:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return moment(value.timestamp())
    return int(value) if isinstance(value, bool) else value


def straight() -> Sequence[Any]:
    """The time in each stage, from the history alone."""
    hours = STRAIGHT[db.engine.dialect.name]
    query = (
        "SELECT stage, hours, count(*) FROM ("
        "SELECT stage, :hours AS hours FROM (SELECT from_stage AS stage, to_stage, at AS left_at, "
        "lag(at) OVER (PARTITION BY request_id ORDER BY id) AS at FROM referral_event WHERE from_stage <> to_stage"
        ") AS moves WHERE at IS NOT NULL) AS stays GROUP BY stage, hours"
    )
    return db.session.execute(text(query.replace(":hours", hours))).all()


def seconds(work: Callable[[], object]) -> float:
    """The best of some rounds."""
    found = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
        db.session.rollback()
    return min(found)


def main() -> None:
    """Print the table."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    print(f"{requests:,} requests, {requests * EVENTS:,} events; seconds, best of {ROUNDS}; goal: all reports in 2\n")
    print(f"{'database':<12}{'all reports':>12}{'one office':>12}{'one table, from events':>24}")
    for name, _ in on_both():
        fill(requests)
        whole, office = (seconds(partial(report.tables, YEAR, whose)) for whose in (None, "org-7"))
        print(f"{name:<12}{whole:>12.2f}{office:>12.2f}{seconds(straight):>24.2f}", flush=True)


if __name__ == "__main__":
    main()
