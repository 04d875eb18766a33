"""Where an imported address without coordinates stands, and as what."""

from datetime import date

import pytest

from referral.directory.native_rows import Setting, role

SETTING = Setting("native:world", date(2026, 11, 23), frozenset())


@pytest.mark.parametrize(
    "city, state, postcode, country, expected",
    [
        ("Boston", "MA", "02115", "US", (42.3, -71.1, "postcode")),
        ("San Juan", "PR", "00926", "US", (18.3, -66.1, "postcode")),
        ("Anchorage", "AK", "99501", "US", (61.2, -149.9, "postcode")),
        ("Honolulu", "HI", "96813", "US", (21.3, -157.8, "postcode")),
        ("St Thomas", "VI", "00802", "US", (18.3, -64.9, "postcode")),
        ("Toronto", "ON", "M5G 2C4", "CA", (43.7, -79.4, "city")),
        ("München", "", "80331", "DE", (48.1, 11.6, "city")),
        ("Kleinkleckersdorf", "", "", "DE", (None, None, "")),
        ("APO", "AE", "09012", "US", (None, None, "")),
    ],
)
def test_a_role_without_coordinates_stands_in_its_zip_area_or_its_large_city_abroad_or_nowhere(
    city: str, state: str, postcode: str, country: str, expected: tuple[float | None, float | None, str]
) -> None:
    address = {"city": city, "state": state, "postcode": postcode, "country": country}
    said = role({"role_id": "a", "npi": "2000000010", **address}, 2, SETTING).values

    found = tuple(None if said[name] is None else round(said[name], 1) for name in ("latitude", "longitude"))
    assert (*found, said["precision"]) == expected
