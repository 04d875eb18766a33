"""Rings the bell: tells a worker, by name, that a row of the database is due. The bell may be lost, the row is not."""

import logging
from uuid import UUID

from celery import Celery
from flask import current_app
from kombu.exceptions import OperationalError

from referral.settings import Settings

DELIVER = "referral.deliver"
SWEEP = "referral.sweep"
REBUILD_INDEX = "referral.rebuild_index"
FORGET_SEARCHES = "referral.forget_searches"

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
        broker_connection_timeout=2,
        broker_transport_options={
            # Longer than the longest job, or it would run twice; kombu looks for lost messages every second.
            "visibility_timeout": 120,
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
        },
        worker_hijack_root_logger=False,
        timezone="UTC",
    )
    return celery


def enqueue(job: str, row_id: UUID) -> None:
    """Ask for a job on one row, after its transaction was committed. Without a broker the sweep finds the row."""
    celery: Celery | None = current_app.extensions["celery"]
    if celery is None:
        logger.info("No broker is configured; %s waits for the sweep", job)
        return
    try:
        celery.send_task(job, args=[str(row_id)], retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning("The broker did not take %s; the sweep will find it: %s", job, type(error).__name__)
