"""What tables of people who sign in have in common: secrets, wrong tries, sessions, recovery codes."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from referral.models.base import UtcDateTime, WithId


class SignsIn(WithId):
    """Somebody with a password, and with a second factor where they have one."""

    password: Mapped[str | None] = mapped_column(String(255))
    """Its argon2 hash, made with a key of the server's."""
    totp_secret: Mapped[str | None] = mapped_column(String(500))
    """What the code app shares with us, encrypted with a key of the server's."""
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    """The period of the last code that was taken; none of it or before is taken again."""
    failed_tries: Mapped[int] = mapped_column(default=0)
    """Wrong passwords and codes since the last sign-in."""
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BrowserSession(WithId):
    """Somebody who signed in with one browser. The browser holds a secret, the database its hash."""

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the password was last given."""
    complete: Mapped[bool] = mapped_column(default=False)
    """Whether the second factor was given as well; until then it opens nothing but the page that asks for it."""
    pending: Mapped[str | None] = mapped_column(String(100))
    """The question that a security key has to answer next."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeCode(WithId):
    """One of the codes that stand in for a lost second factor, each once; only its hash is kept."""

    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
