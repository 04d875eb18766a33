"""Every page of the desk as a lead sees it: axe finds nothing, nothing lies over another, nothing scrolls sideways."""

import re

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import PageOpener
from tests.browser.steps import press

pytestmark = [pytest.mark.browser, pytest.mark.chaos, pytest.mark.timeout(240)]

PAGES = [
    "/coordinator/", "/coordinator/?stage=declined&sort=newest", "/coordinator/templates", "/coordinator/templates/new",
    "/coordinator/macros", "/coordinator/intake", "/coordinator/reports", "/coordinator/lead", "/coordinator/bulk",
    "/admin/closed-days", "/admin/sending", "/admin/clocks",
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


def test_what_was_typed_stays_while_something_else_is_done_and_goes_only_on_purpose(open_page: PageOpener) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        if dialog.type == "confirm":
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    page.goto("/demo")
    press(page, "Be Dana Whitfield")
    page.goto("/coordinator/?queue=new")
    row = page.locator("tr[data-referral] th a").first
    address = row.get_attribute("href") or ""
    row.click()
    message, note = page.get_by_label("Write to the patient"), page.get_by_label("Note (only staff read it)")
    message.fill("Please bring the slides.")
    note.fill("Called them.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator("#notes + p + ol")).to_contain_text("Called them.")
    expect(message).to_have_value("Please bring the slides.")
    expect(note).to_have_value("")
    page.keyboard.press("Escape")
    expect(message).to_be_visible()
    assert asked == ["confirm"]
    page.goto(address)
    assert asked == ["confirm", "beforeunload"]
    expect(message).to_have_value("")
    message.fill("Once more.")
    note.fill("Called again.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator("#notes + p + ol")).to_contain_text("Called again.")
    expect(message).to_have_value("Once more.")
    page.locator("details", has_text="Put on hold").locator("summary").click()
    page.get_by_label("Why? (for the history)").first.fill("Waits for the family.")
    page.get_by_role("button", name="Send to the patient").click()
    expect(page.locator("#thread ~ ol")).to_contain_text("Once more.")
    expect(page.get_by_label("Why? (for the history)").first).to_have_value("Waits for the family.")
