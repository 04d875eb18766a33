"""Email: over SMTP, or as files in a folder where no mail server is configured and demo mode is on.

A repeat carries the same Message-ID, so a mailbox that keeps one copy per Message-ID shows one message.
"""

import os
import re
import tempfile
from binascii import b2a_qp
from dataclasses import dataclass, field
from email.headerregistry import BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from referral.channels.base import Channel, DeliveryError, Failure, Message, Taken
from referral.channels.smtp import ANSWER_SECONDS, SmtpLine
from referral.settings import Settings

_ONE_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+")
_PLAIN_ADDRESS = re.compile(r"(?=.{3,70}\Z)[\w+-]+(?:\.[\w+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", re.ASCII)
_PLAIN_WORDS = re.compile(r"(?!.*=\?)[!-~](?:[ -~]{0,63}[!-~])?")
"""Short enough for one line, and nothing in it that a header would have to encode or that looks encoded."""


class _Registry(HeaderRegistry):
    """Remembers the class of each header; the library makes a new one for every header of every message."""

    @cache  # noqa: B019 - the two registries there are live as long as the process
    def __getitem__(self, name: str) -> type[BaseHeader]:
        """The class of a header."""
        return super().__getitem__(name)


_ASCII = SMTP.clone(header_factory=_Registry())
_INTERNATIONAL = SMTPUTF8.clone(header_factory=_Registry())


def make(settings: Settings) -> Channel:
    """The channel as the settings want it: a mail server, a folder in demo mode, or nothing yet."""
    if settings.smtp_url:
        return SmtpEmail(settings.smtp_url, settings.mail_from)
    return FolderEmail(settings.data_dir / "mail", settings.mail_from) if settings.demo else NoEmail()


@dataclass(frozen=True, slots=True)
class SmtpEmail:
    """Sends through the mail server of SMTP_URL; `seconds` is how long each answer of that server may take."""

    smtp_url: str
    mail_from: str
    seconds: float = ANSWER_SECONDS
    repeatable: bool = True
    _line: SmtpLine = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_line", SmtpLine(urlsplit(self.smtp_url), self.seconds))

    def endpoint(self, to: str) -> str:
        """Host and port of the service's own mail server, whoever the message is for."""
        return self._line.name

    def send(self, message: Message) -> Taken:
        """Hand one message to the mail server."""
        content = written(message, self.mail_from) or compose(message, self.mail_from)
        return self._line.hand_over(content, parseaddr(self.mail_from)[1], message.to)

    def close(self) -> None:
        """Say goodbye to the mail server; the next message connects anew."""
        self._line.close()


@dataclass(frozen=True, slots=True)
class FolderEmail:
    """Writes each message as one .eml file, named by its key: a repeat replaces its first copy."""

    folder: Path
    mail_from: str
    repeatable: bool = True

    def endpoint(self, to: str) -> str:
        """A folder is not down."""
        return ""

    def send(self, message: Message) -> None:
        """Write the message; the file appears whole or not at all."""
        content = written(message, self.mail_from) or compose(message, self.mail_from).as_bytes()
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(self.folder / f"{message.key}.eml")


@dataclass(frozen=True, slots=True)
class NoEmail:
    """No mail server and no demo: messages wait until SMTP_URL is set."""

    repeatable: bool = True

    def endpoint(self, to: str) -> str:
        """What is not there is not down."""
        return ""

    def send(self, message: Message) -> None:
        """Say that mail is not configured."""
        raise DeliveryError(Failure.NOT_CONFIGURED, "mail not configured")


def written(message: Message, mail_from: str) -> bytes | None:
    """The message as it goes over the wire, for the address and subject that nearly all have; None for all others.

    The library takes five times as long, since it parses each header it writes; what comes out says the same.
    """
    subject = " ".join(message.subject.split())
    words = (subject, message.reference)
    if not _PLAIN_ADDRESS.fullmatch(message.to) or not all(_PLAIN_WORDS.fullmatch(text) for text in words):
        return None
    sender, domain = _sender(mail_from)
    headers = (
        f"{sender}To: {message.to}\r\nSubject: {subject}\r\nMessage-ID: <{message.key}@{domain}>\r\n"
        f"X-Referral-Id: {message.reference}\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    )
    lines = b"\n".join([*(message.text.encode().splitlines() or [b""]), b""])
    return headers.encode() + b2a_qp(lines).replace(b"\n", b"\r\n")


@cache
def _sender(mail_from: str) -> tuple[str, str]:
    """The From header as the library writes it, and the domain of Message-IDs."""
    return _ASCII.header_factory("From", mail_from).fold(policy=_ASCII), _domain(mail_from)


def _domain(mail_from: str) -> str:
    return parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"


def compose(message: Message, mail_from: str) -> EmailMessage:
    """The message with its headers; the address and the subject cannot smuggle in a header line."""
    if not _ONE_ADDRESS.fullmatch(message.to) or not message.to.isprintable():
        raise DeliveryError(Failure.PERMANENT, "the recipient is not one email address")
    # An address beyond ASCII cannot be written in older mail's letters: encoded, it would be another address.
    composed = EmailMessage(policy=_ASCII if message.to.isascii() else _INTERNATIONAL)
    composed["From"] = mail_from
    composed["To"] = message.to
    composed["Subject"] = " ".join(message.subject.split())
    composed["Message-ID"] = f"<{message.key}@{_domain(mail_from)}>"
    composed["X-Referral-Id"] = message.reference
    composed["Auto-Submitted"] = "auto-generated"
    composed.set_content(message.text)
    return composed
