"""Receipts: signed or refused, kept once, early or late, and never turning back what is known."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from standardwebhooks import Webhook as Signer

from referral.channels import DeliveryError, Failure
from referral.channels.email import compose
from referral.domain.codes import ChannelKind
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import DirectoryCheck, Receipt
from referral.services.bounce_mail import read_mail
from referral.services.receipts import EARLY_FOR, Kind, News, Outcome, take_in, take_up_waiting
from referral.store import deliveries
from tests.channels.packets import message
from tests.factories import NOW, make_role
from tests.fakes import FakeChannel
from tests.services.journeys import again, approved, delivered, history, referral_of, send_due, step

ROUTE = "/api/v1/receipts/webhook"
MAYBE = DeliveryError(Failure.UNKNOWN, "no answer")
SOON = NOW + timedelta(minutes=1)


def news(key: str, kind: Kind = Kind.DELIVERED, event_id: str = "evt-1", detail: str = "") -> News:
    """One event about a message."""
    return News("mail", event_id, kind, key, detail)


def checks() -> list[str]:
    """Why somebody has to look at the directory."""
    return list(db.session.scalars(select(DirectoryCheck.reason)))


def test_a_receipt_tells_what_we_did_not_know(app_on_both: Flask) -> None:
    request_id = approved()
    assert send_due(FakeChannel(MAYBE, repeatable=False)) == ["unknown"]
    assert take_in(news(referral_of(request_id).key), SOON) is Outcome.APPLIED
    delivery = referral_of(request_id)
    assert (delivery.status, delivery.handed_over_at, delivery.delivered_at) == ("delivered", NOW, SOON)
    assert again(request_id).stage == Stage.DELIVERED


def test_a_message_that_arrived_is_not_sent_again(app: Flask) -> None:
    request_id = approved()
    assert send_due(FakeChannel(MAYBE)) == ["queued"]
    assert take_in(news(referral_of(request_id).key), SOON) is Outcome.APPLIED
    channel = FakeChannel()
    send_due(channel, NOW + timedelta(days=1))
    assert all(sent.key != referral_of(request_id).key for sent in channel.sent)
    assert history(request_id)[-2:] == [("hand-over", "queued", "sent"), ("deliver", "sent", "delivered")]


def test_a_repeat_changes_nothing(app_on_both: Flask) -> None:
    request_id = delivered(reroute_allowed=False)
    key = referral_of(request_id).key
    outcomes = [take_in(news(key, Kind.FAILED), SOON) for _ in range(5)]
    assert outcomes == [Outcome.APPLIED, *[Outcome.KNOWN] * 4]
    assert again(request_id).stage == Stage.SEND_FAILED
    assert len(db.session.scalars(select(Receipt)).all()) == 1
    assert len(checks()) == 1


@pytest.mark.parametrize(
    "order, status",
    [
        ([Kind.OPENED, Kind.DELIVERED], "delivered"),
        ([Kind.DELIVERED, Kind.OPENED], "delivered"),
        ([Kind.FAILED, Kind.DELIVERED], "failed"),
        ([Kind.FAILED, Kind.OPENED], "failed"),
        ([Kind.DELIVERED, Kind.FAILED], "failed"),
    ],
)
def test_in_whatever_order_they_come_nothing_falls_back(app: Flask, order: list[Kind], status: str) -> None:
    request_id = delivered(reroute_allowed=False)
    delivery_id, key = referral_of(request_id).id, referral_of(request_id).key
    for number, kind in enumerate(order):
        take_in(news(key, kind, f"evt-{number}"), SOON)
    delivery = deliveries.get(delivery_id)
    assert delivery is not None
    assert (delivery.status, delivery.delivered_at) == (status, NOW)
    assert delivery.task is not None
    assert (delivery.task.opened_at is not None) == (Kind.OPENED in order and status == "delivered")


def test_a_bounce_sends_the_referral_on_and_opens_a_check(app_on_both: Flask) -> None:
    first, second = make_role(), make_role()
    next_role = second.id
    request_id = delivered(first, second)
    key = referral_of(request_id).key
    assert take_in(news(key, Kind.FAILED, detail="5.1.1"), SOON) is Outcome.APPLIED
    request = again(request_id)
    assert request.stage == Stage.QUEUED
    assert request.current_task is not None
    assert request.current_task.role_id == next_role
    bounced = deliveries.by_key(key)
    assert bounced is not None
    assert (bounced.status, bounced.error, bounced.failed_at) == ("failed", "came back: 5.1.1", SOON)
    assert checks() == ["bounced"]


def test_an_office_that_has_answered_keeps_the_request_whatever_comes_back(app: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACKNOWLEDGE)
    assert take_in(news(referral_of(request_id).key, Kind.FAILED), SOON) is Outcome.IGNORED
    assert (again(request_id).stage, checks()) == (Stage.ACKNOWLEDGED, ["bounced"])


def test_a_bounce_while_the_request_is_on_hold_is_faced_when_it_goes_on(app: Flask) -> None:
    request_id = delivered(reroute_allowed=False)
    step(request_id, Action.HOLD)
    assert take_in(news(referral_of(request_id).key, Kind.FAILED), SOON) is Outcome.APPLIED
    assert again(request_id).stage == Stage.ON_HOLD
    step(request_id, Action.RESUME)
    assert again(request_id).stage == Stage.SEND_FAILED


def test_a_receipt_that_comes_before_our_own_note_waits_for_it(app_on_both: Flask) -> None:
    request_id = approved(reroute_allowed=False)
    key = referral_of(request_id).key
    early: list[Outcome] = []

    class Quick(FakeChannel):
        def send(self, message: object) -> None:
            with app_on_both.app_context():
                early.append(take_in(news(key, Kind.FAILED), NOW))

    assert send_due(Quick()) == ["delivered"]
    assert early == [Outcome.WAITING]
    assert take_up_waiting(SOON) == 1
    assert again(request_id).stage == Stage.SEND_FAILED
    assert take_up_waiting(SOON) == 0


def test_a_receipt_of_a_message_nobody_knows_waits_five_minutes(app: Flask) -> None:
    assert take_in(news("a" * 64), NOW) is Outcome.WAITING
    assert take_up_waiting(NOW + EARLY_FOR) == 0
    assert db.session.scalars(select(Receipt.outcome)).one() == "waiting"
    take_up_waiting(NOW + EARLY_FOR + timedelta(seconds=1))
    assert db.session.scalars(select(Receipt.outcome)).one() == "unmatched"


# --- signed receipts over HTTP


def signed(
    app: Flask,
    body: object,
    event_id: str = "msg_1",
    at: datetime | None = None,
    changes: Mapping[str, str] | None = None,
) -> tuple[bytes, dict[str, str]]:
    """A receipt as a program sends it, with changes to its headers."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    moment = at or datetime.now(UTC)
    signature = Signer(app.extensions["settings"].webhook_secret).sign(event_id, moment, raw.decode("utf-8", "replace"))
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }
    return raw, {**headers, **(changes or {})}


