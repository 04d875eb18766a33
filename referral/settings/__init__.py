"""Every setting of the service, read once from the environment into one frozen value.

Each variable, its default and its meaning stand in `.env.example`. An empty variable counts as not set. A bad
value raises `SettingsError`, whose one line names the variable and says what it should be; a value that may
hold a password or a key is never repeated in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from referral.settings import contact, keys, variables
from referral.settings.contact import Contact
from referral.settings.errors import SettingsError
from referral.settings.keys import key_file, parsed_field_keys
from referral.settings.variables import redis_address_file

__all__ = ["Contact", "Settings", "SettingsError", "key_file", "parsed_field_keys", "redis_address_file"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Whatever may hold a password or key is left out of `repr`."""

    database_url: str = field(repr=False)  # SQLAlchemy URL, driver named
    redis_url: str | None = field(repr=False)  # None: no broker is known, the outbox waits
    data_dir: Path  # absolute
    secret_key: str = field(repr=False)
    field_keys: tuple[str, ...] = field(repr=False)  # newest first, url-safe base64 of 32 bytes each
    field_keys_file: Path | None  # None: FIELD_KEYS is set in the environment
    audit_key: str = field(repr=False)  # of the audit trail alone: it outlives the other keys
    audit_heads: Path  # the file that heads of the audit trail are written to
    smtp_url: str | None = field(repr=False)  # None: messages are written as files
    mail_from: str
    public_url: str  # scheme, host and port, without a slash at the end
    webhook_secret: str = field(repr=False)  # whsec_ and base64
    port: int
    host: str
    desk_streams: int  # of each web process
    demo: bool
    outbound_allow: frozenset[str]  # "host:port", lower case
    auto_approve: bool
    reroute_veto_hours: float  # business hours
    metrics_token: str | None = field(repr=False)
    rate_limits: bool
    log_format: str  # "json" or "text"
    geocoder: str | None  # "name" or "name:https://host"
    retention_days: Mapping[str, int]  # periods of domain/retention.py that differ, in days
    clamd: str | None  # "host:port", or the path of a unix socket
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]  # whose word counts on who asks
    contact: Contact  # whom patients reach

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; keys that are not given are made once under DATA_DIR. Raise `SettingsError`."""
        data_dir = variables.data_dir(environ)
        port = variables.port(environ)
        return cls(
            database_url=variables.database_url(environ, data_dir),
            redis_url=variables.redis_url(environ, data_dir),
            data_dir=data_dir,
            secret_key=keys.secret(
                environ, data_dir, "SECRET_KEY", keys.new_secret_key, keys.long_enough("SECRET_KEY")
            ),
            field_keys=keys.field_keys(environ, data_dir),
            field_keys_file=None if variables.given(environ, "FIELD_KEYS") else key_file(data_dir, "FIELD_KEYS"),
            audit_key=keys.secret(environ, data_dir, "AUDIT_KEY", keys.new_secret_key, keys.long_enough("AUDIT_KEY")),
            audit_heads=variables.file(environ, "AUDIT_HEADS", data_dir / "audit-heads"),
            smtp_url=variables.smtp_url(environ),
            mail_from=variables.mail_from(environ),
            public_url=variables.public_url(environ, port),
            webhook_secret=keys.secret(
                environ, data_dir, "WEBHOOK_SECRET", keys.new_webhook_secret, keys.checked_webhook_secret
            ),
            port=port,
            host=variables.host(environ),
            desk_streams=variables.desk_streams(environ),
            demo=variables.flag(environ, "DEMO"),
            outbound_allow=variables.outbound_allow(environ),
            auto_approve=variables.flag(environ, "AUTO_APPROVE"),
            reroute_veto_hours=variables.hours(environ, "REROUTE_VETO_HOURS", 4.0),
            metrics_token=variables.metrics_token(environ),
            rate_limits=variables.choice(environ, "RATE_LIMITS", ("on", "off")) == "on",
            log_format=variables.choice(
                environ, "LOG_FORMAT", ("text", "json") if variables.flag(environ, "DEMO") else ("json", "text")
            ),
            geocoder=variables.geocoder(environ),
            retention_days=variables.retention_days(environ),
            clamd=variables.clamd(environ),
            trusted_proxies=variables.trusted_proxies(environ),
            contact=contact.contact(environ, demo=variables.flag(environ, "DEMO")),
        )

    @property
    def broker_url(self) -> str | None:
        """The Redis address as Celery spells it: a unix socket is `redis+socket://` there."""
        if self.redis_url is None or not self.redis_url.startswith("unix://"):
            return self.redis_url
        parts = urlsplit(self.redis_url)
        database = parse_qs(parts.query).get("db", ["0"])[0]
        return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"
