"""Every setting of the service, read once from the environment into one frozen value.

Each variable, its default and its meaning stand in `.env.example`. An empty variable counts as not set. A bad
value raises `SettingsError`, whose one line names the variable and says what it should be; a value that may
hold a password or a key is never repeated in it.
"""

import base64
import binascii
import contextlib
import math
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, parse_qs, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}|\[[0-9A-Fa-f:.]{2,45}\]")
_HOST_AND_PORT = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")
_GEOCODER = re.compile(r"([a-z0-9_]+)(:https?://[^\s/]+)?")
_KEY_BYTES = 32
_SHORTEST_SECRET = 16


class SettingsError(Exception):
    """A variable holds something the service cannot use; the text is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Whatever may hold a password or key is left out of `repr`."""

    database_url: str = field(repr=False)  # SQLAlchemy URL, driver named
    redis_url: str | None = field(repr=False)  # None: no broker is known, the outbox waits
    data_dir: Path  # absolute
    secret_key: str = field(repr=False)
    field_keys: tuple[str, ...] = field(repr=False)  # newest first, url-safe base64 of 32 bytes each
    audit_key: str = field(repr=False)  # of the audit trail alone: it outlives the other keys
    audit_heads: Path  # the file that heads of the audit trail are written to
    smtp_url: str | None = field(repr=False)  # None: messages are written as files
    mail_from: str
    public_url: str  # scheme, host and port, without a slash at the end
    webhook_secret: str = field(repr=False)  # whsec_ and base64
    port: int
    host: str
    demo: bool
    outbound_allow: frozenset[str]  # "host:port", lower case
    auto_approve: bool
    reroute_veto_hours: float  # business hours
    metrics_token: str | None = field(repr=False)
    rate_limits: bool
    geocoder: str | None  # "name" or "name:https://host"
    log_format: str  # "json" or "text"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; keys that are not given are made once under DATA_DIR. Raise `SettingsError`."""
        data_dir = _data_dir(environ)
        port = _port(environ)
        return cls(
            database_url=_database_url(environ, data_dir),
            redis_url=_redis_url(environ, data_dir),
            data_dir=data_dir,
            secret_key=_secret(environ, data_dir, "SECRET_KEY", _new_secret_key, _long_enough("SECRET_KEY")),
            field_keys=_field_keys(environ, data_dir),
            audit_key=_secret(environ, data_dir, "AUDIT_KEY", _new_secret_key, _long_enough("AUDIT_KEY")),
            audit_heads=_file(environ, "AUDIT_HEADS", data_dir / "audit-heads"),
            smtp_url=_smtp_url(environ),
            mail_from=_mail_from(environ),
            public_url=_public_url(environ, port),
            webhook_secret=_secret(environ, data_dir, "WEBHOOK_SECRET", _new_webhook_secret, _checked_webhook_secret),
            port=port,
            host=_host(environ),
            demo=_flag(environ, "DEMO"),
            outbound_allow=_outbound_allow(environ),
            auto_approve=_flag(environ, "AUTO_APPROVE"),
            reroute_veto_hours=_hours(environ, "REROUTE_VETO_HOURS", 4.0),
            metrics_token=_metrics_token(environ),
            rate_limits=_choice(environ, "RATE_LIMITS", ("on", "off")) == "on",
            geocoder=_geocoder(environ),
            log_format=_choice(environ, "LOG_FORMAT", ("text", "json") if _flag(environ, "DEMO") else ("json", "text")),
        )

    @property
    def broker_url(self) -> str | None:
        """The Redis address as Celery spells it: a unix socket is `redis+socket://` there."""
        if self.redis_url is None or not self.redis_url.startswith("unix://"):
            return self.redis_url
        parts = urlsplit(self.redis_url)
        database = parse_qs(parts.query).get("db", ["0"])[0]
        return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"


def redis_address_file(data_dir: Path) -> Path:
    """Return the file in which the private Valkey's address stands while the service runs."""
    return data_dir / "run" / "redis.url"


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


