"""What the process that reads files of strangers may do: little, and not for long."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BEGIN = "import socket; from referral.access.inspection import serving; serving.MOST_SECONDS = 1; serving._limit()\n"


def run_within_the_limits(code: str) -> subprocess.CompletedProcess[str]:
    """A process that has set the limits on itself and then does this."""
    return subprocess.run([sys.executable, "-c", BEGIN + code], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "code, error",
    [
        ("open('/etc/passwd')", "Too many open files"),
        ("socket.socket()", "Too many open files"),
        ("bytes(400 << 20)", "MemoryError"),
    ],
)
def test_it_opens_no_file_and_no_connection_and_has_an_end_of_memory(code: str, error: str) -> None:
    done = run_within_the_limits(code)

    assert done.returncode == 1
    assert error in done.stderr


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(60)"])
def test_it_ends_when_its_time_is_over(code: str) -> None:
    begun = time.monotonic()

    assert run_within_the_limits(code).returncode < 0
    assert time.monotonic() - begun < 20
