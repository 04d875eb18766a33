"""Cases of one cancer over the years: what one source counted in several periods, each as a number a year."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from referral.domain import explanation
from referral.domain.codes import VOLUME_KINDS, EvidenceKind
from referral.domain.experience import DAYS_PER_YEAR, Evidence

MOST_SERIES = 3
"""More charts than these say no more; the table has every row."""


_YEARS = re.compile(r",?\s*\b(?:19|20)\d\d(?:\s*[-–]\s*(?:19|20)?\d\d)?\b(?:, (?:first|second) half)?")


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in one period: its years, how much a year, and between which numbers that likely lies.

    `count` is None where the number is too small to be published; `a_year` is then the middle of what it may be.
    """

    first: int
    last: int
    period: str
    count: int | None
    a_year: float
    low: float
    high: float


class Series(NamedTuple):
    """All periods of one cancer, kind and source, the earliest first; two at least.

    `source` is its name without the years: files of one register are named by theirs.
    """

    code: str
    kind: EvidenceKind
    source: str
    counts: tuple[Counted, ...]


def over_years(rows: Iterable[Evidence], asked: Sequence[str]) -> tuple[Series, ...]:
    """The series that say most: the cancer asked about (`asked` is its path, empty for none), then long ones."""
    found: dict[tuple[str, EvidenceKind, str], dict[str, Counted]] = {}
    for row in rows:
        if row.kind in VOLUME_KINDS and (counted := _counted(row)):
            found.setdefault((row.code, row.kind, _without_years(row.source)), {}).setdefault(counted.period, counted)
    series = [
        Series(*key, tuple(sorted(of.values(), key=lambda one: (one.first, one.last))))
        for key, of in found.items()
        if len(of) > 1
    ]
    own = asked[-1] if asked else ""
    return tuple(sorted(series, key=lambda one: (one.code != own, -len(one.counts), one[:3]))[:MOST_SERIES])


def _counted(row: Evidence) -> Counted | None:
    """A count as a number a year; None where its period is not known."""
    if row.period_start is None or row.period_end is None:
        return None
    years = ((row.period_end - row.period_start).days + 1) / DAYS_PER_YEAR
    low, high = explanation.likely_range(row.kind, row.count)
    least, most = (low or 0) / years, (high or 10) / years
    a_year = (least + most) / 2 if row.count is None else row.count / years
    period = explanation.period(row.period_start, row.period_end)
    return Counted(row.period_start.year, row.period_end.year, period, row.count, a_year, least, most)


def _without_years(source: str) -> str:
    return _YEARS.sub("", source).strip()
