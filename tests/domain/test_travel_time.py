import pytest

from referral.domain.travel_time import by_road, hours_by_road, with_time


@pytest.mark.parametrize(
    "kilometres, words",
    [
        (0, "under half an hour by road"), (14, "under half an hour by road"), (30, "half an hour to an hour by road"),
        (80, "1 to 2 hours by road"), (200, "2 to 4 hours by road"), (2_000, "more than 4 hours by road"),
    ],
)  # fmt: skip
def test_a_distance_is_a_band_of_time(kilometres: float, words: str) -> None:
    assert by_road(kilometres) == words


def test_farther_never_takes_less_time() -> None:
    hours = [hours_by_road(kilometres) for kilometres in range(500)]
    assert hours == sorted(hours)


def test_only_a_known_distance_is_told_as_time() -> None:
    assert with_time("Here; 5 km away.", 5.0) == "Here; 5 km away. That is under half an hour by road."
    assert with_time("Here.", None) == "Here."
