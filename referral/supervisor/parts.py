"""The parts of the running service: their command lines, and how each is kept alive."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from referral.settings import Settings
from referral.supervisor.errors import ServiceError
from referral.supervisor.processes import Child, Nursery, last_words

_QUICK = 10.0  # seconds; who dies sooner after a start has died quickly
_QUICK_DEATHS = 5
_LONGEST_PAUSE = 30.0  # seconds
REQUEST_THREADS = 8
"""So many threads of each web process answer pages and programs, whoever listens besides."""


@dataclass(slots=True)
class Part:
    """A process that shall run as long as the service does."""

    name: str
    command: Sequence[str]
    patience: float  # seconds it is given to stop
    child: Child | None = None
    quick_deaths: int = 0
    start_at: float = 0.0  # monotonic seconds; not before

    def tend(self, nursery: Nursery) -> str | None:
        """Start the part when it is due, note its death; return a line for the operator when there is news.

        Raise `ServiceError` when it has died quickly too often in a row.
        """
        now = time.monotonic()
        if self.child is None:
            if now >= self.start_at:
                self.child = nursery.start(self.name, self.command)
            return None
        return None if self.child.running else self._mourn(nursery, self.child, now)

    def _mourn(self, nursery: Nursery, child: Child, now: float) -> str:
        nursery.bury(child)
        self.child = None
        self.quick_deaths = self.quick_deaths + 1 if now - child.started_at < _QUICK else 0
        how = f"The {self.name} stopped ({child.ending})"
        if self.quick_deaths >= _QUICK_DEATHS:
            log = nursery.log_file(self.name)
            raise ServiceError(f"{how} {_QUICK_DEATHS} times in a row: {last_words(log)} (see {log})")
        pause = min(_LONGEST_PAUSE, 0.5 * 2**self.quick_deaths)
        self.start_at = now + pause
        return f"{how}; it starts again in {pause:.0f} s."


def valkey_part(command: Sequence[str]) -> Part:
    """The private Valkey server."""
    return Part("valkey", command, patience=2.0)


def worker_part() -> Part:
    """Celery's worker. Processes rather than threads, since only they keep to the time limits of jobs."""
    options = ["--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"]
    # Talk between workers about each other is for fleets; here it only delays the start.
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Part("worker", [*_celery("worker"), *options, *alone], patience=6.0)


def schedule_part(settings: Settings) -> Part:
    """Celery's beat."""
    state = settings.data_dir / "run" / "schedule"
    return Part("schedule", [*_celery("beat"), "--schedule", str(state), "--pidfile="], patience=2.0)


def web_part(settings: Settings) -> Part:
    """Gunicorn. Threads, since browsers open connections ahead of need, and each would hold a sync worker.

    The desk's streams have threads of their own: each waits in one for up to 25 seconds, and pages never wait for it. A
    waiting thread costs memory and no processor time.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    command = [
        sys.executable, "-m", "gunicorn", "app:create_app()", "--bind", f"{host}:{settings.port}",
        "--workers", "2", "--worker-class", "gthread", "--threads", str(REQUEST_THREADS + settings.desk_streams),
        "--graceful-timeout", "4", "--timeout", "60", "--limit-request-line", "4094", "--limit-request-fields", "60",
        "--limit-request-field_size", "8190",
        # Who is believed on who asks, TRUSTED_PROXIES says; gunicorn of itself would believe this machine.
        "--forwarded-allow-ips", "",
        # It would stand in the user's home, one for all services of that user.
        "--no-control-socket",
        "--logger-class", "referral.logs.gunicorn.Logger",
    ]  # fmt: skip
    return Part("web", command, patience=5.0)


def _celery(command: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "workers.celery_app", command]
