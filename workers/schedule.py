"""What happens by the clock, in UTC."""

from celery.schedules import crontab

from referral.queue import (
    CHECK_DIRECTORY,
    CHECK_FILES,
    FORGET,
    REBUILD_INDEX,
    REFINE_PLACES,
    RETENTION,
    SWEEP,
    WRITE_AUDIT_HEAD,
)

SCHEDULE = {
    "sweep": {"task": SWEEP, "schedule": 10.0, "options": {"expires": 30}},
    "check-files": {"task": CHECK_FILES, "schedule": 60.0, "options": {"expires": 50}},
    "rebuild-index": {"task": REBUILD_INDEX, "schedule": crontab(hour="0", minute="5")},
    "check-directory": {"task": CHECK_DIRECTORY, "schedule": crontab(hour="0", minute="20")},
    "retention": {"task": RETENTION, "schedule": crontab(hour="1", minute="15")},
    "refine-places": {"task": REFINE_PLACES, "schedule": crontab(minute="40"), "options": {"expires": 600}},
    "write-audit-head": {"task": WRITE_AUDIT_HEAD, "schedule": crontab(hour="0", minute="15")},
    "forget": {"task": FORGET, "schedule": crontab(minute="30")},
}
