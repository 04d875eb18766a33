"""Child processes: started in a group of their own, logged to a file, ended with everything they started."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from referral.supervisor import guardian
from referral.supervisor.signals import Signals

ROOT = Path(__file__).resolve().parents[2]  # where app.py and workers/ stand


class Nursery:
    """Starts every child process of the service, and tells the guardian which of them live."""

    def __init__(self, environ: Mapping[str, str], log_dir: Path, leftovers: Sequence[Path], lock: int) -> None:
        self._environ = dict(environ)
        self._log_dir = log_dir
        command = [sys.executable, "-I", "-S", guardian.__file__, *map(str, leftovers)]
        # It holds the lock of DATA_DIR too: no second service starts while it clears up after a kill -9.
        self._guardian = subprocess.Popen(
            command, stdin=subprocess.PIPE, text=True, pass_fds=(lock,), start_new_session=True
        )

    def start(self, name: str, command: Sequence[str]) -> "Child":
        """Start a command in the folder of the application; its output goes to the log file of that name."""
        path = self.log_file(name)
        with path.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._tell("+", process.pid)
        return Child(process, time.monotonic())

    def end(self, child: "Child", patience: float, signals: Signals) -> None:
        """Ask the child to stop, wait up to `patience` seconds, and kill what is left of its group."""
        with contextlib.suppress(ProcessLookupError):
            child.process.terminate()
        impatient = signals.stops + 1
        deadline = time.monotonic() + patience
        while child.running and time.monotonic() < deadline and signals.stops < impatient:
            signals.wait(min(0.2, deadline - time.monotonic()))
        self.bury(child)

    def bury(self, child: "Child") -> None:
        """Kill what is left of a child's group and forget it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        self._tell("-", child.process.pid)

    def close(self) -> None:
        """Let the guardian go, after every child has been ended."""
        with contextlib.suppress(OSError):
            self._guardian.communicate()

    def log_file(self, name: str) -> Path:
        """Return the log file of the child of that name."""
        return self._log_dir / f"{name}.log"

    def _tell(self, sign: str, pid: int) -> None:
        if self._guardian.stdin is None:
            return
        # Somebody may have killed the guardian: the service goes on without its safety net.
        with contextlib.suppress(OSError):
            self._guardian.stdin.write(f"{sign}{pid}\n")
            self._guardian.stdin.flush()


@dataclass(frozen=True, slots=True)
class Child:
    """One started process and when it was started (monotonic seconds)."""

    process: "subprocess.Popen[bytes]"
    started_at: float

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self.process.poll() is None

    @property
    def ending(self) -> str:
        """How the process ended, in words."""
        status = self.process.poll()
        return f"signal {-status}" if status is not None and status < 0 else f"exit code {status}"


def last_words(log: Path) -> str:
    """Return the last line of a log file that says something, cut to 200 characters."""
    with contextlib.suppress(OSError), log.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - 4000))
        lines = stream.read().decode("utf-8", "replace").splitlines()
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")
    return ""
