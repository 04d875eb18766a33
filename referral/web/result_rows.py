"""The results of a search as HTML, put together from ready pieces.

A page of twenty results has some hundred rows of evidence. Each piece that does not depend on who asks from where is
rendered once and kept where the index keeps its entries; the template of a result is rendered once with gaps, and a
search fills them.
"""

from collections.abc import Callable, Sequence
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
from referral.domain.results import Entry, Match, Told, inputs, told
from referral.services.find_specialists import SearchAnswer
from referral.web.filters import WORDS

_KNOWN_ELSEWHERE = frozenset(["accepts_new_patients", "remote_opinion", "languages"])
"""Attributes whose absence the plain facts of a result tell already."""

_KINDS = {EvidenceKind.PATIENTS: "People treated", EvidenceKind.PROCEDURES: "Operations or procedures"}

_CELLS_KEPT = 16_384
_PARTS = (("experience", "Experience"), ("centre", "Centre"), ("distance", "Nearness"))
_BEGIN, _END = "\x01", "\x02"
GAP = "\x00"
"""Stands where a piece of HTML is to have a gap."""

_BANDS = {band: f"Counted experience in a word: {words}." for band, words in WORDS[Band].items()} | {
    Band.NOT_ENOUGH_DATA: "Experience in a word: not enough data. That is no grade; little is published about this "
    "specialist and this cancer."
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


class _Gaps:
    """Stands for a result when its template is rendered once for all: every fact that is not given is a gap.

    A gap is the fact's name between two characters that no page has.
    """

    def __init__(self, prefix: str = "", **given: object) -> None:
        self.__dict__.update(given)
        self._prefix = prefix

    def __getattr__(self, name: str) -> str:
        return f"{_BEGIN}{self._prefix}{name}{_END}"


@cache
def _pattern(charted: bool, ranged: bool, changing: bool, chosen: bool) -> str:
    """The HTML of a result as the pattern of a `%`, by whether it has a chart, with whiskers, and so on."""
    gaps = _Gaps(
        parts=[_Gaps(f"{name}_", name=name, called=called) for name, called in _PARTS],
        whiskers=_Gaps("count_", **({} if ranged else {"low": ""})) if charted else None,
        chosen=chosen,
        **({} if changing else {"change": ""}),
    )
    html = str(_macro("match.html", "result")(gaps)).replace("%", "%%")
    return html.replace(_BEGIN, "%(").replace(_END, ")s")


def results_html(answer: SearchAnswer, today: date, chosen: Sequence[str]) -> Markup:
    """The results of a page in their order."""
    said = [told(match) for match in answer.results]
    most = max((_a_year(one.main)[2] for one in said), default=0.0)
    pairs = zip(answer.results, said, strict=True)
    found = [_result(match, one, most, today, match.entry.role.role_id in chosen) for match, one in pairs]
    return Markup("".join(found))  # noqa: S704  of our own template, with every text escaped


def _result(match: Match, said: Told, most: float, today: date, chosen: bool) -> str:
    entry, change = match.entry, match.overtaking.text if match.overtaking else ""
    whiskers = _whiskers(said.main, most) if said.main else None
    pieces = entry.html if entry.html and entry.html[0] == today.isoformat() else _pieces(entry, today)
    _, role_id, name, profile, title, where, facts = pieces
    values = {
        "rank": match.rank,
        "role_id": role_id,
        "name": name,
        "href": f"{profile}{match.asked.query.cancer}",
        "title": title,
        "where": where,
        "facts": facts,
        "reason": escape(said.reason),
        "marks": _marks(match.step, said.band, match.moved, match.shared, _hidden(match.unknown)),
        "score": f"{match.score:.1f}",
        "total": f"{match.score:.2f}",
        "own": _table("Evidence on the specialist", match.own),
        "theirs": _table("Evidence on the centre", match.theirs),
        "band": _BANDS[said.band],
        "change": escape(change),
    }
    _add_parts(values, match, said)
    if whiskers:
        values |= {f"count_{field}": value for field, value in whiskers._asdict().items()}
    return _pattern(whiskers is not None, bool(whiskers and whiskers.low), bool(change), chosen) % values


def _pieces(entry: Entry, today: date) -> tuple[str, ...]:
    """What is shown of a role whatever was asked, with the day for which that holds."""
    role = entry.role
    title, where, facts = (_macro("match.html", name) for name in ("title", "where", "facts"))
    plain = (role.role_id, role.name, f"/specialists/{role.npi}?cancer=")
    shown = (title(role), where(role), facts(role, today))
    entry.html = (today.isoformat(), *map(escape, (*plain, *shown)))
    return entry.html


def _macro(template: str, name: str) -> Callable[..., Markup]:
    macro: Callable[..., Markup] = getattr(current_app.jinja_env.get_template(f"components/{template}").module, name)
    return macro


def _hidden(unknown: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([name for name in unknown if name not in _KNOWN_ELSEWHERE]) if unknown else ()


@lru_cache(256)
def _marks(step: Step, band: Band, moved: bool, shared: str, hidden: tuple[str, ...]) -> str:
    """What only some results say of themselves; the same few combinations come again and again."""
    return str(_macro("match.html", "marks")(step, band, moved, shared, hidden))


def _table(caption: str, found: Found) -> str:
    """The rows of all ledgers, each kept by its ledger for each relation; nothing without any."""
    if not found:
        return ""
    before, after = _table_ends(caption)
    return f"{before}{''.join([ledger.html[kin.order] or _ledger_rows(ledger, kin) for ledger, kin in found])}{after}"


@cache
def _table_ends(caption: str) -> tuple[str, str]:
    """What stands before and after the rows of a table."""
    before, after = _macro("evidence.html", "table")(caption, GAP).split(GAP)
    return str(before), str(after)


def _ledger_rows(ledger: Ledger, kin: Kin) -> str:
    text = ledger.html[kin.order] = "".join([_line(line) for line in ledger.lines(kin.relation)])
    return text


def _line(line: EvidenceLine) -> str:
    kind, count, low, high, code, relation, period, source, source_url, retrieved_on = line
    return (
        f"<tr>{_cells('counted', kind=kind, count=count, low=low, high=high)}"
        f"{_cells('related', code=code, relation=relation, period=period)}"
        f"{_cells('sourced', source=source, source_url=source_url, retrieved_on=retrieved_on)}</tr>\n"
    )


@lru_cache(_CELLS_KEPT)
def _cells(name: str, **facts: object) -> str:
    return str(_macro("evidence.html", name)(facts))


def _add_parts(values: dict[str, object], match: Match, said: Told) -> None:
    """The arithmetic of each part, where it begins and ends on the bar, and the bar in words."""
    weights, start, label = match.asked.weights, 0.0, []
    parts = (
        (weights.experience, match.experience, said.experience),
        (weights.centre, match.centre, said.centre),
        (weights.distance, match.nearness, said.distance),
    )
    for (name, called), (weight, value, text), given in zip(_PARTS, parts, inputs(match, said), strict=True):
        points = 100 * weight * value
        shown = values[f"{name}_points"] = f"{points:.1f}"
        values[f"{name}_text"] = escape(text)
        values[f"{name}_inputs"] = inputs_text(given)
        values[f"{name}_product"] = f"{weight:.3f} × {value:.3f}"
        values[f"{name}_start"] = f"{start:.2f}"
        values[f"{name}_width"] = f"{points:.2f}"
        label.append(f"{called.lower()} {shown}")
        start += points
    values["label"] = ", ".join(label)


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
    what = _KINDS[row.kind]
    low, count, high = _a_year(main)
    scale = 100 / most if most else 0.0
    if row.count is None:
        return Whiskers("", f"{scale * (low + high) / 2:.1f}", "", what, "1 to 10 in all, not enough data for a range")
    words = f"{count:,.0f} a year (likely {low:,.0f}–{high:,.0f})"
    return Whiskers(f"{scale * low:.1f}", f"{scale * count:.1f}", f"{scale * high:.1f}", what, words)
