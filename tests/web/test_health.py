"""Is it up, is it ready, what does it count."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from referral.extensions import db
from referral.store import operations
from tests.application import application_on
from tests.factories import make_index, make_request, make_role
from tests.servers import free_port
from tests.servers.clamd import Clamd
from tests.servers.databases import DatabaseMaker
from tests.services.journeys import approved, delivered

DOWN = "postgresql://referral@127.0.0.1:{port}/gone?connect_timeout=2"


def started(folder: Path, database_url: str, **settings: str) -> Flask:
    """The application with these settings."""
    return create_app({"DATABASE_URL": database_url, "DATA_DIR": str(folder), **settings})


def test_the_process_answers(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_a_missing_index_is_built_by_the_first_look(client: FlaskClient, app: Flask) -> None:
    assert app.extensions["index"].current() is None

    answer = client.get("/readyz")

    assert (answer.status_code, answer.get_json()["checks"]["index"]) == (200, True)
    assert app.extensions["index"].current() is not None


def test_an_index_that_cannot_be_written_is_unready(client: FlaskClient, app: Flask) -> None:
    app.extensions["index"].folder.write_text("a file where a folder belongs", encoding="utf-8")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.get_json()["status"], answer.get_json()["checks"]["index"]) == (
        503,
        "unready",
        False,
    )


def test_database_and_index_make_it_ready_and_a_missing_broker_degraded(app_on_both: Flask) -> None:
    make_role()
    make_index()
    answer = app_on_both.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "degraded",
        "checks": {"database": True, "index": True, "degraded": ["broker", "no worker"]},
    }


def test_with_a_broker_all_is_well(make_database: DatabaseMaker, tmp_path: Path, valkey_url: str) -> None:
    app = started(tmp_path, make_database("sqlite"), REDIS_URL=valkey_url, DEMO="1")
    with app.app_context():
        make_role()
        operations.beat("desk-1", datetime.now(UTC), datetime.now(UTC), "", None)
        make_index()
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert 'referral_worker_beat_age_seconds{worker="desk-1"}' in app.test_client().get("/metrics").text


def test_without_mail_server_and_demo_it_says_that_nothing_is_sent(app: Flask, tmp_path: Path) -> None:
    make_role()
    make_index()
    database_url = db.engine.url.render_as_string(hide_password=False)
    answer = started(tmp_path / "data", database_url, DEMO="0").test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["degraded"]) == (
        200,
        ["broker", "no worker", "mail not configured"],
    )


def test_a_database_that_is_down_is_unready_and_the_process_lives(tmp_path: Path) -> None:
    client = started(tmp_path, DOWN.format(port=free_port())).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["database"]) == (503, False)
    assert client.get("/healthz").status_code == 200


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        yield f"redis://127.0.0.1:{silent.getsockname()[1]}"


def test_a_broker_that_hangs_does_not_make_the_question_hang(
    make_database: DatabaseMaker, tmp_path: Path, silent_broker: str
) -> None:
    client = started(tmp_path, make_database("sqlite"), REDIS_URL=silent_broker).test_client()
    begun = time.monotonic()
    assert "broker" in client.get("/readyz").get_json()["checks"]["degraded"]
    assert time.monotonic() - begun < 3


def test_metrics_count_stages_and_statuses_and_name_nobody(app_on_both: Flask) -> None:
    make_request(make_role())
    approved()
    delivered()
    text = app_on_both.test_client().get("/metrics").text
    assert 'referral_requests{stage="submitted"} 1.0' in text
    assert 'referral_requests{stage="delivered"} 2.0' in text
    assert 'referral_deliveries{status="delivered"} ' in text
    assert not [word for word in ("Maria", "Sample", "Rivera", "@", "SO-", "CHOL") if word in text]


@pytest.mark.parametrize(
    "peer, headers, status",
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.1", {"X-Real-IP": "192.0.2.7"}, 404),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 404),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 404),
        ("192.0.2.7", {}, 404),
        ("", {}, 404),
        ("::ffff:192.0.2.7", {}, 404),
    ],
)
def test_without_a_token_only_this_machine_reads_metrics(
    client: FlaskClient, peer: str, headers: dict[str, str], status: int
) -> None:
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == status


@pytest.mark.parametrize(
    "headers, status",
    [
        ({}, 404),
        ({"Authorization": "Bearer right-token"}, 200),
        ({"Authorization": "Bearer right-token", "X-Forwarded-For": "192.0.2.7"}, 200),
        ({"Authorization": "Bearer wrong"}, 404),
        ({"Authorization": "Bearer r\u00efght"}, 404),
        ({"Authorization": "Basic right-token"}, 404),
    ],
)
def test_with_a_token_its_bearer_reads_metrics_from_anywhere(
    make_database: DatabaseMaker, tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    client = started(tmp_path, make_database("sqlite"), METRICS_TOKEN="right-token").test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert answer.status_code == status


def test_a_scanner_that_was_named_and_does_not_answer_is_told(
    make_database: DatabaseMaker, tmp_path: Path, clamd: Clamd
) -> None:
    for app in application_on(make_database("sqlite"), tmp_path / "data", CLAMD=clamd.address):
        client = app.test_client()
        assert "virus scanner" not in client.get("/readyz").get_json()["checks"]["degraded"]
        clamd.close()
        answer = client.get("/readyz")
        assert (answer.status_code, "virus scanner" in answer.get_json()["checks"]["degraded"]) == (200, True)
