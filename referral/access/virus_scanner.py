"""Asks clamd whether a file is known to be harmful. Whoever cannot be asked has said nothing: the file waits.

The protocol is INSTREAM: the word, then pieces with their length before them, an empty one at the end; the answer is
one line, "stream: OK" or "stream: NAME FOUND".
"""

import logging
import socket
import struct
from typing import BinaryIO

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 20.0
_BLOCK = 64 * 1024
_LONGEST_ANSWER = 1024

logger = logging.getLogger(__name__)


class ScannerAway(Exception):
    """No verdict was to be had."""


class VirusScanner:
    """One clamd, at host:port or at the path of a unix socket."""

    def __init__(self, address: str) -> None:
        self._address = address

    def is_clean(self, stream: BinaryIO) -> bool:
        """Whether nothing harmful is known in the stream, which is read from its beginning. Raise `ScannerAway`."""
        stream.seek(0)
        try:
            with self._connected() as line:
                line.sendall(b"zINSTREAM\0")
                while block := stream.read(_BLOCK):
                    line.sendall(struct.pack(">I", len(block)) + block)
                line.sendall(struct.pack(">I", 0))
                answer = _answer(line)
        except OSError as error:
            raise ScannerAway(type(error).__name__) from None
        finally:
            stream.seek(0)
        return _verdict(answer)

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            with self._connected() as line:
                line.sendall(b"zPING\0")
                return _answer(line) == b"PONG"
        except OSError:
            return False

    def _connected(self) -> socket.socket:
        if self._address.startswith("/"):
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.settimeout(CONNECT_SECONDS)
            try:
                line.connect(self._address)
            except OSError:
                line.close()
                raise
        else:
            host, _, port = self._address.rpartition(":")
            line = socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)
        line.settimeout(ANSWER_SECONDS)
        return line


def _answer(line: socket.socket) -> bytes:
    """What was answered, up to the zero at its end."""
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
        block = line.recv(_LONGEST_ANSWER)
        if not block:
            break
        answer += block
    return answer.rstrip(b"\0\n")


def _verdict(answer: bytes) -> bool:
    """Anything but the two answers of one who has looked is none."""
    if answer == b"stream: OK":
        return True
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        logger.warning("The virus scanner found %s", answer[8:-6].decode("ascii", "replace")[:80])
        return False
    raise ScannerAway("no verdict")
