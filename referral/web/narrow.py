"""The filters of a search on a page of their own, each choice with how many specialists it would leave."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from flask import Blueprint, Response, current_app, make_response, render_template, request

from referral.domain.errors import InvalidInput
from referral.domain.matching import Query
from referral.domain.phrases import Phrase, phrase
from referral.extensions import csrf
from referral.index.snapshot import Snapshot
from referral.languages import said
from referral.services.count_matches import insurers, total_with
from referral.services.rebuild_index import current_or_built
from referral.web import clock, filters, forms_search, search
from referral.web.forms_search import DISTANCES, REMOTE, SearchForm
from referral.web.page_language import shows_again

pages = Blueprint("narrow", __name__, url_prefix="/results/filters")

ACCEPTING = (
    ("", phrase("Those not known to be closed to new patients")),
    ("yes", phrase("Only those known to take new patients")),
)


class Choice(NamedTuple):
    """One choice of a filter: its value, its words, and how many specialists it would leave."""

    value: str
    words: str
    total: int


@pages.route("", methods=["GET", "POST"])
@shows_again
def choose() -> Response | str:
    """The filters of this search; a search that cannot be run yet is answered as everywhere."""
    form = forms_search.read_form(request.values)
    try:
        asked = forms_search.understand(form)
    except InvalidInput:
        return search.answered(form)
    if asked.query is None:
        return search.answered(form)
    snapshot = current_or_built(current_app.extensions["index"], clock.now())
    page = render_template(
        "search/narrow.html", form=asked.form, problems=(), total=total_with(snapshot, asked.query, {}),
        groups=_groups(snapshot, asked.query), now=_now(asked.form), place=asked.place,
    )  # fmt: skip
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


csrf.exempt(choose)  # it changes nothing, and its form may have been open for long


def _groups(snapshot: Snapshot, query: Query) -> dict[str, list[Choice]]:
    """Each filter with its choices; languages and insurers that nobody left has are not offered."""
    spoken = [(tag, filters.language(tag)) for tag in filters.LANGUAGES]
    named = [(name, name) for name in insurers(snapshot)]
    far = DISTANCES if query.latitude is not None else ()
    return {
        "radius_km": _counted(snapshot, query, "radius_km", far),
        "remote": _counted(snapshot, query, "remote", REMOTE if far else REMOTE[2:]),
        "accepting": _counted(snapshot, query, "accepting", ACCEPTING),
        "language": _offered(snapshot, query, "language", spoken, phrase("Any language")),
        "insurer": _offered(snapshot, query, "insurer", named, phrase("Any, or not known")),
    }


def _offered(
    snapshot: Snapshot, query: Query, name: str, choices: Iterable[tuple[str, str]], everybody: Phrase
) -> list[Choice]:
    found = [one for one in _counted(snapshot, query, name, choices) if one.total or one.value == getattr(query, name)]
    return [*_counted(snapshot, query, name, [("", everybody)]), *sorted(found, key=lambda one: one.words)]


def _counted(snapshot: Snapshot, query: Query, name: str, choices: Iterable[tuple[str, str | Phrase]]) -> list[Choice]:
    return [
        Choice(value, said(words), total_with(snapshot, query, {name: _meant(name, value)})) for value, words in choices
    ]


def _meant(name: str, value: str) -> Any:  # noqa: ANN401  each filter has its own type
    """What a choice stands for in a query."""
    if name == "radius_km":
        return float(value) if value else None
    return (value or "open") if name == "accepting" else value


def _now(form: SearchForm) -> dict[str, str]:
    """What is chosen in each filter now."""
    names = ("radius_km", "remote", "accepting", "language", "insurer")
    return {name: getattr(form, name).removesuffix(".0") for name in names}
