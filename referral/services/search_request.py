"""Turns a search as somebody wrote it into a query: words to a cancer, a place name to coordinates."""

from dataclasses import dataclass, replace

from referral import reference
from referral.domain.errors import Invalid, UnknownCancer
from referral.domain.matching import Query
from referral.domain.places import Place

SURE = 0.9
"""From this confidence on, and only for a name or a code, words are taken for a cancer without asking back."""


@dataclass(frozen=True, slots=True)
class Located:
    """A complete query, and the place its coordinates come from, if it was named."""

    query: Query
    place: Place | None


def cancer_code(text: str) -> str:
    """The OncoTree code of a code in any case, or of a name that leaves no doubt."""
    tree = reference.cancers()
    code = text.strip()
    if code in tree:
        return code
    if code.upper() in tree:
        return code.upper()
    answer = reference.resolver().resolve(code, 1)
    if answer.readings and not answer.ask and answer.readings[0].confidence >= SURE:
        return answer.readings[0].code
    raise UnknownCancer(code)


def located(query: Query, near: str) -> Located:
    """The query with its cancer looked up and its place found; raises what is missing or ambiguous."""
    complete = replace(query, cancer=cancer_code(query.cancer))
    if (query.latitude is None) != (query.longitude is None):
        missing = "latitude" if query.latitude is None else "longitude"
        raise Invalid(missing, "Give both latitude and longitude, or a place.")
    if query.latitude is not None:
        return Located(complete, None)
    if near.strip():
        place = reference.gazetteer().resolve(near)
        return Located(replace(complete, latitude=place.latitude, longitude=place.longitude), place)
    if query.remote != "only":
        raise Invalid("near", "Say where: a ZIP code, or a city and state. Or search for remote opinions only.")
    return Located(complete, None)