def _given(environ: Mapping[str, str], name: str) -> str | None:
    return environ.get(name, "").strip() or None


def _bad(name: str, wanted: str, value: str) -> SettingsError:
    shown = value if len(value) <= 60 else value[:60] + "…"
    return SettingsError(f"{name} must be {wanted}, not {shown!r}")


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, str]) -> str:
    """Return the value, or the first choice when none is given."""
    value = _given(environ, name) or choices[0]
    if value not in choices:
        raise _bad(name, " or ".join(choices), value)
    return value


def _flag(environ: Mapping[str, str], name: str) -> bool:
    return _choice(environ, name, ("0", "1")) == "1"


def _port(environ: Mapping[str, str]) -> int:
    value = _given(environ, "PORT") or "5000"
    if not re.fullmatch("[0-9]{1,5}", value) or not 1 <= int(value) <= 65535:
        raise _bad("PORT", "a whole number from 1 to 65535", value)
    return int(value)


def _hours(environ: Mapping[str, str], name: str, default: float) -> float:
    value = _given(environ, name)
    if value is None:
        return default
    try:
        hours = float(value)
    except ValueError:
        hours = math.nan
    if not 0 <= hours < math.inf:
        raise _bad(name, "a number of hours, 0 or more", value)
    return hours


def _host(environ: Mapping[str, str]) -> str:
    value = _given(environ, "HOST") or "127.0.0.1"
    if not _HOST.fullmatch(value):
        raise _bad("HOST", "a host name or an IP address to listen on", value)
    return value.strip("[]")


def _data_dir(environ: Mapping[str, str]) -> Path:
    value = _given(environ, "DATA_DIR") or "./var"
    if "\0" in value:
        raise _bad("DATA_DIR", "a folder's path", value)
    path = Path(value).expanduser().absolute()
    if os.path.exists(path) and not os.path.isdir(path):
        raise _bad("DATA_DIR", "a folder", value)
    return path


def _file(environ: Mapping[str, str], name: str, default: Path) -> Path:
    value = _given(environ, name)
    if value is not None and ("\0" in value or os.path.isdir(value)):
        raise _bad(name, "a file's path", value)
    return Path(value).expanduser().absolute() if value else default


def _database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    value = _given(environ, "DATABASE_URL")
    if value is None:
        return URL.create("sqlite", database=str(data_dir / "referral.sqlite3")).render_as_string()
    wanted = SettingsError("DATABASE_URL must be a SQLAlchemy URL of SQLite or PostgreSQL (driver psycopg 3)")
    try:
        url = make_url(re.sub("^postgres://", "postgresql://", value))
    except (ArgumentError, ValueError):
        raise wanted from None
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        return _absolute_sqlite(url)
    if url.drivername not in ("postgresql", "postgresql+psycopg") or not url.database:
        raise wanted
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _absolute_sqlite(url: URL) -> str:
    """Return the URL with the file's full path: each process may be started in a folder of its own."""
    if url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        url = url.set(database=str(Path(url.database).absolute()))
    return url.render_as_string(hide_password=False)


def _redis_url(environ: Mapping[str, str], data_dir: Path) -> str | None:
    value = _given(environ, "REDIS_URL")
    if value is None:
        with contextlib.suppress(OSError):
            value = redis_address_file(data_dir).read_text(encoding="utf-8").strip() or None
    if value is None:
        return None
    parts = _split(value)
    if parts is None or not _is_redis(parts):
        raise SettingsError("REDIS_URL must be redis://host:port, rediss://host:port or unix:///path")
    return value


def _is_redis(parts: SplitResult) -> bool:
    return bool(parts.path if parts.scheme == "unix" else parts.scheme in ("redis", "rediss") and parts.hostname)


def _smtp_url(environ: Mapping[str, str]) -> str | None:
    value = _given(environ, "SMTP_URL")
    if value is None:
        return None
    parts = _split(value)
    if parts is None or parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise SettingsError("SMTP_URL must be smtp://user:password@host:port or smtps://user:password@host:port")
    return value


