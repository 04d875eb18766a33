"""Has a file read by the helper process of `inspection/serving.py`, and gives back what is to be kept of it.

Where the helper does not answer, the file is not taken: what was not checked reaches nobody.
"""

import atexit
import contextlib
import logging
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from time import monotonic
from typing import BinaryIO

from referral.access.inspection.letters import LETTERS
from referral.access.inspection.refusals import Refusal, Refused

AT_ONCE = 2
"""So many files are read at the same time, of each process of the web part; the others wait."""
PATIENCE_SECONDS = 20.0
"""Until an answer; the child has ended before, but a helper that begins has libraries to load first."""
_ROOT = Path(__file__).resolve().parents[2]
_BEGIN = "; ".join(
    (
        "import sys",
        "sys.path.insert(0, sys.argv[1])",
        "from referral.access.inspection.serving import serve",
        "serve(int(sys.argv[2]))",
    )
)
_ANSWER_BYTES = 100
_END_SECONDS = 5.0
_KILLED = ("-", Refusal.TOO_HARD, "all its")
"""A child that ended without an answer went over a limit."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is to be kept of a file: its bytes from their beginning, and its media type."""

    stream: BinaryIO
    media_type: str


@contextlib.contextmanager
def inspected(stream: BinaryIO, kind: str) -> Iterator[Inspected]:
    """What is to be kept of a file of this media type. Raise `Refused`."""
    with _in_memory() as target:
        with _turns, _in_memory() as source:
            stream.seek(0)
            copyfileobj(stream, source)
            source.flush()
            begun = monotonic()
            mark, word, memory = _asked(LETTERS[kind], source.fileno(), target.fileno())
        logger.info("Read a file as %s in %.2f s with %s kB: %s", kind, monotonic() - begun, memory, word)
        if mark != "+":
            raise Refused(Refusal(word))
        target.seek(0)
        yield Inspected(target, word)


def _in_memory() -> BinaryIO:
    """A file that another process can be given, and that is on no disk: a record lies nowhere as it came."""
    return os.fdopen(os.memfd_create("inspected"), "w+b")


class _Helper:
    """One helper process and the line to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.line, theirs = socket.socketpair()
        with contextlib.ExitStack() as unless_started, theirs:
            unless_started.callback(self.line.close)
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BEGIN, str(_ROOT), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a library's complaint may quote the file
                start_new_session=True,
                env={"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1", "LC_ALL": "C.UTF-8"},
            )
            unless_started.pop_all()

    @property
    def is_ours(self) -> bool:
        """Whether it was started by this very process, and runs."""
        return self.owner == os.getpid() and self.process.poll() is None

    def close(self) -> None:
        """Let it end: it does once nobody holds the line."""
        self.line.close()
        if self.owner == os.getpid():
            self.process.wait(_END_SECONDS)


_turns = threading.BoundedSemaphore(AT_ONCE)
_starting = threading.Lock()
_helpers: list[_Helper] = []


def _asked(letter: bytes, source: int, target: int) -> tuple[str, str, str]:
    """The answer to one question: its mark, its word, and the memory it took. `Refused` where nobody could be asked."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb", buffering=0) as answers:
        try:
            socket.send_fds(_helper().line, [letter], [source, target, theirs])
        except OSError:
            raise Refused(Refusal.NO_CHECK) from None
        finally:
            os.close(theirs)
        if not select.select([answers], [], [], PATIENCE_SECONDS)[0]:
            raise Refused(Refusal.NO_CHECK)
        answer = answers.read(_ANSWER_BYTES) or b""
    mark, word, memory = answer.decode().split(" ") if answer else _KILLED
    return mark, word, memory


def _helper() -> _Helper:
    """The helper of this process; a new one where there is none, or it was killed."""
    with _starting:
        if not _helpers or not _helpers[0].is_ours:
            _close_helpers()
            _helpers[:] = [_Helper()]
        return _helpers[0]


@atexit.register
def _close_helpers() -> None:
    while _helpers:
        _helpers.pop().close()
