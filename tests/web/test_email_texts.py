"""The words of every message: complete in both languages, plain, calm, and without a word of the illness."""

import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
import textstat
from jinja2 import Environment, FileSystemLoader

from referral.domain import plain_words
from referral.domain.messages import CANCELLED_BECAUSE, LANGUAGES, NEEDS_YOU, TO_AN_ADDRESS, TOLD
from referral.services import outbox
from referral.services.outbox import CANCELLED, NEW_LINK, OFFICE_REMINDER, STAFF_LATE, TOLD_TO_OFFICE
from referral.store.deliveries import TO_OFFICE

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "email"
TEMPLATES = Environment(loader=FileSystemLoader(FOLDER.parent), keep_trailing_newline=True)  # noqa: S701 - plain text
PARTS = "_parts"
TO_PATIENT = sorted({*NEEDS_YOU, *TOLD.values(), *CANCELLED_BECAUSE.values()})
TO_OFFICES = sorted({TO_OFFICE, CANCELLED, NEW_LINK, OFFICE_REMINDER, *TOLD_TO_OFFICE.values()})
TO_STAFF = [outbox.EMERGENCY, STAFF_LATE]
EVERY = [*product(TO_PATIENT, LANGUAGES), *product([*TO_OFFICES, *TO_STAFF], ["en"])]
PATIENTS = list(product(TO_PATIENT, LANGUAGES))
GIVES_AWAY = (
    "cancer", "tumor", "tumour", "oncolog", "diagnos", "chemo", "surgery", "radiation", "cáncer", "oncólog",
    "diagnós", "quimio", "cirug", "radioter", "dr.", "dra.", "doctor",
)  # fmt: skip
NEVER = re.compile(
    r"unfortunately|simply|utili[sz]e|commence|please note|lamentablemente|desafortunadamente|simplemente|[!¡]", re.I
)
OWN_DOCTOR = re.compile(r"(?:your|asking your) doctor")
EMERGENCY = {"en": "In an emergency call 911.", "es": "En una emergencia llame al 911."}
NEXT = {"en": "What happens next:", "es": "Qué sigue:"}
FACTS = {
    "reference": "SO-7K3M-92QX",
    "link": "https://referrals.example/track/abc",
    "track_url": "https://referrals.example/track",
    "stage": "acknowledged",
    "since": "Friday 20 November, 15:04 UTC",
}
NONE: Mapping[str, str] = {}
WITHOUT_NEXT = {"lost-link"}
"""It tells of no step: it only leads to the page that does."""


def rendered(name: str, part: str, language: str = "en", *, demo: bool = False, facts: Mapping[str, str] = NONE) -> str:
    wishes = "" if name in {*TO_AN_ADDRESS, *TO_OFFICES, *TO_STAFF} else f"{FACTS['link']}/messages"
    given = {**FACTS, "wishes_url": wishes, "demo": demo, **facts}
    return TEMPLATES.get_template(f"email/{name}/{language}/{part}.txt").render(**given)


def days(language: str) -> dict[str, str]:
    """The facts of a message, in words."""
    words = {
        "en": ("Thursday 3 December", "Monday 14 December"),
        "es": ("jueves 3 de diciembre", "lunes 14 de diciembre"),
    }
    by, on = words[language]
    return {"by": by, "on": on}


def prose(name: str, language: str) -> str:
    """What the reader reads: subject and body without greeting, addresses and reference."""
    body = rendered(name, "body", language, facts=days(language))
    told = re.sub(r"\s*\(?SO-7K3M-92QX\)?", "", f"{rendered(name, 'subject', language).strip()}.\n{body}")
    paragraphs = [line for line in told.splitlines() if line and "://" not in line]
    return "\n".join(re.sub(r"[,:]$", ".", line[0].upper() + line[1:]) for line in paragraphs)


def placeholders(name: str, part: str, language: str) -> set[str]:
    """What a text fills in, or asks about."""
    code = " ".join(re.findall(r"\{\{.*?\}\}|\{%.*?%\}", (FOLDER / name / language / f"{part}.txt").read_text()))
    return set(re.findall(r"\b(?:by|on|link|track_url|reference)\b|why(?=\.)", re.sub(r'"[^"]*"', quoted, code)))


def quoted(text: re.Match[str]) -> str:
    """The name of an included part; other words in quotes are words."""
    return "why." if "/why." in text[0] else ""


