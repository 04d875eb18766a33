"""The look in figures: contrast of the tokens, nothing raw beside them, weight of the first page, the map's files."""

import gzip
import re
from itertools import chain

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.web import stylesheet, tokens
from referral.web.map_files import FILES
from tests.web.page_rules import faults_of

PARTS = [part for part in sorted(stylesheet.PARTS.glob("*.css")) if part.name not in ("10-tokens.css", "65-print.css")]
FIRST_PAGE, OUTLINES = 60_000, 60_000


def body(client: FlaskClient, address: str) -> bytes:
    """What is there; something has to be."""
    with client.get(address) as answer:
        assert answer.status_code == 200
        return answer.get_data()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_colours_in_use_is_told_apart_well_enough(scheme: str) -> None:
    values = tokens.schemes()[scheme]
    found = [(pair, tokens.contrast(values[pair.front], values[pair.ground])) for pair in tokens.PAIRS]
    assert [(pair, of) for pair, of in found if of < pair.least] == []


def test_contrast_is_that_of_the_standard() -> None:
    assert tokens.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert tokens.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_colours_and_sizes_of_type_are_named_once() -> None:
    raw = {}
    for part in PARTS:
        text = part.read_text("utf-8")
        raw[part.name] = re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*;)|rgba?\(|hsla?\(|font-size: [\d.]+(?:rem|px)", text)
    assert {name: found for name, found in raw.items() if found} == {"55-track.css": ["font-size: 1.25rem"]}


def test_every_token_that_is_used_is_there_and_every_colour_is_used() -> None:
    used = set(re.findall(r"var\(--([\w-]+)", stylesheet.whole()))
    there = set(tokens.schemes()["light"])
    assert used - there - {"room"} == set()  # the room below a field is measured by combobox.js
    assert there - used == set()


def test_the_component_page_is_a_page_like_all_others(client: FlaskClient) -> None:
    page = client.get("/design").get_data(as_text=True)
    assert faults_of(page) == []
    parts = ("score-bar", "map-drawn", "timeline", "comparison", "time-late", "error-summary", "combobox", "pager")
    assert all(f'class="{part}' in page or f" {part}" in page for part in parts)
    sheet = client.get("/design/schemes.css").get_data(as_text=True)
    assert ".scheme-dark { color-scheme: dark; background: var(--paper);" in sheet


def test_the_first_page_with_everything_is_light(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    own = set(re.findall(r'<(?:link rel="(?:stylesheet|icon|manifest)"|script)[^>]*(?:href|src)="([^"]+)"', page))
    assert len(own) == 5
    whole = chain([page.encode()], (body(client, address) for address in own))
    assert sum(len(gzip.compress(part, 9)) for part in whole) < FIRST_PAGE
    assert "/map/" not in page


def test_the_files_of_the_map_are_packed_kept_and_no_others(client: FlaskClient) -> None:
    for name in ("leaflet.js", "leaflet.css", "clusters.js", "outlines.svg", "counties/NY.svg"):
        answer = client.get(f"/map/{name}?v=1", headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
        assert "immutable" in answer.headers["Cache-Control"]
        assert b"http://" not in gzip.decompress(answer.data).replace(b"http://www.w3.org/", b"")[:2000]
    assert len(client.get("/map/outlines.svg", headers={"Accept-Encoding": "gzip"}).data) < OUTLINES
    assert client.get("/map/leaflet-src.js").status_code == 404
    assert client.get("/map/../counties/NY.svg").status_code == 404
    assert sum(name.startswith("counties/") for name in FILES) == 53


def test_the_worker_keeps_only_what_is_the_same_for_everybody(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert (answer.headers["Service-Worker-Allowed"], answer.headers["Cache-Control"]) == ("/", "no-cache")
    kept = re.findall(r'"(/[^"]*)"', answer.get_data(as_text=True).partition("\n\n")[2].partition("\n")[0])
    assert [re.sub(r"\?.*", "", address) for address in kept] == [
        "/offline", "/styles.css", "/static/kept.js", "/static/icon.svg",
    ]  # fmt: skip
    assert all(body(client, address) for address in kept)
    page = client.get("/offline")
    assert "Set-Cookie" not in page.headers
    assert 'lang="es"' in page.get_data(as_text=True)


def test_the_manifest_names_icons_that_are_there(client: FlaskClient) -> None:
    manifest = client.get("/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    icons = manifest.get_json(force=True)["icons"]
    assert {(icon["sizes"], icon.get("purpose")) for icon in icons} == {
        ("any", None), ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    }  # fmt: skip
    assert all(body(client, icon["src"]) for icon in icons)
