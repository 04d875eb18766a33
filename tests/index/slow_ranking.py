"""The match a second time, slow and obvious: day by day, doctor by doctor, from the published formulas alone.

Nothing of the service's own arithmetic is used here; the cancer tree and the table of marks are data.
"""

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from geopy.distance import great_circle
from numpy.typing import NDArray

from referral.domain.cancers import CancerTree
from tests.index.directories import Directory, Doctor, Row

MARKS = Path(__file__).resolve().parents[2] / "seed_data" / "volume_marks.csv"
OLDEST_DAYS = 11 * 366
DAYS_TO_COME = 2 * 366
HALF_DISTANCE = {"common": 80.0, "rare": 160.0, "very-rare": 320.0}
BALANCE = {"common": 0.65, "rare": 0.70, "very-rare": 0.80}
BACK_OFF = (1.0, 0.6, 0.35, 0.2)

Days = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """One search, as far as the order depends on it."""

    cancer: str
    here: tuple[float, float] | None
    radius_km: float | None = None
    remote: str = ""
    complex_case: bool = False
    weight_experience: float | None = None
    discipline: str = ""
    language: str = ""
    insurer: str = ""
    accepting: str = "open"
    include_unknown: bool = False
    exclude_npi: tuple[str, ...] = ()
    exclude_organization: tuple[str, ...] = field(default=())


def slow_ranking(
    directory: Directory, tree: CancerTree, version: str, day: date, asked: Asked
) -> list[tuple[str, float]]:
    """Role and score of everybody who passes, best first; equals by the digest of version, NPI and role."""
    found = [doctor for doctor in directory.doctors if _passes(doctor, tree, asked)]
    scored = [(_score(directory, doctor, tree, day, asked), doctor) for doctor in found]
    ordered = sorted(scored, key=lambda each: (-round(each[0], 6), _lot(version, each[1])))
    return [(doctor.role_id, score) for score, doctor in ordered]


def kilometres(doctor: Doctor, asked: Asked) -> float | None:
    """Great-circle distance, None where one of the two places is not known."""
    if asked.here is None or doctor.place is None:
        return None
    return float(great_circle(asked.here, doctor.place, radius=6371.0088).km)


def _lot(version: str, doctor: Doctor) -> str:
    return sha256(f"{version}:{doctor.npi}:{doctor.role_id}".encode()).hexdigest()


def _passes(doctor: Doctor, tree: CancerTree, asked: Asked) -> bool:
    tissue = tree.root(asked.cancer)
    if not any(tree.root(row.code) == tissue for row in doctor.rows):
        return False
    if doctor.npi in asked.exclude_npi or doctor.organization in asked.exclude_organization:
        return False
    return _passes_filters(doctor, asked) and _is_near_or_remote(doctor, asked)


def _passes_filters(doctor: Doctor, asked: Asked) -> bool:
    unknown = asked.include_unknown
    spoken = [tag.split("-")[0] for tag in doctor.languages]
    if asked.accepting == "open" and doctor.accepting is False:
        return False
    tests: list[tuple[bool, bool, bool]] = [  # asked for, known, fits
        (asked.accepting == "yes", doctor.accepting is not None, doctor.accepting is True),
        (asked.remote == "only", doctor.remote is not None, doctor.remote is True),
        (bool(asked.language), bool(doctor.languages), asked.language in spoken),
        (bool(asked.insurer), bool(doctor.insurers), asked.insurer in doctor.insurers),
        (bool(asked.discipline), bool(doctor.disciplines), asked.discipline in doctor.disciplines),
    ]
    return all(not wanted or (fits if known else unknown) for wanted, known, fits in tests)


def _is_near_or_remote(doctor: Doctor, asked: Asked) -> bool:
    if asked.radius_km is None or asked.remote == "only":
        return True
    if asked.remote == "yes" and doctor.remote is True:
        return True
    away = kilometres(doctor, asked)
    return asked.include_unknown if away is None else away <= asked.radius_km


def _score(directory: Directory, doctor: Doctor, tree: CancerTree, day: date, asked: Asked) -> float:
    rarity = tree[asked.cancer].rarity.value
    default = min(0.90, BALANCE[rarity] + (0.05 if asked.complex_case else 0.0))
    balance = default if asked.weight_experience is None else asked.weight_experience
    surgeon, hospital = _marks(tree.path(asked.cancer))
    experience = _curve(_effective_rate(doctor.rows, tree, asked.cancer, day), surgeon)
    own = directory.organizations.get(doctor.organization or "", ())
    centre = _curve(_effective_rate(own, tree, asked.cancer, day), hospital)
    if doctor.designation in ("nci-comprehensive", "nci-clinical"):
        centre = max(centre, 0.5)
    near = _nearness(doctor, asked, HALF_DISTANCE[rarity])
    return 100 * (balance * (5 * experience + 2 * centre) / 7 + (1 - balance) * near)


