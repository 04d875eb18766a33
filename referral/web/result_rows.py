"""The results of a search as HTML, put together from ready pieces.

A page of twenty results has some hundred rows of evidence. Each piece that does not depend on who asks from where is
rendered once and kept where the index keeps its entries; the template of a result is rendered once with gaps, and a
search fills them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from referral.domain.codes import Band, EvidenceKind, Step
from referral.domain.experience import Evidence
from referral.domain.explanation import inputs_text, likely_range
from referral.domain.ledger import Found, Kin, Ledger
from referral.domain.matching import EvidenceLine
from referral.domain.phrases import phrase
from referral.domain.results import Entry, Match, Told, inputs, told
from referral.languages import ENGLISH, current, said
from referral.services.find_specialists import SearchAnswer
from referral.web.filters import WORDS
from referral.web.patterns import Gaps, Pattern, escaped

_KNOWN_ELSEWHERE = frozenset(["accepts_new_patients", "remote_opinion", "languages"])
"""Attributes whose absence the plain facts of a result tell already."""

_KINDS = {kind: WORDS[EvidenceKind][kind] for kind in (EvidenceKind.PATIENTS, EvidenceKind.PROCEDURES)}

_CELLS_KEPT = 16_384
_PARTS = (("experience", phrase("Experience")), ("centre", phrase("Centre")), ("distance", phrase("Nearness")))
_FEW = phrase("1 to 10 in all, not enough data for a range")
_ON_THE_SPECIALIST = phrase("Evidence on the specialist")
_ON_THE_CENTRE = phrase("Evidence on the centre")
GAP = "\x00"
"""Stands where a piece of HTML is to have a gap."""

_BANDS = {band: phrase("Counted experience in a word: {band}.", band=word) for band, word in WORDS[Band].items()} | {
    Band.NOT_ENOUGH_DATA: phrase(
        "Experience in a word: not enough data. That is no grade; little is published about this specialist and this "
        "cancer."
    )
}


class Whiskers(NamedTuple):
    """The main count a year on an axis common to the page: places in percent, and the same in words.

    `low` and `high` are empty where small numbers are not published: an open dot and no whiskers.
    """

    low: str
    dot: str
    high: str
    what: str
    words: str


_NO_WHISKERS = Whiskers("", "", "", "", "")
_PART_FACTS = ("points", "inputs", "product", "start", "width")
_FACTS = (
    "rank", "cancer", "score", "total", "label",
    *[f"{name}_{fact}" for name, _ in _PARTS for fact in _PART_FACTS],
    *[f"count_{field}" for field in Whiskers._fields],
    "reason", "change", *[f"{name}_text" for name, _ in _PARTS],
    "role_id", "name", "profile", "title", "where", "facts", "marks", "band", "own", "theirs",
)  # fmt: skip
"""The facts of a result in the order in which `_result` gives them."""


@cache
def _pattern(_language: str, charted: bool, ranged: bool, changing: bool, chosen: bool) -> Pattern:
    """The pattern of a result in a language by whether it has a chart, with whiskers, and so on."""
    gaps = Gaps(
        parts=[Gaps(f"{name}_", name=name, called=called) for name, called in _PARTS],
        whiskers=Gaps("count_", **({} if ranged else {"low": ""})) if charted else None,
        chosen=chosen,
        **({} if changing else {"change": ""}),
    )
    return Pattern.of(str(_macro("match.html", "result")(gaps)), _FACTS)


def results_html(answer: SearchAnswer, today: date, chosen: Sequence[str]) -> list[bytes]:
    """The results of a page in their order, as pieces of UTF-8: a page is put together once, from bytes."""
    all_told = [told(match) for match in answer.results]
    most = max((_a_year(one.main)[2] for one in all_told), default=0.0)
    page: list[bytes] = []
    for match, one in zip(answer.results, all_told, strict=True):
        page.extend(_result(match, one, most, (current(), today.isoformat()), match.entry.role.role_id in chosen))
    return page


def _result(match: Match, told_: Told, most: float, at: tuple[str, str], chosen: bool) -> Iterator[bytes]:
    entry, change = match.entry, match.overtaking.text if match.overtaking else ""
    kept = entry.html if entry.html and entry.html[0] == " ".join(at).encode() else _pieces(entry, at)
    whiskers = _whiskers(told_.main, most) if told_.main else _NO_WHISKERS
    fresh = (
        str(match.rank), match.asked.query.cancer, f"{match.score:.1f}", f"{match.score:.2f}", *_parts(match, told_),
        *whiskers,
    )  # fmt: skip
    facts = (
        *[fact.encode() for fact in fresh],
        *map(_escaped, (told_.reason, change, told_.experience, told_.centre, told_.distance)),
        *kept[1:],
        _marks(at[0], match.step, told_.band, match.moved, match.shared, _hidden(match.unknown)),
        _escaped(_BANDS[told_.band]),
        _table(at[0], _ON_THE_SPECIALIST, match.own),
        _table(at[0], _ON_THE_CENTRE, match.theirs),
    )
    return _pattern(at[0], told_.main is not None, whiskers.low != "", change != "", chosen).fill(facts)


def _escaped(text: str) -> bytes:
    return escaped(said(text))


def _pieces(entry: Entry, at: tuple[str, str]) -> tuple[bytes, ...]:
    """What is shown of a role whatever was asked, after the language and the day for which that holds."""
    role = entry.role
    title, where, facts = (_macro("match.html", name) for name in ("title", "where", "facts"))
    plain = (role.role_id, role.name, f"/specialists/{role.npi}?cancer=")
    shown = (title(role), where(role), facts(role, date.fromisoformat(at[1])))
    entry.html = (" ".join(at).encode(), *[escape(text).encode() for text in (*plain, *shown)])
    return entry.html


@cache
def _macro(template: str, name: str) -> Callable[..., Markup]:
    macro: Callable[..., Markup] = getattr(current_app.jinja_env.get_template(f"components/{template}").module, name)
    return macro


def _hidden(unknown: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([name for name in unknown if name not in _KNOWN_ELSEWHERE]) if unknown else ()


@lru_cache(256)
def _marks(_language: str, step: Step, band: Band, moved: bool, shared: str, hidden: tuple[str, ...]) -> bytes:
    """What only some results say of themselves; the same few combinations come again and again."""
    return _macro("match.html", "marks")(step, band, moved, shared, hidden).encode()


def _table(language: str, caption: str, found: Found) -> bytes:
    """The rows of all ledgers, each kept by its ledger for each relation; nothing without any."""
    if not found:
        return b""
    before, after = _table_ends(language, caption)
    if language != ENGLISH:  # the ledgers keep the rows of most visitors
        return b"".join([before, *[_rows(ledger, kin, language) for ledger, kin in found], after])
    return b"".join([before, *[ledger.html[kin.order] or _ledger_rows(ledger, kin) for ledger, kin in found], after])


@cache
def _table_ends(_language: str, caption: str) -> tuple[bytes, bytes]:
    """What stands before and after the rows of a table."""
    before, after = _macro("evidence.html", "table")(caption, GAP).split(GAP)
    return before.encode(), after.encode()


def _ledger_rows(ledger: Ledger, kin: Kin) -> bytes:
    text = ledger.html[kin.order] = _rows(ledger, kin, ENGLISH)
    return text


def _rows(ledger: Ledger, kin: Kin, language: str) -> bytes:
    return "".join([_line(line, language) for line in ledger.lines(kin.relation)]).encode()


def _line(line: EvidenceLine, language: str) -> str:
    kind, count, low, high, code, relation, period, source, source_url, retrieved_on = line
    return (
        f"<tr>{_cells(language, 'counted', kind=kind, count=count, low=low, high=high)}"
        f"{_cells(language, 'related', code=code, relation=relation, period=period)}"
        f"{_cells(language, 'sourced', source=source, source_url=source_url, retrieved_on=retrieved_on)}</tr>\n"
    )


@lru_cache(_CELLS_KEPT)
def _cells(_language: str, name: str, **facts: object) -> str:
    return str(_macro("evidence.html", name)(facts))


def _parts(match: Match, told_: Told) -> tuple[str, ...]:
    """The bar in words, and of each part its facts in the order of `_PART_FACTS`."""
    weights = match.asked.weights
    mine, theirs, near = weights.experience, weights.centre, weights.distance
    first, second, third = 100 * mine * match.experience, 100 * theirs * match.centre, 100 * near * match.nearness
    one, two, three = f"{first:.1f}", f"{second:.1f}", f"{third:.1f}"
    own, centre, way = inputs(match, told_)
    return (
        said(phrase("experience {one}, centre {two}, nearness {three}", one=one, two=two, three=three)),
        one, said(inputs_text(own)), f"{mine:.3f} × {match.experience:.3f}", "0.00", f"{first:.2f}",
        two, said(inputs_text(centre)), f"{theirs:.3f} × {match.centre:.3f}", f"{first:.2f}", f"{second:.2f}",
        three, said(inputs_text(way)), f"{near:.3f} × {match.nearness:.3f}", f"{first + second:.2f}",
        f"{third:.2f}",
    )  # fmt: skip


def _a_year(main: tuple[Evidence, float] | None) -> tuple[float, float, float]:
    """The least, the counted and the most cases a year of a count; nothing without one."""
    if main is None:
        return 0.0, 0.0, 0.0
    row, years = main
    low, high = likely_range(row.kind, row.count)
    return (low or 0) / years, (row.count or 0) / years, (high or 0) / years


def _whiskers(main: tuple[Evidence, float], most: float) -> Whiskers:
    """The main count a year on an axis that all results of the page share."""
    row = main[0]
    what = said(_KINDS[row.kind])
    low, count, high = _a_year(main)
    scale = 100 / most if most else 0.0
    if row.count is None:
        return Whiskers("", f"{scale * (low + high) / 2:.1f}", "", what, said(_FEW))
    words = said(phrase("{count:,.0f} a year (likely {low:,.0f}–{high:,.0f})", count=count, low=low, high=high))
    return Whiskers(f"{scale * low:.1f}", f"{scale * count:.1f}", f"{scale * high:.1f}", what, words)
