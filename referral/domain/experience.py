"""From dated counts to one comparable number: how much experience with a cancer is proved, said with caution.

The formulas are those of the published ranking (`/about/ranking`): evidence fades with age, few years of data earn less
credit than many, and a related cancer counts less the further up the tree it meets. Clinical volume, research and what
somebody says of themselves are kept apart and their credits added, so that publishing never lowers a surgeon's rate.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from referral.domain.codes import RESEARCH_KINDS, VOLUME_KINDS, Band, EvidenceKind

MODEL_VERSION = "2026.1"
"""Changes whenever a number or formula of the ranking does."""

DAYS_PER_YEAR = 365.25
VOLUME_HALF_LIFE = 3.0
RESEARCH_HALF_LIFE = 5.0
SELF_DECLARED_HALF_LIFE = 2.0
PRIOR_CASES = 0.5
PRIOR_YEARS = 1.0
CAUTION = 0.8416
"""z of the 20 % quantile: credit is what is exceeded with a probability of four in five."""
SUPPRESSED_COUNT = 2.5
"""What a suppressed row ("1–10") counts in all."""
RESEARCH_CASES_PER_YEAR = 2.0
SELF_DECLARED_CASES = 0.1
BACK_OFF = (1.0, 0.6, 0.35, 0.2)
"""Weight of a case at the cancer itself, its parent, grandparent and great-grandparent; above the tissue 0."""
DEFAULT_SURGEON_MARK = 10.0
DEFAULT_HOSPITAL_MARK = 20.0
VALUE_AT_MARK = 0.75
"""The value of a proved yearly rate exactly at the published mark."""
INTERVAL_Z = 1.6449
"""z of the 5 % and 95 % quantiles: the interval shown beside a count holds the true rate nine times in ten."""
FEWEST_CASES = 3.0
"""With fewer cases' worth of data the word for experience is "not enough data"."""
HIGH_BAND = 0.75
MODERATE_BAND = 0.45
"""Values of experience from which it is called high and moderate; for show alone."""

Floats = NDArray[np.float64]
Paths = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One dated fact about a specialist or an organization.

    `count` is the total over the period; None with kind `patients` or `procedures` means suppressed (1–10).
    """

    code: str
    kind: EvidenceKind
    count: int | None
    period_start: date | None
    period_end: date | None
    source: str
    source_url: str
    retrieved_on: date | None


@dataclass(frozen=True, slots=True)
class VolumeMark:
    """Published yearly volume of a high-volume surgeon and hospital for one cancer."""

    surgeon: float
    hospital: float
    year: int
    source: str
    source_url: str


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of days (ordinals, `end` excluded) with so many cases on each."""

    start: int
    end: int
    density: float


def credits(evidence: Iterable[Evidence], path: Paths, as_of: date) -> dict[str, float]:
    """The proved yearly rate for every node of the tree that the evidence reaches, up to the tissue.

    `path(code)` names the nodes from the tissue down to the code. A node without proof does not appear.
    """
    by_node: dict[str, list[Evidence]] = {}
    for row in evidence:
        for node in path(row.code):
            by_node.setdefault(node, []).append(row)
    found = {node: _node_credit(rows, as_of) for node, rows in by_node.items()}
    return {node: credit for node, credit in found.items() if credit > 0}


def decayed_cases(evidence: Iterable[Evidence], as_of: date) -> float:
    """How many clinical cases the evidence amounts to today, each faded by its age."""
    return _volume(list(evidence), as_of)[0]


def credit(cases: float, years: float) -> float:
    """What is proved of a yearly rate: the cautious quantile with the evidence less the one without.

    Zero without cases, strictly increasing in them, lower when the years are few.
    """
    proved = quantile(PRIOR_CASES + cases, PRIOR_YEARS + years, -CAUTION)
    return max(0.0, proved - quantile(PRIOR_CASES, PRIOR_YEARS + years, -CAUTION))


def quantile(shape: float, rate: float, z: float) -> float:
    """Quantile of a Gamma(shape, rate) at the normal deviate `z` (Wilson and Hilferty 1931)."""
    return float(shape / rate * (1 - 1 / (9 * shape) + z / (3 * shape**0.5)) ** 3)


def back_off_weights(depth: int) -> tuple[float, ...]:
    """What each level's credit counts, from the cancer itself upwards, for a cancer `depth` levels below the top.

    The differences of `BACK_OFF`, since each level's credit contains that of the level below.
    """
    kept = [*BACK_OFF[:depth], 0.0]
    return tuple(here - above for here, above in pairwise(kept))


def value(rate: Floats, mark: float) -> Floats:
    """A proved yearly rate in [0, 1): `VALUE_AT_MARK` exactly at the published mark, strictly increasing, no cap."""
    steepness = np.log1p(mark) / np.log(1 / (1 - VALUE_AT_MARK))
    return np.asarray(1.0 - (1.0 + rate) ** (-1.0 / steepness), dtype=np.float64)


def mark_for(path: Sequence[str], marks: Mapping[str, VolumeMark]) -> VolumeMark | None:
    """The published mark at the cancer or its nearest ancestor, None where there is none."""
    return next((marks[code] for code in reversed(path) if code in marks), None)


