"""Pictures and an example of the ranking, computed by the functions that rank: points in the units of a drawing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from referral.domain import experience
from referral.domain.cancers import Rarity
from referral.domain.codes import EvidenceKind
from referral.domain.experience import DEFAULT_HOSPITAL_MARK, DEFAULT_SURGEON_MARK, Evidence
from referral.domain.matching import HALF_DISTANCE_KM, weights
from referral.domain.phrases import phrase
from referral.domain.travel import nearness

WIDTH, HEIGHT = 200.0, 130.0
"""The area of the lines."""
LEAST_GAP = 15.0
"""Between the names at the ends of two lines."""
STEPS = 60
_RARITIES = {
    Rarity.COMMON: phrase("common"),
    Rarity.RARE: phrase("rare"),
    Rarity.VERY_RARE: phrase("very rare"),
}

Curve = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a figure: its name, its points as SVG writes them, and how high the name stands at its end."""

    name: str
    points: str
    name_at: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with axes from 0, and the same as a table: for each tick of x one value for each line."""

    title: str
    x_name: str
    y_name: str
    ticks: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ExamplePart:
    """One part of the worked example."""

    name: str
    what: str
    weight: float
    value: float

    @property
    def points(self) -> float:
        """What it adds to the score."""
        return 100 * self.weight * self.value


def figures() -> tuple[Figure, ...]:
    """What a yearly number is worth, how evidence fades, and how nearness falls."""
    return (
        _figure(
            phrase("A number counted over more years is worth more"),
            phrase("cases a year"), phrase("value of experience"), (0, 10, 20, 30, 40, 50),
            [(phrase("over 5 years"), _worth(5)), (phrase("over 1 year"), _worth(1))],
        ),
        _figure(
            phrase("Older evidence counts less"),
            phrase("years ago"), phrase("share that still counts"), (0, 2, 4, 6, 8, 10),
            [
                (phrase("research"), _halving(experience.RESEARCH_HALF_LIFE)),
                (phrase("treatment"), _halving(experience.VOLUME_HALF_LIFE)),
                (phrase("own word"), _halving(experience.SELF_DECLARED_HALF_LIFE)),
            ],
        ),
        _figure(
            phrase("Nearness falls with distance, more slowly for rare cancers"),
            "km", phrase("value of nearness"), (0, 100, 200, 300, 400, 500),
            [(_RARITIES[rarity], _near(HALF_DISTANCE_KM[rarity])) for rarity in reversed(Rarity)],
        ),
    )  # fmt: skip


def example() -> tuple[ExamplePart, ...]:
    """The parts of a made-up score: a rare cancer, a surgeon, a hospital and a distance."""
    operations, patients, kilometres = 20, 45, 60.0
    own, theirs = (_rate(count, kind) for count, kind in (
        (operations, EvidenceKind.PROCEDURES), (patients, EvidenceKind.PATIENTS)))  # fmt: skip
    balance = weights(Rarity.RARE, (), None)
    return (
        ExamplePart(
            phrase("Experience"),
            phrase(
                "{operations} operations a year for three years: a proved {proved:.1f} a year",
                operations=operations,
                proved=own,
            ),
            balance.experience,
            _value(own, DEFAULT_SURGEON_MARK),
        ),
        ExamplePart(
            phrase("Centre"),
            phrase(
                "{patients} people a year at the hospital: a proved {proved:.1f} a year",
                patients=patients,
                proved=theirs,
            ),
            balance.centre,
            _value(theirs, DEFAULT_HOSPITAL_MARK),
        ),
        ExamplePart(
            phrase("Nearness"),
            phrase("{kilometres:.0f} km away", kilometres=kilometres),
            balance.distance,
            float(nearness(np.array([kilometres]), HALF_DISTANCE_KM[Rarity.RARE])[0]),
        ),
    )


def _rate(count: int, kind: EvidenceKind) -> float:
    """The proved yearly rate of one who had the same count in each of the last three years."""
    years = [
        Evidence("", kind, count, date(year, 1, 1), date(year, 12, 31), "", "", None) for year in (2023, 2024, 2025)
    ]
    return experience.credits(years, lambda code: (code,), date(2025, 12, 31))[""]


def _value(rate: float, mark: float) -> float:
    return float(experience.value(np.array([rate]), mark)[0])


def _worth(years: int) -> Curve:
    return lambda yearly: _value(experience.credit(yearly * years, years), DEFAULT_SURGEON_MARK) if yearly else 0.0


def _halving(half_life: float) -> Curve:
    return lambda age: float(2 ** (-age / half_life))


def _near(half_km: float) -> Curve:
    return lambda away: float(nearness(np.array([away]), half_km)[0])


def _figure(title: str, x_name: str, y_name: str, marks: Sequence[int], curves: Sequence[tuple[str, Curve]]) -> Figure:
    """A figure of curves from 0 to the last mark; the curves come from the highest end to the lowest."""
    last = marks[-1]
    ticks = tuple((round(WIDTH * mark / last, 2), f"{mark}") for mark in marks)
    rows = tuple((f"{mark}", tuple(f"{curve(mark):.2f}" for _, curve in curves)) for mark in marks)
    names_at = _apart([_height(curve(last)) for _, curve in curves])
    lines = [Line(name, _points(curve, last), at) for (name, curve), at in zip(curves, names_at, strict=True)]
    return Figure(title, x_name, y_name, ticks, tuple(lines), rows)


def _height(value: float) -> float:
    return round(HEIGHT * (1 - value), 1)


def _points(curve: Curve, last: float) -> str:
    return " ".join(f"{WIDTH * step / STEPS:.1f},{_height(curve(last * step / STEPS))}" for step in range(STEPS + 1))


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights from the top down, those above moved up until their names do not touch."""
    found: list[float] = []
    for height in reversed(heights):
        found.append(min(height, found[-1] - LEAST_GAP) if found else height)
    return found[::-1]
