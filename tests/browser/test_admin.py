"""The steward's pages in a real browser: a report from the visitor to its end, and the accessibility rules."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import PageOpener
from tests.browser.steps import follow, follow_link, press

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
DARK = {**DESKTOP, "color_scheme": "dark"}
LISTS = (
    "/admin/", "/admin/imports", "/admin/checks/", "/admin/organizations/review", "/admin/trials/review",
    "/admin/specialists?q=a",
)  # fmt: skip


def sign_in(page: Page) -> None:
    """Be the made-up steward."""
    page.goto("/demo")
    press(page, "Be Ines Albrecht")


def some_npi(page: Page) -> str:
    """A specialist of the demo whom the search finds."""
    page.goto("/results?cancer=CHOL&near=02115")
    address = page.locator(".result h3 a").first.get_attribute("href") or ""
    found = re.search(r"/specialists/(\d{10})", address)
    assert found
    return found[1]


def look(page: Page, address: str, colours_alone: bool) -> None:
    """Open a page; it has to keep the rules."""
    page.goto(address)
    assert violations(page, colours_alone) == []
    assert not scrolls_sideways(page)


@pytest.mark.chaos
@pytest.mark.parametrize("options", [PHONE, DARK, DESKTOP], ids=["phone", "dark", "desktop"])
def test_every_page_of_the_steward_keeps_the_rules(open_page: PageOpener, options: dict[str, object]) -> None:
    page, colours_alone = open_page(**options), options is DARK
    npi = some_npi(page)
    for address in (f"/specialists/{npi}?cancer=CHOL", f"/specialists/{npi}/report", f"/specialists/{npi}/reported"):
        look(page, address, colours_alone)
    sign_in(page)
    for address in (*LISTS, f"/admin/specialists/{npi}", f"/admin/use/practitioner/{npi}"):
        look(page, address, colours_alone)
    page.goto(f"/admin/specialists/{npi}")
    for name in ("Correct Address", "Correct Phone", "Correct Where requests go", "Correct Languages"):
        address = page.get_by_role("link", name=re.compile(name)).first.get_attribute("href") or ""
        look(page, address, colours_alone)
        page.goto(f"/admin/specialists/{npi}")


@pytest.mark.chaos
def test_a_visitors_report_is_corrected_and_closed_without_javascript(open_page: PageOpener) -> None:
    visitor = open_page(**PHONE, java_script_enabled=False)
    npi = some_npi(visitor)
    visitor.goto(f"/specialists/{npi}")
    follow_link(visitor, "Report an error on this profile")
    visitor.get_by_label("The phone number").check()
    visitor.get_by_label("What would be right, if you know it?").fill("617-555-0177, says their own page")
    press(visitor, "Send the report")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Thank you. Your report is here")

    page = open_page(**DESKTOP, java_script_enabled=False)
    sign_in(page)
    page.goto("/admin/checks/?reason=phone")
    follow(page.locator(".checks-table tbody a").first)
    expect(page.locator(".quote")).to_have_text("617-555-0177, says their own page")
    check = page.url
    page.goto(f"/admin/specialists/{npi}")
    follow(page.get_by_role("link", name=re.compile("^(Correct|Change) Phone")).first)
    page.locator("#phone").fill("617-555-0177")
    page.get_by_label("How do you know?").fill("Called the office.")
    press(page, "Correct it")
    expect(page.get_by_role("status")).to_contain_text("Phone: The correction counts.")
    page.goto(check)
    page.get_by_label("I have corrected it").check()
    page.get_by_label("How do you know?").fill("Called the office.")
    press(page, "Close the check")
    expect(page.get_by_role("status")).to_contain_text("The check is closed.")

    visitor.goto(f"/specialists/{npi}")
    expect(visitor.get_by_role("main")).to_contain_text("617-555-0177")
