"""Reading a search from its address or its form, and answering it a page at a time."""

from collections.abc import Iterable, Sequence

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from referral.api.fhir.answers import Json, answer, base
from referral.api.fhir.errors import BadSearch
from referral.domain.errors import Invalid
from referral.domain.resource_search import Kind, Search, understood
from referral.fhir.searchset import searchset

FORM = "application/x-www-form-urlencoded"


def wanted(kind: Kind) -> Search:
    """The search as it was asked for; 400 where it cannot be read, or in parts only and the caller wants it strict."""
    pairs = list(request.args.items(multi=True))
    if request.method == "POST":
        if request.content_length and request.mimetype != FORM:
            raise UnsupportedMediaType(f"Send the parameters as {FORM}.")
        pairs += request.form.items(multi=True)
    try:
        return understood(kind, pairs, base(), strict=_is_strict())
    except Invalid as problem:
        raise BadSearch(problem) from None


def found(search: Search, matches: Sequence[Json], along: Iterable[Json], last: str, total: int | None) -> Response:
    """One page; `last` is the id that the next one goes on from, empty where this is the last."""
    return answer(searchset(search, matches, along, base(), next_after=last, total=total))


def _is_strict() -> bool:
    wishes = request.headers.get("Prefer", "").replace(";", ",").split(",")
    return any(wish.replace(" ", "").lower() == "handling=strict" for wish in wishes)
