"""Real servers for the tests: PostgreSQL, Valkey, SMTP, and the service itself."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from referral.supervisor import guardian


def absent(group: str, why: str) -> NoReturn:
    """Skip the test since what it needs is not here; with CI=true fail, so that the gap is noticed."""
    message = f"{group} tests did not run: {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], seconds: float, failure: str) -> None:
    """Wait until `ready()`; raise `TimeoutError` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(failure)
        time.sleep(0.02)


@contextlib.contextmanager
def server_process(
    command: Sequence[str], folder: Path, *, user: int | None = None, stop: signal.Signals = signal.SIGTERM
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server whose files stand in `folder`, its output in `folder/server.log`; afterwards remove both.

    Should the test run itself be killed, the service's own guardian ends the server and removes the folder.
    """
    groups: Sequence[int] | None = None if user is None else []
    with guarded(folder) as watch, (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            user=user,
            group=user,
            extra_groups=groups,
            start_new_session=True,
        )
        watch(process.pid)
        try:
            yield process
        finally:
            process.send_signal(stop)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def guarded(folder: Path) -> Iterator[Callable[[int], None]]:
    """Give a function that hands a process group to a guardian, which ends it if the test run dies."""
    command = [sys.executable, "-I", "-S", guardian.__file__, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True) as process:
        groups: list[int] = []

        def tell(sign: str, group: int) -> None:
            if process.stdin is not None:
                process.stdin.write(f"{sign}{group}\n")
                process.stdin.flush()

        def watch(group: int) -> None:
            groups.append(group)
            tell("+", group)

        try:
            yield watch
        finally:
            for group in groups:
                tell("-", group)
