"""The pages of those who lead: clocks with their checks and their log, and how sending goes."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.domain.lifecycle import Stage
from referral.extensions import db
from referral.models import Breaker, Delivery
from referral.services import outbox, run_clocks
from referral.services.clockwork import settings
from referral.store import breakers, operations
from tests.factories import make_request, make_staff
from tests.signing_in import sign_in
from tests.web.office_steps import right_now
from tests.web.page_rules import faults_of, words_of

CLOCKS, SENDING = "/admin/clocks", "/admin/sending"


def signed_in(client: FlaskClient, role: str) -> None:
    """Let somebody of this role into this browser."""
    staff = make_staff(f"{role}@example.org", role)
    sign_in(client, staff)


@pytest.mark.parametrize("role, status", [("lead", 200), ("admin", 200), ("coordinator", 404), ("auditor", 404)])
def test_who_leads_and_who_administers_may_see_them(client: FlaskClient, role: str, status: int) -> None:
    assert client.get(CLOCKS).location == "/sign-in"
    signed_in(client, role)
    for address in (CLOCKS, SENDING):
        answer = client.get(address)
        assert answer.status_code == status
        assert faults_of(answer.text) == []
    assert client.post(f"{SENDING}/retry").status_code == (303 if status == 200 else 404)
    assert client.post(CLOCKS, data={}).status_code == (303 if status == 200 else 404)
    assert client.get("/admin/").status_code == (200 if role == "admin" else 404)


def test_every_clock_is_shown_and_a_change_counts_and_is_kept_in_the_log(client: FlaskClient) -> None:
    signed_in(client, "lead")
    page = client.get(CLOCKS).text
    assert [name for name in run_clocks.current() if f'name="{name}"' not in page] == []
    form = {**run_clocks.current(), "hours.sent.routine": "12.0", "desk.state": "MA"}
    assert client.post(CLOCKS, data=form).status_code == 303
    assert client.post(CLOCKS, data=form).status_code == 303, "the same again changes nothing"
    assert settings().hours[Stage.SENT][2] == 12
    assert settings().desk.state == "MA"
    logged = [(change.by, change.name, change.old, change.new) for change in operations.clock_changes(10)]
    assert logged == [
        ("lead@example.org", "hours.sent.routine", None, "12"),
        ("lead@example.org", "desk.state", None, "MA"),
    ]
    client.post(CLOCKS, data={**form, "hours.sent.routine": "18"})
    assert operations.clock_settings() == {"desk.state": "MA"}
    words = words_of(client.get(CLOCKS).text)
    assert "hours.sent.routine 12 18" in words


@pytest.mark.parametrize(
    "name, value",
    [
        ("hours.sent.routine", "0"), ("hours.sent.routine", "soon"), ("ladder.warn", "0.4"),
        ("desk.zone", "Mars/Olympus"), ("desk.country", "usa"), ("desk.state", "Massachusetts"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_clock_is_refused_at_its_field(client: FlaskClient, name: str, value: str) -> None:
    signed_in(client, "lead")
    answer = client.post(CLOCKS, data={**run_clocks.current(), name: value})
    assert answer.status_code == 422
    assert faults_of(answer.text) == []
    assert f'value="{value}"' in answer.text
    assert operations.clock_settings() == {}


def test_what_waits_is_counted_and_tried_at_once(app_on_both: Flask) -> None:
    client, now = app_on_both.test_client(), right_now()
    signed_in(client, "admin")
    make_request(now=now)
    waiting = db.session.scalars(select(Delivery)).one()
    waiting.due_at, waiting.attempts = now + timedelta(hours=1), 3
    down = Breaker(
        channel="email", endpoint="mail.example:25", failures=5, failing_since=now, opened_at=now,
        probe_at=now + timedelta(minutes=5),
    )  # fmt: skip
    db.session.add(down)
    operations.beat("celery@desk-1", now, now - timedelta(minutes=5), "", None)
    db.session.commit()
    words = words_of(client.get(SENDING).text)
    for part in ("Sending needs a look", "by email 1 0", "mail.example:25 : the mail server", "silent: taken for dead"):
        assert part in words
    assert client.post(f"{SENDING}/retry").status_code == 303
    assert "1 message is tried with the next sweep" in client.get(SENDING).text
    db.session.expire_all()
    assert db.session.scalars(select(Delivery.due_at)).one() < now + timedelta(minutes=1)
    (row,) = breakers.open_ones()
    assert row.probe_at is not None
    assert row.probe_at < now + timedelta(minutes=1)


def test_what_could_not_be_sent_is_listed_and_a_mail_to_staff_goes_again(client: FlaskClient) -> None:
    signed_in(client, "admin")
    request, lead, now = make_request(now=right_now()), make_staff("lena@example.org", "lead"), right_now()
    lost = outbox.to_staff(request, lead, outbox.STAFF_LATE, "1", now)
    assert lost is not None
    lost.status, lost.attempts, lost.error, lost.failed_at = "failed", 3, "the mail server refused it", now
    db.session.commit()
    page = client.get(SENDING)
    assert faults_of(page.text) == []
    words = words_of(page.text)
    for part in (request.identifier, "Lena", "It could not be sent (the mail server refused it)."):
        assert part in words
    assert client.post(f"{SENDING}/again", data={"message": str(lost.id)}).status_code == 303
    words = words_of(client.get(SENDING).text)
    assert "It is sent again with the next sweep" in words
    assert "Nothing was given up." in words
    db.session.refresh(lost)
    assert (lost.status, lost.error) == ("queued", "")
    client.post(f"{SENDING}/again", data={"message": str(request.id)})
    assert "cannot be sent again from here" in client.get(SENDING).text
