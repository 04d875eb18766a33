"""The map beside the results, and what a phone shows without a connection."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import Faults, PageOpener
from tests.browser.steps import follow
from tests.browser.test_patient_pages import PHONE, choose, fill_in, press, search

pytestmark = pytest.mark.browser

RESULTS = "/results?cancer=CHOL&near=02115"


def marks(page: Page) -> Any:  # noqa: ANN401  a list of lists of numbers, as the page says it
    """The numbers of the markers in the order of the tab key."""
    return page.eval_on_selector_all(".map-number", "marks => marks.map(m => m.dataset.ranks.split(' ').map(Number))")


def test_the_map_moves_by_keyboard_and_belongs_to_the_list(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(RESULTS)
    page.wait_for_selector(".map-moves .map-number")
    assert not any("counties" in address or "42.3" in address for address in asked)
    shown = marks(page)
    assert sorted(rank for ranks in shown for rank in ranks) == list(range(1, 21))
    assert [ranks[0] for ranks in shown] == sorted(ranks[0] for ranks in shown)
    assert violations(page) == []
    alone = next(ranks[0] for ranks in shown if len(ranks) == 1)
    page.locator(f'.map-number[data-ranks="{alone}"]').press("Enter")
    expect(page.locator(f"#name-{alone} a")).to_be_focused()
    cluster = page.locator(".map-number").first
    cluster.focus()
    assert page.locator(".result.is-lit").count() == len(shown[0])
    page.keyboard.press("Enter")
    expect(page.locator(".map-ground")).to_be_focused()
    expect(page.locator(".map-number").first).not_to_have_attribute("data-ranks", " ".join(map(str, shown[0])))
    page.keyboard.press("Tab")
    page.locator("#name-2").hover()
    assert page.locator(".map-number.is-lit").count() == 1


def test_without_script_or_with_a_failing_one_the_drawing_stays(open_page: PageOpener, faults: Faults) -> None:
    plain = open_page(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    plain.goto(RESULTS)
    plain.locator('.map-mark[data-ranks^="1 "]').click()
    expect(plain).to_have_url(f"{RESULTS.replace('/results', plain.url.split('/results')[0] + '/results')}#name-1")
    faults.expect("Failed to load resource")
    broken = open_page(viewport={"width": 1280, "height": 900})
    broken.route("**/map/leaflet.js*", lambda route: route.abort())
    broken.goto(RESULTS)
    expect(broken.locator(".map-drawn")).to_be_visible()
    phone = open_page(**PHONE)
    loaded: list[str] = []
    phone.on("request", lambda request: loaded.append(request.url))
    phone.goto(RESULTS)
    assert not any("leaflet" in address for address in loaded)
    phone.get_by_text("Show on a map").click()
    phone.wait_for_selector(".map-moves .map-number")
    assert (violations(phone), scrolls_sideways(phone)) == ([], False)


@pytest.mark.parametrize("size", [320, pytest.param(1280, marks=pytest.mark.chaos)])
def test_the_component_page_breaks_no_rule_of_accessibility(open_page: PageOpener, size: int) -> None:
    page = open_page(viewport={"width": size, "height": 900}, reduced_motion="reduce")
    page.goto("/design")
    assert (violations(page), scrolls_sideways(page)) == ([], False)


def test_a_status_is_kept_on_a_phone_only_if_asked_and_gone_when_removed(open_page: PageOpener, faults: Faults) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    page = open_page(**PHONE)
    page.goto("/")
    search(page)
    choose(page, 1)
    fill_in(page, lambda name: None)
    press(page, "Send my request")
    follow(page.get_by_role("main").get_by_role("link", name="Follow your request"))
    assert page.evaluate("localStorage.length") == 0
    link = page.url
    sentence = page.locator(".status h1").inner_text()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("button", name="Keep my last status on this phone").click()
    expect(page.get_by_text("This status is kept on this phone")).to_be_visible()
    assert violations(page) == []
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "/track/" not in kept
    cached = page.evaluate(
        "caches.keys().then(n => caches.open(n[0])).then(c => c.keys()).then(k => k.map(r => new URL(r.url).pathname))"
    )
    assert cached == ["/offline", "/styles.css", "/static/kept.js", "/static/icon.svg"]
    page.context.set_offline(True)
    page.goto("/track")
    expect(page.get_by_role("heading", name="There is no connection")).to_be_visible()
    expect(page.locator(".kept-status")).to_have_text(sentence)
    assert violations(page) == []
    page.get_by_role("button", name="Remove it from this phone").click()
    expect(page.locator(".kept-status")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0
    page.context.set_offline(False)
    page.goto(link)
    page.get_by_role("button", name="Keep my last status on this phone").click()
    assert page.evaluate("localStorage.length") == 1
    press(page, "Close it on this device")
    page.wait_for_function("localStorage.length === 0")
