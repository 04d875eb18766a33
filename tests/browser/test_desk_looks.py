"""Every page of the desk as a lead sees it: axe finds nothing, nothing lies over another, nothing scrolls sideways."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import PageOpener
from tests.browser.steps import press

pytestmark = [pytest.mark.browser, pytest.mark.chaos, pytest.mark.timeout(240)]

PAGES = [
    "/coordinator/", "/coordinator/?stage=declined&sort=newest", "/coordinator/templates", "/coordinator/templates/new",
    "/coordinator/intake", "/coordinator/reports", "/coordinator/lead", "/coordinator/bulk", "/admin/closed-days",
    "/admin/sending", "/admin/clocks",
]  # fmt: skip
SIZES = [1280, 800, 360]
CELLS_THAT_MEET = """() => [...document.querySelectorAll(".desk-table tbody tr")].slice(0, 8).flatMap((row) => {
  const range = document.createRange();
  const boxes = [...row.cells].filter((cell) => !cell.matches(".cell-tick")).map((cell) => {
    range.selectNodeContents(cell);
    return [cell.className || "patient", range.getBoundingClientRect()];
  }).filter(([, box]) => box.width && box.height);
  return boxes.flatMap(([name, a], i) => boxes.slice(i + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([other]) => `${name} over ${other}`));
})"""


def faults(page: Page) -> list[str]:
    """What is wrong with a page as it stands."""
    found = violations(page) + page.evaluate(CELLS_THAT_MEET)
    return [*found, "scrolls sideways"] if scrolls_sideways(page) else found


@pytest.mark.parametrize("width", SIZES)
def test_every_page_of_the_desk_is_whole(open_page: PageOpener, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    page.goto("/demo")
    press(page, "Be Dana Whitfield")
    found = {}
    for address in PAGES:
        page.goto(address)
        found[address] = faults(page)
    page.goto("/coordinator/?queue=new")
    first = page.locator("tr[data-referral] th a").first.get_attribute("href") or ""
    page.locator("td input[name=row]").first.check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    found["ticked"] = faults(page)
    press(page, re.compile("^Put on hold"))
    found["preview"] = faults(page)
    page.goto(first)
    found["referral"] = faults(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
