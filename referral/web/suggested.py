"""The questions that the request's page offers to tick, in the language of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

from referral import languages, reference
from referral.domain.cancers import Cancer
from referral.domain.codes import Situation
from referral.domain.phrases import Spoken
from referral.domain.suggested_questions import suggested


@dataclass(frozen=True, slots=True)
class Offered:
    """One question; `lang` names its language where that is not the page's."""

    text: str
    lang: str
    ticked: bool


def register(app: Flask) -> None:
    """Let the page of the questions ask for them."""
    app.add_template_global(offered, "suggested_questions")


def offered(cancer: Cancer, answers: Mapping[str, Any]) -> list[Offered]:
    """What fits this cancer and the situation that was named; ticked is what the answers hold."""
    situation = Situation(answers["situation"]) if answers.get("situation") else None
    asked = set(answers.get("questions", ()))
    return [_offered(text, asked) for text in suggested(reference.learn_facts().of(cancer.code), situation)]


def _offered(text: str, asked: set[str]) -> Offered:
    said = languages.said(text)
    foreign = not isinstance(text, Spoken) and languages.current() != languages.ENGLISH
    return Offered(said, languages.ENGLISH if foreign else "", said in asked)
