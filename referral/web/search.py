"""Search: the first page, and the ranked results with their arithmetic."""

from dataclasses import replace

from flask import Blueprint, Response, current_app, make_response, render_template, request

from referral.domain.errors import InvalidInput
from referral.extensions import csrf
from referral.services.find_specialists import find_specialists
from referral.services.rebuild_index import current_or_built
from referral.web import clock, forms_search, page_language
from referral.web.forms_search import Asked, SearchForm
from referral.web.result_frame import page_html
from referral.web.result_rows import results_html

pages = Blueprint("search", __name__)


@pages.get("/")
def start() -> str:
    """What this is, and the search form."""
    return render_template("search/start.html", form=SearchForm(), problems=())


@pages.route("/results", methods=["GET", "POST"])
@page_language.shows_again
def results() -> Response | str:
    """The ranked specialists; or the form again with what is wrong; or a question back."""
    form = forms_search.read_form(request.values)
    taken = ""
    if page_language.switching() and "which" in request.args:
        form, taken = replace(form, cancer=form.words or form.cancer), form.cancer
    if "change" in request.values:
        return kept(render_template("search/start.html", form=form, problems=()))
    return answered(form, taken)


csrf.exempt(results)  # it changes nothing, and its form may have been open for long


def answered(form: SearchForm, taken: str = "") -> Response:
    """What a search is answered with, wherever it was filled in; `taken` is a reading that was ticked before."""
    try:
        asked = forms_search.understand(form)
    except InvalidInput as error:
        nearest = forms_search.nearest(form, error.problems)
        page = render_template("search/start.html", form=form, problems=error.problems, nearest=nearest)
        return kept(page, 422)
    if asked.query is None:
        return kept(render_template("search/which.html", form=asked.form, asked=asked, taken=taken, problems=()))
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
