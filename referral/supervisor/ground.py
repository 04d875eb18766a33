"""What the service needs to stand on: a folder it may write to, alone, and a free port."""

import contextlib
import errno
import fcntl
import os
import socket
from pathlib import Path

from referral.supervisor.errors import ServiceError

LOGS = ("prepare", "valkey", "worker", "schedule", "web")


def lay_folders(data_dir: Path) -> None:
    """Make DATA_DIR and the folders in it that the service needs, open to this user only."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("run", "log", "valkey"):
            folder = data_dir / name
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
    except OSError as error:
        raise _not_writable(data_dir, error) from None


def put_logs_aside(data_dir: Path) -> None:
    """Rename the logs of the last run, so that each file begins with this one."""
    for name in LOGS:
        with contextlib.suppress(FileNotFoundError):
            os.replace(data_dir / "log" / f"{name}.log", data_dir / "log" / f"{name}.log.1")


def lock(data_dir: Path) -> int:
    """Return the descriptor that holds DATA_DIR for this service until it is closed. Raise `ServiceError`."""
    try:
        descriptor = os.open(data_dir / "run" / "service.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _not_writable(data_dir, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise ServiceError(
            f"The service already runs on DATA_DIR {data_dir} (process {holder}). "
            "Stop it first, or set DATA_DIR to another folder."
        ) from None
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
    return descriptor


def check_database(url: str) -> None:
    """Raise `ServiceError` for a database that each process would have for itself."""
    if url.startswith("sqlite") and url.rstrip("/").endswith((":", ":memory:")):
        raise ServiceError("DATABASE_URL must name a file, since several processes share the database.")


def check_port(host: str, port: int) -> None:
    """Raise `ServiceError` unless the web part will be able to listen there."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        raise ServiceError(f"HOST {host} is not an address of this machine.") from None
    except OSError as error:
        raise ServiceError(_port_trouble(host, port, error)) from None


def _port_trouble(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"PORT {port} on {host} is already in use. Stop the other program, or set PORT to a free one."
    if error.errno == errno.EACCES:
        return f"PORT {port} needs rights this user does not have. Set PORT to a number above 1023."
    return f"HOST {host} is not an address of this machine."


def _not_writable(data_dir: Path, error: OSError) -> ServiceError:
    reason = (error.strerror or "input/output error").lower()
    return ServiceError(f"DATA_DIR must be a folder this user can write to: {error.filename or data_dir}: {reason}.")
