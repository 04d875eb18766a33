"""Every route of the application, found by walking the map of addresses: what each answer says to the browser."""

import re
from collections.abc import Iterator
from contextvars import Context
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from app import create_app
from referral.access.gate import DOORS, Kind
from tests.factories import make_staff
from tests.servers.databases import DatabaseMaker
from tests.signing_in import sign_in
from tests.web.page_rules import faults_of

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
FOR_PROGRAMS = ("/api/", "/fhir/")
WITHOUT_TOKEN = frozenset({
    "search.results", "guide.answer", "learn.look_up", "suggest.suggest", "compare.choose", "trials.near",
    "narrow.choose",
})  # fmt: skip
"""Change nothing but a browser's own list; `/results` is open by the contract, the others look up what was typed."""
OPEN = frozenset({"static", "stylesheet.sheet", "map_files.one"}) | {
    "design.schemes",
    "offline.manifest",
    "offline.worker",
}
"""Nothing personal: may be kept."""

NO_TOKEN = "This page was open too long"
NOT_TAKEN = (NO_TOKEN, "You were away for a while")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def address_of(rule: Rule, app: Flask) -> str:
    """An address of this rule, with made-up values."""
    values = {
        name: uuid4() if "UUID" in type(converter).__name__ else 1 if "Integer" in type(converter).__name__ else "x"
        for name, converter in rule._converters.items()
    }
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods or {"GET"})))


def rules(app: Flask, methods: frozenset[str]) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & methods):
            yield rule, method


def header_faults(answer: Response) -> list[str]:
    """The rules that an answer's headers break."""
    headers, policy = answer.headers, answer.headers.get("Content-Security-Policy", "")
    download = headers.get("Content-Disposition", "").startswith("attachment")
    wanted = ("sandbox", "default-src 'none'") if download else (
        "default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
        "form-action 'self'",
    )  # fmt: skip
    found = [f"policy without {part}" for part in wanted if part not in policy]
    found += ["an unsafe policy"] if "unsafe" in policy else []
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }.items():
        found += [] if headers.get(name) == value else [f"{name}: {headers.get(name)}"]
    found += [] if "camera=()" in headers.get("Permissions-Policy", "") else ["no Permissions-Policy"]
    return found


def is_kept(answer: Response) -> bool:
    """Whether anybody but the browser that asked may keep the answer."""
    return not {"no-store", "private"} & set(answer.headers.get("Cache-Control", "").replace(",", " ").split())


@pytest.mark.parametrize("signed_in", [False, True])
def test_every_answer_bears_the_headers_and_nothing_personal_is_kept(
    app: Flask, client: FlaskClient, signed_in: bool
) -> None:
    faults, seen = list[str](), 0
    if signed_in:
        sign_in(client, make_staff(role="admin"))
    for rule, method in rules(app, frozenset({"GET"})):
        with client.open(address_of(rule, app), method=method) as answer:
            seen += 1
            faults += [f"{rule.endpoint} {answer.status_code}: {fault}" for fault in header_faults(answer)]
            if is_kept(answer) and rule.endpoint not in OPEN:
                faults.append(f"{rule.endpoint}: kept ({answer.headers.get('Cache-Control')})")
            if answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
                faults += [f"{rule.endpoint}: {fault}" for fault in faults_of(answer.get_data(as_text=True))]
    assert faults == []
    assert seen > 60


