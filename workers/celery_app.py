"""The Celery application: `celery -A workers.celery_app worker` and `… beat`."""

from celery import Celery, Task
from celery.signals import setup_logging
from flask import Flask

from app import create_app
from referral import logs
from referral.queue import CORRELATION, make_celery
from workers import timer
from workers.schedule import SCHEDULE


def _make(flask_app: Flask) -> Celery:
    """Bind jobs to the application: each runs inside its own application context."""

    class ContextTask(Task):  # type: ignore[type-arg]  # celery's Task is generic only in its stubs
        """A job with the application around it."""

        def __call__(self, *args: str, **kwargs: str) -> object:
            given = str((self.request.headers or {}).get(CORRELATION, ""))
            with logs.correlated(given), flask_app.app_context():
                flask_app.extensions["vocabulary"].look()
                return self.run(*args, **kwargs)

    celery = make_celery(flask_app.extensions["settings"])
    celery.Task = ContextTask  # type: ignore[misc]  # the documented way to give every job a base; the stub says read-only
    celery.conf.beat_schedule = SCHEDULE
    setup_logging.connect(_open_the_log, weak=False)
    celery.set_default()
    timer.attach(flask_app)
    return celery


def _open_the_log(**_: object) -> None:
    """The application has opened our log; Celery, which would open its own where nobody answers, writes into it."""
    logs.tell_everything()


flask_app = create_app()
celery_app = _make(flask_app)

from workers import jobs  # noqa: E402, F401  # the jobs register themselves on the application made above
