"""The application and its clients. Every test has an application of its own; what making one compiles is kept."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from app import create_app
from referral.extensions import db
from tests.servers.databases import DatabaseMaker


class RuleCompiledOnce(Rule):
    """A rule of addresses whose compiled writer is kept: compiling all takes most of the time of `create_app`."""

    _writers: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (self.rule, self.subdomain, repr(self.defaults), append_unknown)
        if key not in self._writers:
            self._writers[key] = super()._compile_builder(append_unknown)
        return self._writers[key]


Flask.url_rule_class = RuleCompiledOnce


def application_on(database_url: str, folder: Path, **more: str) -> Iterator[Flask]:
    """The application on one database, in its context, with demo mode and, unless `more` says so, without broker."""
    settings = {"DATABASE_URL": database_url, "DATA_DIR": str(folder), "DEMO": "1", "REDIS_URL": "", **more}
    made = create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    made.jinja_env.bytecode_cache = FileSystemBytecodeCache()
    with made.app_context():
        try:
            yield made
        finally:
            db.session.remove()  # a test may have read last, and SQLite's lock would keep the records out
            made.extensions["search_log"].flush()
            db.engine.dispose()


@pytest.fixture
def app(make_database: DatabaseMaker, tmp_path: Path) -> Iterator[Flask]:
    """The application on SQLite: for what does not depend on the database."""
    yield from application_on(make_database("sqlite"), tmp_path / "data")


@pytest.fixture
def app_on_both(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on SQLite and on PostgreSQL: a test that asks for it runs twice."""
    yield from application_on(database_url, tmp_path / "data")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()
