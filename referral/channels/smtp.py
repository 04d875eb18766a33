"""The line to the mail server: kept open between messages, and what each of its answers means.

A kept connection may have ended meanwhile. That shows before the message is handed over, and then a new connection is
made at once: nothing was given away yet. Once the content went out, a connection that ends leaves the outcome open.
"""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from threading import Lock
from time import monotonic
from urllib.parse import SplitResult, unquote

from referral.channels.base import DeliveryError, Failure, Taken

ANSWER_SECONDS = 10
KEPT_SECONDS = 30.0
"""How long a connection is kept without a message; mail servers end one themselves after some minutes."""
MOST_MESSAGES = 1000
"""How many messages one connection carries."""

_REFUSED = range(500, 600)
_CLOSING = 421
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class _Server(smtplib.SMTP):
    """A connection that knows whether the content of the present message was handed over."""

    handed_over = False
    messages = 0
    used_at = 0.0

    def data(self, msg: bytes | str) -> tuple[int, bytes]:  # type: ignore[override]  # the stub leaves the buffer's name open
        """Send the content; from here on the message may have been taken."""
        self.handed_over = True
        return super().data(msg)


class _SecureServer(_Server, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@dataclass(slots=True)
class SmtpLine:
    """Connections to one mail server, at most one message on each at a time."""

    url: SplitResult
    seconds: float = ANSWER_SECONDS
    _free: list[_Server] = field(default_factory=list, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __del__(self) -> None:
        self.close()

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self.url.hostname}:{_port(self.url)}"

    def hand_over(self, composed: bytes | EmailMessage, sender: str, recipient: str) -> Taken:
        """Give one message to the mail server, over a connection that is open already where there is one."""
        while (kept := self._kept()) is not None:
            try:
                return self._send(kept, composed, sender, recipient)
            except _Ended:
                continue  # while nobody looked; nothing was handed over
        try:
            return self._send(_connected(self.url, self.seconds), composed, sender, recipient)
        except _Ended as ended:
            raise _down("ended the connection before the message") from ended

    def close(self) -> None:
        """Say goodbye on every connection that is free."""
        while self._free:
            server = self._free.pop()
            # Whatever goes wrong while saying goodbye, every message was taken.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _send(self, server: _Server, composed: bytes | EmailMessage, sender: str, recipient: str) -> Taken:
        server.handed_over = False
        try:
            outcome = _hand_over(server, composed, sender, recipient)
        except BaseException:
            server.close()
            raise
        self._keep(server)
        if isinstance(outcome, DeliveryError):
            raise outcome
        return outcome

    def _kept(self) -> _Server | None:
        """A connection that is free and was used lately."""
        with self._lock:
            while self._free:
                server = self._free.pop()
                if monotonic() - server.used_at < KEPT_SECONDS and server.messages < MOST_MESSAGES:
                    return server
                server.close()
        return None

    def _keep(self, server: _Server) -> None:
        server.messages += 1
        server.used_at = monotonic()
        with self._lock:
            self._free.append(server)


class _Ended(Exception):
    """The connection ended before the message was handed over."""


def _hand_over(server: _Server, composed: bytes | EmailMessage, sender: str, recipient: str) -> Taken | DeliveryError:
    """Give the message to a connected server; an error is returned where it refused this one and waits for the next.

    No error refers back to itself: it would keep the line, and what was written on it, until garbage is collected.
    """
    try:
        if isinstance(composed, bytes):
            server.sendmail(sender, [recipient], composed)
        else:  # the library finds out whether the addresses need a server that can write them
            server.send_message(composed, from_addr=sender, to_addrs=[recipient])
    except smtplib.SMTPSenderRefused as error:
        if error.smtp_code == _CLOSING:
            raise _Ended from error
        code = error.smtp_code
        raise DeliveryError(
            Failure.TRANSIENT, f"mail server refused MAIL_FROM with {code}", code=str(code), endpoint_down=True
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        return _refusal(next(iter(error.recipients.values()))[0], error)
    except smtplib.SMTPResponseException as error:
        return _refusal(error.smtp_code, error)
    except smtplib.SMTPNotSupportedError:
        return DeliveryError(Failure.PERMANENT, "the mail server cannot write to such an address")
    except (smtplib.SMTPException, OSError) as error:
        if not server.handed_over:
            raise _Ended from error
        # The connection ended without an answer: the message may have been taken before.
        raise DeliveryError(Failure.UNKNOWN, f"mail server: {type(error).__name__}", endpoint_down=True) from error
    return Taken("250")


def _refusal(code: int, error: Exception) -> DeliveryError:
    """What an SMTP answer to a recipient or a message means: 5xx stays, everything else passes; 421 ends the line."""
    words = f"mail server answered {code}"
    if code == _CLOSING:
        raise DeliveryError(Failure.TRANSIENT, words, code=str(code), endpoint_down=True) from error
    return DeliveryError(Failure.PERMANENT if code in _REFUSED else Failure.TRANSIENT, words, code=str(code))


def _connected(url: SplitResult, seconds: float) -> _Server:
    """A connection that is signed in and, for smtps or where the server offers it, encrypted.

    What goes wrong here is between the service and its own mail server: it passes, and says nothing of a recipient.
    """
    try:
        return _connect(url, seconds)
    except smtplib.SMTPResponseException as error:
        raise _down(f"answered {error.smtp_code} before any message", error.smtp_code) from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(Failure.TRANSIENT, f"mail server: {type(error).__name__}", endpoint_down=True) from error


def _connect(url: SplitResult, seconds: float) -> _Server:
    host, secure = url.hostname or "", url.scheme == "smtps"
    checked = ssl.create_default_context()
    server = (
        _SecureServer(host, _port(url), timeout=seconds, context=checked)
        if secure
        else _Server(host, _port(url), timeout=seconds)
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


def _port(url: SplitResult) -> int:
    return url.port or (465 if url.scheme == "smtps" else 25)


def _down(what: str, code: int | None = None) -> DeliveryError:
    return DeliveryError(Failure.TRANSIENT, f"mail server {what}", code=str(code) if code else "", endpoint_down=True)