def body_for(key: str, kind: str = "delivered") -> dict[str, object]:
    """What stands in a receipt."""
    return {"type": f"delivery.{kind}", "timestamp": "2026-11-23T15:00:00Z", "data": {"key": key, "code": "202"}}


def test_a_signed_receipt_is_taken_in_once(app: Flask, client: FlaskClient) -> None:
    request_id = approved()
    send_due(FakeChannel(MAYBE, repeatable=False))
    referral_of(request_id).channel = ChannelKind.WEBHOOK
    db.session.commit()
    raw, headers = signed(app, body_for(referral_of(request_id).key))
    answers = [client.post(ROUTE, data=raw, headers=headers) for _ in range(3)]
    assert [(answer.status_code, answer.get_json()) for answer in answers] == [
        (200, {"outcome": "applied"}), (200, {"outcome": "known"}), (200, {"outcome": "known"}),
    ]  # fmt: skip
    assert again(request_id).stage == Stage.DELIVERED


def test_who_has_the_secret_for_webhooks_says_nothing_of_mails(app: Flask, client: FlaskClient) -> None:
    request_id = approved()
    send_due(FakeChannel())
    raw, headers = signed(app, body_for(referral_of(request_id).key, "failed"))
    assert client.post(ROUTE, data=raw, headers=headers).get_json() == {"outcome": "unmatched"}
    assert again(request_id).stage == Stage.DELIVERED


def test_an_early_receipt_is_accepted_for_later(app: Flask, client: FlaskClient) -> None:
    raw, headers = signed(app, body_for("a" * 64))
    answer = client.post(ROUTE, data=raw, headers=headers)
    assert (answer.status_code, answer.get_json()) == (202, {"outcome": "waiting"})


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-signature": "v1,aW52YWxpZA=="},
        {"webhook-signature": "v1"},
        {"webhook-signature": ""},
        {"webhook-signature": "v2,x v1,ü"},
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "1e400"},
    ],
)
def test_a_forged_receipt_is_refused(app: Flask, client: FlaskClient, changes: dict[str, str]) -> None:
    raw, headers = signed(app, body_for("a" * 64), changes=changes)
    assert client.post(ROUTE, data=raw, headers=headers).status_code == 401
    assert db.session.scalars(select(Receipt)).all() == []


@pytest.mark.parametrize("minutes", [-60, -6, 6, 60])
def test_an_old_receipt_is_refused_although_it_is_signed(app: Flask, client: FlaskClient, minutes: int) -> None:
    raw, headers = signed(app, body_for("a" * 64), at=datetime.now(UTC) + timedelta(minutes=minutes))
    assert client.post(ROUTE, data=raw, headers=headers).status_code == 401


