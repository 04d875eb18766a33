"""What every answer, page and secret has to be besides: asked of all addresses at once where that is possible."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from gunicorn.config import Config  # type: ignore[import-untyped]  # it has none
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # it has none
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]  # it has none
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select, text

from app import create_app
from referral.access import accounts, links, sessions, tokens
from referral.extensions import db
from referral.models import ApiToken, Staff
from referral.services import sign_in as sign_in_service
from referral.supervisor.parts import web_part
from referral.web.sessions import LONGEST
from tests.factories import make_index, make_staff
from tests.servers.databases import DatabaseMaker
from tests.signing_in import sign_in
from tests.web.test_every_route import address_of, rules

FIRST_PAGES = {
    "coordinator": ("/coordinator/", "/account/"), "lead": ("/coordinator/", "/auditor/emergencies"),
    "admin": ("/admin/", "/admin/staff/"), "auditor": ("/auditor/emergencies", "/account/"),
}  # fmt: skip
PASSWORD = "violet tram window sugar"


def everything(app: Flask, client: FlaskClient) -> Iterator[tuple[str, int, dict[str, str], bytes]]:
    """Every address that can be looked at, with what it answers to a stranger."""
    for rule, _ in rules(app, frozenset({"GET"})):
        with client.get(address_of(rule, app), headers={"Origin": "https://evil.example"}) as answer:
            yield rule.rule, answer.status_code, dict(answer.headers), answer.get_data()


def test_every_answer_says_what_it_is_and_in_which_letters(app: Flask, client: FlaskClient) -> None:
    wrong, seen = [], 0
    for rule, _, headers, body in everything(app, client):
        kind, seen = headers.get("Content-Type", ""), seen + 1
        if body and not re.fullmatch(
            r"text/\S+; .*charset=utf-8|application/((problem|manifest|fhir)\+)?json|image/\S+( ?;.*)?", kind
        ):
            wrong.append(f"{rule}: {kind}")
    assert seen > 40
    assert wrong == []


def test_no_other_site_may_read_an_answer(app: Flask, client: FlaskClient) -> None:
    open_to = [
        rule for rule, _, headers, _ in everything(app, client) if any("Access-Control" in name for name in headers)
    ]
    assert open_to == []
    assert (
        "Access-Control-Allow-Origin"
        not in client.options("/api/v1/referrals", headers={"Origin": "https://evil.example"}).headers
    )


def test_no_address_leads_to_another_host(app: Flask, client: FlaskClient) -> None:
    app.config.update(PREFERRED_URL_SCHEME="https")
    away = [
        f"{rule}: {headers['Location']}"
        for rule, status, headers, _ in everything(app, client)
        if 300 <= status < 400 and not re.match(r"/(?!/)", headers["Location"])
    ]
    assert away == []
    for asked in ("//evil.example/coordinator/", "/coordinator/?next=https://evil.example", "/\\evil.example"):
        staff = make_staff(f"n{len(asked)}@harbor.example")
        staff.demo = True
        db.session.commit()
        client.get(asked)
        answer = client.post(f"/demo/sign-in/{staff.id}")
        assert re.match(r"/(?![/\\])", answer.headers.get("Location", "/")), asked


def test_no_address_answers_to_trace(app: Flask, client: FlaskClient) -> None:
    answered = {
        client.open(address_of(rule, app), method="TRACE").status_code for rule, _ in rules(app, frozenset({"GET"}))
    }
    assert answered <= {404, 405}


@pytest.mark.parametrize(
    "path",
    ["/static/", "/static", "/.git/config", "/.env", "/static/../app.py", "/static/%2e%2e/%2e%2e/app.py",
     "/var/keys/secret_key", "/static/..%2f..%2f..%2fapp.py", "/requirements.txt", "/templates/layout.html"],
)  # fmt: skip
def test_folders_and_hidden_files_are_not_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_nothing_for_developers_is_switched_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLASK_DEBUG", "FLASK_ENV", "DEBUG"):
        monkeypatch.delenv(name, raising=False)
    app = create_app({"DATA_DIR": str(tmp_path), "DEMO": "0"})
    assert (app.debug, app.testing, app.config["EXPLAIN_TEMPLATE_LOADING"]) == (False, False, False)
    assert not app.config.get("PROPAGATE_EXCEPTIONS")
    command = web_part(app.extensions["settings"]).command
    assert "gunicorn" in command
    assert not {"--reload", "--spew", "--check-config"} & set(command)


@pytest.mark.parametrize("role", FIRST_PAGES)
def test_every_page_of_staff_leads_out_again(client: FlaskClient, role: str) -> None:
    sign_in(client, make_staff(f"{role}@harbor.example", role))
    for page in FIRST_PAGES[role]:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert 'action="/sign-out"' in answer.text, page


def test_passwords_are_typed_unseen_and_may_be_pasted(client: FlaskClient) -> None:
    pages = [client.get("/sign-in").text]
    sign_in(client, make_staff())
    pages.append(client.get("/account/").text)
    fields = [
        field
        for page in pages
        for field in re.findall(r"<input[^>]*>", page)
        if re.search('name="(password|again|current)"', field)
    ]
    assert len(fields) >= 3
    assert [field for field in fields if 'type="password"' not in field] == []
    assert [field for field in fields if not re.search('autocomplete="(current|new)-password"', field)] == []


def test_signing_in_asks_for_address_password_and_code_alone(app: Flask, client: FlaskClient) -> None:
    asked = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', client.get("/sign-in").text))
    assert asked == {"csrf_token", "email", "password"} or asked == {"email", "password"}
    assert app.config["SECURITY_TWO_FACTOR_ENABLED_METHODS"] == ["authenticator"]
    assert not app.config.get("SECURITY_SMS_SERVICE_CONFIG", {}).get("PHONE_NUMBER")


def test_a_password_stays_good_for_years(app: Flask) -> None:
    staff = make_staff("casey@harbor.example")
    staff.password = accounts.hashed(PASSWORD, staff.email)
    staff.created_at = datetime.now(UTC) - timedelta(days=3_000)
    db.session.commit()
    with app.test_request_context():
        assert sign_in_service.with_password(staff.email, PASSWORD, datetime.now(UTC)) is not None


def test_signing_in_and_being_refused_is_noted_with_its_way(app: Flask) -> None:
    staff = make_staff("casey@harbor.example")
    staff.password = accounts.hashed(PASSWORD, staff.email)
    db.session.commit()
    with app.test_request_context():
        begun = sign_in_service.with_password(staff.email, PASSWORD, datetime.now(UTC))
        assert begun is not None
        for tried in ["wrong"] * 10:
            sign_in_service.with_password(staff.email, tried, datetime.now(UTC))
        sign_in_service.out(datetime.now(UTC))
    rows = db.session.execute(text("SELECT action, object_id, detail FROM audit_entry ORDER BY number")).all()
    noted = [(row.action, row.object_id.replace("-", "")) for row in rows]
    assert noted.count(("sign-in-refused", staff.id.hex)) == 10
    assert {action for action, _ in noted} == {"sign-in-refused", "account-locked", "sign-out"}
    assert "password" in str(rows[0].detail)
    assert not [word for word in (staff.email, PASSWORD, "wrong") if word in str(rows)]


def test_a_new_installation_knows_nobody(make_database: DatabaseMaker, tmp_path: Path) -> None:
    app = create_app({"DATABASE_URL": make_database("sqlite"), "DATA_DIR": str(tmp_path), "DEMO": "0"})
    with app.app_context():
        counts = [db.session.scalar(select(func.count()).select_from(table)) for table in (Staff, ApiToken)]
        db.session.remove()
    assert counts == [0, 0]


def test_a_field_given_twice_counts_once(client: FlaskClient) -> None:
    make_index()
    once = client.get("/api/v1/specialists/search?cancer=CHOL&near=02115").get_json()
    twice = client.get("/api/v1/specialists/search?cancer=CHOL&near=02115&cancer=MEL&near=99501").get_json()
    assert {**twice, "search_id": ""} == {**once, "search_id": ""}
    assert once["cancer"]
    form = client.post("/sign-in?email=other@harbor.example", data={"email": "typed@harbor.example", "password": "x"})
    assert "typed@harbor.example" in form.text
    assert "other@harbor.example" not in form.text


def test_a_changed_or_old_cookie_opens_nothing(app: Flask) -> None:
    client, signer = app.test_client(), app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # Flask's own
    assert isinstance(signer, URLSafeTimedSerializer)
    assert app.permanent_session_lifetime == LONGEST
    signed = sign_in_cookie(client)
    body, rest = signed.split(".", 1)
    forged = [signed[:-2] + ("AA" if signed[-2:] != "AA" else "BB"), f"{body[:-1]}x.{rest}", f"{body}..", body]
    for cookie, page in [(signed, 200), *((cookie, 302) for cookie in forged)]:
        client.set_cookie("session", cookie)
        assert client.get("/coordinator/").status_code == page
    weaker = URLSafeTimedSerializer(app.secret_key or "", salt="cookie-session", serializer=signer.serializer)
    assert weaker.dumps(signer.loads(signed)).rsplit(".", 1)[1] != signed.rsplit(".", 1)[1]
    assert len(signed.rsplit(".", 1)[1]) == 43  # 256 bits


def sign_in_cookie(client: FlaskClient) -> str:
    """The cookie of somebody signed in."""
    sign_in(client, make_staff())
    client.get("/coordinator/")
    kept = client.get_cookie("session")
    assert kept
    return kept.value


def test_secrets_are_long_and_by_chance(app: Flask, client: FlaskClient) -> None:
    staff, drawn = make_staff(), set[str]()
    with app.test_request_context():
        for _ in range(3):
            sessions.begin(staff, datetime.now(UTC))
            drawn.add(session[sessions.STAFF])
        drawn |= {
            tokens.make("a program", "integration", None, datetime.now(UTC)).removeprefix("ref_") for _ in range(3)
        }
        db.session.rollback()
    drawn.add(links.token("k" * 43, links.Purpose.OFFICE, staff.id))
    assert len(drawn) == 7
    assert {len(secret) for secret in drawn} == {43}  # 256 bits of url-safe base64


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 4", "Transfer-Encoding: chunked"),
        ("Content-Length: 4", "Content-Length: 9"),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: xchunked",),
        ("Content-Length: +4",),
        ("Content-Length : 4",),
        ("X-One: a\x00b",),
    ],
)
def test_a_message_with_two_ends_is_refused(lines: tuple[str, ...]) -> None:
    text = "\r\n".join(("POST / HTTP/1.1", "Host: localhost", *lines, "", "body")).encode()
    with pytest.raises(ParseException):
        next(RequestParser(Config(), iter([text]), ("127.0.0.1", 1)))
