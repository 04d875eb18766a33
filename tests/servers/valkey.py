"""A real Valkey server on a unix socket."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from referral.supervisor.errors import ServiceError
from referral.supervisor.valkey import PrivateValkey
from tests.servers import absent, server_process, wait_until


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """The address, as REDIS_URL spells it, of an empty server that lives for the session."""
    folder = Path(tempfile.mkdtemp(prefix="valkey-"))
    (folder / "valkey").mkdir()
    server = PrivateValkey(folder / "s", folder, None)
    try:
        command = server.command()
    except ServiceError as error:
        absent("Redis", str(error))
    with server_process(command, folder):
        wait_until(server.answers, 10, "the Valkey server did not start")
        yield server.url
