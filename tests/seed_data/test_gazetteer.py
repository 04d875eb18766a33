"""The shipped gazetteer: complete, compact, quick, and every name in it findable."""

import csv
import random
from functools import cache
from pathlib import Path
from time import process_time

import pytest

from referral.domain.errors import AmbiguousPlace, UnknownPlace
from referral.domain.place_names import STATES
from referral.domain.places import Gazetteer
from referral.domain.world_places import World

SEED_DATA = Path(__file__).parents[2] / "seed_data"


@cache
def texts() -> tuple[str, str]:
    """Return the texts of postcodes.csv and cities.csv."""
    return (SEED_DATA / "postcodes.csv").read_text("utf-8"), (SEED_DATA / "cities.csv").read_text("utf-8")


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer.from_csv(*texts())


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (SEED_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def best_ms(text: str) -> float:
    """Return the milliseconds of the quickest of ten look-ups, so that a busy machine does not count."""

    def once() -> float:
        start = process_time()
        gazetteer().find(text)
        return 1000 * (process_time() - start)

    return min(once() for _ in range(10))


def test_the_files_are_compact() -> None:
    assert sum((SEED_DATA / name).stat().st_size for name in ("postcodes.csv", "cities.csv")) < 3_400_000


def test_every_state_and_possession_has_zip_codes_and_cities() -> None:
    inhabited = {code for code in STATES if code not in {"AA", "AE", "AP"}}

    assert {row["state"] for row in rows("cities.csv")} >= inhabited
    assert {row["state"] for row in rows("postcodes.csv")} >= inhabited
    assert {row["kind"] for row in rows("postcodes.csv")} == {"standard", "pobox", "unique", "military"}
    assert len(rows("postcodes.csv")) > 41_000


def test_every_coordinate_lies_on_land_the_post_reaches() -> None:
    for row in rows("postcodes.csv") + rows("cities.csv"):
        latitude, longitude = float(row["latitude"]), float(row["longitude"])
        assert -15 < latitude < 72, row
        if row["state"] in {"GU", "MP", "FM", "MH", "PW"}:
            assert 130 < longitude < 173, row
        elif row["state"] not in {"AK", "AP"}:  # the Aleutian Islands reach across the 180th meridian
            assert -178.5 < longitude < -64, row


def test_zip_codes_are_unique_and_in_order() -> None:
    codes = [row["postcode"] for row in rows("postcodes.csv")]

    assert codes == sorted(set(codes))


@pytest.mark.parametrize("step", [10, pytest.param(1, marks=pytest.mark.chaos)])
def test_every_city_that_a_zip_code_names_is_findable(step: int) -> None:
    named = {(row["city"], row["state"]) for row in rows("postcodes.csv") if row["kind"] != "military"}
    lost = []
    for city, state in sorted(named)[::step]:
        try:
            gazetteer().resolve(f"{city}, {state}")
        except UnknownPlace:
            lost.append((city, state))
        except AmbiguousPlace as error:
            if not any(place.label.endswith(f", {state}") for place in error.choices):
                lost.append((city, state))

    assert lost == []


def test_the_label_of_every_city_and_zip_code_means_that_place() -> None:
    chance = random.Random(7)
    for row in chance.sample(rows("cities.csv"), 4000):
        place = gazetteer().resolve(f"{row['name']}, {row['state']}")
        assert (place.latitude, place.longitude) == (float(row["latitude"]), float(row["longitude"])), row
    for row in chance.sample(rows("postcodes.csv"), 2000):
        place = gazetteer().resolve(f"{row['city']}, {row['state']} {row['postcode']}")
        assert place.label.endswith(row["postcode"]), row


@pytest.mark.parametrize(
    "text, latitude, longitude",
    [
        ("02115", 42.34, -71.09), ("10065", 40.76, -73.96), ("77030", 29.71, -95.40),
        ("55905", 44.02, -92.47), ("00926", 18.35, -66.05), ("99501", 61.22, -149.86),
        ("96813", 21.31, -157.85), ("20252", 38.89, -77.03), ("Boston", 42.36, -71.06),
        ("Houston", 29.76, -95.37), ("San Juan", 18.46, -66.11), ("Honolulu", 21.31, -157.86),
        ("El Paso", 31.76, -106.49), ("Bozeman", 45.68, -111.04), ("Pago Pago", -14.28, -170.70),
    ],
)  # fmt: skip
def test_known_places_lie_where_they_lie(text: str, latitude: float, longitude: float) -> None:
    place = gazetteer().resolve(text)

    assert abs(place.latitude - latitude) < 0.06
    assert abs(place.longitude - longitude) < 0.06


@pytest.mark.parametrize(
    "text",
    [
        "Springfield",
        "Portland",
        "Rochester",
        "Kansas City",
        "Columbus",
        "Washington",
        "Georgia",
        "Texas",
        "LA",
        "Paris",
    ],
)
def test_a_name_that_means_several_places_is_asked_back(text: str) -> None:
    with pytest.raises(AmbiguousPlace) as caught:
        gazetteer().resolve(text)
    assert len({place.label for place in caught.value.choices}) > 1


@pytest.mark.parametrize(
    "text, first",
    [
        ("Phildelphia", "Philadelphia, PA"),
        ("Chciago", "Chicago, IL"),
        ("los angles", "Los Angeles, CA"),
        ("pheonix", "Phoenix, AZ"),
        ("Albequerque", "Albuquerque, NM"),
        ("Pitsburgh", "Pittsburgh, PA"),
        ("Minneapols MN", "Minneapolis, MN"),
    ],
)
def test_a_misspelt_city_comes_back_as_the_first_suggestion(text: str, first: str) -> None:
    with pytest.raises(AmbiguousPlace) as caught:
        gazetteer().resolve(text)
    assert caught.value.choices[0].label == first


@cache
def world() -> World:
    return World.from_csv(*((SEED_DATA / name).read_text("utf-8") for name in ("world_cities.csv", "countries.csv")))


@cache
def everywhere() -> Gazetteer:
    return Gazetteer.from_csv(*texts(), world)


def test_the_table_of_the_world_is_compact_and_every_label_in_it_is_its_own() -> None:
    cities = rows("world_cities.csv")
    labels = {(row["name"], row["region"], row["country"]) for row in cities}
    sizes = [(SEED_DATA / name).stat().st_size for name in ("world_cities.csv", "countries.csv")]

    assert sum(sizes) < 400_000
    assert (len(cities), len(labels)) == (7651, 7651)
    assert {row["country"] for row in cities} <= {row["code"] for row in rows("countries.csv")}
    assert not {"US", "PR", "GU", "VI"} & {row["country"] for row in cities}


def test_the_label_of_every_city_of_the_world_means_that_place() -> None:
    names = {row["code"]: row["name"] for row in rows("countries.csv")}
    for row in random.Random(7).sample(rows("world_cities.csv"), 1500):
        behind = ", ".join(filter(None, (row["region"], names[row["country"]])))
        place = everywhere().resolve(f"{row['name']}, {behind}")
        assert (place.latitude, place.longitude) == (float(row["latitude"]), float(row["longitude"])), row


@pytest.mark.parametrize(
    "text, latitude, longitude",
    [("Toronto, ON", 43.7, -79.4), ("Halifax, Nova Scotia", 44.65, -63.58), ("Calgary AB", 51.05, -114.09),
     ("Winnipeg, MB", 49.88, -97.15), ("Montréal QC", 45.51, -73.59), ("Brisbane QLD", -27.47, 153.03),
     ("Hobart, TAS", -42.88, 147.33), ("Adelaide SA", -34.93, 138.6), ("Ciudad de México", 19.43, -99.13),
     ("São Paulo", -23.55, -46.64), ("Tokyo", 35.69, 139.69), ("Kyiv", 50.45, 30.52), ("Nairobi", -1.28, 36.82)],
)  # fmt: skip
def test_known_cities_of_the_world_lie_where_they_lie(text: str, latitude: float, longitude: float) -> None:
    place = everywhere().resolve(text)

    assert abs(place.latitude - latitude) < 0.1
    assert abs(place.longitude - longitude) < 0.1


def test_the_gazetteer_loads_within_a_fifth_of_a_second() -> None:
    def load_ms() -> float:
        start = process_time()
        Gazetteer.from_csv(*texts())
        return 1000 * (process_time() - start)

    assert min(load_ms() for _ in range(3)) < 200


@pytest.mark.parametrize(
    "text, most", [("02115", 1), ("Boston, MA 02115", 1), ("0211", 1), ("Bostn", 10), ("x" * 10_000, 1)]
)
def test_a_look_up_takes_a_millisecond_and_a_misspelling_ten(text: str, most: float) -> None:
    gazetteer().find("warm")

    assert best_ms(text) < most


def test_an_exact_city_resolves_within_a_millisecond() -> None:
    def once() -> float:
        start = process_time()
        gazetteer().resolve("Boston, Massachusetts")
        return 1000 * (process_time() - start)

    assert min(once() for _ in range(10)) < 1
