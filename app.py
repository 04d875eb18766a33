"""The composition root: `create_app()` builds the web application, `python app.py` runs the whole service here."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from flask import Flask, request

from referral import api, cli, web
from referral.channels import make_channels
from referral.extensions import csrf, db, migrate
from referral.index import accelerated
from referral.index.disk import SnapshotStore
from referral.queue import make_celery
from referral.services.search_log import SearchLog
from referral.services.take_up_vocabulary import VocabularyWatch
from referral.settings import Settings
from referral.supervisor import main

ExcInfo = tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]
ROOT = Path(__file__).resolve().parent
MOST_BYTES = 2 * 1024 * 1024


class Service(Flask):
    """The application; a failure is logged by its view's name, since an address may hold the secret of a link."""

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Log what failed and where, without the address."""
        self.logger.error("Unforeseen failure in %s", request.endpoint, exc_info=exc_info)


def create_app(overrides: Mapping[str, str] | None = None) -> Flask:
    """The service as a WSGI application; `overrides` replace variables of the environment."""
    settings = Settings.from_env({**os.environ, **(overrides or {})})
    app = Service("referral", root_path=str(ROOT / "referral" / "web"), template_folder=str(ROOT / "templates"))
    _configure_settings(app, settings)
    _configure_extensions(app, settings)
    web.register(app)
    api.register(app)
    cli.register(app)
    return app


def _configure_settings(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "hide_parameters": True,  # an error must not print a person into the log
            "pool_pre_ping": True,  # a database that was restarted is not the next visitor's problem
        },
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https"),
        SESSION_COOKIE_NAME="__Host-session" if settings.public_url.startswith("https") else "session",
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["settings"] = settings


def _configure_extensions(app: Flask, settings: Settings) -> None:
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "referral" / "migrations"))
    csrf.init_app(app)
    app.extensions["celery"] = make_celery(settings) if settings.redis_url else None
    app.extensions["channels"] = make_channels(settings)
    app.extensions["index"] = SnapshotStore(settings.data_dir)
    accelerated.keep_compiled_in(settings.data_dir / "compiled")
    app.extensions["search_log"] = SearchLog(app)
    app.extensions["vocabulary"] = VocabularyWatch(app)


if __name__ == "__main__":
    sys.exit(main())
