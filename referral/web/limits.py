"""How much one request may be, and how long it may take to arrive."""

import contextlib
import socket
from collections.abc import Iterable
from threading import Timer
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestURITooLarge

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST_QUERY = 4_096
MOST_FIELDS = 500
PATIENCE_SECONDS = 30.0
SLOWEST = 32 * 1024
"""Bytes a second, below which a body is not waited for: 25 megabytes may take a quarter of an hour."""


def register(app: Flask) -> None:
    """Hold the limits in this application; that of a body's size stands in its configuration."""
    app.config["MAX_FORM_PARTS"] = MOST_FIELDS
    app.before_request_funcs.setdefault(None, [])[:0] = [_refuse_long_query, _refuse_many_fields]
    app.wsgi_app = Patience(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way


def _refuse_long_query() -> None:
    if len(request.query_string) > LONGEST_QUERY:
        raise RequestURITooLarge


def _refuse_many_fields() -> None:
    """What `MAX_FORM_PARTS` says of forms with files; a plain form of two megabytes could have a million fields."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return
    if request.get_data(parse_form_data=False).count(b"&") >= MOST_FIELDS:
        raise RequestEntityTooLarge


class Patience:
    """Ends the connection of a body that trickles in: each would hold one of few threads for hours.

    A time limit of a socket starts anew with every byte, so the line is shut from outside when the time is over.
    """

    def __init__(self, inner: "WSGIApplication", seconds: float = PATIENCE_SECONDS) -> None:
        self._inner = inner
        self._seconds = seconds

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request. Only gunicorn gives the line away; other servers keep their own limits."""
        line = environ.get("gunicorn.socket")
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if line is None or (size == 0 and "HTTP_TRANSFER_ENCODING" not in environ):
            return self._inner(environ, start_response)
        ending = Timer(self._seconds + size / SLOWEST, _shut, [line])
        ending.daemon = True
        ending.start()
        try:
            return self._inner(environ, start_response)
        finally:
            ending.cancel()


def _shut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RD)
