"""Distance: geopy for one pair and numpy for many are the same sphere."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from referral.domain.travel import EARTH_RADIUS_KM, Point, distance_km, distances_km, nearness

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
HALF_WAY_ROUND = np.pi * EARTH_RADIUS_KM


def by_numpy(here: Point, there: Point) -> float:
    return float(distances_km(here, np.array([there.latitude]), np.array([there.longitude]))[0])


@given(points, points)
@example(Point(0, 0), Point(0, 180))
@example(Point(90, 0), Point(-90, 77))
@example(Point(42.36, -71.06), Point(-42.36, 108.94))
def test_geopy_and_numpy_agree(here: Point, there: Point) -> None:
    assert by_numpy(here, there) == pytest.approx(distance_km(here, there), rel=1e-9, abs=2e-4)


@given(points, points)
def test_distance_is_symmetric_and_at_most_half_way_round(here: Point, there: Point) -> None:
    assert by_numpy(here, there) == pytest.approx(by_numpy(there, here), abs=2e-4)
    assert 0 <= by_numpy(here, there) <= HALF_WAY_ROUND


@given(points)
def test_the_same_point_is_no_distance_away(here: Point) -> None:
    assert by_numpy(here, here) == 0.0
    assert by_numpy(here, Point(here.latitude, here.longitude + 360)) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    "here, there, kilometres",
    [
        (Point(90, 0), Point(90, 135), 0.0),
        (Point(90, 12), Point(-90, -40), HALF_WAY_ROUND),
        (Point(0, 179.9), Point(0, -179.9), 0.2 * HALF_WAY_ROUND / 180),
        (Point(42.36, -71.06), Point(-42.36, 108.94), HALF_WAY_ROUND),
        (Point(0, 0), Point(1, 0), HALF_WAY_ROUND / 180),
        (Point(42.3601, -71.0589), Point(40.7143, -74.0060), 306.1),
    ],
)
def test_poles_antimeridian_antipode_and_a_known_pair(here: Point, there: Point, kilometres: float) -> None:
    assert by_numpy(here, there) == pytest.approx(kilometres, abs=0.5)
    assert distance_km(here, there) == pytest.approx(kilometres, abs=0.5)


def test_an_unknown_place_has_no_distance_and_no_nearness() -> None:
    kilometres = distances_km(Point(42.36, -71.06), np.array([np.nan, 42.36]), np.array([np.nan, -71.06]))

    assert np.isnan(kilometres[0])
    assert nearness(kilometres, 80.0).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("half", [80.0, 160.0, 320.0])
def test_nearness_halves_with_every_half_distance(half: float) -> None:
    assert nearness(np.array([0.0, half, 2 * half]), half).tolist() == [1.0, 0.5, 0.25]


@given(st.lists(st.floats(0, HALF_WAY_ROUND), min_size=2, unique_by=lambda km: round(km, 3)))
def test_farther_is_never_nearer_and_still_above_nothing(kilometres: list[float]) -> None:
    near = nearness(np.array(sorted(kilometres)), 80.0)

    assert (np.diff(near) < 0).all()
    assert (near > 0).all()
