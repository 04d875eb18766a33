"""Ends the service's processes when the supervisor is gone without having done so (kill -9, out of memory).

Run as a script of its own, with nothing but the standard library, so that it starts at once and needs no
package. The supervisor holds the other end of standard input and writes `+PID` for each process group it
starts and `-PID` for each that has ended. The end of the input means that the supervisor has gone: what is
left is asked to stop, and killed four seconds later. The arguments are files and folders to remove then.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable

_PATIENCE = 4.0  # seconds


def watch(lines: Iterable[str]) -> list[int]:
    """Read until the supervisor has gone; return the groups it left running, in the order of their start."""
    groups: dict[int, None] = {}
    for line in lines:
        number = int(line[1:])
        if line[0] == "+":
            groups[number] = None
        else:
            groups.pop(number, None)
    return list(groups)


def end(groups: list[int]) -> None:
    """Ask the first process of each group to stop, last one first; then kill what is left of them."""
    for group in reversed(groups):
        with contextlib.suppress(ProcessLookupError):
            os.kill(group, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and any(map(_runs, groups)):
        time.sleep(0.1)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _runs(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _remove(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)


if __name__ == "__main__":
    # It was started in a session of its own, so Ctrl-C on the terminal does not reach it.
    end(watch(sys.stdin))
    for leftover in sys.argv[1:]:
        _remove(leftover)
