"""What is done by the clock, in UTC, besides the sweep: brought by the schedule, or taken up by a worker's timer."""

from datetime import datetime, timedelta

from flask import current_app

from referral.domain import retention
from referral.domain.rhythm import DAY, HOUR, Rhythm
from referral.services.audit_log import write_head
from referral.services.check_files import check_waiting
from referral.services.directory_checks import open_checks_of_age
from referral.services.forget import forget
from referral.services.planned import Planned
from referral.services.rebuild_index import rebuild_index
from referral.services.refine_places import refine_for_a_minute
from referral.services.report_facts import catch_up
from referral.services.retention import run as run_retention


def _build(now: datetime) -> None:
    """Compile the match index for the new day."""
    rebuild_index(current_app.extensions["index"], now)


def _let_go(now: datetime) -> None:
    """Erase and delete what has had its time."""
    run_retention(retention.periods(current_app.extensions["settings"].retention_days), now, dry=False)


def _refine(now: datetime) -> None:
    """Ask the geocoder, where one is set, for a minute; the next hour goes on. The nightly build shows the change."""
    refine_for_a_minute(current_app.extensions["settings"], now)


def _nightly(hour: int, minute: int) -> Rhythm:
    return Rhythm(DAY, timedelta(hours=hour, minutes=minute))


def _hourly(minute: int) -> Rhythm:
    return Rhythm(HOUR, timedelta(minutes=minute))


PLANNED = {
    planned.name: planned
    for planned in (
        Planned("check-files", Rhythm(timedelta(minutes=1)), check_waiting, patience=timedelta(minutes=5)),
        Planned("rebuild-index", _nightly(0, 5), _build),
        Planned("write-audit-head", _nightly(0, 15), write_head),
        Planned("check-directory", _nightly(0, 20), open_checks_of_age),
        Planned("retention", _nightly(1, 15), _let_go),
        Planned("forget", _hourly(30), forget),
        Planned("count-for-reports", Rhythm(timedelta(minutes=5)), catch_up),
        Planned("refine-places", _hourly(40), _refine),
    )
}