def _nearness(doctor: Doctor, asked: Asked, half: float) -> float:
    if asked.here is None:
        return 0.5
    away = kilometres(doctor, asked)
    near = 0.0 if away is None else 2 ** (-away / half)
    return max(near, 0.5) if asked.remote and doctor.remote is True else near


@cache
def _marks(path: tuple[str, ...]) -> tuple[float, float]:
    with MARKS.open(encoding="utf-8", newline="") as file:
        marks = {row["code"]: (float(row["surgeon"]), float(row["hospital"])) for row in csv.DictReader(file)}
    return next((marks[code] for code in reversed(path) if code in marks), (10.0, 20.0))


def _curve(rate: float, mark: float) -> float:
    return 1 - math.pow(1 + rate, -1 / (math.log(1 + mark) / math.log(4)))


@cache
def _effective_rate(rows: tuple[Row, ...], tree: CancerTree, cancer: str, day: date) -> float:
    """Each level's proved rate, weighed by what this level counts more than the one above."""
    upwards = tree.path(cancer)[::-1][:4]
    weights = [*BACK_OFF[: len(upwards)], 0.0]
    total = 0.0
    for place, node in enumerate(upwards):
        below = [row for row in rows if node in tree.path(row.code)]
        total += (weights[place] - weights[place + 1]) * _proved(below, day)
    return total


def _proved(rows: Sequence[Row], day: date) -> float:
    clinical = [row for row in rows if row.kind in ("patients", "procedures")]
    research = [row for row in rows if row.kind in ("trials", "publications")]
    claims = [row for row in rows if row.kind == "self-declared" and row.count != 0 and (row.end or row.start)]
    claim = max((0.1 * 2 ** (-_age(row, day) / (2 * 365.25)) for row in claims), default=0.0)
    return _credit(*_clinical(clinical, day)) + _credit(*_research(research, day)) + _credit(claim, 0.0)


def _age(row: Row, day: date) -> int:
    confirmed = row.end or row.start
    assert confirmed is not None
    return max(0, (day - confirmed).days)


def _clinical(rows: Sequence[Row], day: date) -> tuple[float, float]:
    """For each code and day the larger of patients and procedures; the years are the days with any row."""
    fading = _fading(3.0)
    cases, covered = 0.0, np.zeros_like(fading)
    for code in {row.code for row in rows}:
        kinds = [
            _daily((row for row in rows if row.code == code and row.kind == kind), day, 2.5)
            for kind in ("patients", "procedures")
        ]
        cases += float((np.maximum(kinds[0], kinds[1]) * fading).sum())
    for row in rows:
        covered = np.maximum(covered, _days_of(row, day))
    return cases, float((covered * fading).sum()) / 365.25


def _research(rows: Sequence[Row], day: date) -> tuple[float, float]:
    """All research together, at most two pseudo-cases a year."""
    fading, covered = _fading(5.0), np.zeros(OLDEST_DAYS + DAYS_TO_COME)
    for row in rows:
        covered = np.maximum(covered, _days_of(row, day))
    daily = np.minimum(_daily(rows, day, 0.0), 2 / 365.25)
    return float((daily * fading).sum()), float((covered * fading).sum()) / 365.25


def _daily(rows: Iterable[Row], day: date, suppressed: float) -> Days:
    total = np.zeros(OLDEST_DAYS + DAYS_TO_COME)
    for row in rows:
        days = _days_of(row, day)
        if days.any():
            total += days * (suppressed if row.count is None else row.count) / days.sum()
    return total


def _days_of(row: Row, day: date) -> Days:
    """1 on each day of the row's period. The last day stands at the end, `day` at OLDEST_DAYS."""
    days = np.zeros(OLDEST_DAYS + DAYS_TO_COME)
    if row.start is not None and row.end is not None:
        days[OLDEST_DAYS + (row.start - day).days : OLDEST_DAYS + (row.end - day).days + 1] = 1.0
    return days


@cache
def _fading(half_life: float) -> Days:
    ages = np.maximum(0, OLDEST_DAYS - np.arange(OLDEST_DAYS + DAYS_TO_COME))
    return np.asarray(2.0 ** (-ages / (half_life * 365.25)), dtype=np.float64)


def _credit(cases: float, years: float) -> float:
    return _quantile(0.5 + cases, 1 + years) - _quantile(0.5, 1 + years) if cases > 0 else 0.0


def _quantile(shape: float, rate: float) -> float:
    return shape / rate * (1 - 1 / (9 * shape) - 0.8416 / (3 * math.sqrt(shape))) ** 3
