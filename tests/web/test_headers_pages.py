from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from referral.web import stylesheet
from tests.factories import make_index
from tests.web.page_rules import faults_of, words_of

PAGES = ["/", "/track", "/about/ranking", "/about/second-opinion", "/about/privacy", "/nowhere", "/healthz"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_forbids_foreign_content_and_framing(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/", "/track", "/about/ranking", "/about/second-opinion", "/about/privacy"])
def test_every_page_keeps_the_rules_of_a_page(client: FlaskClient, path: str) -> None:
    assert faults_of(client.get(path).text) == []


@pytest.mark.parametrize("path, to", [("/learn", "/learn/"), ("/static//icon.svg", "/static/icon.svg")])
def test_a_redirect_names_no_host_since_anybody_may_send_one(client: FlaskClient, path: str, to: str) -> None:
    answer = client.get(path, headers={"Host": "elsewhere.example"})
    assert answer.status_code == 308
    assert answer.headers["Location"] == to


@pytest.mark.parametrize("path", ["/track", "/request/why", "/track/abc", "/"])
def test_pages_are_not_kept_by_browsers(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_only_the_browser_that_asked_may_go_back_to_its_results(client: FlaskClient) -> None:
    make_index()
    answer = client.post("/results", data={"cancer": "CHOL", "near": "02115"})
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" not in answer.headers["Vary"]  # one that came since would close the way back


def test_the_stylesheet_is_kept_under_an_address_that_changes_with_it(client: FlaskClient) -> None:
    page = client.get("/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    with client.get(address) as answer, client.get("/styles.css") as plain:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert "immutable" not in plain.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "public_url, sent", [("https://referrals.example.org", True), ("http://localhost:5000", False)]
)
def test_an_encrypted_service_asks_to_stay_encrypted(tmp_path: Path, public_url: str, sent: bool) -> None:
    app = create_app({"DATA_DIR": str(tmp_path), "PUBLIC_URL": public_url})
    assert ("Strict-Transport-Security" in app.test_client().get("/healthz").headers) is sent


@pytest.mark.parametrize("demo, shown", [("1", True), ("0", False)])
def test_the_demonstration_says_so_on_every_page(tmp_path: Path, demo: str, shown: bool) -> None:
    app = create_app({"DATA_DIR": str(tmp_path), "DEMO": demo})
    for path in ("/", "/track", "/nowhere"):
        assert (
            "every specialist, place of work and number here is made up" in app.test_client().get(path).text
        ) is shown


def test_the_stylesheet_names_no_other_host() -> None:
    text = stylesheet.whole()
    assert "http" not in text
    assert "@import" not in text


def test_the_page_on_the_ranking_takes_its_numbers_from_the_program(client: FlaskClient) -> None:
    page = words_of(client.get("/about/ranking").text)
    assert "Model 2026.1" in page
    assert "320 km" in page
    assert "Leapfrog Hospital Survey" in page