def test_the_raw_bytes_are_what_is_signed(app: Flask, client: FlaskClient) -> None:
    raw, headers = signed(app, body_for("a" * 64))
    assert client.post(ROUTE, data=raw.replace(b": ", b":"), headers=headers).status_code == 401
    assert client.post(ROUTE, data=b"\xff\xfe", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"", b"null", {"type": "delivery.vanished", "data": {"key": "a" * 64}},
        {"type": "delivery.failed", "data": {"key": "x"}}, {"type": "delivery.failed"},
        {"type": "delivery.failed", "data": {"key": "a" * 64, "code": "Maria Sample\n"}},
    ],
)  # fmt: skip
def test_a_signed_receipt_that_says_nothing_we_know_is_a_422(app: Flask, client: FlaskClient, body: object) -> None:
    raw, headers = signed(app, body)
    assert client.post(ROUTE, data=raw, headers=headers).status_code == 422


# --- mail that came back


def returned(message_id: str, groups: Sequence[dict[str, str]], *, whole: bool = True) -> bytes:
    """A notification as mail servers write them."""
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["From"], report["To"] = "MAILER-DAEMON@mail.example", "referrals@localhost"
    report["Subject"], report["Message-ID"] = "Undelivered Mail Returned to Sender", "<20261123.7@mail.example>"
    report.attach(MIMEText("I'm sorry to have to inform you that your message could not be delivered."))
    status = EmailMessage()
    status.set_type("message/delivery-status")
    per_message = EmailMessage()
    per_message["Reporting-MTA"] = "dns; mail.example"
    parts: list[Message | str] = [per_message]
    for group in groups:
        part = EmailMessage()
        for name, text in group.items():
            part[name] = text
        parts.append(part)
    status.set_payload(parts)
    report.attach(status)
    original = EmailMessage()
    original["Message-ID"], original["Subject"] = message_id, "A request"
    carried = EmailMessage()
    if whole:
        carried.set_type("message/rfc822")
        carried.set_payload([original])
    else:
        carried.set_content(original.as_string(), subtype="rfc822-headers")
    report.attach(carried)
    return report.as_bytes()


FAILED = {"Final-Recipient": "rfc822; office@harbor.example", "Action": "failed", "Status": "5.1.1"}
KEY = "5e" * 32


@pytest.mark.parametrize("whole", [True, False])
def test_a_bounce_is_read_as_mail_servers_write_it(whole: bool) -> None:
    (found,) = read_mail(returned(f"<{KEY}@localhost>", [FAILED], whole=whole))
    assert (found.kind, found.key, found.detail, found.provider) == (Kind.FAILED, KEY, "5.1.1", "mail")


@pytest.mark.parametrize(
    "action, kinds", [("delayed", []), ("relayed", []), ("delivered", [Kind.DELIVERED]), ("FAILED", [Kind.FAILED])]
)
def test_only_an_end_counts(action: str, kinds: list[Kind]) -> None:
    raw = returned(f"<{KEY}@localhost>", [{**FAILED, "Action": action}])
    assert [found.kind for found in read_mail(raw)] == kinds


def test_the_mail_we_send_is_found_in_its_own_bounce() -> None:
    sent = compose(message("office@harbor.example"), "referrals@sender.example")
    (found,) = read_mail(returned(str(sent["Message-ID"]), [FAILED]))
    assert found.key == KEY


def test_what_is_no_report_of_ours_tells_nothing() -> None:
    plain = EmailMessage()
    plain["Subject"] = f"Out of office <{KEY}@localhost>"
    plain.set_content("I am away.")
    assert read_mail(plain.as_bytes()) == []
    assert read_mail(returned("<someone-elses@mail.example>", [FAILED])) == []
    assert read_mail(returned(f"<{KEY}@localhost>", [FAILED]) + b"x" * 2_000_000) == []


@given(st.binary(max_size=400))
def test_no_mail_whatever_its_bytes_makes_the_reader_stumble(noise: bytes) -> None:
    raw = returned(f"<{KEY}@localhost>", [FAILED])
    half = len(raw) // 2
    read_mail(noise)
    read_mail(raw[:half] + noise + raw[half:])


def test_the_command_takes_a_bounce_from_a_pipe(app: Flask) -> None:
    request_id = delivered(reroute_allowed=False)
    raw = returned(f"<{referral_of(request_id).key}@localhost>", [FAILED])
    runner = app.test_cli_runner()
    first = runner.invoke(args=["receipts", "mail"], input=raw)
    again_said = runner.invoke(args=["receipts", "mail"], input=raw)
    nothing = runner.invoke(args=["receipts", "mail"], input=b"Subject: hello\r\n\r\nhello")
    assert (first.exit_code, first.output) == (0, "failed 5.1.1: applied\n")
    assert (again_said.exit_code, again_said.output) == (0, "failed 5.1.1: known\n")
    assert (nothing.exit_code, nothing.output) == (0, "This mail tells nothing of our messages.\n")
    assert again(request_id).stage == Stage.SEND_FAILED
