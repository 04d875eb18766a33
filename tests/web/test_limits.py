"""How much one request may be, how long it may take, and what is said when something fails."""

import itertools
import re
import socket
import threading
import time
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse, encode_multipart

from referral.access import rate_limits, tokens
from referral.access.rate_limits import ACCOUNT, GUESSING, Limiter
from referral.extensions import WEB_STATEMENT_MS, db, take_time
from referral.services import store_file
from referral.web.limits import LONGEST_QUERY, MOST_FIELDS, Patience
from tests.factories import make_index, make_request, make_role, make_staff
from tests.signing_in import sign_in
from tests.web.office_steps import right_now
from tests.web.test_record_pages import form, tracking


def test_a_query_has_an_end(client: FlaskClient) -> None:
    assert client.get("/?q=" + "x" * (LONGEST_QUERY - 2)).status_code == 200
    assert client.get("/?q=" + "x" * (LONGEST_QUERY - 1)).status_code == 414


def test_a_form_has_so_many_fields_and_no_more(client: FlaskClient) -> None:
    def multipart(number: int) -> int:
        boundary, body = encode_multipart({f"field{n}": "x" for n in range(number)})
        return client.post("/track", data=body, content_type=f"multipart/form-data; boundary={boundary}").status_code

    def plain(number: int) -> int:
        whole = f"code=7KQ2-M4XA-93TD{'&a' * (number - 1)}"
        return client.post("/track", data=whole, content_type="application/x-www-form-urlencoded").status_code

    assert (multipart(MOST_FIELDS), plain(MOST_FIELDS)) == (422, 422)
    assert (multipart(MOST_FIELDS + 1), plain(MOST_FIELDS + 1)) == (413, 413)


