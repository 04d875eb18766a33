"""Distance on the earth: great circle on one sphere, for one pair by geopy and for many at once by numpy."""

from dataclasses import dataclass

import numpy as np
from geopy.distance import great_circle
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the WGS 84 ellipsoid (IUGG); one earth for every distance of the service."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the earth, in degrees."""

    latitude: float
    longitude: float


def distance_km(here: Point, there: Point) -> float:
    """Great-circle distance of two points in kilometres."""
    pair = (here.latitude, here.longitude), (there.latitude, there.longitude)
    return float(great_circle(*pair, radius=EARTH_RADIUS_KM).km)


def distances_km(here: Point, latitudes: Floats, longitudes: Floats) -> Floats:
    """Great-circle distances from one point to many (haversine), in kilometres; NaN where a coordinate is unknown."""
    lat1, lon1 = np.radians(here.latitude), np.radians(here.longitude)
    lat2, lon2 = np.radians(latitudes), np.radians(longitudes)
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))), dtype=np.float64)


def nearness(kilometres: Floats, half_distance_km: float) -> Floats:
    """The distance part's value: 1 at the doorstep, halved every `half_distance_km`; 0 where the place is unknown."""
    near = np.asarray(np.exp2(-kilometres / half_distance_km), dtype=np.float64)
    return np.where(np.isnan(near), 0.0, near)
