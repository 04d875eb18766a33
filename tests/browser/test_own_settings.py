"""People who read with large text or with their system's colours: what the checks see, and the main pages in both."""

import pytest
from playwright.sync_api import Browser

from tests.browser.accessibility import faults_of_doubled_text, faults_of_forced_colours
from tests.browser.conftest import PageOpener
from tests.browser.steps import press

pytestmark = pytest.mark.browser

WRONG = """<!doctype html><html lang="en"><head><title>Wrong</title><style>
html { font-size: 16px } .small { font-size: 14px }
.cut { height: 1.2em; width: 4em; overflow: hidden; font-size: 1rem }
.wide { width: 60rem } .bare { appearance: none; border: 0; background: none } :focus { outline: none }
.bare:focus { outline: none } nav a { color: red } nav a[aria-current] { color: blue }
.own { appearance: none; border: 0 }
.tight { height: 24px; font-size: 1rem }
</style></head><body><main><h1>Wrong</h1><p class="small">Fixed size</p><p class="cut">A long text that is cut</p>
<p class="wide">Wide</p><button class="bare">No edge</button><input type="checkbox" class="own" aria-label="Own">
<h2 class="tight">Tight</h2></main>
<nav><ul><li><a href="/a" aria-current="page">Here</a></li><li><a href="/b">There</a></li></ul></nav></body></html>"""


def test_what_is_wrong_with_large_text_and_own_colours_is_found(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_content(WRONG)
    large, forced = faults_of_doubled_text(page), faults_of_forced_colours(page)
    page.close()
    for fault in (
        'stays small: <p class="small">',
        'is cut: <p class="cut">',
        "runs over its edge",
        "scrolls sideways",
    ):
        assert any(fault in one for one in large), (fault, large)
    without_edge = ('has no edge: <button class="bare"', "has no edge: <input")
    for fault in (*without_edge, "shows no focus: <button", 'aria-current is colour alone: <a href="/a"'):
        assert any(fault in one for one in forced), (fault, forced)


def test_the_main_pages_can_be_read_with_large_text_and_in_the_systems_colours(open_page: PageOpener) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto("/")
    page.locator("summary").first.click()
    found = {"first": [*faults_of_doubled_text(page), *faults_of_forced_colours(page)]}
    page.goto("/")
    page.get_by_label("Which cancer?").fill("bile duct cancer")
    page.get_by_label("Where are you?").fill("02115")
    press(page, "Show specialists", exact=True)
    found["results"] = faults_of_doubled_text(page)
    for box in page.locator("input[name=chosen]").all()[:3]:
        box.check()
    press(page, "Ask for a second opinion", exact=True)
    page.goto("/request/consent")
    found["consent"] = [*faults_of_doubled_text(page), *faults_of_forced_colours(page)]
    assert {name: faults for name, faults in found.items() if faults} == {}
