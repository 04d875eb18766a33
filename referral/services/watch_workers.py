"""Who works: signs of life of the worker processes, and what is wrong when they stay away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from referral.store import operations

SILENT_AFTER = timedelta(seconds=45)
"""Workers give a sign of life every ten seconds; one that gave none for so long is taken for dead."""

UNHEARD_AFTER = timedelta(seconds=60)
"""The broker carries a job every ten seconds; if nobody got one for so long, workers live but do not listen."""

DEAF_AFTER = timedelta(minutes=5)
"""Of several workers each gets a job now and then; one that got none for so long does not listen, the others do."""

BY_THE_CLOCK = "sends by the clock: the broker brings it no jobs"
"""What a worker does that hears no jobs although messages are due."""

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

    @property
    def node(self) -> str:
        """The worker this process belongs to; all its processes hear through one connection."""
        return self.name.rpartition("-")[0]

    @property
    def heard_or_began(self) -> datetime:
        """Since when it has been waiting for a job."""
        return self.heard_at or self.started_at


def workers(now: datetime) -> list[Worker]:
    """Every worker process that is known."""
    return [
        Worker(row.id, row.started_at, row.beat_at, row.heard_at, row.doing, now - row.beat_at > SILENT_AFTER)
        for row in operations.workers()
    ]


def lacking(found: list[Worker], now: datetime, broker: bool) -> list[str]:
    """What is wrong with the workers, in a few words each; nothing where all is well.

    While the `broker` is away nobody hears anything, which is not the workers' fault: they send by the clock.
    """
    alive = [worker for worker in found if not worker.silent]
    if not alive:
        return ["no worker"]
    missing = [f"worker {worker.name} is silent" for worker in found if worker.silent]
    return [*missing, *_unheard(alive, now)] if broker else missing


def _unheard(alive: list[Worker], now: datetime) -> list[str]:
    """Who gets no jobs from a broker that is there: all of them, or some."""
    settled = [worker for worker in alive if now - worker.started_at > UNHEARD_AFTER]
    anybody = any(worker.heard_at is not None and now - worker.heard_at <= UNHEARD_AFTER for worker in alive)
    if settled and not anybody:
        sending = any(worker.doing == BY_THE_CLOCK for worker in alive)
        return ["workers get no jobs and send by the clock" if sending else "workers get no jobs"]
    return [
        f"worker {node} gets no jobs"
        for node in sorted({worker.node for worker in alive})
        if all(now - worker.heard_or_began > DEAF_AFTER for worker in alive if worker.node == node)
    ]
