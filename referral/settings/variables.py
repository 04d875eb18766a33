"""How each variable is read: its default, and what it may hold."""

import contextlib
import math
import os
import re
from collections.abc import Mapping
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from referral.domain.retention import periods
from referral.settings.errors import SettingsError

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}|\[[0-9A-Fa-f:.]{2,45}\]")
_HOST_AND_PORT = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")
_GEOCODER = re.compile(r"([a-z0-9_]+)(:https?://[^\s/]+)?")


def redis_address_file(data_dir: Path) -> Path:
    """Return the file in which the private Valkey's address stands while the service runs."""
    return data_dir / "run" / "redis.url"


def given(environ: Mapping[str, str], name: str) -> str | None:
    """The value of a variable; None where it is not set or empty."""
    return environ.get(name, "").strip() or None


def bad(name: str, wanted: str, value: str) -> SettingsError:
    """The error for a value that may be shown."""
    shown = value if len(value) <= 60 else value[:60] + "…"
    return SettingsError(f"{name} must be {wanted}, not {shown!r}")


def choice(environ: Mapping[str, str], name: str, choices: tuple[str, str]) -> str:
    """Return the value, or the first choice when none is given."""
    value = given(environ, name) or choices[0]
    if value not in choices:
        raise bad(name, " or ".join(choices), value)
    return value


def flag(environ: Mapping[str, str], name: str) -> bool:
    """Whether a variable is 1."""
    return choice(environ, name, ("0", "1")) == "1"


def port(environ: Mapping[str, str]) -> int:
    """PORT."""
    value = given(environ, "PORT") or "5000"
    if not re.fullmatch("[0-9]{1,5}", value) or not 1 <= int(value) <= 65535:
        raise bad("PORT", "a whole number from 1 to 65535", value)
    return int(value)


def hours(environ: Mapping[str, str], name: str, default: float) -> float:
    """A number of hours, 0 or more."""
    value = given(environ, name)
    if value is None:
        return default
    try:
        hours = float(value)
    except ValueError:
        hours = math.nan
    if not 0 <= hours < math.inf:
        raise bad(name, "a number of hours, 0 or more", value)
    return hours


def host(environ: Mapping[str, str]) -> str:
    """HOST."""
    value = given(environ, "HOST") or "127.0.0.1"
    if not _HOST.fullmatch(value):
        raise bad("HOST", "a host name or an IP address to listen on", value)
    return value.strip("[]")


def desk_streams(environ: Mapping[str, str]) -> int:
    """DESK_STREAMS."""
    value = given(environ, "DESK_STREAMS") or "24"
    if not re.fullmatch("[0-9]{1,3}", value):
        raise bad("DESK_STREAMS", "a whole number from 0 to 999", value)
    return int(value)


def data_dir(environ: Mapping[str, str]) -> Path:
    """DATA_DIR, as an absolute path."""
    value = given(environ, "DATA_DIR") or "./var"
    if "\0" in value:
        raise bad("DATA_DIR", "a folder's path", value)
    path = Path(value).expanduser().absolute()
    if os.path.exists(path) and not os.path.isdir(path):
        raise bad("DATA_DIR", "a folder", value)
    return path


def file(environ: Mapping[str, str], name: str, default: Path) -> Path:
    """A file's path, absolute."""
    value = given(environ, name)
    if value is not None and ("\0" in value or os.path.isdir(value)):
        raise bad(name, "a file's path", value)
    return Path(value).expanduser().absolute() if value else default


def database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    """DATABASE_URL, with its driver named; without one a SQLite file under DATA_DIR."""
    value = given(environ, "DATABASE_URL")
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


def redis_url(environ: Mapping[str, str], data_dir: Path) -> str | None:
    """REDIS_URL, or the private server's address where one runs; None where there is none."""
    value = given(environ, "REDIS_URL")
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


def smtp_url(environ: Mapping[str, str]) -> str | None:
    """SMTP_URL; None where mail is written as files."""
    value = given(environ, "SMTP_URL")
    if value is None:
        return None
    parts = _split(value)
    if parts is None or parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise SettingsError("SMTP_URL must be smtp://user:password@host:port or smtps://user:password@host:port")
    return value


def mail_from(environ: Mapping[str, str]) -> str:
    """MAIL_FROM."""
    value = given(environ, "MAIL_FROM") or "referrals@localhost"
    _, address = parseaddr(value)
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", address) or not value.isprintable():
        raise bad("MAIL_FROM", "an email address", value)
    return value


def public_url(environ: Mapping[str, str], port: int) -> str:
    """PUBLIC_URL, without a slash at its end."""
    value = given(environ, "PUBLIC_URL") or f"http://localhost:{port}"
    parts = _split(value)
    if parts is None or not _is_origin(parts):
        raise bad("PUBLIC_URL", "http://host or https://host, with a port where needed and without a path", value)
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


def outbound_allow(environ: Mapping[str, str]) -> frozenset[str]:
    """OUTBOUND_ALLOW, as "host:port" in lower case."""
    value = given(environ, "OUTBOUND_ALLOW") or ""
    places = [place.strip().lower() for place in value.split(",") if place.strip()]
    for place in places:
        matched = _HOST_AND_PORT.fullmatch(place)
        if not matched or not 1 <= int(matched.group(2)) <= 65535:
            raise bad("OUTBOUND_ALLOW", "a comma-separated list of host:port", place)
    return frozenset(places)


def metrics_token(environ: Mapping[str, str]) -> str | None:
    """METRICS_TOKEN."""
    value = given(environ, "METRICS_TOKEN")
    if value is not None and not re.fullmatch("[!-~]+", value):
        raise SettingsError("METRICS_TOKEN must be printable ASCII characters without spaces")
    return value


def geocoder(environ: Mapping[str, str]) -> str | None:
    """GEOCODER."""
    value = given(environ, "GEOCODER")
    if value is None:
        return None
    matched = _GEOCODER.fullmatch(value)
    if not matched or not _geopy_knows(matched.group(1)):
        raise bad("GEOCODER", "the name of a geopy geocoder, such as nominatim:https://host", value)
    return value


def retention_days(environ: Mapping[str, str]) -> Mapping[str, int]:
    """Read `name=days,…`; which names there are is the business of the table of periods."""
    value = given(environ, "RETENTION_DAYS") or ""
    pairs = [part.strip() for part in value.split(",") if part.strip()]
    if not all(re.fullmatch("[a-z]+=[0-9]{1,5}", pair) for pair in pairs):
        raise bad("RETENTION_DAYS", "name=days,… such as files=180,person=2192", value)
    days = {name: int(number) for name, _, number in (pair.partition("=") for pair in pairs)}
    try:
        periods(days)
    except ValueError as error:
        raise SettingsError(f"RETENTION_DAYS: {error}") from None
    return days


def _geopy_knows(name: str) -> bool:
    # Imported here since most installations set no geocoder, and every process pays for what is imported.
    from geopy.geocoders import SERVICE_TO_GEOCODER

    return name in SERVICE_TO_GEOCODER


def clamd(environ: Mapping[str, str]) -> str | None:
    """CLAMD."""
    value = given(environ, "CLAMD")
    if value is not None and not value.startswith("/") and not _HOST_AND_PORT.fullmatch(value):
        raise bad("CLAMD", "host:port, or the path of a unix socket", value)
    return value


def trusted_proxies(environ: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """TRUSTED_PROXIES."""
    value = given(environ, "TRUSTED_PROXIES") or ""
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError:
        raise bad("TRUSTED_PROXIES", "a comma-separated list of addresses or networks", value) from None
