"""The results of a search made ready for their template: every number as text, and ready pieces of HTML.

A page of twenty results has some hundred rows of evidence. Each piece that does not depend on who asks from where is
rendered once and kept where the index keeps its entries, so that the template has only gaps to fill.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from flask import current_app
from markupsafe import Markup

from referral.domain.codes import Band, EvidenceKind, Step
from referral.domain.experience import Evidence
from referral.domain.explanation import inputs_text, likely_range
from referral.domain.ledger import Found, Kin, Ledger
from referral.domain.results import Asked, Entry, Match, Told, inputs, told
from referral.services.find_specialists import SearchAnswer
from referral.web.filters import WORDS

_KNOWN_ELSEWHERE = frozenset(["accepts_new_patients", "remote_opinion", "languages"])
"""Attributes whose absence the plain facts of a result tell already."""

_KINDS = {EvidenceKind.PATIENTS: "People treated", EvidenceKind.PROCEDURES: "Operations or procedures"}

_BANDS = {band: f"Counted experience in a word: {words}." for band, words in WORDS[Band].items()} | {
    Band.NOT_ENOUGH_DATA: "Experience in a word: not enough data. That is no grade; little is published about this "
    "specialist and this cancer."
}


class Summand(NamedTuple):
    """One part of a score: its name, what is known, the arithmetic, and where it begins and ends on the bar."""

    name: str
    called: str
    text: str
    inputs: str
    product: str
    points: str
    start: str
    width: str


class Whiskers(NamedTuple):
    """The main count a year on an axis common to the page: places in percent, and the same in words.

    `low` and `high` are empty where small numbers are not published: an open dot and no whiskers.
    """

    low: str
    dot: str
    high: str
    what: str
    words: str


class Row(NamedTuple):
    """One result; `label` is the bar in words, `own` and `theirs` are rows of evidence."""

    rank: int
    role_id: str
    name: str
    href: str
    who: Markup
    where: Markup
    facts: Markup
    reason: str
    marks: Markup
    score: str
    total: str
    label: str
    parts: tuple[Summand, ...]
    own: Markup
    theirs: Markup
    whiskers: Whiskers | None
    band: str
    change: str
    chosen: bool


def rows(answer: SearchAnswer, today: date, chosen: Sequence[str]) -> list[Row]:
    """The results of a page in their order."""
    if not answer.results:
        return []
    said = [told(match) for match in answer.results]
    most = max(_a_year(one.main)[2] for one in said)
    weights = _weights(answer.results[0].asked)
    return [_row(match, one, weights, most, today, chosen) for match, one in zip(answer.results, said, strict=True)]


def _row(
    match: Match, said: Told, weights: tuple[str, str, str], most: float, today: date, chosen: Sequence[str]
) -> Row:
    entry, role, parts = match.entry, match.entry.role, _summands(match, said, weights)
    _, who, where, facts = entry.html if entry.html and entry.html[0] == today.isoformat() else _pieces(entry, today)
    return Row(
        match.rank,
        role.role_id,
        role.name,
        f"/specialists/{role.npi}?cancer={match.asked.query.cancer}",
        Markup(who),  # noqa: S704  rendered by our own template, which has escaped it
        Markup(where),  # noqa: S704  as above
        Markup(facts),  # noqa: S704  as above
        said.reason,
        _marks(match.step, said.band, match.moved, match.shared, _hidden(match.unknown)),
        f"{match.score:.1f}",
        f"{match.score:.2f}",
        ", ".join([f"{part.called.lower()} {part.points}" for part in parts]),
        parts,
        _evidence(match.own),
        _evidence(match.theirs),
        _whiskers(said.main, most) if said.main else None,
        _BANDS[said.band],
        match.overtaking.text if match.overtaking else "",
        role.role_id in chosen,
    )


def _pieces(entry: Entry, today: date) -> tuple[str, ...]:
    """What is shown of a role whatever was asked, with the day for which that holds."""
    title, where, facts = (_macro("match.html", name) for name in ("title", "where", "facts"))
    entry.html = today.isoformat(), str(title(entry.role)), str(where(entry.role)), str(facts(entry.role, today))
    return entry.html


def _macro(template: str, name: str) -> Callable[..., Markup]:
    macro: Callable[..., Markup] = getattr(current_app.jinja_env.get_template(f"components/{template}").module, name)
    return macro


def _hidden(unknown: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([name for name in unknown if name not in _KNOWN_ELSEWHERE]) if unknown else ()


@lru_cache(256)
def _marks(step: Step, band: Band, moved: bool, shared: str, hidden: tuple[str, ...]) -> Markup:
    """What only some results say of themselves; the same few combinations come again and again."""
    return _macro("match.html", "marks")(step, band, moved, shared, hidden)


def _evidence(found: Found) -> Markup:
    """The rows of all ledgers, each kept by its ledger for each relation."""
    ready = [ledger.html[kin.order] or _ledger_rows(ledger, kin) for ledger, kin in found]
    return Markup("".join(ready))  # noqa: S704  rendered by our own template, which has escaped it


def _ledger_rows(ledger: Ledger, kin: Kin) -> str:
    text = ledger.html[kin.order] = str(_macro("evidence.html", "rows")(ledger.lines(kin.relation)))
    return text


def _weights(asked: Asked) -> tuple[str, str, str]:
    weights = asked.weights
    return f"{weights.experience:.3f}", f"{weights.centre:.3f}", f"{weights.distance:.3f}"


def _summands(match: Match, said: Told, weights: tuple[str, str, str]) -> tuple[Summand, ...]:
    counts, found, start = match.asked.weights, [], 0.0
    values = (
        ("experience", "Experience", said.experience, counts.experience, match.experience),
        ("centre", "Centre", said.centre, counts.centre, match.centre),
        ("distance", "Nearness", said.distance, counts.distance, match.nearness),
    )
    for (name, called, text, weight, value), stated, given in zip(values, weights, inputs(match, said), strict=True):
        points = 100 * weight * value
        said_points, product = f"{points:.1f}", f"{stated} × {value:.3f}"
        ends = f"{start:.2f}", f"{points:.2f}"
        found.append(Summand(name, called, text, inputs_text(given), product, said_points, *ends))
        start += points
    return tuple(found)


def _a_year(main: tuple[Evidence, float] | None) -> tuple[float, float, float]:
    """The least, the counted and the most cases a year of a count; nothing without one."""
    if main is None:
        return 0.0, 0.0, 0.0
    row, years = main
    low, high = likely_range(row.kind, row.count)
    return (low or 0) / years, (row.count or 0) / years, (high or 0) / years


def _whiskers(main: tuple[Evidence, float], most: float) -> Whiskers:
    row = main[0]
    what = _KINDS[row.kind]
    low, count, high = _a_year(main)
    scale = 100 / most if most else 0.0
    if row.count is None:
        return Whiskers("", f"{scale * (low + high) / 2:.1f}", "", what, "1 to 10 in all, not enough data for a range")
    words = f"{count:,.0f} a year (likely {low:,.0f}–{high:,.0f})"
    return Whiskers(f"{scale * low:.1f}", f"{scale * count:.1f}", f"{scale * high:.1f}", what, words)
