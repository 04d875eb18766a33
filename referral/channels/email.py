"""Email: over SMTP, or as files in a folder where no mail server is configured and demo mode is on.

A repeat carries the same Message-ID, so a mailbox that keeps one copy per Message-ID shows one message.
"""

import contextlib
import os
import re
import smtplib
import ssl
import tempfile
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from referral.channels.base import DeliveryError, Failure, Message

ANSWER_SECONDS = 10
_REFUSED = range(500, 600)
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_ONE_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+")


@dataclass(frozen=True, slots=True)
class SmtpEmail:
    """Sends through the mail server of SMTP_URL; `seconds` is how long each answer of that server may take."""

    smtp_url: str
    mail_from: str
    seconds: float = ANSWER_SECONDS
    repeatable: bool = True

    def send(self, message: Message) -> None:
        """Hand one message to the mail server."""
        composed = compose(message, self.mail_from)
        server = _connected(urlsplit(self.smtp_url), self.seconds)
        try:
            _hand_over(server, composed, parseaddr(self.mail_from)[1], message.to)
            # Whatever goes wrong while saying goodbye, the message was taken.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()


@dataclass(frozen=True, slots=True)
class FolderEmail:
    """Writes each message as one .eml file, named by its key: a repeat replaces its first copy."""

    folder: Path
    mail_from: str
    repeatable: bool = True

    def send(self, message: Message) -> None:
        """Write the message; the file appears whole or not at all."""
        content = compose(message, self.mail_from).as_bytes()
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
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
    if not _ONE_ADDRESS.fullmatch(message.to) or not message.to.isprintable():
        raise DeliveryError(Failure.PERMANENT, "the recipient is not one email address")
    # An address beyond ASCII cannot be written in older mail's letters: encoded, it would be another address.
    composed = EmailMessage(policy=SMTP if message.to.isascii() else SMTPUTF8)
    composed["From"] = mail_from
    composed["To"] = message.to
    composed["Subject"] = " ".join(message.subject.split())
    composed["Message-ID"] = f"<{message.key}@{parseaddr(mail_from)[1].rpartition('@')[2] or 'localhost'}>"
    composed["X-Referral-Id"] = message.reference
    composed["Auto-Submitted"] = "auto-generated"
    composed.set_content(message.text)
    return composed


def _connected(url: SplitResult, seconds: float) -> smtplib.SMTP:
    """A connection that is signed in and, for smtps or where the server offers it, encrypted.

    What goes wrong here is between the service and its own mail server: it passes, and says nothing of a recipient.
    """
    try:
        return _connect(url, seconds)
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(Failure.TRANSIENT, f"mail server answered {error.smtp_code} before any message") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(Failure.TRANSIENT, f"mail server: {type(error).__name__}") from error


def _connect(url: SplitResult, seconds: float) -> smtplib.SMTP:
    host, secure = url.hostname or "", url.scheme == "smtps"
    checked = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(host, url.port or 465, timeout=seconds, context=checked)
        if secure
        else smtplib.SMTP(host, url.port or 25, timeout=seconds)
    )
    try:
        server.ehlo_or_helo_if_needed()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=checked)
            server.ehlo_or_helo_if_needed()
            secure = True
        if url.username:
            if not secure and host not in _THIS_MACHINE:
                raise smtplib.SMTPException("a password is not sent over an open line")
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(server: smtplib.SMTP, composed: EmailMessage, sender: str, recipient: str) -> None:
    """Give the message to a connected server; what an answer means depends on what it answers."""
    try:
        server.send_message(composed, from_addr=sender, to_addrs=[recipient])
    except smtplib.SMTPSenderRefused as error:
        raise DeliveryError(Failure.TRANSIENT, f"mail server refused MAIL_FROM with {error.smtp_code}") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _answered(next(iter(error.recipients.values()))[0]) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code) from error
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryError(Failure.PERMANENT, "the mail server cannot write to such an address") from error
    except (smtplib.SMTPException, OSError) as error:
        # The connection ended without an answer: the message may have been taken before.
        raise DeliveryError(Failure.UNKNOWN, f"mail server: {type(error).__name__}") from error


def _answered(code: int) -> DeliveryError:
    """What an SMTP answer to a recipient or a message means: 5xx stays, everything else passes."""
    failure = Failure.PERMANENT if code in _REFUSED else Failure.TRANSIENT
    return DeliveryError(failure, f"mail server answered {code}")
