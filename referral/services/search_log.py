"""Search records are written behind the answer: a search waits for no disk, and a crash loses five seconds at most."""

import atexit
import logging
import threading
from collections import deque
from datetime import timedelta
from typing import Any

from flask import Flask

from referral.extensions import db
from referral.store import searches

FLUSH_SECONDS = 2.0
MOST_WAITING = 10_000
KEPT_FOR = timedelta(days=30)

logger = logging.getLogger(__name__)


class SearchLog:
    """Collects records and writes them in the background, one batch every two seconds."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._at_exit = self._ended = False

    def append(self, record: dict[str, Any]) -> None:
        """Take one record; it is on disk a few seconds later."""
        self._waiting.append(record)
        self._set_timer()

    def flush(self) -> None:
        """Write what waits; on a database error it is tried again a little later."""
        with self._lock:
            self._timer = None
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not batch:
            return
        try:
            with self._app.app_context():
                searches.add_all(batch)
                db.session.commit()
        except Exception as error:
            # A search answer never fails because its record could not be kept.
            logger.warning("%d search records could not be written yet: %s", len(batch), type(error).__name__)
            self._waiting.extendleft(reversed(batch))
            self._set_timer()

    def _end(self) -> None:
        """The last writing; no thread can be started any more."""
        self._ended = True
        self.flush()

    def _set_timer(self) -> None:
        """A daemon's timer does not hold up the end of the process, so that end writes what waits by itself."""
        with self._lock:
            if self._timer is not None or self._ended:
                return
            if not self._at_exit:
                atexit.register(self._end)
                self._at_exit = True
            self._timer = threading.Timer(FLUSH_SECONDS, self.flush)
            self._timer.daemon = True
            self._timer.start()
