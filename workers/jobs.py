"""The jobs. Each takes one id or name, or nothing, and hands over to a service."""

from uuid import UUID

from celery import shared_task
from flask import current_app

from referral import queue
from referral.services.bulk_run import run_for_a_while
from referral.services.deliver_together import deliver_with_others
from referral.services.planned import run_once
from referral.services.rebuild_index import rebuild_index
from referral.services.sweep import sweep_in_turn
from referral.store import clock
from workers.planned import PLANNED


@shared_task(name=queue.DELIVER)
def deliver_job(delivery_id: str) -> None:
    """Send one message of the outbox, and with it the plain mails that wait besides."""
    extensions = current_app.extensions
    deliver_with_others(UUID(delivery_id), extensions["channels"], extensions["settings"], clock.running())


@shared_task(name=queue.BULK)
def bulk_job(job_id: str) -> None:
    """Go on with one action on many requests for a while."""
    run_for_a_while(UUID(job_id), clock.running())


@shared_task(name=queue.SWEEP)
def sweep_job() -> None:
    """Find what is due, lost or overdue, unless a worker's timer just has."""
    sweep_in_turn("schedule", clock.now(), current_app.extensions["channels"])


@shared_task(name=queue.PLANNED)
def planned_job(name: str) -> None:
    """Do what is due by the clock, unless a worker's timer has."""
    run_once(PLANNED[name], "schedule", clock.running())


@shared_task(name=queue.PULSE)
def pulse_job() -> None:
    """Nothing to do: that the job came in is what counts."""


@shared_task(name=queue.REBUILD_INDEX)
def rebuild_index_job() -> None:
    """Compile the match index after an import."""
    rebuild_index(current_app.extensions["index"], clock.now())
