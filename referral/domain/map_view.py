"""A small map of numbered points: where each is drawn, which are drawn as one, and how far the map reaches.

The projection is Mercator's, as of maps on the web, in thousandths of a degree of longitude: x from 180° west, y from
the latitude (85° north) at which the world is a square.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, degrees, radians, tan
from typing import NamedTuple

STEPS = 1000
"""Steps of the projection to a degree of longitude: about 111 m on the ground at the equator."""
WIDTH, HEIGHT = 360, 300
"""Of the drawing; a marker keeps its size whatever is shown."""
MARGIN = 30
TOUCHING = 30
"""Markers whose middles are nearer than this are drawn as one."""
LEAST_SPAN = 900.0
"""Steps that the map shows at the least, about 80 km: nearer nothing but land would be seen."""
SOUTH, NORTH, WEST, EAST = 13.0, 72.0, -180.0, -60.0
"""The part of the world whose outlines there are."""


class Spot(NamedTuple):
    """A point in degrees with the number of its result."""

    rank: int
    latitude: float
    longitude: float


class Marker(NamedTuple):
    """What is drawn at one place: the middle of it, and the numbers of the results that are there."""

    x: float
    y: float
    ranks: tuple[int, ...]

    @property
    def label(self) -> str:
        """The first number, and how many more there are."""
        return str(self.ranks[0]) if len(self.ranks) == 1 else f"{self.ranks[0]} +{len(self.ranks) - 1}"

    @property
    def width(self) -> int:
        """Of its box, which is round for one number."""
        return 28 if len(self.ranks) == 1 else 20 + 8 * len(self.label)


@dataclass(frozen=True, slots=True)
class View:
    """What a map shows: the projection's steps become `scale` times themselves and move by `left` and `top`.

    `home` is where the search began, None where that is not known or nothing is drawn of it.
    """

    scale: float
    left: float
    top: float
    markers: tuple[Marker, ...]
    home: tuple[float, float] | None


def projected(latitude: float, longitude: float) -> tuple[float, float]:
    """A point in steps to the right and down."""
    return STEPS * (longitude + 180), STEPS * (180 - degrees(asinh(tan(radians(latitude)))))


def drawn(latitude: float, longitude: float) -> bool:
    """Whether there are outlines where this point is."""
    return SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST


def view(spots: Sequence[Spot], home: tuple[float, float] | None) -> View | None:
    """The map of these points around where the search began; None where none of them can be drawn."""
    shown = [spot for spot in spots if drawn(spot.latitude, spot.longitude)]
    if not shown:
        return None
    points = [projected(spot.latitude, spot.longitude) for spot in shown]
    begun = projected(*home) if home and drawn(*home) else None
    scale, left, top = _fitted([*points, begun] if begun else points)
    places = [(left + scale * x, top + scale * y) for x, y in points]
    markers = _markers([(spot.rank, place) for spot, place in zip(shown, places, strict=True)])
    return View(scale, left, top, markers, (left + scale * begun[0], top + scale * begun[1]) if begun else None)


def _fitted(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Scale and move with which all points lie within the margins, in the middle."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    span_x, span_y = max(max(xs) - min(xs), LEAST_SPAN), max(max(ys) - min(ys), LEAST_SPAN)
    scale = min((WIDTH - 2 * MARGIN) / span_x, (HEIGHT - 2 * MARGIN) / span_y)
    return scale, WIDTH / 2 - scale * (max(xs) + min(xs)) / 2, HEIGHT / 2 - scale * (max(ys) + min(ys)) / 2


def _markers(numbered: Sequence[tuple[int, tuple[float, float]]]) -> tuple[Marker, ...]:
    """In the order of their first numbers; what would touch an earlier marker joins it."""
    markers: list[Marker] = []
    for rank, (x, y) in numbered:
        for at, marker in enumerate(markers):
            if (marker.x - x) ** 2 + (marker.y - y) ** 2 < TOUCHING**2:
                markers[at] = marker._replace(ranks=(*marker.ranks, rank))
                break
        else:
            markers.append(Marker(x, y, (rank,)))
    return tuple(markers)
