"""How rural a home is, by its ZIP code: by the largest city within reach of it.

The thresholds are those of the rural-urban commuting area codes (50,000 people for a metropolitan core, 10,000 for a
small town's), but commuting is not known here: a fixed distance stands for it. So it is a rough class of this
project's own for comparing groups, and says nothing about one home.
"""

from collections.abc import Iterable
from enum import StrEnum

import numpy as np

from referral.domain.travel import Point, distances_km

REACH_KM = 30.0
CITY, TOWN = 50_000, 10_000
"""People from which a place is a city, or a town."""


class Rurality(StrEnum):
    """The class of a home."""

    URBAN = "urban"
    TOWN = "town"
    RURAL = "rural"
    UNKNOWN = "unknown"


class Surroundings:
    """The cities and towns of a country, asked which of them a point can reach."""

    def __init__(self, places: Iterable[tuple[float, float, int]]) -> None:
        """`places` are latitude and longitude in degrees, and people; smaller ones than a town are left out."""
        large = [place for place in places if place[2] >= TOWN]
        columns = np.array(large, dtype=np.float64).reshape(-1, 3)
        self._latitudes, self._longitudes, self._people = columns[:, 0], columns[:, 1], columns[:, 2]

    def rurality(self, home: Point) -> Rurality:
        """The class of a point."""
        near = self._people[distances_km(home, self._latitudes, self._longitudes) <= REACH_KM]
        largest = near.max() if near.size else 0
        if largest >= CITY:
            return Rurality.URBAN
        return Rurality.TOWN if largest >= TOWN else Rurality.RURAL
