"""Re-ordering the results with a slider, comparing, and open trials: with scripts and without them."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import Faults, PageOpener

pytestmark = pytest.mark.browser

SEARCH = "/results?cancer=CHOL&near=02115"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def names(page: Page) -> list[str]:
    """The names of the results in their order."""
    return page.locator(".result h3").all_inner_texts()


def test_the_slider_reorders_at_once_and_says_who_moved(open_page: PageOpener) -> None:
    page = open_page(**PHONE)
    page.goto(SEARCH)
    slider = page.get_by_role("slider", name="Between experience and nearness")
    page.locator(".result").nth(2).get_by_role("checkbox").check()
    chosen = page.locator(".result").nth(2).locator("h3").inner_text()
    before = names(page)
    slider.focus()
    height = slider.bounding_box()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-balance]")).to_contain_text(" moved from ")
    after = names(page)
    assert after != before
    assert height
    assert abs((slider.bounding_box() or height)["y"] - height["y"]) < 2
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "Nearness matters most")
    expect(page.locator(".balance-now")).to_contain_text("nearness 70%")
    assert page.locator("[name=chosen]:checked, [name=chosen][type=hidden]").count() == 1
    assert chosen in before
    assert violations(page) == []
    assert not scrolls_sideways(page)


def test_a_server_that_does_not_answer_leaves_the_plain_steps(page: Page, faults: Faults) -> None:
    def fail(route: Route) -> None:
        route.abort()

    faults.expect("Failed to load resource")
    page.goto(SEARCH)
    page.route("**/results", fail)
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Show in this order")).to_be_visible()
    expect(page.get_by_role("radio", name="Both")).to_be_visible()
    expect(page.locator("[data-balance]")).to_contain_text("could not be asked for")


def test_without_scripts_specialists_are_compared_and_one_is_left_out(plain_page: Page) -> None:
    page = plain_page
    page.goto(SEARCH)
    expect(page.get_by_role("button", name="Show in this order")).to_be_visible()
    for place in range(3):
        page.locator(".result").nth(place).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare up to 4 side by side").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Specialists side by side")
    expect(page.locator(".beside thead a")).to_have_count(3)
    expect(page.get_by_label("Where are you?")).to_have_value("02115")
    page.get_by_role("button", name="Leave out").first.click()
    expect(page.locator(".beside thead a")).to_have_count(2)
    address = page.locator(".share-link a").first.get_attribute("href") or ""
    page.goto(address[address.index("/compare") :])
    expect(page.locator(".beside thead a")).to_have_count(2)
    expect(page.get_by_label("Where are you?")).to_have_value("")
    page.get_by_role("button", name="Ask for a second opinion").click()
    page.wait_for_url("**/request/specialists")


def test_comparison_and_trials_break_no_rule_on_a_phone(open_page: PageOpener) -> None:
    page = open_page(**PHONE, color_scheme="dark")
    page.goto(SEARCH)
    for place in range(2):
        page.locator(".result").nth(place).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare up to 4 side by side").click()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    assert violations(page) == []
    assert not scrolls_sideways(page)
    page.go_back()
    page.get_by_role("button", name="Open trials near you").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Open trials for")
    assert violations(page) == []
