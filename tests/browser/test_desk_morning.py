"""A coordinator's morning on the running service: keys alone, few clicks, nothing jumps, and two at one desk."""

import re

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import Faults, PageOpener
from tests.browser.steps import press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 800, "height": 900}
WATCH_MOVES = """() => {
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""


def sign_in(page: Page, name: str = "Marcus Oyelaran") -> None:
    page.goto("/demo")
    press(page, f"Be {name}")


def desk(page: Page, queue: str = "") -> None:
    """Open a list, with whatever keeps it up to date at work."""
    page.goto(f"/coordinator/?queue={queue}" if queue else "/coordinator/")
    expect(page.get_by_role("button", name="Keys")).to_be_visible()


def first_with(page: Page, stage: str) -> Locator:
    """The first row of the list at this stage."""
    return page.locator("tr[data-referral]").filter(has=page.locator(".cell-stage", has_text=stage)).first


def beside(page: Page) -> Locator:
    return page.locator("[data-beside]")


def overlaps(page: Page) -> list[str]:
    """What of the columns of the desk lies over another."""
    found: list[str] = page.evaluate("""() => {
      const boxes = [...document.querySelectorAll(".worklists, .desk-main, .beside:not([hidden])")]
        .map((one) => [one.className, one.getBoundingClientRect()]);
      return boxes.flatMap(([name, a], i) => boxes.slice(i + 1)
        .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
        .map(([other]) => `${name} over ${other}`));
    }""")
    return found


def test_a_complete_request_is_sent_with_two_clicks(open_page: PageOpener) -> None:
    page = open_page(viewport=WIDE)
    sign_in(page)
    clicks = Clicks(page)
    desk(page, "ready")
    clicks.on(first_with(page, "Ready").locator("th a"))
    clicks.on(beside(page).get_by_role("button", name="Approve and send"))
    expect(beside(page).get_by_role("status").filter(has_text="Approved for sending.")).to_be_visible()
    assert clicks.taken() == 2


@pytest.mark.chaos
def test_the_few_clicks_of_the_commonest_steps(open_page: PageOpener) -> None:
    page = open_page(viewport=WIDE)
    sign_in(page)
    clicks = Clicks(page)
    desk(page)
    row = page.locator("tr[data-referral]").filter(has_text=re.compile("Declined|No response")).first
    clicks.on(row.locator("th a"))
    clicks.on(beside(page).get_by_role("button", name=re.compile("^Ask the next specialist|^Ask ")).first)
    expect(beside(page).get_by_role("status").filter(has_text="Next specialist asked.")).to_be_visible()
    assert clicks.taken() == 2

    desk(page, "new")
    clicks.on(page.locator("tr[data-referral] th a").first)
    if not beside(page).get_by_role("button", name="Ask for records").is_visible():
        clicks.on(beside(page).locator("summary", has_text="Ask for records"))
    clicks.on(beside(page).get_by_role("button", name="Ask for records"))
    expect(beside(page).get_by_role("status").filter(has_text="Records asked for.")).to_be_visible()
    assert clicks.taken() <= 3


@pytest.mark.chaos
def test_a_short_morning_by_keys_alone(open_page: PageOpener, faults: Faults) -> None:
    page = open_page(viewport=WIDE)
    sign_in(page)
    desk(page)
    page.evaluate(WATCH_MOVES)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keys of the desk")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("tr[data-referral]").nth(1)
    expect(second.locator("th a")).to_be_focused()
    page.keyboard.press("o")
    expect(beside(page).get_by_role("heading", level=1)).to_be_visible()
    assert overlaps(page) == []
    assert not scrolls_sideways(page)
    assert violations(page) == []
    page.keyboard.press("Control+k")
    expect(page.locator("[data-palette]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-palette]")).to_be_hidden()
    expect(beside(page)).to_be_visible()
    note = beside(page).get_by_label("Note (only staff read it)")
    note.focus()
    page.keyboard.type("jk? called the office")
    expect(note).to_have_value("jk? called the office")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(beside(page).locator(".internal li").filter(has_text="jk? called the office")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(beside(page)).to_be_hidden()
    expect(second.locator("th a")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("sending fa")
    expect(page.locator("[data-palette] [role=option]").first).to_contain_text("Sending failed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sending failed")
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Mine|me", re.IGNORECASE))
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys do this").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    expect(page).to_have_url(re.compile("queue=mine"))
    page.set_viewport_size(NARROW)
    for queue in ("", "new"):
        desk(page, queue)
        assert overlaps(page) == []
        assert not scrolls_sideways(page)


@pytest.mark.chaos
def test_a_row_changes_where_it_stands_while_somebody_else_works(open_page: PageOpener) -> None:
    page, other = open_page(viewport=WIDE), open_page(viewport=WIDE)
    sign_in(page)
    sign_in(other, "Priya Raman")
    desk(page)
    page.evaluate(WATCH_MOVES)
    before = order_of(page)
    row = page.locator("tr[data-referral]").nth(2)
    row.locator("th a").focus()
    address = row.locator("th a").get_attribute("href") or ""
    other.goto(address)
    expect(row).to_contain_text("Priya Raman has it open")
    other.get_by_label("Note (only staff read it)").fill("Called them.")
    expect(row).to_contain_text("Priya Raman is writing here", timeout=15_000)
    with other.expect_navigation():
        other.get_by_role("button", name="Keep the note").dblclick()
    expect(other.locator(".internal li").filter(has_text="Called them.")).to_have_count(1)
    expect(row.locator(".cell-last")).to_contain_text("Note")
    expect(page.locator("[data-live-news]")).to_contain_text("change")
    assert order_of(page) == before
    expect(row.locator("th a")).to_be_focused()
    assert page.evaluate("window.shifts") < 0.02


def order_of(page: Page) -> list[str]:
    found: list[str] = page.locator("tr[data-referral]").evaluate_all("rows => rows.map(row => row.id)")
    return found


class Clicks:
    """Counts what is clicked, as the page hears it."""

    def __init__(self, page: Page) -> None:
        self._page, self._taken = page, 0

    def on(self, element: Locator) -> None:
        """Click, and count it."""
        element.click()
        self._taken += 1

    def taken(self) -> int:
        """How many since the last time."""
        found, self._taken = self._taken, 0
        return found


LEADS_ON = ("Approve and send", "Ask the next specialist", "Ask for records", "Confirm the patient’s contact")
"""Buttons that lead a referral on without a word more."""


class Keys:
    """Presses keys, and counts them; what is typed as words counts as one."""

    def __init__(self, page: Page) -> None:
        self._page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        """One after the other."""
        for key in keys:
            self._page.keyboard.press(key)
            self.pressed += 1

    def write(self, words: str) -> None:
        """Words into whatever has the focus."""
        self._page.keyboard.type(words)
        self.pressed += 1


def ask_for_more(page: Page, number: int) -> None:
    """As many requests more, from patients who have confirmed nothing yet."""
    for one in range(number):
        patient = {"given": f"Person{one}", "family": "Morningside", "birth_date": "1961-04-02",
                   "email": f"person{one}@sample.example", "postcode": "02115"}  # fmt: skip
        body = {"cancer": "CHOL", "patient": patient, "shortlist": [],
                "consent": {"share_with_specialists": True, "contact_by_email": True}}  # fmt: skip
        assert page.request.post("/api/v1/referrals", data=body).status == 201


def is_there(page: Page, referral: str) -> None:
    """The referral stands beside the list, and nothing lies over another."""
    expect(beside(page).locator("[data-referral-page]")).to_have_attribute("data-referral-page", referral)
    assert overlaps(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.chaos
def test_a_whole_morning_by_keys_alone(open_page: PageOpener, faults: Faults) -> None:
    """Thirty referrals: each opened, taken where nobody has it, and led on where a button alone does that."""
    faults.expect("status of 409")  # a contact that is not confirmed, a record that must be there
    page = open_page(viewport=WIDE)
    sign_in(page)
    desk(page)
    ask_for_more(page, 30 - page.locator("tr[data-referral]").count())
    desk(page)
    order, keys, taken, led_on = order_of(page), Keys(page), 0, 0
    assert len(order) >= 30
    for referral in order[:30]:
        keys.press("j", "o")
        is_there(page, referral.removeprefix("row-"))
        if beside(page).locator("[data-key='a']").count():
            keys.press("a")
            expect(beside(page).get_by_role("status").filter(has_text="is assigned to you")).to_be_visible()
            taken += 1
        button = beside(page).locator(".acts form").first.locator("button[name=action]")
        if button.count() and button.inner_text() in LEADS_ON:
            keys.press("d")
            expect(button).to_be_focused()
            keys.press("Enter")
            told = beside(page).locator("[role=status].notice, [role=alert]").locator("visible=true")
            expect(told.filter(has_not_text="is assigned to you").first).to_be_visible()
            led_on += 1
    assert taken >= 15
    assert led_on >= 10
    assert keys.pressed == 2 * 30 + taken + 2 * led_on
    keys.press("u", "Control+k")
    keys.write("mine")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mine")
    assert page.locator("tr[data-referral]").count() >= taken
