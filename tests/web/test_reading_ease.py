"""How easy the patients' pages are to read, page by page: the school grade in English, Fernández-Huerta in Spanish."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import textstat
from flask import Flask
from flask.testing import FlaskClient

from tests.web.patient_pages import patient_pages

_SILENT = frozenset(["script", "style", "code", "var", "svg", "select", "textarea", "nav", "table"])
_ALONE = frozenset(["area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"])
_WITHIN_A_SENTENCE = frozenset(["a", "abbr", "b", "em", "i", "label", "small", "span", "strong", "time"])
_FEW = 12
"""A page with fewer words in whole sentences has no measure that means anything."""

EXCUSED = {
    "colangiocarcinoma": "cáncer", "cholangiocarcinoma": "cancer",
    "quimioterapia": "suero", "chemotherapy": "drip", "radioterapia": "rayos",
    "ClinicalTrials.gov": "web", "OncoTree": "lista", "HIPAA": "ley", "Medicare": "seguro",
}  # fmt: skip
"""Names of cancers, treatments, laws and sites that a patient reads in any case, because the doctors and the papers
say them: each counts as a short plain word. Everything else on a page counts as it stands."""


class _Blocks(HTMLParser):
    """The texts of a page's blocks, in its main part and its own language."""

    def __init__(self, html: str, language: str) -> None:
        super().__init__()
        self.blocks, self._language = [""], language
        self._stack: list[tuple[str, bool]] = []
        self._silent = self._main = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _WITHIN_A_SENTENCE or given.get("class") == "hidden-text":
            self.blocks.append("")
        if tag in _ALONE:
            return
        foreign = given.get("lang", self._language) != self._language
        silent = tag in _SILENT or foreign or {"as-written", "learn-source"} & set(given.get("class", "").split())
        self._stack.append((tag, bool(silent)))
        self._silent += bool(silent)
        self._main += tag == "main"

    def handle_endtag(self, tag: str) -> None:
        if tag not in _WITHIN_A_SENTENCE:
            self.blocks.append("")
        while self._stack and tag not in _ALONE:
            opened, silent = self._stack.pop()
            self._silent -= silent
            self._main -= opened == "main"
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._main and not self._silent:
            self.blocks[-1] += data


def sentences(html: str, language: str) -> Iterator[str]:
    """The whole sentences that a page says in its own language; labels, names, lists of names and tables are none."""
    for block in _Blocks(html, language).blocks:
        text = " ".join(block.split())
        if text.endswith((".", "?", ":", "”", "»")):
            for sentence in re.split(r"(?<=[.?:])[”»)]?\s+(?=[A-ZÁÉÍÓÚÑ¿“«(\d])", text):
                if len(sentence.split()) > 2:
                    yield re.sub(r"[:”»]+$", ".", sentence)


def plain(text: str) -> str:
    """The text with the excused words in their place."""
    for name, word in EXCUSED.items():
        text = re.sub(name, word, text, flags=re.IGNORECASE)
    return text


def hard_pages(app: Flask, client: FlaskClient, language: str) -> tuple[dict[str, float], int]:
    """The pages that are too hard, with their figure, and how many were measured."""
    textstat.set_lang("en_US" if language == "en" else "es")
    found, measured = {}, 0
    for name, html in patient_pages(app, client, language):
        if name == "/offline" and language != "en":
            continue  # the same page for everybody, in both languages
        assert f'<html lang="{language}">' in html, name
        text = plain("\n".join(sentences(html, language)))
        if len(text.split()) < _FEW:
            continue
        measured += 1
        grade, ease = textstat.flesch_kincaid_grade(text), textstat.fernandez_huerta(text)
        if (language == "en" and grade > 8) or (language == "es" and ease < 70):
            found[name] = round(float(grade if language == "en" else ease), 1)
    return found, measured


def test_only_whole_sentences_in_the_language_of_the_page_are_measured() -> None:
    page = """<main><h1>Name</h1><p>We <b>write</b> to you.</p><p lang="es">No se lee aquí.</p><nav>Go on there.</nav>
    <li>First thing. Then (the other) one.</li><table><td>In a table.</td></table></main><p>Below the page.</p>"""
    assert list(sentences(page, "en")) == ["We write to you.", "Then (the other) one."]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_is_easy_to_read(app: Flask, client: FlaskClient, language: str) -> None:
    hard, measured = hard_pages(app, client, language)
    assert hard == {}
    assert measured > 80
