"""The jobs. Each takes one id or nothing, and hands over to a service."""

from uuid import UUID

from celery import shared_task
from flask import current_app

from referral import queue
from referral.domain.retention import periods
from referral.services.audit_log import write_head
from referral.services.bulk_run import run_for_a_while
from referral.services.check_files import check_waiting
from referral.services.deliver_together import deliver_with_others
from referral.services.directory_checks import open_checks_of_age
from referral.services.forget import forget
from referral.services.rebuild_index import rebuild_index
from referral.services.refine_places import refine_for_a_minute
from referral.services.retention import run as run_retention
from referral.services.sweep import sweep_in_turn
from referral.store import clock


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


@shared_task(name=queue.CHECK_FILES)
def check_files_job() -> None:
    """Ask the virus scanner about the files in quarantine."""
    check_waiting(clock.now())


@shared_task(name=queue.PULSE)
def pulse_job() -> None:
    """Nothing to do: that the job came in is what counts."""


@shared_task(name=queue.REBUILD_INDEX)
def rebuild_index_job() -> None:
    """Compile the match index for the new day."""
    rebuild_index(current_app.extensions["index"], clock.now())


@shared_task(name=queue.FORGET)
def forget_job() -> None:
    """Drop search records and unfinished requests whose time is over."""
    forget(clock.now())


@shared_task(name=queue.RETENTION)
def retention_job() -> None:
    """Erase and delete what has had its time."""
    settings = current_app.extensions["settings"]
    run_retention(periods(settings.retention_days), clock.now(), dry=False)


@shared_task(name=queue.WRITE_AUDIT_HEAD)
def write_audit_head_job() -> None:
    """Write the head of the audit trail where its database is not."""
    write_head(clock.now())


@shared_task(name=queue.CHECK_DIRECTORY)
def check_directory_job() -> None:
    """Find the places of work that nobody has confirmed for long."""
    open_checks_of_age(clock.now())


@shared_task(name=queue.REFINE_PLACES)
def refine_places_job() -> None:
    """Ask the geocoder, where one is set, for a minute; the next hour goes on. The nightly build shows the change."""
    refine_for_a_minute(current_app.extensions["settings"], clock.now())
