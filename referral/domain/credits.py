"""Proved yearly rates for many owners at once, over whole columns of evidence.

The same arithmetic as `experience.credits`, which does one owner row by row and stays as the plain reference: rows
become the days on which something changes, sorted once, and every sum runs over all owners together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.domain.codes import RESEARCH_KINDS, VOLUME_KINDS, EvidenceKind
from referral.domain.experience import (
    CAUTION,
    DAYS_PER_YEAR,
    PRIOR_CASES,
    PRIOR_YEARS,
    RESEARCH_CASES_PER_YEAR,
    RESEARCH_HALF_LIFE,
    SELF_DECLARED_CASES,
    SELF_DECLARED_HALF_LIFE,
    SUPPRESSED_COUNT,
    VOLUME_HALF_LIFE,
)

KINDS = tuple(EvidenceKind)
UNKNOWN = -1
"""Stands for a count that is not known or suppressed, and for a day that is not known."""

_DAY_BITS = 22  # enough for every ordinal of a date
_LEAST_RATE = 1e-9  # sums that should have come back to zero miss it by a rounding error; one case in a life is 3e-5

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """Evidence in columns: owner and node as numbers, kind as its place in `KINDS`, days as ordinals, both included."""

    owner: Ints
    node: Ints
    kind: Ints
    count: Ints
    start: Ints
    end: Ints
    retrieved: Ints

    def at(self, which: Any) -> "Rows":  # noqa: ANN401 - whatever numpy takes as an index
        """The rows that an index or a mask names."""
        return Rows(*(getattr(self, name)[which] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Credits:
    """The proved rate of every owner at every node that its evidence reaches, ordered by node and then by owner."""

    owner: Ints
    node: Ints
    credit: Floats


def credits_of(rows: Rows, ancestors: Sequence[Sequence[int]], as_of: int) -> Credits:
    """Credits of all rows on the day with this ordinal; `ancestors[node]` are the node and all above it.

    Whoever has any evidence at a node or below stands there, with credit 0 if nothing of it counts.
    """
    owners = int(rows.owner.max(initial=-1)) + 1
    if owners == 0:
        return Credits(rows.owner, rows.node, np.zeros(0))
    line, node = _upwards(rows.node, ancestors)
    groups, group = np.unique(node * owners + rows.owner[line], return_inverse=True)
    size = len(groups)
    credit = _volume(rows, line, group, size, as_of)
    credit += _research(rows, line, group, size, as_of)
    credit += _claims(rows, line, group, size, as_of)
    return Credits(groups % owners, groups // owners, credit)


def _upwards(nodes: Ints, ancestors: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """(row, node) for each row at its own node and all above."""
    depths = np.array([len(path) for path in ancestors], dtype=np.int64)
    above = np.concatenate([np.asarray(path, dtype=np.int64) for path in ancestors])
    first = np.concatenate([[0], np.cumsum(depths)[:-1]])
    times = depths[nodes]
    line = np.repeat(np.arange(len(nodes)), times)
    within = np.arange(len(line)) - np.repeat(np.cumsum(times) - times, times)
    return line, above[first[nodes[line]] + within]


def _volume(rows: Rows, line: Ints, group: Ints, size: int, as_of: int) -> Floats:
    """Faded cases and years of the clinical rows. Per owner, code and day the larger of both kinds counts."""
    dated = _dated(rows, VOLUME_KINDS)
    cases = np.zeros(len(rows.owner))
    lead, own = _cases_by_code(rows, np.flatnonzero(dated), as_of)
    cases[lead] = own  # the cases of an owner's code stand at its first row, so each is counted once at each node
    counted = dated[line]
    at, of = line[counted], group[counted]
    total = _summed(of, cases[at], size)
    years = _covered(of, rows.start[at], rows.end[at] + 1, size, VOLUME_HALF_LIFE, as_of)
    return _credit(total, years)


def _cases_by_code(rows: Rows, which: Ints, as_of: int) -> tuple[Ints, Floats]:
    """(first row, faded cases) of each owner and code among the rows given."""
    if not len(which):
        return which, np.zeros(0)
    own = rows.at(which)
    _, first, group = np.unique(own.owner * (own.node.max() + 1) + own.node, return_index=True, return_inverse=True)
    density = _density(own, SUPPRESSED_COUNT)
    patients = own.kind == KINDS.index(EvidenceKind.PATIENTS)
    pieces = _pieces(group, own.start, own.end + 1, (np.where(patients, density, 0), np.where(patients, 0, density)))
    rate = np.maximum(*pieces.rates)
    cases = rate * _faded(pieces.start, pieces.end, VOLUME_HALF_LIFE, as_of)
    return which[first], _summed(pieces.group, cases, len(first))


def _research(rows: Rows, line: Ints, group: Ints, size: int, as_of: int) -> Floats:
    """Publications and trials, at most two pseudo-cases a year in all."""
    counted = _dated(rows, RESEARCH_KINDS)[line]
    at, of = line[counted], group[counted]
    if not len(at):
        return np.zeros(size)
    own = rows.at(at)
    pieces = _pieces(of, own.start, own.end + 1, (_density(own, 0.0),))
    rate = np.minimum(pieces.rates[0], RESEARCH_CASES_PER_YEAR / DAYS_PER_YEAR)
    cases = _summed(pieces.group, rate * _faded(pieces.start, pieces.end, RESEARCH_HALF_LIFE, as_of), size)
    return _credit(cases, _covered(of, own.start, own.end + 1, size, RESEARCH_HALF_LIFE, as_of))


def _claims(rows: Rows, line: Ints, group: Ints, size: int, as_of: int) -> Floats:
    """The largest of the pseudo-cases of somebody's own word, faded since it was last confirmed."""
    confirmed = np.where(rows.end != UNKNOWN, rows.end, np.where(rows.retrieved != UNKNOWN, rows.retrieved, rows.start))
    declared = rows.kind == KINDS.index(EvidenceKind.SELF_DECLARED)
    counted = (declared & (confirmed != UNKNOWN) & (rows.count != 0))[line]
    at, of = line[counted], group[counted]
    age = np.maximum(0, as_of - confirmed[at])
    claim = np.zeros(size)
    np.maximum.at(claim, of, SELF_DECLARED_CASES * 2 ** (-age / (DAYS_PER_YEAR * SELF_DECLARED_HALF_LIFE)))
    return _credit(claim, np.zeros(size))


