"""The real service, started as `make run` starts it."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from referral.settings import Settings
from tests.servers import free_port, guarded, wait_until

_ROOT = Path(__file__).resolve().parents[2]
# The settings of whoever runs the tests shall not reach the service under test.
SETTINGS = tuple(setting.name.upper() for setting in fields(Settings))


@dataclass(frozen=True, slots=True)
class Service:
    """A supervisor process with everything it started."""

    process: "subprocess.Popen[str]"
    url: str
    data_dir: Path
    output: Path

    def said(self) -> str:
        """Everything the supervisor has told its operator so far."""
        return self.output.read_text(encoding="utf-8")

    def answers(self) -> bool:
        """Whether the web part is up."""
        with contextlib.suppress(URLError, OSError), urlopen(f"{self.url}/healthz", timeout=2) as response:  # noqa: S310  our own address
            return bool(response.status == 200)
        return False

    def ready(self) -> bool:
        """Whether the supervisor has told the address, or has given up."""
        return "Ctrl-C stops it." in self.said() or self.process.poll() is not None

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


@contextlib.contextmanager
def started_service(data_dir: Path, **settings: str) -> Iterator[Service]:
    """Start the service on `data_dir`; `settings` are variables such as PORT. Whatever is left is ended."""
    port = settings.get("PORT") or str(free_port())
    output = data_dir.with_name(f"{data_dir.name}-{port}-said.txt")
    with guarded(output) as watch, output.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "referral.supervisor"], cwd=_ROOT, text=True, start_new_session=True,
            env=_environ({"DATA_DIR": str(data_dir), "PORT": port, **settings}), stdout=stream, stderr=stream,
        )  # fmt: skip
        watch(process.pid)
        try:
            yield Service(process, f"http://127.0.0.1:{port}", data_dir, output)
        finally:
            _end(process)


def _environ(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return {**kept, **settings}


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def processes_of(data_dir: Path) -> dict[int, str]:
    """Return the living processes of the service on `data_dir`: process id -> command line."""
    variable = f"DATA_DIR={data_dir}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        # It may end while it is looked at. A zombie has neither command line nor environment.
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_text().replace("\0", " ").strip() if entry.name.isdigit() else ""
            # Valkey writes its title over its environment, but the title names the socket.
            if line and (f"{data_dir}/run/" in line or variable in (entry / "environ").read_bytes().split(b"\0")):
                found[int(entry.name)] = line
    return found


@pytest.fixture(scope="session", autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings of whoever runs the tests out of them, and what they write out of the project."""
    with pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS:
            patch.delenv(name, raising=False)
        patch.setenv("DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def live_service() -> Iterator[Service]:
    """The whole service with its demo data, for the session; without limits per address."""
    with (
        tempfile.TemporaryDirectory(prefix="service-") as folder,
        started_service(Path(folder) / "var", DEMO="1", RATE_LIMITS="off") as service,
    ):
        wait_until(service.ready, 110, "the service did not start")
        if service.process.poll() is not None:
            pytest.fail(f"the service did not start: {service.said()}", pytrace=False)
        yield service
