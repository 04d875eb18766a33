"""Where an upload lies while it comes in: small ones in memory, large ones in a nameless file that is sealed."""

import io
import tempfile
from typing import BinaryIO

from flask import Flask, Request

from referral.sealing.files import scratch

IN_MEMORY = 500_000
"""Bytes of a whole form below which nothing of it is written to a disk."""


class SpoolingRequest(Request):
    """A request whose files never lie open on the disk of the server."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> BinaryIO:
        """What the parser of forms writes one file into."""
        if total_content_length is not None and total_content_length <= IN_MEMORY:
            return io.BytesIO()
        return scratch(tempfile.TemporaryFile())


def register(app: Flask) -> None:
    """Let every request of the application be one of these."""
    app.request_class = SpoolingRequest
