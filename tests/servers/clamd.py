"""A clamd for tests: speaks its protocol over a real socket, knows one virus, and can be away."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

import pytest


class Clamd:
    """Finds `virus` in what it is sent; keeps how often it was asked. `mute` makes it answer nothing."""

    virus = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE"

    def __init__(self) -> None:
        self.asked = 0
        self.mute = False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Be away from now on."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line, line.makefile("rb") as words, suppress(OSError, struct.error):
                self._answer(line, words)

    def _answer(self, line: socket.socket, words: BinaryIO) -> None:
        word = _until_zero(words)
        if word == b"zPING":
            line.sendall(b"PONG\0")
        elif word == b"zINSTREAM":
            self.asked += 1
            content = b""
            while size := struct.unpack(">I", words.read(4))[0]:
                content += words.read(size)
            if not self.mute:
                found = self.virus in content
                line.sendall(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")


def _until_zero(words: BinaryIO) -> bytes:
    word = b""
    while (letter := words.read(1)) not in (b"", b"\0"):
        word += letter
    return word


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    """A running clamd."""
    server = Clamd()
    yield server
    server.close()
