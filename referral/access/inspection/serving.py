"""The helper process that reads files of strangers: for each file it makes a child of itself, which can do little.

The child has 300 MB of memory and 5 seconds, may open neither a file nor a connection, and writes its answer into
what it was given. The helper itself reads nothing of a file. It has the libraries loaded, since loading them takes
longer than most files; it ends with the process that started it.
"""

import contextlib
import io
import os
import resource
import signal
import socket
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from referral.access.inspection.findings import Finding, refuse_second_face
from referral.access.inspection.letters import LETTERS
from referral.access.inspection.refusals import Refusal, Refused
from referral.access.media_types import DICOM, HEIC, JPEG, PDF, PNG, ZIP

MOST_MEMORY = 300 * 1024 * 1024
MOST_SECONDS = 5
MOST_WRITTEN = 60 * 1024 * 1024

_MODULES = {
    LETTERS[PDF]: "pdf",
    LETTERS[JPEG]: "jpeg",
    LETTERS[PNG]: "png",
    LETTERS[HEIC]: "heic",
    LETTERS[DICOM]: "dicom",
    LETTERS[ZIP]: "archives",
}
_BLOCK = 1 << 20
DONE, REFUSED = "+", "-"
"""How an answer begins."""

Inspect = Callable[[bytes], Finding]


def serve(descriptor: int) -> None:
    """Answer until whoever asks is gone. A question is a letter and three open files: to read, to write, to answer."""
    signal.signal(signal.SIGCHLD, _bury)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us, and we end with it
    with socket.socket(fileno=descriptor) as line:
        while True:
            letter, files, _, _ = socket.recv_fds(line, 1, 3)
            if not letter:
                return
            with contextlib.suppress(OSError, ImportError):
                _answer(line, letter, files)
            for file in files:
                os.close(file)


def _answer(line: socket.socket, letter: bytes, files: Sequence[int]) -> None:
    if len(files) != 3 or letter not in _MODULES:
        return
    inspect: Inspect = import_module(f"referral.access.inspection.{_MODULES[letter]}").inspect
    if os.fork() == 0:
        line.close()
        _inspect_here(inspect, letter, *files)


def _inspect_here(inspect: Inspect, letter: bytes, source: int, target: int, answer: int) -> NoReturn:
    """The child: set the limits, read the file, answer, end. Whatever happens, it never gets back into the helper."""
    try:
        os.write(answer, f"{_verdict(inspect, letter, source, target)} {_peak()}".encode())
    finally:
        os._exit(0)


def _verdict(inspect: Inspect, letter: bytes, source: int, target: int) -> str:
    """How the answer begins, and what follows: the media type of what was written, or the refusal."""
    try:
        _limit()
        content = _read(source)
        if letter != LETTERS[ZIP]:
            refuse_second_face(content)
        finding = inspect(content)
        _write(target, finding.content)
    except Refused as refused:
        return f"{REFUSED} {refused.refusal}"
    except MemoryError:
        return f"{REFUSED} {Refusal.TOO_HARD}"
    except Exception:
        return f"{REFUSED} {Refusal.DAMAGED}"  # whatever a library says of a file it cannot read
    return f"{DONE} {finding.media_type}"


def _peak() -> int:
    """The memory this child had at most, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _limit() -> None:
    os.setsid()  # the helper ends all of this group when the child has ended
    for handled in (signal.SIGALRM, signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(handled, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _read(descriptor: int) -> bytes:
    content = io.BytesIO()
    place = 0
    while block := os.pread(descriptor, _BLOCK, place):
        content.write(block)
        place += len(block)
    return content.getvalue()


def _write(descriptor: int, content: bytes) -> None:
    place = 0
    while place < len(content):
        place += os.pwrite(descriptor, content[place : place + _BLOCK], place)


def _bury(*_: object) -> None:
    """Take note of children that ended, and end whatever they may have left."""
    with contextlib.suppress(ChildProcessError):
        while (child := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)
