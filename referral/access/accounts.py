"""The library behind all accounts: Flask-Security keeps passwords and the secrets of code apps.

Its own pages are left out: they keep sessions in the cookie, answer sign-ins as JSON, enrol no security key before a
code app, and keep recovery codes readable. The pages of `web/` ask the functions here and in the modules beside.
What it stores depends on the server's key, so that a copy of the database alone is of no use to anybody.
"""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import cast

from flask import Flask, Request, current_app
from flask_security import Security, UserDatastore, hash_password, verify_password
from flask_security.datastore import SQLAlchemyDatastore
from flask_security.totp import Totp
from passlib.exc import TokenError

from referral import reference
from referral.access import sessions
from referral.domain import passwords
from referral.domain.errors import Invalid
from referral.extensions import db
from referral.settings import Settings
from referral.store import accounts as store
from referral.store.accounts import Person

ISSUER = "Second Opinion"
"""What code apps and browsers call the service."""

STEP_SECONDS = 30
"""Of a code app; the code of one step before and one after now are taken as well."""

PASSWORD_COST = {"argon2__memory_cost": 19_456, "argon2__rounds": 2, "argon2__parallelism": 1}
"""19 MiB and two passes, the least that OWASP recommends for argon2id: about 50 ms of one core."""

_NO_PASSWORD = "accounts_no_password"  # noqa: S105  the name of a place, not a password


class CodeApps(Totp):
    """Codes of authenticator apps (TOTP); each code is taken once."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        super().__init__(secrets, issuer)
        # The key that encrypts the secrets is chance already: stretching it would cost 20 ms at every sign-in.
        self._totp.wallet.encrypt_cost = 1

    def takes(self, code: str, secret: str, person: Person, now: datetime) -> bool:
        """Whether this code is right now and none of its step or later was taken before; it is taken with this."""
        digits = "".join(code.split())
        try:
            match = self._totp.verify(digits, secret, time=now, window=STEP_SECONDS, last_counter=person.totp_counter)
        except (TokenError, ValueError):
            return False
        return store.take_counter(person.id, match.counter, type(person))


def register(app: Flask) -> None:
    """Configure the library for this application, without its pages, commands, roles and tokens."""
    settings: Settings = app.extensions["settings"]
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  the name of the way to hash
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=PASSWORD_COST,
        SECURITY_PASSWORD_SALT=_key(settings, "passwords"),
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS={"1": _key(settings, "code apps")},
        SECURITY_TOTP_ISSUER=ISSUER,
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
    )
    rows = cast(UserDatastore, SQLAlchemyDatastore(db))  # type: ignore[no-untyped-call]  # it takes any database
    security = Security(app, rows, register_blueprint=False, totp_cls=CodeApps)
    # Who is signed in is asked of the sessions beside, and of nothing the library would read from a request.
    security.principal.identity_loaders.clear()
    security.login_manager.request_loader(_nobody)
    app.before_request(sessions.keep)


def code_apps() -> CodeApps:
    """The keeper of code apps of the current application."""
    security: Security = current_app.extensions["security"]
    return cast(CodeApps, security._totp_factory)


def hashed(password: str, email: str) -> str:
    """The hash of a new password; `Invalid` with field `password` where it is not good enough."""
    problem = passwords.problem(password, email, reference.common_passwords())
    if problem:
        raise Invalid("password", problem)
    return str(hash_password(passwords.normalised(password)))


def is_password(password: str, kept: str | None) -> bool:
    """Whether this is the password of that hash. Without a hash the answer is no, and takes as long."""
    text = passwords.normalised(password)
    if kept is not None:
        return bool(verify_password(text, kept))
    verify_password(text, _no_password())
    return False


def renewed(password: str, kept: str) -> str:
    """The hash to keep after this password was right: another one where hashes cost more by now."""
    security: Security = current_app.extensions["security"]
    return str(hash_password(passwords.normalised(password))) if security.pwd_context.needs_update(kept) else kept


def _no_password() -> str:
    """A hash that no password has, made at the same cost as the others."""
    kept: dict[str, str] = current_app.extensions
    if _NO_PASSWORD not in kept:
        kept[_NO_PASSWORD] = hash_password("nobody has this password")
    return kept[_NO_PASSWORD]


def _key(settings: Settings, purpose: str) -> str:
    return hmac.new(settings.secret_key.encode(), purpose.encode(), sha256).hexdigest()


def _nobody(_request: Request) -> None:
    """Nobody comes in by a token of the library."""
