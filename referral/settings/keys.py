"""The keys of this installation: given by the environment, or made once under DATA_DIR with mode 0600."""

import base64
import binascii
import contextlib
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from referral.settings.errors import SettingsError
from referral.settings.variables import given

_KEY_BYTES = 32
_SHORTEST_SECRET = 16


def key_file(data_dir: Path, variable: str) -> Path:
    """Return the file that holds SECRET_KEY, FIELD_KEYS, AUDIT_KEY or WEBHOOK_SECRET when the variable is not set."""
    return data_dir / "keys" / variable.lower()


def parsed_field_keys(text: str) -> tuple[str, ...]:
    """Split FIELD_KEYS, or the content of its file, into keys, newest first. Raise `SettingsError`."""
    keys = tuple(key for key in re.split(r"[,\s]+", text) if key)
    if not keys or any(_decoded(key, altchars=b"-_") != _KEY_BYTES for key in keys):
        raise SettingsError(
            "FIELD_KEYS must be comma-separated keys, each the url-safe base64 of 32 bytes (44 characters)"
        )
    return keys


def _decoded(text: str, altchars: bytes = b"+/") -> int | None:
    """Return how many bytes a base64 text holds, None when it is not one."""
    try:
        return len(base64.b64decode(text.encode("ascii"), altchars=altchars, validate=True))
    except (binascii.Error, ValueError):
        return None


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def new_secret_key() -> str:
    """A new SECRET_KEY."""
    return secrets.token_urlsafe(_KEY_BYTES)


def long_enough(name: str) -> Callable[[str], str]:
    """The check that a key of this name is long enough; it gives the key."""

    def check(value: str) -> str:
        if len(value) < _SHORTEST_SECRET:
            raise SettingsError(f"{name} must have at least {_SHORTEST_SECRET} characters, chosen by chance")
        return value

    return check


def new_webhook_secret() -> str:
    """A new WEBHOOK_SECRET."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def checked_webhook_secret(value: str) -> str:
    """Return the secret if the Standard Webhooks scheme allows it: `whsec_`, 24 to 64 bytes in base64."""
    size = _decoded(value.removeprefix("whsec_")) if value.startswith("whsec_") else None
    if size is None or not 24 <= size <= 64:
        raise SettingsError("WEBHOOK_SECRET must be whsec_ followed by the base64 of 24 to 64 bytes")
    return value


def field_keys(environ: Mapping[str, str], data_dir: Path) -> tuple[str, ...]:
    """FIELD_KEYS, newest first."""
    return parsed_field_keys(given(environ, "FIELD_KEYS") or _kept_secret(data_dir, "FIELD_KEYS", _new_key))


def secret(
    environ: Mapping[str, str],
    data_dir: Path,
    name: str,
    make: Callable[[], str],
    check: Callable[[str], str],
) -> str:
    """A key of the environment, or the one that is kept under DATA_DIR, after its check."""
    return check(given(environ, name) or _kept_secret(data_dir, name, make))


def _kept_secret(data_dir: Path, name: str, make: Callable[[], str]) -> str:
    """Return the secret kept under DATA_DIR; the first process to ask makes it."""
    path = key_file(data_dir, name)
    try:
        if not path.exists():
            _write_once(path, make())
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        reason = (error.strerror or "input/output error").lower()
        raise SettingsError(f"DATA_DIR must be a folder this user can write to: {path}: {reason}") from None
    if not value:
        raise SettingsError(f"{name} must be set, since its file {path} is empty")
    return value


def _write_once(path: Path, text: str) -> None:
    """Write a file of mode 0600 that appears with its whole content, or not at all if another was faster.

    A hard link to a finished file either succeeds or finds the name taken, so several processes that start at
    once all read the same key and none reads half of one.
    """
    # One by one, since `parents=True` would give DATA_DIR itself the default mode.
    path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
