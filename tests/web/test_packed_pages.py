"""What leaves packed, what never does, and why packing gives no token away."""

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_experience, make_index, make_role

PACKS = {"Accept-Encoding": "gzip, deflate, br"}
RESULTS = "/results?cancer=CHOL&near=02115"


def tokens(page: str) -> list[str]:
    return re.findall(r'name="csrf_token" value="([^"]+)"', page)


@pytest.mark.parametrize("path", ["/", RESULTS, "/guide", "/learn/CHOL", "/about/ranking"])
def test_a_page_for_everybody_is_packed_for_who_can_unpack_it(client: FlaskClient, path: str) -> None:
    make_experience(make_role())
    make_index()
    packed, plain = client.get(path, headers=PACKS), client.get(path, headers={"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data).count(b"<li") == plain.data.count(b"<li") > 0
    assert "Content-Encoding" not in plain.headers
    for answer in (packed, plain):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert int(answer.headers["Content-Length"]) == len(answer.data)


@pytest.mark.parametrize("path", ["/track", "/request/why", "/accounts/sign-in", "/learn/nowhere", "/cancers/suggest"])
def test_what_may_show_something_of_somebody_is_not_packed(client: FlaskClient, path: str) -> None:
    assert "Content-Encoding" not in client.get(path, headers=PACKS).headers


def test_a_script_is_packed_and_found_unchanged_later(client: FlaskClient) -> None:
    with client.get("/static/map_moves.js", headers=PACKS) as answer:
        assert b"Leaflet" in gzip.decompress(answer.data)
        assert len(answer.data) < 5_000
        tag = answer.headers["ETag"]
    with client.get("/static/map_moves.js", headers={**PACKS, "If-None-Match": tag}) as again:
        assert again.status_code == 304


def test_the_token_of_a_form_never_has_the_same_letters_and_counts_each_time(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    make_experience(make_role())
    make_index()
    pages = [client.get(RESULTS).text for _ in range(3)]
    shown = [token for page in pages for token in tokens(page)]
    with client.session_transaction() as session:
        kept = session["csrf_token"]
    assert len({token[place : place + 8] for token in shown for place in range(0, 160, 8)}) == 20 * len(shown)
    assert not [page for page in pages if kept in page]
    for token in shown:
        assert client.post("/request/start", data={"cancer": "CHOL", "csrf_token": token}).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "A" * 244, "IjAi.ajI9.x"])
def test_what_is_no_token_opens_nothing(app: Flask, client: FlaskClient, token: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client.get(RESULTS)
    assert client.post("/request/start", data={"cancer": "CHOL", "csrf_token": token}).status_code == 400
