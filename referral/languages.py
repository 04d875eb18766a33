"""The languages of the patients' pages: their catalogues, and saying a phrase in the language of the moment.

A language is one folder of `referral/translations/`, named by its tag, with `LC_MESSAGES/messages.po` (the texts of the
code), `LC_MESSAGES/facts.po` (those of `seed_data/learn/facts.csv`) and `cancers.csv` (what it calls each cancer within
a sentence). The header `Language` of the first names the conventions for dates and numbers ("es_US"). There are no
compiled files: a catalogue is compiled in memory when a process first needs it. English is what the texts in the code
are, and has no folder.
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import cast

from babel import Locale
from babel.dates import format_date, format_time, get_month_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import has_app_context
from flask_babel import Babel, Domain, get_babel, get_locale

from referral.domain.naming import within_sentence
from referral.domain.phrases import CancerName, Speaker, Spoken, placed

ENGLISH = "en"
FOLDER = Path(__file__).resolve().parent / "translations"
_MESSAGES = "LC_MESSAGES/messages.po"


class _Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """Flask-Babel's own functions take their texts from our catalogues too."""

    def get_translations(self) -> NullTranslations:
        return translations(current())


class PagesBabel(Babel):  # type: ignore[misc]  # Flask-Babel has no types
    """Flask-Babel with catalogues that need no compiling."""

    domain_instance = _Catalogues()


@cache
def _folders(directories: tuple[str, ...]) -> dict[str, Path]:
    found = {path.parent.parent.name: path for folder in directories for path in Path(folder).glob(f"*/{_MESSAGES}")}
    return dict(sorted(found.items()))


def _catalogues() -> dict[str, Path]:
    return _folders(tuple(get_babel().translation_directories) if has_app_context() else (str(FOLDER),))


def known() -> tuple[str, ...]:
    """The tags of all languages, English first."""
    return (ENGLISH, *_catalogues())


def own_name(language: str) -> str:
    """What a language calls itself: "Español"."""
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]


def name_of(language: str) -> str:
    """What the language of the moment calls another one, by its tag; empty in English and where it has no word."""
    now = current()
    return "" if now == ENGLISH else str(Locale.parse(locale_of(now)).languages.get(language, ""))


def in_english(language: str) -> str:
    """What English calls a language, by its tag; the tag itself where it has no word."""
    return str(Locale(ENGLISH).languages.get(language, language))


def current() -> str:
    """The language of the page, message or document that is being made; English outside of all of them."""
    if not has_app_context():
        return ENGLISH
    language = cast(str, get_locale().language)
    return language if language != ENGLISH and language in _catalogues() else ENGLISH


def locale_of(language: str) -> str:
    """Whose conventions for dates and numbers a language follows here."""
    path = _catalogues().get(language)
    return str(_read(path).locale_name) if path else ENGLISH


def months(language: str) -> Mapping[int, str]:
    """The months by number, as a language writes them within a date: "enero"."""
    return {number: name.lower() for number, name in get_month_names("wide", locale=locale_of(language)).items()}


def clock_time(moment: datetime) -> str:
    """The time of a moment in its own zone, as the language of the moment writes it: "9:05 AM"."""
    return format_time(moment.time(), "short", locale=locale_of(current()))


def translations(language: str) -> NullTranslations:
    """The catalogue of a language, an empty one for English."""
    path = _catalogues().get(language)
    return _read(path) if path else _NOTHING


class _Compiled(Translations):
    """A catalogue in memory with the name of its conventions."""

    locale_name = ENGLISH


_NOTHING = NullTranslations()


@lru_cache(16)
def _read(path: Path) -> _Compiled:
    with path.open("rb") as file:
        catalogue = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    made = _Compiled(compiled)
    made.locale_name = str(catalogue.locale or ENGLISH)
    return made


@lru_cache(16)
def _facts(path: Path) -> NullTranslations:
    """The catalogue of the facts beside a language's texts; it is read when the first of them is to be said."""
    beside = path.with_name("facts.po")
    return _read(beside) if beside.exists() else _NOTHING


@lru_cache(16)
def _cancers(path: Path) -> dict[str, str]:
    """What a language calls the cancers, by code."""
    table = path.parent.parent / "cancers.csv"
    if not table.exists():
        return {}
    with table.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


@lru_cache(16)
def _speaker(path: Path) -> Speaker:
    texts = _read(path)
    locale = Locale.parse(texts.locale_name)

    def one(text: str) -> str:
        found = str(texts.ugettext(text))
        return found if found != text else str(_facts(path).ugettext(text))

    def in_words(day: date, pattern: str) -> str:
        return format_date(day, pattern, locale)

    return Speaker(one, texts.ungettext, in_words, lambda code: _cancers(path).get(code, ""))


def _now() -> Speaker | None:
    """The speaker of the language of the moment, None for English."""
    language = current()
    return None if language == ENGLISH else _speaker(_catalogues()[language])


def say(value: object) -> object:
    """A phrase in the language of the moment; whatever else it is given stays as it is."""
    speaker = _now() if isinstance(value, Spoken) else None
    return value.said_by(speaker) if speaker and isinstance(value, Spoken) else value


def said(text: str) -> str:
    """The same for a text that Python goes on with, such as one that a cookie keeps."""
    return str(say(text))


def cancer_in(language: str, code: str) -> str:
    """What a language calls a cancer within a sentence; empty where it has no name of its own, and for English."""
    path = _catalogues().get(language)
    return _cancers(path).get(code, "") if path else ""


def within(name: str) -> str:
    """A name as it stands within a sentence of the language of the moment: "Questions that fit cholangiocarcinoma"."""
    speaker = _now()
    return name.within(speaker) if speaker and isinstance(name, CancerName) else within_sentence(said(name))


def sayable(values: Iterable[tuple[str, object]], pattern: str = "") -> dict[str, object]:
    """Named values with the phrases among them said, as they stand in the pattern that they are filled into."""
    speaker = _now()
    return {name: placed(value, speaker, pattern, name) if speaker else value for name, value in values}
