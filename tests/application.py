"""The application and its clients. Every test has an application of its own; what making one compiles is kept."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine, event
from werkzeug.routing import Rule

from app import create_app
from referral.extensions import db
from tests.servers.databases import DatabaseMaker


class RuleCompiledOnce(Rule):
    """A rule of addresses whose parts and writers are kept: compiling all takes most of the time of `create_app`."""

    _kept: ClassVar[dict[tuple[object, ...], dict[str, Any]]] = {}
    _writers: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def compile(self) -> None:
        """Take what an equal rule was compiled to, where there was one."""
        key = (self.rule, self.subdomain, self.host, self.merge_slashes, repr(self.defaults))
        if key not in self._kept:
            super().compile()
            self._kept[key] = {name: getattr(self, name) for name in ("_parts", "_trace", "_converters", "arguments")}
            return
        vars(self).update(self._kept[key])
        self._build = self._compile_builder(False).__get__(self, None)
        self._build_unknown = self._compile_builder(True).__get__(self, None)

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (self.rule, self.subdomain, repr(self.defaults), append_unknown)
        if key not in self._writers:
            self._writers[key] = super()._compile_builder(append_unknown)
        return self._writers[key]


class TemplatesCompiledOnce(FileSystemBytecodeCache):
    """What templates were compiled to, kept for the applications of later tests; a file has it for later processes."""

    _kept: ClassVar[dict[tuple[str, str], CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what a template with the same text was compiled to, where there was one."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))
        if bucket.code is None:
            super().load_bytecode(bucket)
            self._keep(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template was compiled to."""
        super().dump_bytecode(bucket)
        self._keep(bucket)

    def _keep(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


CHEAP_PASSWORDS = {"argon2__memory_cost": 8, "argon2__rounds": 1}
"""Argon2 as cheap as it gets: what a hash costs is not what most tests are about."""

Flask.url_rule_class = RuleCompiledOnce

_dialects: dict[str, Dialect] = {}
_statements: dict[Any, Any] = {}


def keep_statements(engine: Engine) -> None:
    """Let an engine know the statements that those before it have compiled, as one engine does while a service runs.

    Compiling them anew for each test took a third of the time of those that use a database. What is compiled belongs
    to a dialect, so that all engines of a kind get that of the first.
    """
    if engine.dialect.name not in _dialects:
        engine.connect().close()  # the first connection tells the dialect what the server can do
        _dialects[engine.dialect.name] = engine.dialect
    engine.dialect = _dialects[engine.dialect.name]
    engine.update_execution_options(compiled_cache=_statements)


@event.listens_for(Engine, "connect")
def wait_for_no_disk(connection: object, _record: object) -> None:
    """No test outlives a power cut: a SQLite database would else wait for the disk at each end of its connections."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


def application_made(database_url: str, folder: Path, **more: str) -> Flask:
    """The application on one database, with demo mode and, unless `more` says so, without broker."""
    settings = {"DATABASE_URL": database_url, "DATA_DIR": str(folder), "DEMO": "1", "REDIS_URL": "", **more}
    made = create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    made.extensions["security"].pwd_context.update(**CHEAP_PASSWORDS)
    made.jinja_env.bytecode_cache = TemplatesCompiledOnce()
    with made.app_context():
        keep_statements(db.engine)
    return made


def application_on(database_url: str, folder: Path, **more: str) -> Iterator[Flask]:
    """The same application within its context, and left in order."""
    made = application_made(database_url, folder, **more)
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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.chaos)])
def app_on_either(request: pytest.FixtureRequest, make_database: DatabaseMaker, tmp_path: Path) -> Iterator[Flask]:
    """The application on SQLite, and on PostgreSQL in `make chaos`: for rules that send no statement of their own."""
    yield from application_on(make_database(str(request.param)), tmp_path / "data")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()
