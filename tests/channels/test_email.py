"""Email against a real SMTP server, and into a folder."""

import asyncio
import contextlib
import gc
import socket
import ssl
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import example, given, settings
from hypothesis import strategies as st

from referral.channels import DeliveryError, Failure, Message
from referral.channels.email import FolderEmail, NoEmail, SmtpEmail, compose, written
from referral.channels.smtp import SmtpLine
from tests.servers import free_port
from tests.servers.smtp import SmtpServer

KEY = "5e" * 32
SENDER = "Second Opinion <referrals@sender.example>"
MESSAGE = Message(
    KEY, "b7e7ac0e-0000-4000-8000-000000000001", "office@harbor.example", "A request", "Open it:\nhttps://x"
)


def failure_of(channel: SmtpEmail, message: Message = MESSAGE) -> DeliveryError:
    """How sending fails."""
    try:
        channel.send(message)
    except DeliveryError as error:
        # Its traceback, which `pytest.raises` holds in a circle, would keep the channel and its open connection until
        # the garbage is collected; whether that finds the channel or its connection first is chance.
        return error.with_traceback(None)
    pytest.fail("it was sent")


def test_a_message_arrives_with_its_headers(smtp_server: SmtpServer) -> None:
    SmtpEmail(smtp_server.url, SENDER).send(MESSAGE)
    (received,) = smtp_server.messages
    parsed = received.parsed
    assert (received.sender, received.recipients) == ("referrals@sender.example", ("office@harbor.example",))
    assert parsed["Message-ID"] == f"<{KEY}@sender.example>"
    assert parsed["X-Referral-Id"] == MESSAGE.reference
    assert (parsed["To"], parsed["Subject"]) == ("office@harbor.example", "A request")
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed.get_content().replace("\r\n", "\n") == "Open it:\nhttps://x\n"


def test_a_repeat_carries_the_same_message_id(smtp_server: SmtpServer) -> None:
    smtp_server.answer_with("drop")
    channel = SmtpEmail(smtp_server.url, SENDER)
    failure_of(channel)
    channel.send(MESSAGE)
    assert [received.parsed["Message-ID"] for received in smtp_server.messages] == [f"<{KEY}@sender.example>"] * 2


@pytest.mark.parametrize(
    "answer, failure",
    [
        ("421 4.3.2 shutting down", Failure.TRANSIENT),
        ("451 4.3.0 later", Failure.TRANSIENT),
        ("452 4.2.2 full", Failure.TRANSIENT),
        ("550 5.1.1 unknown", Failure.PERMANENT),
        ("552 5.3.4 too big", Failure.PERMANENT),
        ("554 5.7.1 refused", Failure.PERMANENT),
        ("drop", Failure.UNKNOWN),
    ],
)
def test_an_answer_to_the_message_tells_what_became_of_it(
    smtp_server: SmtpServer, answer: str, failure: Failure
) -> None:
    smtp_server.answer_with(answer)
    error = failure_of(SmtpEmail(smtp_server.url, SENDER))
    assert error.failure is failure
    assert answer == "drop" or str(error) == f"mail server answered {answer[:3]}"


@pytest.mark.parametrize(
    "answer, failure", [("450 4.2.1 greylisted", Failure.TRANSIENT), ("550 5.1.1 nobody", Failure.PERMANENT)]
)
def test_an_answer_to_the_recipient_tells_it_too_and_no_address_stands_in_the_error(
    smtp_server: SmtpServer, answer: str, failure: Failure
) -> None:
    smtp_server.refused_recipients[MESSAGE.to] = f"{answer} {MESSAGE.to}"
    error = failure_of(SmtpEmail(smtp_server.url, SENDER))
    assert error.failure is failure
    assert "harbor" not in str(error)
    assert smtp_server.messages == []


def test_a_server_that_is_not_there_passes() -> None:
    error = failure_of(SmtpEmail(f"smtp://127.0.0.1:{free_port()}", SENDER))
    assert (error.failure, str(error)) == (Failure.TRANSIENT, "mail server: ConnectionRefusedError")


def test_a_server_that_never_greets_is_given_up_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        error = failure_of(SmtpEmail(url, SENDER, seconds=0.3))
    assert error.failure is Failure.TRANSIENT