def interval(row: Evidence) -> tuple[int, int] | None:
    """The likely range behind a count, nine times in ten; 1–10 for a suppressed one, None for what is not counted."""
    if row.kind in VOLUME_KINDS and row.count is None:
        return 1, 10
    if row.count is None or row.kind not in (*VOLUME_KINDS, *RESEARCH_KINDS):
        return None
    low = quantile(row.count + 0.5, 1.0, -INTERVAL_Z) if row.count else 0.0
    return int(low), int(np.ceil(quantile(row.count + 0.5, 1.0, INTERVAL_Z)))


def band(experience: float, cases: float) -> Band:
    """Experience in one word; the data of fewer cases is said as too few, never as a low grade."""
    if cases < FEWEST_CASES:
        return Band.NOT_ENOUGH_DATA
    if experience >= HIGH_BAND:
        return Band.HIGH
    return Band.MODERATE if experience >= MODERATE_BAND else Band.LIMITED


def _node_credit(rows: list[Evidence], as_of: date) -> float:
    """Credit of one node from all evidence in its subtree."""
    claimed = max((_claim(row, as_of) for row in rows if row.kind is EvidenceKind.SELF_DECLARED), default=0.0)
    parts = (_volume(rows, as_of), _research(rows, as_of), (claimed, 0.0))
    return sum(credit(cases, years) for cases, years in parts if cases > 0)


def _volume(rows: list[Evidence], as_of: date) -> tuple[float, float]:
    """Faded cases and faded covered years of the clinical rows.

    Per code and day the larger of patients and procedures counts: they are the same people counted twice.
    """
    by_code: dict[str, dict[EvidenceKind, list[_Span]]] = {}
    for row in rows:
        if row.kind in VOLUME_KINDS and (span := _span(row)):
            by_code.setdefault(row.code, {}).setdefault(row.kind, []).append(span)
    cases = sum(
        max(_density(spans, start) for spans in kinds.values()) * _faded_days(start, end, VOLUME_HALF_LIFE, as_of)
        for kinds in by_code.values()
        for start, end in _stretches([span for spans in kinds.values() for span in spans])
    )
    covered = [span for kinds in by_code.values() for spans in kinds.values() for span in spans]
    return cases, _faded_years(covered, VOLUME_HALF_LIFE, as_of)


def _research(rows: list[Evidence], as_of: date) -> tuple[float, float]:
    """Faded pseudo-cases and years of publications and trials, at most two a year in all."""
    spans = [span for row in rows if row.kind in RESEARCH_KINDS and (span := _span(row))]
    most = RESEARCH_CASES_PER_YEAR / DAYS_PER_YEAR
    cases = sum(
        min(most, _density(spans, start)) * _faded_days(start, end, RESEARCH_HALF_LIFE, as_of)
        for start, end in _stretches(spans)
    )
    return cases, _faded_years(spans, RESEARCH_HALF_LIFE, as_of)


def _claim(row: Evidence, as_of: date) -> float:
    """The pseudo-case of somebody's own word, fading from the day it was last confirmed."""
    confirmed = row.period_end or row.retrieved_on or row.period_start
    if confirmed is None or row.count == 0:
        return 0.0
    age = max(0, (as_of - confirmed).days)
    return float(SELF_DECLARED_CASES * 2 ** (-age / (DAYS_PER_YEAR * SELF_DECLARED_HALF_LIFE)))


def _span(row: Evidence) -> _Span | None:
    """A row's count spread evenly over the days of its period."""
    if row.period_start is None or row.period_end is None:
        return None
    start, end = row.period_start.toordinal(), row.period_end.toordinal() + 1
    suppressed = SUPPRESSED_COUNT if row.kind in VOLUME_KINDS else 0.0
    count = suppressed if row.count is None else float(row.count)
    return _Span(start, end, count / (end - start))


def _stretches(spans: Sequence[_Span]) -> list[tuple[int, int]]:
    """The days between all starts and ends, cut so that nothing changes inside a piece."""
    return list(pairwise(sorted({edge for span in spans for edge in (span.start, span.end)})))


def _density(spans: Sequence[_Span], day: int) -> float:
    return sum(span.density for span in spans if span.start <= day < span.end)


def _faded_years(spans: Sequence[_Span], half_life: float, as_of: date) -> float:
    """The union of the covered days, each faded by its age, in years."""
    pieces = ((a, b) for a, b in _stretches(spans) if any(span.start <= a < span.end for span in spans))
    return sum(_faded_days(a, b, half_life, as_of) for a, b in pieces) / DAYS_PER_YEAR


def _faded_days(start: int, end: int, half_life: float, as_of: date) -> float:
    """Sum of 2^(−age/half-life) over the days from `start` to before `end`; days to come count as today's."""
    today = as_of.toordinal()
    ahead = max(0, end - max(start, today + 1))
    youngest, oldest = today - (end - ahead - 1), today - start
    if oldest < youngest:
        return float(ahead)
    keep = 2 ** (-1 / (DAYS_PER_YEAR * half_life))
    return float(ahead + (keep**youngest - keep ** (oldest + 1)) / (1 - keep))
