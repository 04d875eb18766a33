"""What surrounds every page and API answer: its correlation id, its line in the log, its reads in the audit trail."""

import logging
import time

from flask import Flask, Response, g, request

from referral import logs
from referral.services.audit_log import write_reads
from referral.settings import Settings

HEADER = "X-Request-Id"
QUIET = (
    "static", "stylesheet.sheet", "map_files.one", "health.healthz", "health.readyz", "health.metrics", "live.changes",
    "live.here",
)  # fmt: skip
"""What is asked for all the time and says nothing."""

logger = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Open the log, and note each request before anything else looks at it."""
    settings: Settings = app.extensions["settings"]
    logs.configure(settings.log_format)
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request_funcs.setdefault(None, []).insert(0, _end)  # the first to be added is the last to be called
    app.after_request(write_reads)


def _begin() -> None:
    """Take the caller's id where it is a UUID, so that it cannot bring anything else into the log."""
    g.began = time.perf_counter()
    logs.begin(request.headers.get(HEADER, ""))


def _end(response: Response) -> Response:
    """Tell the caller the id, and the log which page it was: by name, since its address may hold a secret."""
    response.headers[HEADER] = logs.correlation_id()
    if request.endpoint not in QUIET:
        took = round(1000 * (time.perf_counter() - g.get("began", time.perf_counter())), 1)
        logger.info(
            "Answered",
            extra={
                "method": request.method if request.method.isalpha() else "",
                "endpoint": request.endpoint or "unknown",
                "status": response.status_code,
                "milliseconds": took,
            },
        )
    return response
