"""The map of the results: what is drawn where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain import map_view
from referral.domain.map_view import HEIGHT, WIDTH, Spot, projected, view

SPOTS = st.lists(st.tuples(st.floats(18, 71), st.floats(-179, -61)), min_size=1, max_size=20)


@given(SPOTS)
def test_every_result_is_drawn_once_within_the_drawing(places: list[tuple[float, float]]) -> None:
    drawn = view([Spot(rank, *place) for rank, place in enumerate(places, 1)], places[0])
    assert drawn is not None
    assert sorted(rank for mark in drawn.markers for rank in mark.ranks) == list(range(1, len(places) + 1))
    assert all(0 < mark.x < WIDTH and 0 < mark.y < HEIGHT for mark in drawn.markers)
    assert drawn.home is not None


def test_results_at_one_place_are_one_marker_that_carries_the_first_number() -> None:
    drawn = view([Spot(4, 40.7, -74.0), Spot(7, 40.7, -74.0), Spot(9, 42.3, -71.1)], None)
    assert drawn is not None
    assert [(mark.ranks, mark.label) for mark in drawn.markers] == [((4, 7), "4 +1"), ((9,), "9")]
    assert drawn.home is None


def test_a_result_where_there_are_no_outlines_is_not_drawn() -> None:
    assert view([Spot(1, 40.4, -3.7)], (40.0, -75.0)) is None
    drawn = view([Spot(1, 40.4, -3.7), Spot(2, 40.0, -75.0)], (40.4, -3.7))
    assert drawn is not None
    assert (len(drawn.markers), drawn.home) == (1, None)


def test_north_is_up_and_east_is_right() -> None:
    (x, y), (east, _), (_, south) = projected(40, -100), projected(40, -90), projected(30, -100)
    assert east - x == pytest.approx(10 * map_view.STEPS)
    assert south > y
