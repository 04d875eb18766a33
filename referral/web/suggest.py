"""Which cancers somebody may be typing: the rows under the search field, and how a reading matched, in plain words."""

from flask import Blueprint, Response, jsonify, request

from referral import reference
from referral.domain import body_parts
from referral.domain.cancers import Cancer
from referral.domain.phrases import joined, phrase
from referral.domain.resolve import Reading
from referral.domain.suggest import Suggestion
from referral.extensions import csrf
from referral.languages import said

pages = Blueprint("suggest", __name__)

ALL_KINDS = phrase("All kinds")
_HOW = {
    "also called": lambda words: phrase("Also called “{words}”", words=words),
    "spelling": lambda words: phrase("Similar spelling: “{words}”", words=words),
    "part of": lambda words: phrase("Shares words with “{words}”", words=words),
    "code": lambda words: phrase("Code {words}", words=words),
}


@pages.post("/cancers/suggest")
def suggest() -> Response:
    """At most eight cancers that the field `q` may be the beginning of.

    A POST, so that what somebody types stands in no address and no log. Words that are no cancer, and a text that is
    too long to be one, have an empty list.
    """
    rows = reference.suggester().suggest(request.form.get("q", ""))
    return jsonify(
        suggestions=[
            {
                "code": row.code,
                "name": said(row.name),
                "matched": other_words(row),
                "language": row.language,
                "where": said(body_parts.in_words(row.where) if row.where else ALL_KINDS),
            }
            for row in rows
        ]
    )


csrf.exempt(suggest)  # it changes nothing, and the page may have been open for long


@pages.app_template_filter("other_words")
def other_words(row: Suggestion) -> str:
    """The term that matched, empty where the visitor's language calls the cancer just so."""
    return "" if row.matched.casefold() == said(row.name).casefold() else row.matched


@pages.app_template_filter("known_as")
def known_as(cancer: Cancer, words: str) -> bool:
    """Whether words are what a suggestion calls a cancer: its English name, or that of the visitor's language."""
    return words in (cancer.called, said(cancer.called))


@pages.app_template_filter("how_it_matched")
def how_it_matched(reading: Reading, words: str) -> str:
    """How a reading matched what somebody wrote, and the tissue it lies in where that tells something new."""
    cancer = reference.cancers()[reading.code]
    if reading.how == "also called" and reading.matched_on.casefold() == words.strip().casefold():
        how: str = phrase("“{words}” can mean this", words=reading.matched_on)
    else:
        how = _HOW[reading.how](reading.matched_on) if reading.how in _HOW else ""
    return joined([how, body_parts.in_words(cancer.tissue) if cancer.parent else ALL_KINDS], " · ")
