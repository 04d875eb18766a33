"""The patient's pages in a real browser: the whole way, and the accessibility rules on every page of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import Faults, PageOpener
from tests.browser.steps import follow, follow_link

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}

Look = Callable[[str], None]


def press(page: Page, name: str) -> None:
    """Press the button with exactly this name."""
    steps.press(page, name, exact=True)


def search(page: Page, cancer: str = "bile duct cancer", near: str = "02115") -> None:
    """Fill in the first page."""
    page.goto("/")
    page.get_by_label("Which cancer?").fill(cancer)
    page.get_by_label("Where are you?").fill(near)
    press(page, "Show specialists")


def choose(page: Page, many: int) -> None:
    """Choose the first specialists of the results and begin a request."""
    for number in range(1, many + 1):
        page.locator(f"#chosen-{number}").check()
    press(page, "Ask for a second opinion")


def fill_in(page: Page, look: Look) -> None:
    """Every step of the request, looked at before it is answered."""
    for name in STEPS:
        look(name)
        answer(page, name)
        press(page, "Continue")


def answer(page: Page, name: str) -> None:
    """Fill in one step of the request; a tick goes into every box that fits."""
    for selector, value in STEPS[name].items():
        if value == "checked":
            for box in page.locator(selector).all():
                box.check()
        else:
            page.fill(selector, value)


STEPS = {
    "specialists": {},
    "why": {"#situation": "checked"},
    "first opinion": {"#first_opinion-diagnosis": "Bile duct cancer", "#first_opinion-plan": "Chemotherapy"},
    "questions": {"#questions": "Is surgery possible?"},
    "patient": {
        "#patient-given": "Maria",
        "#patient-family": "Sample",
        "#patient-birth_date": "27",
        "#patient-birth_date-month": "3",
        "#patient-birth_date-year": "1961",
    },
    "contact": {"#patient-email": "maria@sample.example", "#patient-postcode": "02115"},
    "if declined": {},
    "consent": {"[name^='consent.']": "checked"},
}


def give_birth_date(page: Page, button: str) -> None:
    """Enter the patient's birth date and go on."""
    for part, text in (("", "27"), ("-month", "3"), ("-year", "1961")):
        page.fill(f"#birth_date{part}", text)
    press(page, button)


@pytest.mark.timeout(300)  # a walk through some thirty pages, half a minute where nothing else runs
@pytest.mark.parametrize(
    "size, scheme",
    [
        pytest.param(PHONE, "light", id="phone, light"),
        pytest.param(DESKTOP, "dark", id="desktop, dark", marks=pytest.mark.chaos),
    ],
)
def test_no_page_of_the_patients_way_breaks_an_accessibility_rule(
    open_page: PageOpener, faults: Faults, size: dict[str, object], scheme: str
) -> None:
    faults.expect("status of 422")
    faults.expect("status of 404")
    page = open_page(**size, color_scheme=scheme)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = violations(page, colours_alone=scheme == "dark") + (
            ["wider than the screen"] if scrolls_sideways(page) else []
        )

    for path in (
        "/",
        "/track",
        "/about/ranking",
        "/about/second-opinion",
        "/about/privacy",
        "/learn/",
        "/learn/BREAST",
        "/learn/CHOL",
        "/learn/PTES",
        "/learn/nowhere",
        "/nowhere",
        "/request/why",
    ):
        page.goto(path)
        look(path)
    page.goto("/")
    page.get_by_text("More choices").click()
    look("more choices")
    search(page, cancer="", near="")
    look("first page with errors")
    search(page, cancer="liver", near="Springfield")
    look("question back")
    search(page)
    page.locator("details summary").first.click()
    look("results")
    follow(page.locator("li.result h3 a").first)
    look("profile")
    page.go_back()
    choose(page, 3)
    fill_in(page, look)
    look("check")
    press(page, "Send my request")
    look("sent")
    follow(page.get_by_role("link", name="Follow your request").last)
    follow_link(page, "My request")
    press(page, "Show my request")
    look("code with errors")
    assert {name: broken for name, broken in found.items() if broken} == {}
    assert len(found) == 28


def test_a_request_is_sent_and_followed_without_javascript(plain_page: Page, open_page: PageOpener) -> None:
    page = plain_page
    search(page)
    choose(page, 2)
    first = page.locator(".shortlist strong").first.inner_text()
    follow(page.get_by_role("button", name="Down").first)
    assert page.locator(".shortlist strong").nth(1).inner_text() == first
    fill_in(page, lambda name: None)
    press(page, "Send my request")
    code = page.locator(".code").inner_text()

    other = open_page()
    other.goto("/track")
    other.get_by_label("Tracking code").fill(code.lower())
    give_birth_date(other, "Show my request")
    assert "We have your request." in other.locator("h1").inner_text()

    third = open_page()
    third.goto(other.url)
    assert third.locator("h1").inner_text() == "What is the patient’s birth date?"
    give_birth_date(third, "Show the request")
    follow_link(third, "Cancel the request")
    press(third, "Cancel the request")
    assert third.locator("h1").inner_text() == "This request is cancelled."


def test_the_keyboard_alone_finds_the_way_and_the_focus_is_seen(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "cancer"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    page.keyboard.type("bile duct cancer")
    page.keyboard.press("Tab")
    page.keyboard.type("02115")
    page.keyboard.press("Enter")
    page.wait_for_url("**/results")
    assert page.locator("h1").inner_text() == "Specialists for Cholangiocarcinoma"


def test_the_back_button_returns_to_the_results_with_what_was_chosen(page: Page) -> None:
    search(page)
    page.locator("#chosen-2").check()
    follow(page.locator("li.result h3 a").first)
    page.go_back()
    assert page.locator("#chosen-2").is_checked()
    press(page, "Ask for a second opinion")
    page.go_back()
    assert page.locator("h1").inner_text() == "Specialists for Cholangiocarcinoma"


def test_after_a_mistake_the_summary_has_the_focus_and_leads_to_the_field(page: Page, faults: Faults) -> None:
    faults.expect("status of 422")
    search(page, near="")
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary a").click()
    expect(page.locator("#near")).to_be_focused()


def test_every_target_is_large_enough_for_a_thumb(open_page: PageOpener) -> None:
    page = open_page(**PHONE)
    search(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button:not([aria-hidden]), summary, nav a, .choice')]
            .filter(element => element.offsetHeight && element.offsetHeight < 44)
            .map(element => element.textContent.trim().slice(0, 40) + ' ' + element.offsetHeight)"""
    )
    assert small == []
