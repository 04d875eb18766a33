"""The search step by step: one question a page, each of which may be left out or changed, ending in the results.

The answers travel in the form from page to page: none of them stands in an address, and none but the insurance, which
the profiles speak of, in the session.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from flask import Blueprint, Response, render_template, request

from referral import reference
from referral.domain.codes import Situation
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.phrases import Phrase, phrase
from referral.extensions import csrf
from referral.services.first_place import Found
from referral.web import first_opinion, forms_search, insurance, search
from referral.web.first_opinion import Named
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


CHECKED = {"cancer": ("cancer", "words"), "place": ("near", "radius_km")}
"""Steps on leaving which a mistake is said, and the fields it may be in."""


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
    if switching() or move == "back":
        return search.kept(_question(place if switching() else max(0, place - 1), form, helped))
    left = _left(STEPS[place], form, helped)
    if left.problems or left.found:
        return search.kept(_question(place, form, helped, left.problems, left.found), 422 if left.problems else 200)
    form = left.form
    if move == "results" or place + 1 >= len(STEPS):
        return search.answered(_finished(form, helped))
    return search.kept(_question(place + 1, form, helped))


csrf.exempt(answer)  # it changes nothing, and its form may have been open for long


def _answers() -> SearchForm:
    """What was answered so far; who does not know the cancer's name may have named the part of the body."""
    form = forms_search.read_form(request.form)
    organ = request.form.get("organ", "")
    return replace(form, cancer=organ) if not form.cancer and organ in reference.learn_tissues() else form


def _left(step: str, form: SearchForm, helped: str) -> Named:
    """The answers when a step is left, whom a name may mean where that has to be asked, and what is wrong in it."""
    if step == "first":
        return first_opinion.named(form, request.form)
    try:
        forms_search.understand(_finished(form, helped))
    except InvalidInput as error:
        return Named(form, problems=tuple(one for one in error.problems if one.field in CHECKED.get(step, ())))
    return Named(form)


def _finished(form: SearchForm, helped: str) -> SearchForm:
    """The search: the kind of help says why where nothing else does, and without a place it is one by records."""
    if not form.situation and helped in set(Help):
        form = replace(form, situation=HELP[Help(helped)][1].value)
    return form if form.near else replace(form, remote="only")


def _question(
    place: int,
    form: SearchForm,
    helped: str,
    problems: tuple[Invalid, ...] = (),
    found: Sequence[Found] = (),
) -> str:
    return render_template(
        "search/guide.html", step=STEPS[place], place=place, steps=len(STEPS), form=form, helped=helped,
        problems=problems, first=first_opinion.shown(form), found=found,
        kinds=[(str(kind), words) for kind, (words, _) in HELP.items()],
        organs=reference.learn_tissues(), organ_choices=_organs(),
    )  # fmt: skip


def _organs() -> list[tuple[str, str]]:
    """The parts of the body with what each is in plain words."""
    return [(code, f"{tissue.region}: {tissue.plain}") for code, tissue in reference.learn_tissues().items()]


def _whole(text: str) -> int:
    return min(int(text), len(STEPS) - 1) if text.isascii() and text.isdigit() else 0
