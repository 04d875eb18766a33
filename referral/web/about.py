"""Pages that explain: how the ranking works, second opinions, what happens with data."""

from collections.abc import Mapping

from flask import Blueprint, current_app, render_template, request

from referral import reference
from referral.domain import experience, matching, worth_asking
from referral.domain.matching import PERSON_SHARE
from referral.domain.phrases import Phrase, counted
from referral.domain.retention import periods
from referral.domain.worth_asking import Answer, Question, Weighed
from referral.index.search import FIRST_PAGE, MOST_OF_ONE_ORGANIZATION
from referral.services.audit_ranking import BAND
from referral.services.drafts import KEPT_FOR
from referral.services.search_log import KEPT_FOR as RECORDS_KEPT_FOR
from referral.settings import Settings
from referral.web import model_figures, page_language
from referral.web.model_table import TABLE, plain

pages = Blueprint("about", __name__, url_prefix="/about")


@pages.get("/ranking")
def ranking() -> str:
    """How the ranking works, with every number taken from the code that uses it."""
    tree, marks = reference.cancers(), reference.volume_marks()
    return render_template(
        "about/ranking.html",
        experience=experience,
        matching=matching,
        table=TABLE,
        plain=plain,
        person_share=plain(PERSON_SHARE),
        centre_share=plain(1 - PERSON_SHARE),
        example=model_figures.example(),
        figures=model_figures.figures(),
        area=model_figures,
        first_page=FIRST_PAGE,
        most_of_one=MOST_OF_ONE_ORGANIZATION,
        marks=[(tree[code].called, mark) for code, mark in marks.items()],
        band=BAND,
        record_days=RECORDS_KEPT_FOR.days,
    )


@pages.get("/second-opinion")
def second_opinion() -> str:
    """Whether to get one, what studies say, how to tell one's doctor."""
    return _second_opinion({}, None)


@pages.post("/second-opinion")
@page_language.shows_again
def weigh() -> str:
    """The same page with what the answers to its five questions come to; nothing of them is kept."""
    given = {question: request.form.get(question, "") for question in Question}
    answers = {question: Answer(text) for question, text in given.items() if text in set(Answer)}
    asked = not page_language.switching() or "weighed" in request.form
    return _second_opinion(answers, worth_asking.weigh(answers) if asked else None)


@pages.get("/privacy")
def privacy() -> str:
    """What is kept, for how long, and who reads it."""
    settings: Settings = current_app.extensions["settings"]
    return render_template(
        "about/privacy.html",
        draft_days=KEPT_FOR.days,
        periods=[(period, _how_long(period.days)) for period in periods(settings.retention_days).values()],
    )


def _second_opinion(answers: Mapping[Question, Answer], weighed: Weighed | None) -> str:
    questions = worth_asking.QUESTIONS
    return render_template("about/second_opinion.html", questions=questions, answers=answers, weighed=weighed)


def _how_long(days: int) -> Phrase:
    """A period in years where it is some, else in days."""
    years = days / 365.25
    whole = round(years)
    if whole < 1 or abs(years - whole) > 0.01:
        return counted("{number} day", "{number} days", days)
    return counted("{number} year", "{number} years", whole)
