"""Real workers on real servers: nothing is lost, and what is sent twice is sent under one Message-ID."""

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.access import tokens
from referral.extensions import db
from referral.models import DeliveryAttempt
from tests.depth import everything
from tests.factories import make_role
from tests.servers import wait_until
from tests.workers.conftest import Site, kill_group

ALLOWED_SECONDS = 3.5
PERSONAL = ("Maria", "Sample", "maria@", "referrals@harbor.example", "1961-03-27", "CHOL")


@pytest.mark.parametrize("database_url", ["postgresql", pytest.param("sqlite", marks=pytest.mark.chaos)], indirect=True)
def test_thirty_requests_are_delivered_once_by_a_worker_that_knows_data_dir_alone(site: Site) -> None:
    with site.broker(), site.worker():
        site.approve(30, contact_by_email=True)
        wait_until(site.all_delivered, 60, f"not delivered: {site.counts()}")
    assert site.stages() == {"delivered": 30}
    assert site.message_ids().keys() == site.wanted_ids()
    assert len(site.wanted_ids()) == 90, "for each: the confirmation, the referral, and word that it arrived"
    assert set(site.message_ids().values()) == {1}
    assert [word for word in PERSONAL if word in site.logs[0]] == []


@pytest.mark.chaos
def test_killed_workers_lose_nothing_and_repeat_nothing_under_another_name(site: Site) -> None:
    """Both processes die when the mail server has taken their message and they do not know it yet.

    With all cases they die at any other moment too, and a second time.
    """
    repeated, deaths = 0, (True, False, True) if everything() else (True,)
    with site.broker():
        site.approve(30, contact_by_email=False)
        for silent in deaths:
            begun = len(site.mail.messages)
            site.mail.silent_after = begun + 5 if silent else None
            with site.worker() as worker:
                wait_until(lambda: len(site.mail.messages) >= begun + 7, 30, "the worker does not send")  # noqa: B023 - called at once
                kill_group(worker)
            in_flight = site.counts().get("sending", 0)
            assert in_flight == 2 if silent else in_flight <= 2
            repeated += in_flight
            site.mail.silent_after = None
            site.hurry()
        with site.worker():
            wait_until(site.all_delivered, 60, "something was lost")
    assert site.stages() == {"delivered": 30}
    assert site.message_ids().keys() == site.wanted_ids()
    assert len(site.wanted_ids()) == 30
    assert 30 + 2 * sum(deaths) <= len(site.mail.messages) <= 30 + repeated
    with site.app.test_request_context("/"):
        attempts = db.session.scalars(select(DeliveryAttempt.outcome)).all()
    assert sorted(set(attempts)) == ["delivered", "unknown"]
    assert (attempts.count("delivered"), attempts.count("unknown")) == (30, repeated)


def ask(client: FlaskClient, role_id: str) -> str:
    """Send a request in through the API, and approve it there, both while the broker is away; its id."""
    body = {
        "cancer": "CHOL", "shortlist": [role_id], "consent": {"share_with_specialists": True},
        "patient": {"given": "Maria", "family": "Sample", "birth_date": "1961-03-27", "phone": "617 555 0123"},
    }  # fmt: skip
    made = client.post("/api/v1/referrals", json=body)
    assert made.status_code == 201, made.text
    return str(made.get_json()["id"])


@contextlib.contextmanager
def while_the_broker_is_away(site: Site) -> Iterator[None]:
    """A worker that has sent two referrals and whose broker then died, and three more that were taken in since."""
    with site.app.app_context():
        role_id = make_role(assured_on=datetime.now(UTC).date()).id
        token = tokens.make("desk", "coordinator", None, datetime.now(UTC) - timedelta(seconds=1))
        db.session.commit()
    client, headers = site.app.test_client(), {"Authorization": f"Bearer {token}"}
    with contextlib.ExitStack() as running:
        with site.broker():
            running.enter_context(site.worker())
            site.approve(2, contact_by_email=False)
            wait_until(site.all_delivered, 60, "the worker does not send")
        begun = time.monotonic()
        for _ in range(3):
            made = ask(client, role_id)
            answer = client.post(f"/api/v1/referrals/{made}/actions", json={"action": "approve"}, headers=headers)
            assert (answer.status_code, answer.get_json()["stage"]) == (200, "queued")
        assert time.monotonic() - begun < ALLOWED_SECONDS, "a broker that is away holds pages up once, not each time"
        yield
        wait_until(site.all_delivered, 120, f"the worker that was there did not send: {site.counts()}")
    assert set(site.message_ids().values()) == {1}
    assert site.stages() == {"delivered": 5}


@pytest.mark.chaos
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_broker_requests_and_approvals_are_taken_and_the_same_worker_sends_them_later(site: Site) -> None:
    """Whether Celery listens again, which it does not always, or the worker goes on by the clock."""
    with contextlib.ExitStack() as running, while_the_broker_is_away(site):
        running.enter_context(site.broker())  # empty: whatever waited in the first one is gone


@pytest.mark.chaos
def test_a_worker_whose_broker_is_away_for_good_sends_everything_by_the_clock(site: Site) -> None:
    with while_the_broker_is_away(site):
        pass
    assert "hears no jobs although messages are due; it sends by the clock" in site.logs[0]
