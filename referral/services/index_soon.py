"""Has the match index built anew after a change made on a page, without letting the page wait for it."""

import logging

from celery import Celery
from flask import current_app
from kombu.exceptions import OperationalError

from referral import queue

logger = logging.getLogger(__name__)


def index_soon() -> bool:
    """Ask a worker for a new index; False where none can be asked: then the nightly build brings the change."""
    celery: Celery | None = current_app.extensions["celery"]
    if celery is None:
        return False
    try:
        celery.send_task(queue.REBUILD_INDEX, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning(
            "The broker did not take the building of the index; the night brings it: %s", type(error).__name__
        )
        return False
    return True
