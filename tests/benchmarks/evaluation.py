"""The whole match once more, over all columns of the records in double precision, without an index and without bounds.

It shares no arithmetic with the service: where that works with sorted days, this works with half years, the grid on
which all periods of the made-up records begin and end. Only the cancer tree and the marks are taken as data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral import reference
from referral.domain.matching import Query
from referral.index.records import EvidenceColumns, Records
from tests.benchmarks.made_up import DAY, FIRST_YEAR, HALF_YEARS

Array = NDArray[Any]

STARTS = [date(FIRST_YEAR + half // 2, 1 + 6 * (half % 2), 1) for half in range(HALF_YEARS + 1)]
BALANCE = {"common": 0.65, "rare": 0.70, "very-rare": 0.80}
HALF_DISTANCE = {"common": 80.0, "rare": 160.0, "very-rare": 320.0}
SHARES = (1.0, 0.6, 0.35, 0.2)
EARTH = 6371.0088


@dataclass(frozen=True, slots=True)
class Found:
    """The first results in order with their scores, and how many there are in all."""

    role_ids: list[str]
    scores: list[float]
    total: int

    def agrees(self, role_ids: Sequence[str], scores: Sequence[float], total: int) -> bool:
        """Whether another ranking has the same order and total, and the same scores to a millionth."""
        near = np.allclose(scores, self.scores, rtol=0, atol=1e-6) if len(scores) == len(self.scores) else False
        return total == self.total and near and list(role_ids) == self.role_ids


class Evaluation:
    """All records as columns of numbers; `first` ranks everybody for one search."""

    def __init__(self, records: Records, version: str) -> None:
        roles = records.roles
        self._version = version
        self._ids, self._npis = roles["role_id"], roles["npi"]
        self._latitude, self._longitude = (np.array(roles[n], dtype=float) for n in ("latitude", "longitude"))
        names = sorted({name for name in roles["organization_id"] if name})
        number = {name: at for at, name in enumerate(names)}
        self._organization = np.array([number.get(name, len(names)) for name in roles["organization_id"]])
        self._centre = np.zeros(len(names) + 1, dtype=bool)
        for at, designation in zip(self._organization.tolist(), roles["designation"], strict=True):
            self._centre[at] = designation in ("nci-comprehensive", "nci-clinical")
        self._facts = {
            name: np.array([_number_of(value) for value in roles[name]])
            for name in ("accepts_new_patients", "remote_opinion")
        }
        self._lists = {name: _listed(roles[name]) for name in ("languages", "insurers", "disciplines")}
        self._people = _Proof(records.evidence, {npi: at for at, npi in enumerate(self._npis)}, len(self._npis))
        self._groups = _Proof(records.organization_evidence, number, len(names) + 1)

    def first(self, query: Query, count: int = 20) -> Found:
        """The best so many of everybody who passes."""
        passing = np.flatnonzero(self._passing(query))
        scores = self._scores(query, passing)
        least = float(np.partition(scores, -count)[-count]) - 1e-5 if len(scores) > count else -1.0
        may_be = np.flatnonzero(scores >= least).tolist()
        best = sorted(may_be, key=lambda at: (-round(float(scores[at]), 6), self._lot(int(passing[at]))))[:count]
        return Found([self._ids[passing[at]] for at in best], [float(scores[at]) for at in best], len(passing))

    def _lot(self, role: int) -> str:
        return sha256(f"{self._version}:{self._npis[role]}:{self._ids[role]}".encode()).hexdigest()

    def _passing(self, query: Query) -> Array:
        """Everybody with evidence in the tissue who passes the filters and is near enough or reviews remotely."""
        tree, unknown = reference.cancers(), query.include_unknown
        passing = self._people.has_any(tree.subtree(tree.root(query.cancer)))
        accepts, remote = self._facts["accepts_new_patients"], self._facts["remote_opinion"]
        if query.accepting == "open":
            passing &= accepts != 0
        if query.accepting == "yes":
            passing &= (accepts == 1) | ((accepts == -1) & unknown)
        for name, wanted in (
            ("languages", query.language), ("insurers", query.insurer), ("disciplines", query.discipline),
        ):  # fmt: skip
            if wanted:
                passing &= self._having(name, str(wanted), unknown)
        if query.remote == "only":
            passing &= (remote == 1) | ((remote == -1) & unknown)
        if query.radius_km is None or query.remote == "only":
            return passing
        away = self._kilometres(query)
        near = (away <= query.radius_km) | (np.isnan(away) & unknown)
        return passing & (near | (remote == 1) if query.remote else near)

    def _having(self, name: str, wanted: str, unknown: bool) -> Array:
        different, number = self._lists[name]
        fits = [wanted in items if items else unknown for items in different]
        return np.array(fits)[number]

    def _kilometres(self, query: Query) -> Array:
        """Great circles by the angle between two directions in space; NaN where the place is not known."""
        assert query.latitude is not None
        assert query.longitude is not None
        here = _direction(np.array(round(query.latitude, 6)), np.array(round(query.longitude, 6)))
        there = _direction(self._latitude, self._longitude)
        chord = np.sqrt(sum((a - b) ** 2 for a, b in zip(here, there, strict=True)))
        return np.asarray(2 * EARTH * np.arcsin(np.minimum(1, chord / 2)))

    def _scores(self, query: Query, passing: Array) -> Array:
        rarity = reference.cancers()[query.cancer].rarity.value
        usual = min(0.90, BALANCE[rarity] + (0.05 if query.complexity else 0))
        balance = usual if query.weight_experience is None else query.weight_experience
        person, centre = self._values(query.cancer)
        near = np.nan_to_num(2.0 ** (-self._kilometres(query)[passing] / HALF_DISTANCE[rarity]), nan=0.0)
        if query.remote:
            near = np.where(self._facts["remote_opinion"][passing] == 1, np.maximum(near, 0.5), near)
        both = (5 * person[passing] + 2 * centre[self._organization[passing]]) / 7
        return np.asarray(100 * (balance * both + (1 - balance) * near))

    @lru_cache(maxsize=1)  # noqa: B019 - an evaluation lives as long as the benchmark
    def _values(self, cancer: str) -> tuple[Array, Array]:
        """(E of every specialist, C of every organization)."""
        path = reference.cancers().path(cancer)
        marks = reference.volume_marks()
        mark = next((marks[code] for code in reversed(path) if code in marks), None)
        surgeon, hospital = (mark.surgeon, mark.hospital) if mark else (10.0, 20.0)
        own = _curve(self._groups.rate(path), hospital)
        return _curve(self._people.rate(path), surgeon), np.where(self._centre, np.maximum(own, 0.5), own)


class _Proof:
    """Evidence rows as numbers, with their first and last half year."""

    def __init__(self, rows: EvidenceColumns, owners: dict[str, int], size: int) -> None:
        self._size = size
        self._code_of = {cancer.code: at for at, cancer in enumerate(reference.cancers())}
        halves = {day: at for at, day in enumerate(STARTS)}
        owner = np.array([owners.get(owner, -1) for owner in rows.owner])
        known = owner >= 0  # an organization may have evidence and nobody in the directory
        self._owner = owner[known]
        self._code = np.array([self._code_of[code] for code in rows.code])[known]
        self._kind = np.array(rows.kind)[known]
        self._count = np.array(rows.count, dtype=float)[known]
        self._first = np.array([halves[day] for day in rows.period_start if day])[known]
        self._last = np.array([halves[day + timedelta(days=1)] for day in rows.period_end if day])[known]

    def has_any(self, codes: frozenset[str]) -> Array:
        """Who has any row of these codes."""
        found = np.zeros(self._size, dtype=bool)
        found[self._owner[self._rows_of(codes)]] = True
        return found

    def rate(self, path: Sequence[str]) -> Array:
        """The effective yearly rate of everybody: what each level counts more than the one above it."""
        upwards = path[::-1][: len(SHARES)]
        shares = [*SHARES[: len(upwards)], 0.0]
        below = (reference.cancers().subtree(node) for node in upwards)
        return np.asarray(sum((shares[at] - shares[at + 1]) * self._proved(codes) for at, codes in enumerate(below)))

    def _rows_of(self, codes: frozenset[str]) -> Array:
        wanted = np.zeros(len(self._code_of), dtype=bool)
        wanted[[self._code_of[code] for code in codes]] = True
        return np.flatnonzero(wanted[self._code])

    def _proved(self, codes: frozenset[str]) -> Array:
        rows = self._rows_of(codes)
        kind = self._kind[rows]
        clinical = rows[(kind == "patients") | (kind == "procedures")]
        research = rows[(kind == "publications") | (kind == "trials")]
        claims = rows[(kind == "self-declared") & (self._count[rows] != 0)]
        return self._clinical(clinical) + self._research(research) + self._claims(claims)

    def _clinical(self, rows: Array) -> Array:
        """For each owner, code and half year the larger of patients and procedures."""
        pair, of = np.unique(self._owner[rows] * len(self._code_of) + self._code[rows], return_inverse=True)
        by_kind = np.zeros((2, len(pair), HALF_YEARS))
        for at, line in self._by_half_year(rows):
            patients = (self._kind[line] == "patients").astype(int)
            cell = patients * len(pair) + of[np.searchsorted(rows, line)]
            by_kind[:, :, at] = np.bincount(cell, self._daily(line, 2.5), 2 * len(pair)).reshape(2, -1)
        cases = np.bincount(pair // len(self._code_of), by_kind.max(axis=0) @ _fading(3.0), self._size)
        return _credit(cases, self._years(rows, 3.0))

    def _research(self, rows: Array) -> Array:
        daily = np.zeros((self._size, HALF_YEARS))
        for at, line in self._by_half_year(rows):
            daily[:, at] = np.bincount(self._owner[line], self._daily(line, 0.0), self._size)
        return _credit(np.minimum(daily, 2 / 365.25) @ _fading(5.0), self._years(rows, 5.0))

    def _claims(self, rows: Array) -> Array:
        claim = np.zeros(self._size)
        ends = np.array([(DAY - STARTS[last]).days + 1 for last in range(HALF_YEARS + 1)])
        np.maximum.at(claim, self._owner[rows], 0.1 * 2.0 ** (-ends[self._last[rows]] / (2 * 365.25)))
        return _credit(claim, np.zeros(self._size))

    def _by_half_year(self, rows: Array) -> list[tuple[int, Array]]:
        """Each half year with the rows whose period holds it."""
        return [(at, rows[(self._first[rows] <= at) & (at < self._last[rows])]) for at in range(HALF_YEARS)]

    def _daily(self, rows: Array, suppressed: float) -> Array:
        day = np.array([start.toordinal() for start in STARTS])
        count = np.where(np.isnan(self._count[rows]), suppressed, self._count[rows])
        return np.asarray(count / (day[self._last[rows]] - day[self._first[rows]]))

    def _years(self, rows: Array, half_life: float) -> Array:
        covered = np.zeros((self._size, HALF_YEARS), dtype=bool)
        for at, line in self._by_half_year(rows):
            covered[self._owner[line], at] = True
        return np.asarray(covered @ _fading(half_life)) / 365.25


@lru_cache
def _fading(half_life: float) -> Array:
    """What the days of each half year count together today."""
    return np.array(
        [
            sum(2.0 ** (-(DAY - (start + timedelta(days=day))).days / (half_life * 365.25)) for day in range(days))
            for start, days in ((STARTS[at], (STARTS[at + 1] - STARTS[at]).days) for at in range(HALF_YEARS))
        ]
    )


def _credit(cases: Array, years: Array) -> Array:
    return np.where(cases > 0, _quantile(0.5 + cases, 1 + years) - _quantile(np.full(len(cases), 0.5), 1 + years), 0.0)


def _quantile(shape: Array, rate: Array) -> Array:
    return np.asarray(shape / rate * (1 - 1 / (9 * shape) - 0.8416 / (3 * np.sqrt(shape))) ** 3)


def _curve(rate: Array, mark: float) -> Array:
    return np.asarray(1 - (1 + rate) ** (-np.log(4.0) / np.log(1 + mark)))


def _direction(latitude: Array, longitude: Array) -> tuple[Array, Array, Array]:
    lat, lon = latitude * np.pi / 180, longitude * np.pi / 180
    return np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)


def _number_of(stated: bool | None) -> int:
    return -1 if stated is None else int(stated)


def _listed(column: Sequence[tuple[str, ...]]) -> tuple[list[tuple[str, ...]], Array]:
    """(the different lists, the number of each)."""
    different = sorted(set(column))
    number = {items: at for at, items in enumerate(different)}
    return different, np.array([number[items] for items in column])
