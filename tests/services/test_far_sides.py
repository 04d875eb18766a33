"""A referral on its way over each channel, to a real server: the same chain of attempts, the same words."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from referral.channels import make_channels
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import AccessLink, Consent
from referral.services import open_office_link
from referral.services.consent_ends import end_expired
from referral.services.deliver import deliver
from referral.settings import Settings
from referral.store import deliveries
from tests.factories import COORDINATOR, NOW, make_role
from tests.servers.http import RESET, HttpServer
from tests.services.journeys import again, approved, attempts_of, history, referral_of, step


def send(app: Flask, server: HttpServer, now: datetime = NOW) -> list[str]:
    """Send what is due over the channels as the settings make them."""
    data_dir = app.extensions["settings"].data_dir
    settings = Settings.from_env({"DATA_DIR": str(data_dir), "DEMO": "1", "OUTBOUND_ALLOW": server.place})
    due = deliveries.due(now, 100)
    db.session.rollback()
    return [deliver(one, make_channels(settings), settings, lambda: now) for one in due]


@pytest.mark.parametrize("kind", ["webhook", "fhir"])
def test_a_referral_goes_to_the_offices_own_program(app: Flask, http_server: HttpServer, kind: str) -> None:
    request_id = approved(make_role(channel=kind, channel_address=http_server.url))
    assert send(app, http_server) == ["delivered"]
    delivery = referral_of(request_id)
    assert (delivery.channel, delivery.status, again(request_id).stage) == (kind, "delivered", Stage.DELIVERED)
    (request,) = http_server.requests
    assert (request.headers.get("webhook-id") or request.headers["idempotency-key"]) == delivery.key
    body = request.body.decode()
    assert again(request_id).identifier in body
    assert "/office/" in body
    assert "Sample" in body


@pytest.mark.parametrize("kind", ["webhook", "fhir"])
def test_a_program_fetches_the_packet_as_a_file_for_a_few_days_and_gets_a_new_link(
    app: Flask, http_server: HttpServer, kind: str
) -> None:
    client = app.test_client()
    request_id = approved(make_role(channel=kind, channel_address=http_server.url))
    send(app, http_server)
    first = file_address(http_server)
    with client.get(first) as answer:
        assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert again(request_id).current_task.opened_at is None, "a program is no person"  # type: ignore[union-attr]  # asked
    open_office_link.end(request_id, COORDINATOR, NOW)
    assert client.get(first).status_code == 404
    open_office_link.send_new(request_id, COORDINATOR, NOW)
    assert send(app, http_server) == ["delivered", "delivered"], "the link, and “sent” to the patient"
    second = file_address(http_server)
    assert first != second
    with client.get(second) as answer:
        assert answer.status_code == 200
    for link in db.session.scalars(select(AccessLink).where(AccessLink.purpose == "packet")):
        assert link.expires_at - link.created_at == timedelta(days=3)
        link.expires_at = datetime.now(UTC)
    db.session.commit()
    assert client.get(second).status_code == 404


def file_address(server: HttpServer) -> str:
    """Where the last message says that the packet lies as one PDF."""
    found = re.search(r"/office/[^/\"]+/packet\.pdf", server.requests[-1].body.decode())
    assert found is not None
    return found[0]


@pytest.mark.parametrize("kind", ["webhook", "fhir"])
def test_a_repeat_after_a_lost_answer_has_one_effect(app: Flask, http_server: HttpServer, kind: str) -> None:
    request_id = approved(make_role(channel=kind, channel_address=http_server.url))
    http_server.answer_with(RESET)
    assert send(app, http_server) == ["queued"]
    assert send(app, http_server, NOW + timedelta(minutes=1)) == ["delivered"]
    assert len(http_server.requests) == 2
    assert http_server.effects == {referral_of(request_id).key}
    assert http_server.requests[0].body == http_server.requests[1].body
    assert attempts_of(referral_of(request_id)) == [(1, "unknown"), (2, "delivered")]


def test_a_refusal_waits_for_a_person_and_a_busy_server_is_left_alone_as_long_as_it_asks(
    app: Flask, http_server: HttpServer
) -> None:
    request_id = approved(make_role(channel="webhook", channel_address=http_server.url), reroute_allowed=False)
    http_server.answer_with("too-many-429", "refused-400")
    assert send(app, http_server) == ["queued"]
    assert referral_of(request_id).due_at >= NOW + timedelta(minutes=2)
    assert send(app, http_server, NOW + timedelta(minutes=1)) == []
    assert "failed" in send(app, http_server, NOW + timedelta(minutes=3))
    assert again(request_id).stage == Stage.SEND_FAILED
    assert referral_of(request_id).error == "answered 400: not understood"
    assert [attempt.code for attempt in referral_of(request_id).tries] == ["429", "400"]


def test_an_address_in_the_operators_own_network_gets_nothing(app: Flask, http_server: HttpServer) -> None:
    address = http_server.url.replace("127.0.0.1", "localhost")
    request_id = approved(make_role(channel="webhook", channel_address=address), reroute_allowed=False)
    assert send(app, http_server) == ["failed"]
    assert http_server.requests == []
    assert again(request_id).stage == Stage.SEND_FAILED


def test_the_offices_program_is_told_that_the_request_is_cancelled(app: Flask, http_server: HttpServer) -> None:
    request_id = approved(make_role(channel="webhook", channel_address=http_server.url))
    send(app, http_server)
    step(request_id, Action.CANCEL)
    send(app, http_server)
    assert [b'"type":"referral.cancelled"' in request.body for request in http_server.requests] == [False, True]


def test_nothing_leaves_without_the_consent_it_stands_on(app: Flask, http_server: HttpServer) -> None:
    request_id = approved(make_role(channel="fhir", channel_address=http_server.url), reroute_allowed=False)
    task = again(request_id).current_task
    assert task is not None
    db.session.get_one(Consent, task.consent_id).revoked_at = NOW
    db.session.commit()
    assert send(app, http_server) == []
    assert http_server.requests == []
    assert end_expired(NOW) == 1
    assert history(request_id)[-1] == ("withdraw-consent", "queued", "ready")


def test_the_settings_reach_the_channels(tmp_path: Path) -> None:
    made = create_app({"DATA_DIR": str(tmp_path), "REDIS_URL": "", "OUTBOUND_ALLOW": "10.0.0.1:8443"})
    webhook = made.extensions["channels"]["webhook"]
    assert webhook.outbound.allow == frozenset({"10.0.0.1:8443"})
