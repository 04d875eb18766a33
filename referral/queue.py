"""Rings the bell: tells a worker, by name, that a row of the database is due. The bell may be lost, the row is not."""

import logging
from time import monotonic
from typing import Any
from uuid import UUID

from celery import Celery
from flask import current_app
from kombu.exceptions import OperationalError

from referral import logs
from referral.settings import Settings

DELIVER = "referral.deliver"
SWEEP = "referral.sweep"
BULK = "referral.bulk"
REBUILD_INDEX = "referral.rebuild_index"
PULSE = "referral.pulse"
PLANNED = "referral.planned"

CORRELATION = "X-Correlation-Id"
"""The header of a job that says under which id its work goes on."""

BELL_SECONDS = 30
"""How long a bell is worth hearing: the sweep rings again, so old ones must not pile up before a slow worker."""

PAUSE_SECONDS = 5.0
"""How long a broker that did not answer is left alone."""

_ASK_AGAIN_AT = "broker_asked_again_at"

logger = logging.getLogger(__name__)


def make_celery(settings: Settings) -> Celery:
    """A Celery application on the configured broker; jobs carry ids only and leave no results."""
    celery = Celery("referral", broker=settings.broker_url or "memory://", set_as_current=False)
    celery.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=100,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # forever: meanwhile the worker sends by the clock
        broker_connection_timeout=2,
        broker_transport_options={
            # Longer than the longest job, or it would run twice; kombu looks for lost messages every second.
            "visibility_timeout": 120,
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "socket_timeout": 3,
            "socket_connect_timeout": 2,
        },
        worker_hijack_root_logger=False,
        timezone="UTC",
    )
    return celery


def enqueue(job: str, row_id: UUID) -> None:
    """Ask for a job on one row, after its transaction was committed. Without a broker the sweep finds the row."""
    _send(job, "the sweep", args=[str(row_id)], expires=BELL_SECONDS)


def rebuild_index() -> bool:
    """Ask a worker for a new match index; False where none can be asked: then the nightly build brings the change."""
    return _send(REBUILD_INDEX, "the nightly build")


def pulse() -> None:
    """Send a job that does nothing: whoever gets it shows that workers listen to the broker."""
    _send(PULSE, "the next pulse", expires=BELL_SECONDS)


def waiting() -> int:
    """How many jobs lie in the broker and no worker has taken yet; 0 where it cannot be asked."""
    celery: Celery | None = current_app.extensions["celery"]
    if celery is None or monotonic() < current_app.extensions.get(_ASK_AGAIN_AT, 0.0):
        return 0
    connection: Any = celery.connection_for_write()
    try:
        with connection, connection.channel() as channel:
            return int(channel.queue_declare(celery.conf.task_default_queue, passive=True).message_count)
    except connection.channel_errors:
        return 0  # nothing was ever sent
    except (OSError, *connection.connection_errors):
        current_app.extensions[_ASK_AGAIN_AT] = monotonic() + PAUSE_SECONDS
        return 0


def _send(job: str, otherwise: str, **options: Any) -> bool:  # noqa: ANN401  options of Celery
    """Hand a job to the broker; False where it did not take it, so that it waits for what comes `otherwise`.

    A broker that did not answer is not asked again for a few seconds: a page with several messages waits for it once.
    """
    celery: Celery | None = current_app.extensions["celery"]
    if celery is None or monotonic() < current_app.extensions.get(_ASK_AGAIN_AT, 0.0):
        logger.info("No broker; %s waits for %s", job, otherwise)
        return False
    try:
        headers = {CORRELATION: logs.correlation_id()}
        celery.send_task(job, retry=False, ignore_result=True, headers=headers, **options)
    except (OperationalError, OSError) as error:
        current_app.extensions[_ASK_AGAIN_AT] = monotonic() + PAUSE_SECONDS
        logger.warning("The broker did not take %s; %s will find it: %s", job, otherwise, type(error).__name__)
        return False
    return True
