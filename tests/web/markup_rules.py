"""Whether anything in an answer came from a text that tries to be more: markup, a script, an address, a formula."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from werkzeug.wrappers import Response

MARK = "zyx"
"""Stands in every hostile text, and in nothing of ours."""

BEGINS_WITH_A_FORMULA = """="' zyx-c=1><zyx-a onclick=zyx()></textarea></title></script><svg onload=zyx()>{{7*19119}}"""
BEGINS_AS_AN_ADDRESS = (
    """javascript:zyx()//' onfocus=zyx() zyx-b="</option></select><img src=x onerror=zyx()>${7*19119}"""
)
HOSTILE = (BEGINS_WITH_A_FORMULA, BEGINS_AS_AN_ADDRESS)

_COMPUTED = str(7 * 19119)
_ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset", "srcdoc", "ping"}
_RUNS = re.compile(r"\s*(javascript|vbscript|data)\s*:", re.IGNORECASE)
_OF_A_PICTURE = "data:image/"
_FORMULA = tuple("=+-@\t\r\n")


class _Page(HTMLParser):
    """Reads a page as a browser does, and notes what nobody of ours wrote."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._within = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        if MARK in tag:
            self.faults.append(f"an element <{tag}>")
        for name, value in attrs:
            self.faults += [f"<{tag}> {fault}" for fault in _of_attribute(name, value or "")]

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within in ("script", "style") and MARK in data:
            self.faults.append(f"a text within <{self._within}>")

    def handle_comment(self, data: str) -> None:
        if MARK in data:
            self.faults.append("a text within a comment")


def _of_attribute(name: str, value: str) -> Iterator[str]:
    if MARK in name or name.startswith("on"):
        yield f"has the attribute {name}"
    if name in _ADDRESSES and _RUNS.match(value) and not value.startswith(_OF_A_PICTURE):
        yield f"leads to {value[:40]}"
    if name == "style" and MARK in value:
        yield "has a text in its style"
    if MARK in value and value[:1] in ("{", "[") and not _is_json(value):
        yield f"has broken JSON in {name}"


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def of_markup(html: str) -> list[str]:
    """What of a page came from a hostile text and is more than text; what an expression in one would have computed."""
    return _Page(html).faults + (["an expression was computed"] if _COMPUTED in html else [])


def of_answer(answer: Response) -> list[str]:
    """What is wrong with an answer of any kind."""
    kind = answer.mimetype or ""
    text = answer.get_data(as_text=True) if kind.startswith(("text", "image/svg")) or kind.endswith("json") else ""
    if kind in ("text/html", "image/svg+xml"):
        return of_markup(text)
    if kind.endswith("json"):
        return [fault for narrative in _narratives(json.loads(text)) for fault in of_markup(narrative)]
    if kind == "text/csv":
        cells = (cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row)
        return [f"a cell begins {cell[:20]!r}" for cell in cells if cell.startswith(_FORMULA)]
    return ["a text under a kind that browsers look into"] if MARK in text and kind != "text/plain" else []


def _narratives(value: object) -> Iterator[str]:
    """The markup that FHIR keeps in `text.div`, of every resource within."""
    if isinstance(value, dict):
        if isinstance(value.get("div"), str):
            yield value["div"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _narratives(one)
