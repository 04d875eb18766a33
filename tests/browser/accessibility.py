"""What is wrong with a page: axe's rules up to WCAG 2.2 AA, text of twice its size, and forced colours."""

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
_RUN = """async ([options, every]) => {
  const alike = [], known = new Map(), chains = new Map(), often = [];
  const states = ["class", "style", "type", "role", "open", "disabled", "checked", "aria-current", "aria-selected"];
  for (const element of document.querySelectorAll("*")) {
    const own = states.map((name) => element.getAttribute(name)).join("|");
    const chain = `${chains.get(element.parentElement)} ${element.localName}|${own}`;
    if (!known.has(chain)) known.set(chain, known.size);
    const number = known.get(chain);
    chains.set(element, number);
    often[number] = (often[number] ?? 0) + 1;
    if (often[number] > 2 && !every) alike.push(element);
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
up to the root, two are measured (rows may have two colours) unless every one is asked for; every other rule sees all.
"""

_DOUBLED = """() => {
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.offsetWidth > 2;
  const said = ({ localName, className, textContent }) =>
    `<${localName} class="${className}"> ${textContent.trim().slice(0, 40)}`;
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const texts = [...document.body.querySelectorAll("*:not(script, style, option, svg *)")].filter(shown);
  const before = new Map(texts.map((element) => [element, parseFloat(getComputedStyle(element).fontSize)]));
  document.documentElement.style.fontSize = "200%";
  const found = [];
  for (const element of texts) {
    const style = getComputedStyle(element);
    const small = parseFloat(style.fontSize) < before.get(element) * 1.9;
    if (own(element) && small) found.push(`stays small: ${said(element)}`);
    const cut = (side, size, whole) => ["hidden", "clip"].includes(style[side]) && whole > size + 2 && size > 2;
    const holdsText = element.textContent.trim() && !element.matches("svg, :has(> svg)");
    if (holdsText && (cut("overflowX", element.clientWidth, element.scrollWidth)
        || cut("overflowY", element.clientHeight, element.scrollHeight))) found.push(`is cut: ${said(element)}`);
    const spills = element.matches("button, .button, .chip, label, legend, td, th, summary, h1, h2, h3")
      && element.clientHeight > 2
      && (element.scrollHeight > element.clientHeight + 4 || element.scrollWidth > element.clientWidth + 4);
    if (spills && style.display !== "inline") found.push(`runs over its edge: ${said(element)}`);
  }
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push("scrolls sideways");
  root.style.fontSize = "";
  return found.map((fault) => `text of twice the size ${fault}`);
}"""

_FORCED = """() => {
  const found = [], said = (element) => element.outerHTML.slice(0, 120);
  const look = (element, part) => getComputedStyle(element, part);
  const edged = (style) => ["Top", "Right", "Bottom", "Left"].some((side) =>
    style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) >= 1
      && style[`border${side}Color`] !== style.backgroundColor);
  const ownMarks = "[type=checkbox], [type=radio], [type=range], [type=file]";
  const kinds = "button, input:not([type=hidden]), select, textarea, summary, a[href]";
  const controls = [...document.querySelectorAll(kinds)]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.tabIndex >= 0);
  for (const control of controls) {
    const style = look(control);
    const drawn = style.appearance !== "none" && control.matches(ownMarks);
    const asLink = style.textDecorationLine.includes("underline") || control.matches("a, summary");
    if (!drawn && !asLink && !edged(style)) found.push(`has no edge: ${said(control)}`);
    control.focus({ preventScroll: true });
    const focused = look(control), wrapped = look(control.parentElement);
    const seen = [focused, wrapped].some((one) => one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 2)
      || [...control.querySelectorAll("rect")].some((drawn) => parseFloat(look(drawn).strokeWidth) >= 3);
    if (document.activeElement === control && !seen) found.push(`shows no focus: ${said(control)}`);
  }
  document.activeElement?.blur();
  const signs = (element) => {
    const style = look(element), before = look(element, "::before");
    return ["borderTop", "borderBottom", "borderLeft", "borderRight", "textDecorationLine", "fontWeight", "fontStyle"]
      .map((name) => style[name]).join("|") + before.content + before.borderBottom;
  };
  for (const state of ["aria-current", "aria-selected", "aria-pressed"]) {
    for (const on of document.querySelectorAll(`[${state}]:not([${state}=false])`)) {
      const list = on.closest("nav, ul, ol, [role=listbox], tr")?.querySelectorAll(on.localName) ?? [];
      const off = [...list].find((one) => one !== on && !(one.getAttribute(state) ?? "false").match(/true|page|step/));
      if (off && signs(off) === signs(on)) found.push(`${state} is colour alone: ${said(on)}`);
    }
  }
  return found.map((fault) => `in forced colours ${fault}`);
}"""


def violations(page: Page, colours_alone: bool = False, every: bool = False) -> list[str]:
    """A line for each rule that is broken (or each rule of colours), with the first element that breaks it.

    `every` measures the contrast of all elements, also of those that look alike.
    """
    page.evaluate(_AXE)
    found: list[str] = page.evaluate(_RUN, [_COLOURS if colours_alone else _RULES, every])
    return found


def faults_of_doubled_text(page: Page) -> list[str]:
    """What stays small, is cut, runs over its edge or leaves the window where text has twice its size."""
    found: list[str] = page.evaluate(_DOUBLED)
    return found


def faults_of_forced_colours(page: Page) -> list[str]:
    """Controls without an edge or a visible focus, and states told by colour alone, in the colours of the system.

    Contrast is the system's own there, and axe reads the colours that the page had asked for.
    """
    page.emulate_media(forced_colors="active")
    page.keyboard.press("Tab")  # from here on the focus is shown as for somebody at the keyboard
    found: list[str] = page.evaluate(_FORCED)
    page.emulate_media(forced_colors="none")
    return found


def scrolls_sideways(page: Page) -> bool:
    """Whether something is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
