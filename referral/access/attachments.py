"""Every file that leaves to a browser or a program: saved, never shown, never kept by what lies between."""

from typing import BinaryIO

from flask import Response, send_file

POLICY = "sandbox; default-src 'none'"
"""A file that is shown instead of saved all the same may run nothing and ask nobody."""


def attachment(stream: BinaryIO, media_type: str, name: str) -> Response:
    """A file under a cleaned name; the name is written as RFC 6266 says, so that it cannot end the header's line."""
    response = send_file(stream, media_type, as_attachment=True, download_name=name, etag=False)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
