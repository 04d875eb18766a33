"""Search: the first page, and the ranked results with their arithmetic."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, current_app, make_response, render_template, request

from referral.domain.errors import Invalid, InvalidInput
from referral.domain.suggest import Suggestion
from referral.extensions import csrf
from referral.services.find_specialists import find_specialists
from referral.services.rebuild_index import current_or_built
from referral.web import clock, first_opinion, forms_search, page_language
from referral.web.first_opinion import Named
from referral.web.forms_search import Asked, SearchForm
from referral.web.result_frame import page_html
from referral.web.result_rows import results_html

pages = Blueprint("search", __name__)


@pages.get("/")
def start() -> str:
    """What this is, and the search form."""
    return first_page(SearchForm())


@pages.route("/results", methods=["GET", "POST"])
@page_language.shows_again
def results() -> Response | str:
    """The ranked specialists; or the form again with what is wrong; or a question back."""
    form = forms_search.read_form(request.values)
    taken = ""
    if page_language.switching() and "which" in request.args:
        form, taken = replace(form, cancer=form.words or form.cancer), form.cancer
    if "change" in request.values:
        return kept(first_page(form))
    named = first_opinion.named(form, request.values) if first_opinion.FIRST in request.values else Named(form)
    return answered(named.form, taken, named)


csrf.exempt(results)  # it changes nothing, and its form may have been open for long


def first_page(form: SearchForm, problems: Sequence[Invalid] = (), nearest: Sequence[Suggestion] = ()) -> str:
    """The first page with a search as it was filled in."""
    first = first_opinion.shown(form)
    return render_template("search/start.html", form=form, first=first, problems=problems, nearest=nearest)


def answered(form: SearchForm, taken: str = "", named: Named | None = None) -> Response:
    """What a search is answered with, wherever it was filled in; `taken` is a reading that was ticked before.

    `named` says whom the name of the first doctor may mean, where the page has a field for it.
    """
    named = named or Named(form)
    try:
        asked = forms_search.understand(named.of_search())
    except InvalidInput as error:
        return kept(first_page(form, error.problems, forms_search.nearest(form, error.problems)), 422)
    if asked.query is None:
        return kept(render_template("search/which.html", form=asked.form, asked=asked, taken=taken, problems=()))
    if named.found:
        page = render_template("search/who.html", form=asked.form, found=named.found, problems=named.problems)
        return kept(page, 422 if named.problems else 200)
    return _ranked(asked)


def kept(page: str | bytes, status: int = 200) -> Response:
    """An answer to a form that the browser which asked may keep: without, the back button asks to send it again."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _ranked(asked: Asked) -> Response:
    assert asked.query is not None  # noqa: S101 - the caller has looked
    now = clock.now()
    snapshot = current_or_built(current_app.extensions["index"], now)
    log = current_app.extensions["search_log"]
    answer = find_specialists(snapshot, asked.query, asked.place, asked.inputs, log, now)
    rows = results_html(answer, now.date(), asked.form.chosen)
    return kept(page_html(asked.form, answer, _balance(asked, answer.weights.distance), rows))


def _balance(asked: Asked, distance_weight: float) -> float:
    """The step of the balance that is nearest to the weights in use."""
    in_use = 1 - distance_weight
    return min(forms_search.BALANCES, key=lambda step: abs(step - in_use))