def test_every_message_the_service_sends_has_its_texts_and_no_text_is_left_over() -> None:
    assert sorted(folder.name for folder in FOLDER.iterdir()) == sorted([*TO_PATIENT, *TO_OFFICES, *TO_STAFF, PARTS])
    written = {(folder.parent.name, folder.name) for folder in FOLDER.glob("*/*/") if folder.parent.name != PARTS}
    assert written == set(EVERY)
    assert {file.name for name, language in EVERY for file in (FOLDER / name / language).iterdir()} == {
        "body.txt",
        "subject.txt",
    }


def test_every_message_has_a_name_on_the_desk() -> None:
    assert {name for name, _ in EVERY} - set(plain_words.MESSAGES) == set()


@pytest.mark.parametrize("part", ["subject", "body"])
def test_both_languages_fill_in_the_same(part: str) -> None:
    unequal = [name for name in TO_PATIENT if placeholders(name, part, "en") != placeholders(name, part, "es")]
    assert unequal == []


def test_a_subject_is_one_short_line() -> None:
    subjects = {key: rendered(key[0], "subject", key[1]).strip() for key in EVERY}
    assert {key: subject for key, subject in subjects.items() if not 10 < len(subject) <= 55 or "\n" in subject} == {}


def test_a_message_says_nothing_of_the_illness_and_names_nobody() -> None:
    said = {key: f"{rendered(key[0], 'subject', key[1])} {rendered(key[0], 'body', key[1])}".lower() for key in EVERY}
    found = {(key, word) for key, text in said.items() for word in GIVES_AWAY if word in OWN_DOCTOR.sub("", text)}
    assert found == set()


def test_a_message_says_what_follows_and_whom_to_call_in_an_emergency() -> None:
    bodies = {key: rendered(key[0], "body", key[1], facts=days(key[1])) for key in PATIENTS}
    assert [key for key, body in bodies.items() if EMERGENCY[key[1]] not in body] == []
    assert [key for key, body in bodies.items() if FACTS["reference"] not in body] == []
    assert [k for k, body in bodies.items() if NEXT[k[1]] not in body and k[0] not in WITHOUT_NEXT] == []


@pytest.mark.parametrize("with_days", [True, False])
@pytest.mark.parametrize("why", ["", "silent", "not-reached"])
def test_a_message_is_calm_and_well_set(with_days: bool, why: str) -> None:
    for name, language in EVERY:
        body = rendered(name, "body", language, facts={"why": why, **(days(language) if with_days else {})})
        assert not NEVER.search(body + rendered(name, "subject", language)), (name, language)
        assert not re.search(r"\n{3}|[ \t]\n|  |\{|\}| [.,:]|\.\.", body), (name, language, body)


def test_no_sentence_is_longer_than_25_words() -> None:
    long = {
        (key, sentence)
        for key in PATIENTS
        for sentence in re.split(r"[.?]\s", prose(*key))
        if len(sentence.split()) > 25
    }
    assert long == set()


def test_english_is_read_after_eight_school_years() -> None:
    textstat.set_lang("en_US")
    grades = {name: float(textstat.flesch_kincaid_grade(prose(name, "en"))) for name in TO_PATIENT}
    assert {name: round(grade, 1) for name, grade in grades.items() if grade > 8} == {}


def test_spanish_is_rather_easy() -> None:
    textstat.set_lang("es")
    ease = {name: float(textstat.fernandez_huerta(prose(name, "es"))) for name in TO_PATIENT}
    assert {name: round(figure, 1) for name, figure in ease.items() if figure < 70} == {}


def test_spanish_speaks_with_usted_and_holds_no_english() -> None:
    familiar = re.compile(r"\b(?:tú|tu|tus|tienes|puedes|debes|contigo|the|your|request|please)\b", re.I)
    assert {
        name: familiar.findall(prose(name, "es")) for name in TO_PATIENT if familiar.search(prose(name, "es"))
    } == {}


def test_links_are_whole_and_stand_alone_on_their_line() -> None:
    for name, language in EVERY:
        lines = rendered(name, "body", language).splitlines()
        assert FACTS["link"] in lines, (name, language)
        known = {FACTS["link"], FACTS["track_url"], f"{FACTS['link']}/messages"}
        assert all(line in known for line in lines if "://" in line)
        assert not [line for line in lines if re.search(r"(^|\s)/\w", line)]


def test_a_message_about_an_address_does_not_lead_to_the_wishes() -> None:
    leading = {name for name, language in PATIENTS if "/messages" in rendered(name, "body", language)}
    assert leading == set(TO_PATIENT) - TO_AN_ADDRESS


def test_only_the_demo_says_that_it_is_one() -> None:
    word = {"en": "demonstration", "es": "demostración"}
    for name, language in EVERY:
        assert word[language] in rendered(name, "body", language, demo=True)
        assert word[language] not in rendered(name, "body", language)
