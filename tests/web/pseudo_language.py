"""A made-up language in which every text of the catalogues stands between brackets: what stands outside is in none."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from flask import Flask

from referral import languages

TAG = "eo"
"""A language that has conventions for dates and no catalogue of ours."""
SPOKEN = ("alt", "aria-label", "data-label", "placeholder", "title")
"""Attributes that are read out or shown."""
_SILENT = ("script", "style", "code", "var", "svg")
_ALONE = frozenset(["area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"])


@cache
def _written(folder: Path) -> Path:
    (folder / TAG / "LC_MESSAGES").mkdir(parents=True)
    for name in ("messages.po", "facts.po"):
        _write(folder / TAG / "LC_MESSAGES" / name)
    return folder


def _write(path: Path) -> None:
    made = Catalog(TAG)
    with (languages.FOLDER / "es" / "LC_MESSAGES" / path.name).open("rb") as file:
        for message in read_po(file):
            ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
            if ids[0]:
                said = tuple(text if text.startswith(("EEEE", "d M", "MMMM")) else f"⟦{text}⟧" for text in ids)
                made.add(ids if len(ids) > 1 else ids[0], said if len(said) > 1 else said[0])
    with path.open("wb") as file:
        write_po(file, made)


def speak(app: Flask, folder: Path) -> None:
    """Let the application know the made-up language besides its own."""
    app.extensions["babel"].translation_directories.append(str(_written(folder)))


class _Reader(HTMLParser):
    """Collects what a visitor reads or hears outside of the brackets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.outside: list[str] = []
        self._depth, self._open = 0, 0
        self._stack: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.outside += [without_brackets(given[name]) for name in SPOKEN if name in given and not self._depth]
        if tag in _ALONE:
            return
        foreign = tag in _SILENT or given.get("lang", TAG) != TAG or "as-written" in given.get("class", "")
        self._stack.append((tag, foreign))
        self._depth += foreign

    def handle_endtag(self, tag: str) -> None:
        while self._stack and tag not in _ALONE:
            opened, foreign = self._stack.pop()
            self._depth -= foreign
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        for character in data:
            self._open += (character == "⟦") - (character == "⟧")
            if not self._depth and not self._open and character != "⟧":
                self.outside.append(character)


def without_brackets(text: str) -> str:
    """What of a text stands outside of the brackets."""
    while "⟦" in text:
        shorter = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
        if shorter == text:
            break
        text = shorter
    return text + " "


def words_outside(html: str) -> list[str]:
    """The words of two letters or more that a page says outside of the catalogues."""
    return re.findall(r"[^\W\d_]{2,}", "".join(_Reader(html).outside))
