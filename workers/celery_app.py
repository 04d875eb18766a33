"""The Celery application: `celery -A workers.celery_app worker` and `… beat`."""

from celery import Celery, Task
from flask import Flask

from app import create_app
from referral.queue import make_celery
from workers import timer
from workers.schedule import SCHEDULE


def _make(flask_app: Flask) -> Celery:
    """Bind jobs to the application: each runs inside its own application context."""

    class ContextTask(Task):  # type: ignore[type-arg]  # celery's Task is generic only in its stubs
        """A job with the application around it."""

        def __call__(self, *args: str, **kwargs: str) -> object:
            with flask_app.app_context():
                flask_app.extensions["vocabulary"].look()
                return self.run(*args, **kwargs)

    celery = make_celery(flask_app.extensions["settings"])
    celery.Task = ContextTask  # type: ignore[misc]  # the documented way to give every job a base; the stub says read-only
    celery.conf.beat_schedule = SCHEDULE
    celery.set_default()
    timer.attach(flask_app)
    return celery


flask_app = create_app()
celery_app = _make(flask_app)

from workers import jobs  # noqa: E402, F401  # the jobs register themselves on the application made above