def _mail_from(environ: Mapping[str, str]) -> str:
    value = _given(environ, "MAIL_FROM") or "referrals@localhost"
    _, address = parseaddr(value)
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", address) or not value.isprintable():
        raise _bad("MAIL_FROM", "an email address", value)
    return value


def _public_url(environ: Mapping[str, str], port: int) -> str:
    value = _given(environ, "PUBLIC_URL") or f"http://localhost:{port}"
    parts = _split(value)
    if parts is None or not _is_origin(parts):
        raise _bad("PUBLIC_URL", "http://host or https://host, with a port where needed and without a path", value)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _is_origin(parts: SplitResult) -> bool:
    if parts.scheme not in ("http", "https") or not parts.hostname or not _HOST.fullmatch(parts.hostname):
        return False
    return parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)


def _split(url: str) -> SplitResult | None:
    """Split a URL; None when it is not one, a bad port included."""
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _outbound_allow(environ: Mapping[str, str]) -> frozenset[str]:
    value = _given(environ, "OUTBOUND_ALLOW") or ""
    places = [place.strip().lower() for place in value.split(",") if place.strip()]
    for place in places:
        matched = _HOST_AND_PORT.fullmatch(place)
        if not matched or not 1 <= int(matched.group(2)) <= 65535:
            raise _bad("OUTBOUND_ALLOW", "a comma-separated list of host:port", place)
    return frozenset(places)


def _metrics_token(environ: Mapping[str, str]) -> str | None:
    value = _given(environ, "METRICS_TOKEN")
    if value is not None and not re.fullmatch("[!-~]+", value):
        raise SettingsError("METRICS_TOKEN must be printable ASCII characters without spaces")
    return value


def _geocoder(environ: Mapping[str, str]) -> str | None:
    value = _given(environ, "GEOCODER")
    if value is None:
        return None
    matched = _GEOCODER.fullmatch(value)
    if not matched or not _geopy_knows(matched.group(1)):
        raise _bad("GEOCODER", "the name of a geopy geocoder, such as nominatim:https://host", value)
    return value


def _geopy_knows(name: str) -> bool:
    # Imported here since most installations set no geocoder, and every process pays for what is imported.
    from geopy.geocoders import SERVICE_TO_GEOCODER

    return name in SERVICE_TO_GEOCODER


def _decoded(text: str, altchars: bytes = b"+/") -> int | None:
    """Return how many bytes a base64 text holds, None when it is not one."""
    try:
        return len(base64.b64decode(text.encode("ascii"), altchars=altchars, validate=True))
    except (binascii.Error, ValueError):
        return None


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def _new_secret_key() -> str:
    return secrets.token_urlsafe(_KEY_BYTES)


def _long_enough(name: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if len(value) < _SHORTEST_SECRET:
            raise SettingsError(f"{name} must have at least {_SHORTEST_SECRET} characters, chosen by chance")
        return value

    return check


def _new_webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def _checked_webhook_secret(value: str) -> str:
    """Return the secret if the Standard Webhooks scheme allows it: `whsec_`, 24 to 64 bytes in base64."""
    size = _decoded(value.removeprefix("whsec_")) if value.startswith("whsec_") else None
    if size is None or not 24 <= size <= 64:
        raise SettingsError("WEBHOOK_SECRET must be whsec_ followed by the base64 of 24 to 64 bytes")
    return value


def _field_keys(environ: Mapping[str, str], data_dir: Path) -> tuple[str, ...]:
    given = _given(environ, "FIELD_KEYS")
    return parsed_field_keys(given or _kept_secret(data_dir, "FIELD_KEYS", _new_key))


def _secret(
    environ: Mapping[str, str],
    data_dir: Path,
    name: str,
    make: Callable[[], str],
    check: Callable[[str], str],
) -> str:
    return check(_given(environ, name) or _kept_secret(data_dir, name, make))


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
