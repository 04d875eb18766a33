"""The whole service on one machine: web, worker, schedule and a private Valkey as children of one process."""

import contextlib
import http.client
import os
import sys
import time
from collections.abc import Callable, Mapping

from referral.settings import Settings, SettingsError
from referral.supervisor import ground
from referral.supervisor.errors import ServiceError
from referral.supervisor.parts import Part, schedule_part, valkey_part, web_part, worker_part
from referral.supervisor.processes import Nursery, last_words
from referral.supervisor.signals import Signals
from referral.supervisor.valkey import PrivateValkey, private_valkey

__all__ = ["main", "run_service"]

_START_LIMIT = 120.0  # seconds until the web part must answer
# No new work comes in first, and what hands work on goes last.
_STOP_ORDER = ("web", "schedule", "worker", "valkey")


def main() -> int:
    """Read the settings from the environment and run the service; return the exit code."""
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as error:
        return _refuse(str(error))
    return run_service(settings)


def run_service(settings: Settings) -> int:
    """Run the whole service until it is asked to stop; return the exit code.

    That is 0 after a stop and 1 after a failure, which is told in one line on standard error. A private
    Valkey is started unless REDIS_URL names another one.
    """
    signals = Signals()
    os.umask(0o077)  # what the service writes, the database first of all, is for its own user alone
    try:
        ground.check_database(settings.database_url)
        ground.lay_folders(settings.data_dir)
        lock = ground.lock(settings.data_dir)
        ground.check_port(settings.host, settings.port)
        ground.put_logs_aside(settings.data_dir)
        valkey = None if os.environ.get("REDIS_URL", "").strip() else private_valkey(settings.data_dir)
        return _Service(settings, signals, valkey, lock).run()
    except ServiceError as error:
        return _refuse(str(error))


class _Service:
    """The parts that run."""

    def __init__(self, settings: Settings, signals: Signals, valkey: PrivateValkey | None, lock: int) -> None:
        self._settings = settings
        self._signals = signals
        self._valkey = valkey
        self._parts: list[Part] = []
        environ = _child_environ(settings, valkey)
        leftovers = valkey.leftovers if valkey else []
        self._nursery = Nursery(environ, settings.data_dir / "log", leftovers, lock)

    def run(self) -> int:
        """Start everything, keep it running, and end it, whatever happens in between."""
        try:
            self._start()
            while not self._signals.asked():
                self._tend()
                self._signals.wait(1.0)
        finally:
            self._end()
        return 0

    def _start(self) -> None:
        if self._valkey:
            self._add(valkey_part(self._valkey.command()))
            self._until(self._valkey.answers, "The private Valkey server did not start", "valkey")
            self._valkey.publish()
        self._prepare()
        if self._signals.asked():
            return
        _say("Starting web, worker and schedule …")
        # The web part alone first: each part imports the application, and somebody waits for this one.
        self._add(web_part(self._settings))
        self._until(self._web_answers, "The web part did not answer", "web")
        if self._signals.asked():
            return
        self._add(worker_part())
        self._add(schedule_part(self._settings))
        self._announce()

    def _add(self, part: Part) -> None:
        self._parts.append(part)
        part.tend(self._nursery)

    def _tend(self) -> None:
        for part in self._parts:
            if news := part.tend(self._nursery):
                _say(news)

    def _until(self, ready: Callable[[], bool], failure: str, name: str) -> None:
        """Tend the parts until `ready()`, or a stop is asked for."""
        deadline = time.monotonic() + _START_LIMIT
        while not self._signals.asked() and not ready():
            if time.monotonic() > deadline:
                log = self._nursery.log_file(name)
                raise ServiceError(f"{failure} within {_START_LIMIT:.0f} s: {last_words(log)} (see {log})")
            self._tend()
            self._signals.wait(0.05)

    def _prepare(self) -> None:
        """Migrate the database and, for a demo, load its data the first time."""
        _say("Preparing the database …")
        lines = ["db upgrade", "seed --if-empty"] if self._settings.demo else ["db upgrade"]
        command = [sys.executable, "-m", "referral.supervisor.prepare", *lines]
        child = self._nursery.start("prepare", command)
        while child.running and not self._signals.asked():
            self._signals.wait(1.0)
        self._nursery.end(child, 3.0, self._signals)
        if child.process.returncode and not self._signals.asked():
            log = self._nursery.log_file("prepare")
            raise ServiceError(f"The database could not be prepared: {last_words(log)} (see {log})")

    def _web_answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            host, port = _reachable(self._settings.host), self._settings.port
            with contextlib.closing(http.client.HTTPConnection(host, port, timeout=2)) as connection:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == 200
        return False

    def _announce(self) -> None:
        host = _reachable(self._settings.host)
        address = f"http://[{host}]" if ":" in host else f"http://{host}"
        _say(f"The service runs at {address}:{self._settings.port}")
        if self._settings.demo:
            _say(f"Demo sign-ins:      {address}:{self._settings.port}/demo")
        _say(f"Data and logs:      {self._settings.data_dir}")
        _say("Ctrl-C stops it.")

    def _end(self) -> None:
        if self._signals.asked():
            _say("Stopping …")
        for part in sorted(self._parts, key=lambda part: _STOP_ORDER.index(part.name)):
            if part.child is not None:
                self._nursery.end(part.child, part.patience, self._signals)
        if self._valkey:
            self._valkey.clear()
        self._nursery.close()


def _reachable(host: str) -> str:
    """Return the address to call when the web part listens on every address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # compared only  # noqa: S104  # nosec B104


def _child_environ(settings: Settings, valkey: PrivateValkey | None) -> Mapping[str, str]:
    """Return the children's environment; paths are absolute, since they run in the application's folder."""
    redis_url = valkey.url if valkey else settings.redis_url or ""
    return {
        **os.environ,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": redis_url,
        "PYTHONUNBUFFERED": "1",
        # The environment is the only place settings come from, whatever packages happen to be installed.
        "FLASK_SKIP_DOTENV": "1",
    }


def _say(line: str) -> None:
    # The terminal may be gone while the service goes on.
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _refuse(line: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
    return 1
