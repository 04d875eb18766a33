"""Email: over SMTP, or as files in a folder where no mail server is configured and demo mode is on.

A repeat carries the same Message-ID, so a mailbox that keeps one copy per Message-ID shows one message.
"""

import os
import smtplib
import tempfile
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from referral.channels.base import DeliveryError, Failure, Message

CONNECT_SECONDS = 10
_TRY_LATER = range(400, 500)


@dataclass(frozen=True, slots=True)
class SmtpEmail:
    """Sends through the mail server of SMTP_URL."""

    smtp_url: str
    mail_from: str
    repeatable: bool = True

    def send(self, message: Message) -> None:
        """Hand one message to the mail server."""
        composed = compose(message, self.mail_from)
        try:
            with _connect(urlsplit(self.smtp_url)) as server:
                server.send_message(composed, from_addr=parseaddr(self.mail_from)[1], to_addrs=[message.to])
        except smtplib.SMTPRecipientsRefused as error:
            raise _answered(next(iter(error.recipients.values()))[0]) from error
        except smtplib.SMTPResponseException as error:
            raise _answered(error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(Failure.TRANSIENT, f"mail server: {type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class FolderEmail:
    """Writes each message as one .eml file, named by its key: a repeat replaces its first copy."""

    folder: Path
    mail_from: str
    repeatable: bool = True

    def send(self, message: Message) -> None:
        """Write the message; the file appears whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(compose(message, self.mail_from).as_bytes(policy=SMTP))
        Path(name).replace(self.folder / f"{message.key}.eml")


@dataclass(frozen=True, slots=True)
class NoEmail:
    """No mail server and no demo: messages wait until SMTP_URL is set."""

    repeatable: bool = True

    def send(self, message: Message) -> None:
        """Say that mail is not configured."""
        raise DeliveryError(Failure.NOT_CONFIGURED, "mail not configured")


def compose(message: Message, mail_from: str) -> EmailMessage:
    """The message with its headers; the address and the subject cannot smuggle in a header line."""
    composed = EmailMessage(policy=SMTP)
    composed["From"] = mail_from
    composed["To"] = message.to
    composed["Subject"] = " ".join(message.subject.split())
    composed["Message-ID"] = f"<{message.key}@{parseaddr(mail_from)[1].rpartition('@')[2] or 'localhost'}>"
    composed["X-Referral-Id"] = message.reference
    composed["Auto-Submitted"] = "auto-generated"
    composed.set_content(message.text)
    return composed


def _connect(url: SplitResult) -> smtplib.SMTP:
    """A connection that is signed in and, for smtps or where the server offers it, encrypted."""
    secure = url.scheme == "smtps"
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    server = kind(url.hostname or "", url.port or (465 if secure else 25), timeout=CONNECT_SECONDS)
    if not secure:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls()
            server.ehlo()
    if url.username:
        server.login(unquote(url.username), unquote(url.password or ""))
    return server


def _answered(code: int) -> DeliveryError:
    """What an SMTP answer means: 4xx passes, 5xx stays."""
    failure = Failure.TRANSIENT if code in _TRY_LATER else Failure.PERMANENT
    return DeliveryError(failure, f"mail server answered {code}")
