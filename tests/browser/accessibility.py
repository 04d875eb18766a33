"""What axe finds wrong with a page: its rules up to WCAG 2.2 AA, the size of targets included."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "preload": False,  # only rules for films and for turned screens want their files
}
_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"], "preload": False}
_AXE = Axe().axe_script
_RUN = """async (options) => {
  const alike = [], known = new Map(), chains = new Map(), often = [];
  const states = ["class", "style", "type", "role", "open", "disabled", "checked", "aria-current", "aria-selected"];
  for (const element of document.querySelectorAll("*")) {
    const own = states.map((name) => element.getAttribute(name)).join("|");
    const chain = `${chains.get(element.parentElement)} ${element.localName}|${own}`;
    if (!known.has(chain)) known.set(chain, known.size);
    const number = known.get(chain);
    chains.set(element, number);
    often[number] = (often[number] ?? 0) + 1;
    if (often[number] > 2) alike.push(element);
  }
  alike.forEach((element) => element.setAttribute("data-alike", ""));
  axe.configure({ rules: [{ id: "color-contrast", selector: ":not([data-alike])" }] });
  try {
    return (await axe.run(document, options)).violations.map(
      ({ id, help, nodes }) => `${id}: ${help} – ${nodes[0].html.slice(0, 200)}`);
  } finally {
    alike.forEach((element) => element.removeAttribute("data-alike"));
  }
}"""
"""Measuring contrasts takes four fifths of a run. Of elements that have the same names, classes and states all the way
up to the root, two are measured (rows may have two colours); every other rule sees all."""


def violations(page: Page, colours_alone: bool = False) -> list[str]:
    """A line for each rule that is broken (or each rule of colours), with the first element that breaks it."""
    page.evaluate(_AXE)
    found: list[str] = page.evaluate(_RUN, _COLOURS if colours_alone else _RULES)
    return found


def scrolls_sideways(page: Page) -> bool:
    """Whether something is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
