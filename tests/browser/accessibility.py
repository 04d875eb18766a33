"""What axe finds wrong with a page: its rules up to WCAG 2.2 AA, the size of targets included."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}
_axe = Axe()


def violations(page: Page, colours_alone: bool = False) -> list[str]:
    """A line for each rule that is broken (or each rule of colours), with the first element that breaks it."""
    found = _axe.run(page, options=_COLOURS if colours_alone else _RULES).response["violations"]
    return [f"{rule['id']}: {rule['help']} – {rule['nodes'][0]['html'][:200]}" for rule in found]


def scrolls_sideways(page: Page) -> bool:
    """Whether something is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
