"""Every file that leaves to a browser or a program: saved, never shown, never kept by what lies between."""

from typing import BinaryIO

from flask import Response, send_file


def attachment(stream: BinaryIO, media_type: str, name: str) -> Response:
    """A file under a cleaned name; the name is written as RFC 6266 says, so that it cannot end the header's line."""
    response = send_file(stream, media_type, as_attachment=True, download_name=name, etag=False)
    response.headers["Cache-Control"] = "no-store"
    return response
