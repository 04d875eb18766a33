"""The search step by step: one question a page, each of which may be left out or changed, ending in the results.

The answers travel in the form from page to page: none of them stands in an address, and none but the insurance, which
the profiles speak of, in the session.
"""

from dataclasses import replace
from enum import StrEnum

from flask import Blueprint, Response, make_response, render_template, request

from referral import reference
from referral.domain.codes import Situation
from referral.domain.phrases import Phrase, phrase
from referral.extensions import csrf
from referral.web import forms_search, insurance, search
from referral.web.forms_search import SearchForm
from referral.web.page_language import shows_again, switching

pages = Blueprint("guide", __name__, url_prefix="/guide")

STEPS = ("cancer", "situation", "help", "place", "language", "first")


class Help(StrEnum):
    """What kind of help somebody looks for."""

    DIAGNOSIS = "diagnosis"
    OPTIONS = "options"
    DECISION = "decision"
    TRIALS = "trials"


HELP: dict[Help, tuple[Phrase, Situation]] = {
    Help.DIAGNOSIS: (phrase("To know whether the diagnosis is right"), Situation.UNCERTAIN_DIAGNOSIS),
    Help.OPTIONS: (phrase("To know which treatments there are"), Situation.MORE_OPTIONS),
    Help.DECISION: (
        phrase("To decide about surgery, chemotherapy or radiation"),
        Situation.MAJOR_TREATMENT_DECISION,
    ),
    Help.TRIALS: (phrase("To find a clinical trial (a study of a new treatment)"), Situation.MORE_OPTIONS),
}
"""Each kind of help in words, and the situation it stands for where none was named."""


@pages.get("")
def start() -> str:
    """The first question."""
    return _question(0, SearchForm(), "")


@pages.post("")
@shows_again
def answer() -> Response | str:
    """The next question, or the one before; after the last one the results."""
    place = _whole(request.form.get("step", ""))
    insurance.keep(request.form)
    form, helped = _answers(), request.form.get("help", "")
    move = request.form.get("go", "next")
    following = place if switching() else place - 1 if move == "back" else place + 1
    if move == "results" or following >= len(STEPS):
        return search.answered(_finished(form, helped))
    return make_response(_question(max(0, following), form, helped))


csrf.exempt(answer)  # it changes nothing, and its form may have been open for long


def _answers() -> SearchForm:
    """What was answered so far; who does not know the cancer's name may have named the part of the body."""
    form = forms_search.read_form(request.form)
    organ = request.form.get("organ", "")
    return replace(form, cancer=organ) if not form.cancer and organ in reference.learn_tissues() else form


def _finished(form: SearchForm, helped: str) -> SearchForm:
    """The search: the kind of help says why where nothing else does, and without a place it is one by records."""
    if not form.situation and helped in set(Help):
        form = replace(form, situation=HELP[Help(helped)][1].value)
    return form if form.near else replace(form, remote="only")


def _question(place: int, form: SearchForm, helped: str) -> str:
    return render_template(
        "search/guide.html", step=STEPS[place], place=place, steps=len(STEPS), form=form, helped=helped, problems=(),
        kinds=[(str(kind), words) for kind, (words, _) in HELP.items()],
        organs=reference.learn_tissues(), organ_choices=_organs(),
    )  # fmt: skip


def _organs() -> list[tuple[str, str]]:
    """The parts of the body with what each is in plain words."""
    return [(code, f"{tissue.region}: {tissue.plain}") for code, tissue in reference.learn_tissues().items()]


def _whole(text: str) -> int:
    return min(int(text), len(STEPS) - 1) if text.isascii() and text.isdigit() else 0