@pytest.mark.parametrize(
    "method, path, sent, status",
    [
        ("GET", "/nowhere", {}, 404),
        ("DELETE", "/track", {}, 405),
        ("POST", "/track", {"data": {"code": "x" * 3_000_000}}, 413),
        ("POST", "/results", {"data": {}}, 422),
        ("GET", "/api/v1/nowhere", {}, 404),
        ("PUT", "/api/v1/cancers", {}, 405),
        ("POST", "/api/v1/referrals", {"json": {}}, 422),
        ("GET", "/?q=" + "x" * 5_000, {}, 414),
        ("GET", "/raises", {}, 500),
        ("GET", "/api/v1/referrals/x", {}, 401),
    ],
)
def test_errors_bear_the_headers_too(app: Flask, method: str, path: str, sent: dict[str, object], status: int) -> None:
    app.add_url_rule("/raises", "raises", lambda: 1 / 0)  # type: ignore[arg-type]  # it gives nothing back
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)

    answer = app.test_client().open(path, method=method, **sent)  # type: ignore[arg-type]  # a body or none

    assert answer.status_code == status
    assert header_faults(answer) == []
    assert not is_kept(answer)


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}])
def test_every_form_needs_its_token(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    sign_in(client, make_staff(role="lead"))
    open_doors, seen = [], 0
    for rule, method in rules(app, UNSAFE):
        if not rule.rule.startswith(FOR_PROGRAMS) and rule.endpoint not in WITHOUT_TOKEN:
            seen += 1
            answer = client.open(address_of(rule, app), method=method, headers=headers)
            if answer.status_code != 400 or not any(words in answer.text for words in NOT_TAKEN):
                open_doors.append(f"{rule.endpoint}: {answer.status_code}")
    assert open_doors == []
    assert seen > 30


def test_a_form_is_taken_with_the_token_of_its_own_session_only(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    own, other = app.test_client(), app.test_client()

    def ask(browser: FlaskClient, path: str = "/track", **sent: object) -> TestResponse:
        # In a context of its own, as a request has it: the token that was made for a page is kept with the context.
        return Context().run(partial(browser.open, path, **sent))  # type: ignore[arg-type]  # method and form

    def post(browser: FlaskClient, path: str = "/track", **sent: str) -> tuple[int, bool]:
        answer = ask(browser, path, method="POST", data={"code": "7KQ2-M4XA-93TD", **sent})
        return answer.status_code, NO_TOKEN in answer.text

    (token,), (foreign,) = (set(TOKEN.findall(ask(browser).text)) for browser in (own, other))

    assert post(own, csrf_token=token) == post(other, csrf_token=foreign) == (422, False)
    assert post(own, csrf_token=foreign) == post(other, csrf_token=token) == (400, True)
    assert post(own, f"/track?csrf_token={token}") == (400, True)
    assert post(own, csrf_token=token[:-1]) == post(own) == (400, True)


def test_programs_are_known_by_their_token_and_never_by_a_cookie(app: Flask, client: FlaskClient) -> None:
    sign_in(client, make_staff())
    assert client.get("/coordinator/").status_code == 200
    open_doors = []
    for rule, method in rules(app, UNSAFE | {"GET"}):
        if not rule.rule.startswith(("/api/v1/referrals", "/fhir/")) or DOORS[rule.endpoint].kind is Kind.PUBLIC:
            continue
        if (status := client.open(address_of(rule, app), method=method).status_code) != 401:
            open_doors.append(f"{rule.endpoint} {method}: {status}")
    assert open_doors == []


@pytest.mark.parametrize("public_url, secure", [("https://referrals.example.org", True), ("http://localhost", False)])
def test_cookies_are_as_safe_as_the_address_allows(
    make_database: DatabaseMaker, tmp_path: Path, public_url: str, secure: bool
) -> None:
    app = create_app(
        {"DATABASE_URL": make_database("sqlite"), "DATA_DIR": str(tmp_path), "PUBLIC_URL": public_url, "REDIS_URL": ""}
    )
    cookies = [line for line in app.test_client().get("/track").headers.getlist("Set-Cookie") if "session" in line]

    assert len(cookies) == 1
    (cookie,) = cookies
    assert cookie.startswith("__Host-session=" if secure else "session=")
    assert ("; Secure" in cookie) is secure
    assert "; HttpOnly" in cookie
    assert "; SameSite=Lax" in cookie
    assert "; Path=/" in cookie
    assert "Domain" not in cookie
    strict = app.test_client().get("/healthz").headers.get("Strict-Transport-Security")
    assert strict == ("max-age=31536000; includeSubDomains" if secure else None)
