"""How often an address may guess; the rest is not counted."""

from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from referral.access.rate_limits import ACCOUNT, LIMITS, SEARCHING, Limiter
from referral.access.sessions import STAFF
from tests.access.matrix import ROUTES
from tests.servers.databases import DatabaseMaker

GUESS = ("track.by_code", "POST")


def test_every_view_of_the_table_exists(app: Flask) -> None:
    views = {(rule.endpoint, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert set(LIMITS) <= views


def test_codes_cannot_be_guessed_faster_than_ten_a_minute(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [client.post("/track", data={"code": "7KQ2-M4XA-93TD"}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert [one.endpoint for one in caplog.records if one.message == "Limit reached"] == ["track.by_code"]  # type: ignore[attr-defined]  # what we add
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Please wait a little" in answers[-1].text
    assert client.get("/track").status_code == 200


def test_a_header_that_names_another_address_changes_nothing(client: FlaskClient) -> None:
    statuses = [
        client.post("/track", data={}, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(11)
    ]
    assert statuses[-1] == 429


def test_one_code_is_counted_from_whichever_address_it_is_tried(client: FlaskClient) -> None:
    born = {"birth_date.day": "27", "birth_date.month": "3", "birth_date.year": "1961"}
    for path, code in (("/track", "7KQ2-M4XA-93TD"), ("/request/go-on", "7KQ2-M4XA-93TD-8HBW-0C5E")):
        tries = [
            client.post(path, data={"code": code, **born}, environ_base={"REMOTE_ADDR": f"203.0.113.{n}"})
            for n in range(11)
        ]
        assert [answer.status_code for answer in tries] == [422] * 10 + [429]


def test_programs_are_told_as_a_problem_document(client: FlaskClient) -> None:
    answers = [client.post("/api/v1/referrals", json={}) for _ in range(61)]

    assert {answer.status_code for answer in answers[:60]} == {422}
    assert (answers[60].status_code, answers[60].content_type) == (429, "application/problem+json")
    assert "Retry-After" in answers[60].headers


def test_an_address_may_search_six_hundred_times_a_minute_and_not_for_ever() -> None:
    limiter = Limiter(None)
    waits = [limiter.wait(("api.specialists.search", "POST"), "192.0.2.1") for _ in range(1201)]
    assert [wait > 0 for wait in waits] == [False] * 1200 + [True]
    assert {LIMITS[place] for place in LIMITS if "search" in place[0]} == {SEARCHING}


def test_what_makes_rows_or_files_or_takes_memory_is_limited() -> None:
    packed = {place.split(" ")[1] for place in ROUTES if place.endswith((".originals", ".fetched_packet", "s.packet"))}
    assert len(packed) == 6
    limited = {place for place, _ in LIMITS}
    assert packed | {"track_uploads.begin", "track_uploads.add", "requests.start", "requests.find"} <= limited


def test_without_redis_each_process_counts_for_itself(tmp_path: Path) -> None:
    limiter = Limiter(f"unix://{tmp_path / 'nobody.sock'}")

    waits = [limiter.wait(GUESS, "192.0.2.1") for _ in range(11)]

    assert waits[:10] == [0] * 10
    assert waits[10] > 0
    assert limiter.wait(GUESS, "192.0.2.2") == 0


def test_processes_share_their_counts_in_redis(valkey_url: str) -> None:
    limiters = [Limiter(valkey_url), Limiter(valkey_url)]

    waits = [limiters[n % 2].wait(GUESS, "192.0.2.1") for n in range(11)]

    assert [wait > 0 for wait in waits] == [False] * 10 + [True]


def test_asking_for_the_headers_alone_counts_as_well(client: FlaskClient) -> None:
    statuses = {client.head(f"/office/{'a' * 43}").status_code for _ in range(61)}
    assert statuses == {404, 429}


def test_a_made_up_token_does_not_stand_for_the_account_that_is_signed_in(app: Flask, client: FlaskClient) -> None:
    limiter: Limiter = app.extensions["rate_limiter"]
    with client.session_transaction() as session:
        session[STAFF] = "a secret of this test"
    while not limiter.wait(ACCOUNT, sha256(b"a secret of this test").hexdigest()[:32]):
        pass

    answer = client.post("/track/leave", headers={"Authorization": "Bearer made-up"})

    assert answer.status_code == 429


def test_switched_off_nothing_is_counted(make_database: DatabaseMaker, tmp_path: Path) -> None:
    app = create_app(
        {"DATABASE_URL": make_database("sqlite"), "DATA_DIR": str(tmp_path), "REDIS_URL": "", "RATE_LIMITS": "off"}
    )
    assert not [hook for hook in app.before_request_funcs.get(None, []) if hook.__name__ == "hold"]