@pytest.mark.parametrize("body", ["[" * 20 + "]" * 20, "[" * 100_000, '{"a":' * 12 + "1" + "}" * 12])
def test_a_body_that_is_nested_too_deeply_is_refused(client: FlaskClient, body: str) -> None:
    answer = client.post("/api/v1/referrals", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_a_body_that_is_too_long_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/referrals", data=b'"' + b"x" * 2_100_000 + b'"', content_type="application/json")
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")


@pytest.mark.parametrize("words", ["%_%" * 1_000, "\\" * 500, "'; DROP TABLE role; --", "%" * 500])
def test_no_search_text_is_a_pattern(client: FlaskClient, words: str) -> None:
    make_role()
    make_index()
    begun = time.process_time()

    for path in ("/api/v1/cancers", "/api/v1/places"):
        answer = client.get(path, query_string={"q": words})
        assert answer.status_code in (200, 414, 422)
        assert answer.status_code != 200 or "DROP" in words or answer.get_json()["results"] == []
    assert client.post("/results", data={"cancer": words, "near": words}).status_code in (200, 422)

    assert time.process_time() - begun < 5


@pytest.mark.parametrize("unknown", ["sort=name", "order_by=1", "limit=1000000", "offset=-1"])
def test_a_list_is_sorted_and_cut_by_what_is_known_only(client: FlaskClient, unknown: str) -> None:
    assert client.get(f"/api/v1/specialists/search?cancer=CHOL&near=02115&{unknown}").status_code == 422


def test_a_statement_of_a_page_ends_and_one_of_a_job_does_not(app_on_both: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        return
    shown = text("SHOW statement_timeout")
    assert db.session.scalar(shown) == "0"
    db.session.rollback()
    with app_on_both.test_request_context():
        assert db.session.scalar(shown) == f"{WEB_STATEMENT_MS // 1000}s"
        take_time()
        assert db.session.scalar(shown) == "0"
        db.session.rollback()
        db.session.execute(text("SET LOCAL statement_timeout = 50"))
        with pytest.raises(OperationalError, match="timeout"):
            db.session.execute(text("SELECT pg_sleep(5)"))


def test_a_body_that_trickles_in_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    got = []

    def read(environ: dict[str, object], _: object) -> list[bytes]:
        while block := ours.recv(10):
            got.append(block)
        return []

    with ours, theirs:
        theirs.sendall(b"slow")
        begun = time.monotonic()
        answer = Patience(read, 0.2)({"gunicorn.socket": ours, "CONTENT_LENGTH": "100"}, lambda *_: None)  # type: ignore[arg-type]  # a small application
    assert (list(answer), got) == ([], [b"slow"])
    assert time.monotonic() - begun < 3
    assert threading.active_count() < 20


def test_a_link_is_counted_wherever_it_is_tried_from(app: Flask) -> None:
    statuses = [
        app.test_client().post("/track/some-link", data={}, environ_base={"REMOTE_ADDR": f"203.0.113.{n}"}).status_code
        for n in range(11)
    ]
    assert GUESSING.startswith("10 per minute")
    assert (statuses[0], statuses[-1]) == (404, 429)


def test_an_account_is_counted_wherever_it_asks_from() -> None:
    limiter = Limiter(None)
    waits = [limiter.wait(ACCOUNT, "somebody") for _ in range(601)]
    assert (waits[599], limiter.wait(ACCOUNT, "somebody else")) == (0, 0)
    assert waits[600] > 0


def test_a_program_that_changes_too_much_is_told_to_wait(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "ACCOUNT_LIMIT", "3 per minute")
    app.extensions["rate_limiter"] = Limiter(None)
    tries, known = itertools.count(), [f"Bearer {tokens.make(name, 'lead', None, right_now())}" for name in "ab"]
    db.session.commit()

    def ask(method: str, header: str) -> TestResponse:
        elsewhere = {"REMOTE_ADDR": f"203.0.113.{next(tries)}"}
        path = f"/api/v1/referrals/{uuid4()}{'/actions' if method == 'POST' else ''}"
        sent = {"action": "note", "text": "Called.", "version": 1} if method == "POST" else None
        client = app.test_client()
        return client.open(path, method=method, json=sent, headers={"Authorization": header}, environ_base=elsewhere)

    assert [ask("GET", known[0]).status_code for _ in range(4)] == [404] * 4  # reading is not counted
    assert [ask("POST", known[0]).status_code for _ in range(3)] == [404] * 3
    refused = ask("POST", known[0])
    assert (refused.status_code, refused.content_type) == (429, "application/problem+json")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert (ask("POST", known[1]).status_code, ask("GET", known[0]).status_code) == (404, 404)


def test_no_secret_of_a_program_is_a_name_under_which_is_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def wait(_: Limiter, __: tuple[str, str], who: str) -> int:
        asked.append(who)
        return 0

    monkeypatch.setattr(Limiter, "wait", wait)
    app.test_client().post("/api/v1/referrals/x/actions", headers={"Authorization": "Bearer abc"}, json={})
    assert len(asked) == 2
    assert not [who for who in asked if "abc" in who]


class Fails:
    """Something that is away."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., object]:
        def fail(*_: object, **__: object) -> object:
            raise self._error

        return fail


@pytest.fixture
def failing(app: Flask) -> Flask:
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    make_role()
    make_index()
    make_request()
    return app


ROUTES = ("/", "/track", "/coordinator/", "/api/v1/cancers?q=bile", "/api/v1/specialists/search?cancer=CHOL&near=02115",
          "/specialists/1003000126", "/learn/CHOL", "/readyz", "/metrics")  # fmt: skip


@pytest.mark.parametrize("what", ["database", "index", "clock"])
def test_what_fails_is_never_half_an_answer_nor_a_trace(
    failing: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    client, secret = failing.test_client(), "secret of the inside"
    whole = {path: client.get(path).text for path in ROUTES}
    sign_in(client, make_staff())
    if what == "database":
        monkeypatch.setattr(db.session, "execute", Fails(OperationalError(secret, {}, Exception(secret))).execute)
        monkeypatch.setattr(db.session, "scalar", Fails(OperationalError(secret, {}, Exception(secret))).scalar)
        monkeypatch.setattr(db.session, "scalars", Fails(OperationalError(secret, {}, Exception(secret))).scalars)
        monkeypatch.setattr(db.session, "get", Fails(OperationalError(secret, {}, Exception(secret))).get)
    elif what == "index":
        monkeypatch.setitem(failing.extensions, "index", Fails(RuntimeError(secret)))
    else:
        monkeypatch.setattr("referral.web.clock.now", Fails(OverflowError(secret)).now)
    statuses = set()
    for path in ROUTES:
        answer = client.get(path)
        statuses.add(answer.status_code)
        assert secret not in answer.text
        assert "Traceback" not in answer.text
        if answer.status_code >= 500 and path not in ("/readyz",):
            (number,) = set(re.findall(r"500-([0-9a-f]{8})", answer.text))
            assert number in caplog.text
        if answer.status_code == 200 and not path.startswith(("/coordinator", "/metrics", "/readyz")):
            assert len(answer.text) > 0.9 * len(whole[path])
    assert statuses & {500, 503}


def test_a_store_that_is_full_keeps_nothing_and_says_so(failing: Flask, monkeypatch: pytest.MonkeyPatch) -> None:

    request = make_request(now=right_now())
    failing.config["WTF_CSRF_ENABLED"] = False
    client = failing.test_client()
    records = tracking(failing, client, request)
    monkeypatch.setattr(store_file, "the_store", lambda: Fails(OSError(28, "No space left on device")))

    answer = client.post(records, data=form())

    assert answer.status_code == 500
    assert "No space left" not in answer.text
    db.session.expire_all()
    assert request.documents == []