class Odd(SmtpServer):
    """A server that misbehaves as a test wants, in one command."""

    quit_answer = "221 Bye"
    mail_answer = "250 OK"
    data_seconds = 0.0

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer the goodbye."""
        return self.quit_answer

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer to the sender."""
        envelope.mail_from = address
        return self.mail_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the message, and wait before saying so."""
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(self.data_seconds)
        return answer


def refuse_everybody(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    """No password is right."""
    return AuthResult(success=False, handled=False)


@pytest.fixture
def odd_server() -> Iterator[Odd]:
    """A server that offers to sign in, and refuses everybody."""
    port = free_port()
    server = Odd(f"smtp://127.0.0.1:{port}")
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=port,
        authenticator=refuse_everybody,
        auth_require_tls=False,
        enable_SMTPUTF8=False,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@pytest.mark.parametrize("goodbye", ["421 closing", "550 no", "221 Bye"])
def test_a_taken_message_is_taken_whatever_the_server_says_at_the_goodbye(odd_server: Odd, goodbye: str) -> None:
    odd_server.quit_answer = goodbye
    channel = SmtpEmail(odd_server.url, SENDER)
    channel.send(MESSAGE)
    channel.close()
    assert len(odd_server.messages) == 1


def test_messages_share_a_connection(smtp_server: SmtpServer) -> None:
    channel = SmtpEmail(smtp_server.url, SENDER)
    assert [channel.send(MESSAGE).code for _ in range(5)] == ["250"] * 5
    assert (len(smtp_server.messages), smtp_server.connections) == (5, 1)


def test_a_refused_message_leaves_the_connection_to_the_next(smtp_server: SmtpServer) -> None:
    channel = SmtpEmail(smtp_server.url, SENDER)
    smtp_server.answer_with("550 5.7.1 refused")
    failure_of(channel)
    smtp_server.refused_recipients["nobody@harbor.example"] = "550 5.1.1 nobody"
    failure_of(channel, replace(MESSAGE, to="nobody@harbor.example"))
    channel.send(MESSAGE)
    assert (len(smtp_server.messages), smtp_server.connections) == (2, 1)


@pytest.mark.parametrize("answer", ["550 5.7.1 refused", "451 4.3.0 later", "421 4.3.2 shutting down", "drop"])
def test_a_failure_that_is_over_keeps_neither_the_channel_nor_its_connection(
    smtp_server: SmtpServer, answer: str
) -> None:
    """An open connection that only the garbage collector finds complains of having been forgotten."""
    smtp_server.answer_with(answer)
    gc.collect(0)  # what is made from here on stays among the youngest, which are few
    gc.disable()
    try:
        failure_of(SmtpEmail(smtp_server.url, SENDER))
        assert not any(type(one) is SmtpLine for one in gc.get_objects(generation=0))
    finally:
        gc.enable()


@pytest.mark.parametrize("ending", ["drop", "421 4.3.2 too many messages on this line"])
def test_a_kept_connection_that_ended_is_replaced_and_the_message_goes_once(
    smtp_server: SmtpServer, ending: str
) -> None:
    channel = SmtpEmail(smtp_server.url, SENDER)
    channel.send(MESSAGE)
    smtp_server.at_mail.append(ending)
    channel.send(MESSAGE)
    assert (len(smtp_server.messages), smtp_server.connections) == (2, 2)


@pytest.mark.parametrize("ending", ["drop", "421 4.3.2 shutting down"])
def test_a_fresh_connection_that_ends_before_the_message_passes(smtp_server: SmtpServer, ending: str) -> None:
    smtp_server.at_mail.append(ending)
    error = failure_of(SmtpEmail(smtp_server.url, SENDER))
    assert (error.failure, error.endpoint_down) == (Failure.TRANSIENT, True)
    assert smtp_server.messages == []


def test_two_threads_do_not_share_a_connection_at_one_time(smtp_server: SmtpServer) -> None:
    channel = SmtpEmail(smtp_server.url, SENDER)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: channel.send(MESSAGE), range(40)))
    assert len(smtp_server.messages) == 40
    assert smtp_server.connections <= 4


def test_an_answer_about_one_recipient_says_nothing_of_the_server_as_a_whole(smtp_server: SmtpServer) -> None:
    channel = SmtpEmail(smtp_server.url, SENDER)
    smtp_server.answer_with("450 4.2.1 greylisted", "550 5.1.1 nobody", "421 4.3.2 shutting down", "drop")
    errors = [failure_of(channel) for _ in range(4)]
    assert [error.endpoint_down for error in errors] == [False, False, True, True]
    assert [error.code for error in errors] == ["450", "550", "421", ""]


def test_an_answer_that_takes_too_long_is_an_unknown_outcome(odd_server: Odd) -> None:
    odd_server.data_seconds = 3.0
    error = failure_of(SmtpEmail(odd_server.url, SENDER, seconds=1.0))
    assert error.failure is Failure.UNKNOWN
    assert len(odd_server.messages) == 1


def test_a_wrong_password_of_the_service_is_not_the_recipients_fault(odd_server: Odd) -> None:
    url = odd_server.url.replace("smtp://", "smtp://me:wrong@")
    error = failure_of(SmtpEmail(url, SENDER))
    assert error.failure is Failure.TRANSIENT
    assert "wrong" not in str(error)
    assert odd_server.messages == []


def test_a_refused_sender_is_not_the_recipients_fault(odd_server: Odd) -> None:
    odd_server.mail_answer = "553 5.1.8 sender refused"
    error = failure_of(SmtpEmail(odd_server.url, SENDER))
    assert (error.failure, str(error)) == (Failure.TRANSIENT, "mail server refused MAIL_FROM with 553")


def test_a_server_that_does_not_speak_tls_is_not_sent_to_in_the_clear(smtp_server: SmtpServer) -> None:
    error = failure_of(SmtpEmail(smtp_server.url.replace("smtp://", "smtps://"), SENDER, seconds=2))
    assert error.failure is Failure.TRANSIENT
    assert smtp_server.messages == []


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS for localhost, under a certificate that this machine trusts for the test."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )  # fmt: skip
    chain, secret = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return context


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_message_goes_encrypted_to_a_server_whose_certificate_is_right(
    certificate: ssl.SSLContext, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    server = SmtpServer(f"{scheme}://localhost:{port}")
    # With STARTTLS the server takes nothing in the clear.
    how = {"ssl_context": certificate} if scheme == "smtps" else {"tls_context": certificate, "require_starttls": True}
    controller = Controller(server, hostname="localhost", port=port, **how)
    controller.start()
    try:
        channel = SmtpEmail(server.url, SENDER)
        assert channel.send(MESSAGE).code == "250"
        channel.close()
        monkeypatch.delenv("SSL_CERT_FILE")
        error = failure_of(SmtpEmail(server.url, SENDER))
        assert (error.failure, error.endpoint_down) == (Failure.TRANSIENT, True), "nobody vouches for it any more"
    finally:
        controller.stop()
    assert len(server.messages) == 1


@pytest.mark.parametrize(
    "to",
    [
        "", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: x@y.example", "a@b.example\n", "<a@b.example>",
        "a b@c.example", "Ana <a@b.example>", "a@b.example;c@d.example", "a@b@c.example", "a\0@b.example",
        "a\u2028@b.example", '"a\r\nb"@c.example', "group: a@b.example;",
    ],
)  # fmt: skip
def test_what_is_not_one_address_is_refused_for_good(tmp_path: Path, to: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        FolderEmail(tmp_path, SENDER).send(Message(KEY, "ref", to, "s", "t"))
    assert caught.value.failure is Failure.PERMANENT
    assert list(tmp_path.iterdir()) == []


anything = st.text(min_size=1, max_size=30)


@example(local="0", domain="0¡¡¡¡¡¡¡\U00012400", subject="", text="")
@given(local=anything, domain=anything, subject=st.text(max_size=200), text=st.text(max_size=200))
def test_no_recipient_subject_or_text_adds_a_header(local: str, domain: str, subject: str, text: str) -> None:
    message = Message(KEY, "ref", f"{local}@{domain}", f"{subject}\r\nBcc: x@y.example", text)
    with contextlib.suppress(DeliveryError):
        check_headers(compose(message, SENDER))
    check_headers(compose(replace(message, to="a@b.example"), SENDER))


def check_headers(composed: EmailMessage) -> None:
    """The message has its own headers, one recipient, and nothing else once it was on the wire."""
    parsed = message_from_bytes(composed.as_bytes(), policy=policy.default)
    assert sorted(name.lower() for name in parsed) == [
        "auto-submitted", "content-transfer-encoding", "content-type", "from", "message-id", "mime-version", "subject",
        "to", "x-referral-id",
    ]  # fmt: skip
    assert parsed["Message-ID"] == f"<{KEY}@sender.example>"
    assert len(parsed["To"].addresses) == 1


printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=70)
lines = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@example(to="maria@sample.example", subject="We have your request (SO-7K3M-92QX)", text="¿Cómo?\n.\n..x\nFrom me\t\n")
@example(to="maria@sample.example", subject="=?utf-8?q?x?=", text="a" * 200 + " \n\nb")
@given(to=st.from_regex(r"[a-z0-9.+_-]{1,20}@[a-z0-9.-]{1,20}", fullmatch=True), subject=printable, text=lines)
@settings(max_examples=150, deadline=None)
def test_what_is_written_in_short_says_what_the_library_would_say(to: str, subject: str, text: str) -> None:
    message = Message(KEY, MESSAGE.reference, to, subject, text)
    raw = written(message, SENDER)
    if raw is None:
        return  # then the library writes it
    ours, theirs = (message_from_bytes(one, policy=policy.SMTP) for one in (raw, compose(message, SENDER).as_bytes()))
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert [line for line in raw.split(b"\r\n") if len(line) > 78 and not line.startswith(b"Message-ID: ")] == []
    encoding = "Content-Transfer-Encoding"
    assert [pair for pair in ours.items() if pair[0] != encoding] == _in_order(theirs, ours.keys())
    assert ours.get_content() == theirs.get_content()


def _in_order(message: EmailMessage, names: Sequence[str]) -> list[tuple[str, str]]:
    """The headers but the encoding, in this order; there are no others."""
    assert sorted(names) == sorted(message.keys())
    return [(name, message[name]) for name in names if name != "Content-Transfer-Encoding"]


def test_an_ordinary_mail_is_written_in_short() -> None:
    message = replace(
        MESSAGE, to="maria.sample+1@mail.sample.example", subject="Please confirm your email address (SO-1)"
    )
    assert written(message, SENDER) is not None


@pytest.mark.parametrize(
    "change", [{"to": '"a b"@c.example'}, {"subject": "Confirme su dirección"}, {"to": "a..b@c.example"}]
)
def test_what_needs_care_is_left_to_the_library(change: dict[str, str]) -> None:
    assert written(replace(MESSAGE, **change), SENDER) is None  # type: ignore[arg-type]  # only texts are changed


@given(local=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.+_'-]{0,30}[A-Za-z0-9]", fullmatch=True))
def test_ordinary_addresses_are_written_as_they_are(local: str) -> None:
    to = f"{local.replace('..', '.')}@harbor.example"
    assert compose(Message(KEY, "ref", to, "s", "t"), SENDER)["To"] == to


def test_an_international_address_goes_to_a_server_that_can_write_it(smtp_server: SmtpServer) -> None:
    SmtpEmail(smtp_server.url, SENDER).send(replace(MESSAGE, to="mårten@harbor.example"))
    assert smtp_server.messages[0].recipients == ("mårten@harbor.example",)


def test_an_international_address_is_refused_for_good_where_the_server_cannot(odd_server: Odd) -> None:
    error = failure_of(SmtpEmail(odd_server.url, SENDER), replace(MESSAGE, to="mårten@harbor.example"))
    assert (error.failure, odd_server.messages) == (Failure.PERMANENT, [])


def test_a_file_appears_whole_under_its_key_and_a_repeat_replaces_it(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    channel = FolderEmail(folder, SENDER)
    channel.send(MESSAGE)
    channel.send(MESSAGE)
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.eml"]
    parsed = message_from_bytes((folder / f"{KEY}.eml").read_bytes(), policy=policy.default)
    assert (parsed["Message-ID"], parsed["X-Referral-Id"]) == (f"<{KEY}@sender.example>", MESSAGE.reference)


def test_two_messages_are_two_files(tmp_path: Path) -> None:
    channel = FolderEmail(tmp_path, SENDER)
    channel.send(MESSAGE)
    channel.send(Message("6f" * 32, "ref", "a@b.example", "s", "t"))
    assert len(list(tmp_path.glob("*.eml"))) == 2


def test_without_a_mail_server_nothing_is_tried() -> None:
    with pytest.raises(DeliveryError) as caught:
        NoEmail().send(MESSAGE)
    assert caught.value.failure is Failure.NOT_CONFIGURED
