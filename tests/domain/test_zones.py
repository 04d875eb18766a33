"""Which clock a place goes by."""

import pytest

from referral import reference
from referral.domain.travel import Point
from referral.domain.zones import nearest_zone, us_zone, zone_places


@pytest.mark.parametrize(
    "state, postcode, zone",
    [
        ("MA", "02115", "America/New_York"),
        ("tx", "77030", "America/Chicago"),
        ("TX", "79905", "America/Denver"),  # El Paso
        ("FL", "33136", "America/New_York"),
        ("FL", "32501", "America/Chicago"),  # Pensacola
        ("IN", "46202", "America/New_York"),
        ("IN", "46402", "America/Chicago"),  # Gary
        ("KY", "42101", "America/Chicago"),  # Bowling Green
        ("TN", "37203", "America/Chicago"),  # Nashville
        ("TN", "37920", "America/New_York"),  # Knoxville
        ("ID", "83814", "America/Los_Angeles"),  # Coeur d’Alene
        ("OR", "97914", "America/Denver"),  # Ontario
        ("AZ", "85054", "America/Phoenix"),
        ("HI", "96813", "Pacific/Honolulu"),
        ("PR", "00921", "America/Puerto_Rico"),
        ("", "", "America/New_York"),
    ],
)
def test_a_place_in_the_united_states_has_the_zone_of_its_state_or_its_part_of_it(
    state: str, postcode: str, zone: str
) -> None:
    assert us_zone(state, postcode) == zone


@pytest.mark.parametrize(
    "country, here, zone",
    [
        ("DE", Point(53.6, 10.0), "Europe/Berlin"),
        ("CA", Point(49.28, -123.12), "America/Vancouver"),
        ("CA", Point(43.65, -79.38), "America/Toronto"),
        ("AU", Point(-31.95, 115.86), "Australia/Perth"),
        ("XX", Point(0, 0), "UTC"),
    ],
)
def test_elsewhere_it_is_the_zone_whose_principal_place_is_nearest(country: str, here: Point, zone: str) -> None:
    assert nearest_zone(reference.zone_places().get(country, ()), here) == zone


def test_without_a_position_it_is_the_first_zone_of_the_country() -> None:
    assert nearest_zone(reference.zone_places()["DE"], None) == "Europe/Berlin"


def test_positions_are_read_with_and_without_seconds() -> None:
    found = zone_places(
        ["# a remark", "CH\t+4723+00832\tEurope/Zurich", "US\t+404251-0740023\tAmerica/New_York\tEastern"]
    )
    assert found["CH"][0].at == Point(47 + 23 / 60, 8 + 32 / 60)
    assert found["US"][0].at == Point(40 + 42 / 60, -74.0)
    with pytest.raises(ValueError, match="no position"):
        zone_places(["CH\tnorth\tEurope/Zurich"])
