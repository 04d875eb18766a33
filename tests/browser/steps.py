"""Clicks that lead to another page; they return when that page is there, so that nothing looks at the old one."""

import re

from playwright.sync_api import Locator, Page


def follow(element: Locator) -> None:
    """Click what leads to another page, or sends a form; the page that answers is loaded afterwards."""
    with element.page.expect_navigation():
        element.click()


def press(page: Page, name: str | re.Pattern[str], exact: bool = False) -> None:
    """Press the button with this name, which leads to another page."""
    follow(page.get_by_role("button", name=name, exact=exact))


def follow_link(page: Page, name: str | re.Pattern[str]) -> None:
    """Follow the link with this name."""
    follow(page.get_by_role("link", name=name))
