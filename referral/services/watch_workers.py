"""Who works: signs of life of the worker processes, and what is wrong when they stay away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from referral.store import operations

SILENT_AFTER = timedelta(seconds=45)
"""Workers give a sign of life every ten seconds; one that gave none for so long is taken for dead."""

UNHEARD_AFTER = timedelta(seconds=60)
"""The broker carries a job every ten seconds; if nobody got one for so long, workers live but do not listen."""

FORGOTTEN_AFTER = timedelta(hours=1)
"""Nobody expects a worker back that has been silent for so long."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker process: since when it works, its last sign of life, its last job from the broker, what it does."""

    name: str
    started_at: datetime
    beat_at: datetime
    heard_at: datetime | None
    doing: str
    silent: bool


def workers(now: datetime) -> list[Worker]:
    """Every worker process that is known."""
    return [
        Worker(row.id, row.started_at, row.beat_at, row.heard_at, row.doing, now - row.beat_at > SILENT_AFTER)
        for row in operations.workers()
    ]


def lacking(found: list[Worker], now: datetime, broker: bool) -> list[str]:
    """What is wrong with the workers, in a few words each; nothing where all is well."""
    if not any(not worker.silent for worker in found):
        return ["no worker"]
    missing = [f"worker {worker.name} is silent" for worker in found if worker.silent]
    settled = [worker for worker in found if not worker.silent and now - worker.started_at > UNHEARD_AFTER]
    heard = [
        worker.heard_at for worker in found if worker.heard_at is not None and now - worker.heard_at <= UNHEARD_AFTER
    ]
    deaf = broker and bool(settled) and not heard
    return [*missing, "workers get no jobs"] if deaf else missing
