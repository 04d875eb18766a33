"""A real SMTP server that keeps what it gets and answers as a test wants."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message as it came over the wire, whatever was answered."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        """The message with its headers and parts."""
        return message_from_bytes(self.raw, policy=policy.default)


@dataclass  # without slots: aiosmtpd looks through its handler's members, which fails on them before Python 3.11.3
class SmtpServer:
    """A running server; `answers` are taken one after the other, then everything is accepted."""

    url: str
    messages: list[ReceivedMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused_recipients: dict[str, str] = field(default_factory=dict)  # address -> answer to RCPT
    connections: int = 0
    at_mail: list[str] = field(default_factory=list)  # answers to MAIL FROM; "drop" ends the connection

    def answer_with(self, *answers: str) -> None:
        """Answer the next messages so after DATA, e.g. "451 4.3.0 later"; "drop" ends the connection."""
        self.answers.extend(answers)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count the connection."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, or end a connection that nobody expects to end."""
        answer = self.at_mail.pop(0) if self.at_mail else "250 OK"
        if answer == "drop":
            await drop(server)
        envelope.mail_from = address
        return answer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.refused_recipients:
            return self.refused_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message and give the next answer."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self.messages.append(ReceivedMessage(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        answer = self.answers.pop(0) if self.answers else "250 2.0.0 taken"
        if answer == "drop":
            await drop(server)
        return answer


async def drop(server: SMTP) -> None:
    """End the connection before the answer: the sender cannot know whether the message was taken."""
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()
    # The connection's end cancels this handler; waiting keeps it from answering into a closed one.
    await asyncio.sleep(10)


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """A server on a port of its own, without a password, for one test."""
    port = free_port()
    server = SmtpServer(f"smtp://127.0.0.1:{port}")
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