def _dated(rows: Rows, kinds: Sequence[EvidenceKind]) -> Mask:
    wanted = np.isin(rows.kind, [KINDS.index(kind) for kind in kinds])
    return np.asarray(wanted & (rows.start != UNKNOWN) & (rows.end != UNKNOWN), dtype=np.bool_)


def _density(rows: Rows, unknown: float) -> Floats:
    """Cases on each day of a row: its count spread evenly over its period."""
    count = np.where(rows.count == UNKNOWN, unknown, rows.count)
    return np.asarray(count / (rows.end + 1 - rows.start), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Stretches of days of one group (`end` excluded) in which nothing changes, with the rates in them."""

    group: Ints
    start: Ints
    end: Ints
    rates: list[Floats]


def _pieces(group: Ints, start: Ints, end: Ints, densities: Sequence[Floats]) -> _Pieces:
    """The days of all starts and ends, cut so that nothing changes inside a piece."""
    key = np.concatenate([group << _DAY_BITS | start, group << _DAY_BITS | end])
    order = np.argsort(key, kind="stable")
    key = key[order]
    rates = [np.cumsum(np.concatenate([density, -density])[order])[:-1] for density in densities]
    of, day = key >> _DAY_BITS, key & ((1 << _DAY_BITS) - 1)
    real = (of[1:] == of[:-1]) & (day[1:] > day[:-1])
    rates = [np.where(rate[real] > _LEAST_RATE, rate[real], 0.0) for rate in rates]
    return _Pieces(of[:-1][real], day[:-1][real], day[1:][real], rates)


def _covered(group: Ints, start: Ints, end: Ints, size: int, half_life: float, as_of: int) -> Floats:
    """The union of the covered days of each group, each faded by its age, in years."""
    if not len(group):
        return np.zeros(size)
    order = np.argsort(group << _DAY_BITS | start, kind="stable")
    of, first, last = group[order], start[order], end[order]
    # The furthest day reached so far within the group: groups are kept apart by an offset that grows with them.
    reached = np.maximum.accumulate((of << _DAY_BITS) + last) - (of << _DAY_BITS)
    before = np.concatenate([[0], np.where(of[1:] == of[:-1], reached[:-1], 0)])
    begin = np.maximum(first, before)
    new = last > begin
    days = _faded(begin[new], last[new], half_life, as_of)
    return _summed(of[new], days, size) / DAYS_PER_YEAR


def _faded(start: Ints, end: Ints, half_life: float, as_of: int) -> Floats:
    """Sum of 2^(−age/half-life) over the days from `start` to before `end`; days to come count as today's."""
    ahead = np.maximum(0, end - np.maximum(start, as_of + 1))
    youngest, oldest = as_of - (end - ahead - 1), as_of - start
    keep = 2 ** (-1 / (DAYS_PER_YEAR * half_life))
    past = (keep ** youngest.astype(np.float64) - keep ** (oldest + 1.0)) / (1 - keep)
    return np.asarray(ahead + np.where(oldest < youngest, 0.0, past), dtype=np.float64)


def _summed(group: Ints, values: Floats, size: int) -> Floats:
    """The sum of the values of each group."""
    return np.bincount(group, values, size).astype(np.float64, copy=False)


def _credit(cases: Floats, years: Floats) -> Floats:
    """`experience.credit` of many: zero without cases."""
    proved = _quantile(PRIOR_CASES + cases, PRIOR_YEARS + years)
    nothing = _quantile(np.full_like(cases, PRIOR_CASES), PRIOR_YEARS + years)
    return np.where(cases > 0, np.maximum(0.0, proved - nothing), 0.0)


def _quantile(shape: Floats, rate: Floats) -> Floats:
    return np.asarray(shape / rate * (1 - 1 / (9 * shape) - CAUTION / (3 * np.sqrt(shape))) ** 3, dtype=np.float64)
