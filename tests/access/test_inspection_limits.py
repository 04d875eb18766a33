"""What the process that reads files of strangers may do: little, and not for long."""

import io
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from referral.access import inspect_apart
from referral.access.inspect_apart import inspected
from referral.access.inspection.refusals import Refusal, Refused
from referral.access.media_types import PDF

ROOT = Path(__file__).resolve().parents[2]
BEGIN = (
    "import os, resource, signal, socket, time; from referral.access.inspection import serving\n"
    "serving.MOST_SECONDS = 1; held = os.memfd_create('held'); serving._limit()\n"
)
DEAF = "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
"""What hears no alarm is ended by the time it takes of the processor."""


def run_within_the_limits(code: str) -> subprocess.CompletedProcess[str]:
    """A process that has set the limits on itself and then does this."""
    return subprocess.run([sys.executable, "-c", BEGIN + code], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "code, error",
    [
        ("open('/etc/passwd')", "Too many open files"),
        ("socket.socket()", "Too many open files"),
        ("bytes(400 << 20)", "MemoryError"),
        ("os.pwrite(held, b'x', serving.MOST_WRITTEN)", "File too large"),
    ],
)
def test_it_opens_no_file_and_no_connection_and_has_an_end_of_memory(code: str, error: str) -> None:
    done = run_within_the_limits(code)

    assert done.returncode == 1
    assert error in done.stderr


@pytest.mark.parametrize("code", ["while True: pass", "time.sleep(60)", f"{DEAF}while True: pass"])
def test_it_ends_when_its_time_is_over(code: str) -> None:
    begun = time.monotonic()

    assert run_within_the_limits(code).returncode < 0
    assert time.monotonic() - begun < 20


def test_when_it_breaks_nothing_of_the_file_is_left_on_the_disk() -> None:
    assert run_within_the_limits("assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)").returncode == 0


Reading = Callable[[str], tuple[bytes, str]]


@pytest.fixture
def read_by(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reading]:
    """Has a file read by a real helper, whose library for PDFs does what a file has made it do."""
    stands = inspect_apart._BEGIN
    inspect_apart._close_helpers()

    def read(code: str) -> tuple[bytes, str]:
        hostile = f"def inspect(content):\n    {code}\n    return Finding(b'taken', 'application/pdf')"
        before = (
            "import os, socket, sys, time; sys.path.insert(0, sys.argv[1])\n"
            "from referral.access.inspection import pdf, serving\n"
            "from referral.access.inspection.findings import Finding\n"
            f"serving.MOST_SECONDS = 2\n{hostile}\npdf.inspect = inspect\n"
        )
        monkeypatch.setattr(inspect_apart, "_BEGIN", before + stands.replace("; ", "\n"))
        with inspected(io.BytesIO(b"%PDF-1.7"), PDF) as found:
            return found.stream.read(), found.media_type

    yield read
    inspect_apart._close_helpers()


def test_a_library_that_does_nothing_else_is_heard(read_by: Reading) -> None:
    assert read_by("pass") == (b"taken", "application/pdf")


@pytest.mark.parametrize(
    "code, refusal",
    [
        ("bytes(400 << 20)", Refusal.TOO_HARD),
        ("time.sleep(60)", Refusal.TOO_HARD),
        ("while True: pass", Refusal.TOO_HARD),
        ("open('/etc/passwd')", Refusal.DAMAGED),
        ("open('left behind', 'w')", Refusal.DAMAGED),
        ("socket.create_connection(('127.0.0.1', 9), 1)", Refusal.DAMAGED),
        ("os._exit(0)", Refusal.TOO_HARD),
    ],
)
def test_a_file_that_takes_over_its_library_gets_no_further_and_is_refused(
    read_by: Reading, code: str, refusal: Refusal
) -> None:
    begun = time.monotonic()

    with pytest.raises(Refused) as refused:
        read_by(code)

    assert refused.value.refusal is refusal
    assert time.monotonic() - begun < inspect_apart.PATIENCE_SECONDS


def test_what_it_leaves_running_is_ended_with_it(read_by: Reading) -> None:
    content, _ = read_by("return Finding(str(os.fork() or time.sleep(60)).encode(), 'application/pdf')")

    status = Path("/proc", content.decode(), "stat")
    for _ in range(100):
        if not status.exists() or status.read_text().split(") ")[1].startswith("Z"):
            return
        time.sleep(0.1)
    pytest.fail("a process of a file's own runs on")
