"""Large cities outside the United States: what somebody types → the cities of that name.

The rows come from `seed_data/world_cities.csv` and `seed_data/countries.csv`. A country may stand behind the name, in
Canada and Australia the province or state as well; postal codes are passed over.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from heapq import nlargest

from referral.domain.cities import City, by_population, keys, population
from referral.domain.place_names import STATE_CODES, dominates, fold

_CITY_FIELDS = ("name", "region", "country", "latitude", "longitude", "population", "also")
_COUNTRY_FIELDS = ("code", "code3", "name")
_MOST_WORDS = 6
"""Words of the longest name of a country or province that is looked for."""

_OTHER_COUNTRY_NAMES = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "reino unido": "GB", "inglaterra": "GB", "escocia": "GB", "uae": "AE", "emiratos arabes unidos": "AE",
    "netherlands": "NL", "holland": "NL", "paises bajos": "NL", "holanda": "NL", "czech republic": "CZ",
    "republica checa": "CZ", "korea": "KR", "republic of korea": "KR", "corea del sur": "KR", "turkiye": "TR",
    "turquia": "TR", "viet nam": "VN", "deutschland": "DE", "alemania": "DE", "osterreich": "AT", "schweiz": "CH",
    "suisse": "CH", "suiza": "CH", "francia": "FR", "italia": "IT", "espana": "ES", "belgique": "BE",
    "belgica": "BE", "sverige": "SE", "suecia": "SE", "danmark": "DK", "dinamarca": "DK", "norge": "NO",
    "noruega": "NO", "polska": "PL", "polonia": "PL", "grecia": "GR", "irlanda": "IE", "brasil": "BR",
    "republica dominicana": "DO", "japon": "JP", "rusia": "RU", "ucrania": "UA", "egipto": "EG", "filipinas": "PH",
    "sudafrica": "ZA", "nueva zelanda": "NZ", "jordania": "JO", "libano": "LB", "marruecos": "MA",
    "arabia saudita": "SA",
}  # fmt: skip
"""Folded everyday and Spanish names of countries, and names of people's own → ISO 3166-1 alpha-2."""

_REGIONS = {
    "alberta": "AB", "british columbia": "BC", "manitoba": "MB", "new brunswick": "NB",
    "newfoundland and labrador": "NL", "newfoundland": "NL", "nova scotia": "NS", "ontario": "ON",
    "prince edward island": "PE", "quebec": "QC", "saskatchewan": "SK", "yukon": "YT", "northwest territories": "NT",
    "nunavut": "NU", "australian capital territory": "ACT", "new south wales": "NSW", "northern territory": "NT",
    "queensland": "QLD", "south australia": "SA", "tasmania": "TAS", "victoria": "VIC", "western australia": "WA",
}  # fmt: skip
_REGION_CODES = {code.lower(): code for code in _REGIONS.values()} | _REGIONS
"""Folded name or abbreviation of a Canadian province or Australian state → its abbreviation."""

_Reading = tuple[str, str | None, str | None]
"""A folded name, the country and the region behind it; None = any."""


class World:
    """Look-up of large cities by name, built once and never changed; threads may share it."""

    def __init__(self, cities: Iterable[Sequence[str]] = (), countries: Iterable[Sequence[str]] = ()) -> None:
        """Take rows in the order of the two tables' columns."""
        self._countries: dict[str, str] = {}
        names: dict[str, str] = {}
        for code, code3, name in countries:
            names[code] = name
            # "Boston, MA" is no Boston of Morocco.
            short = [code.lower()] if code.lower() not in STATE_CODES else []
            self._countries |= dict.fromkeys([*short, code3.lower(), fold(name)], code)
        self._countries |= {name: code for name, code in _OTHER_COUNTRY_NAMES.items() if code in names}
        self._by_name: dict[str, list[City]] = {}
        for name, region, country, latitude, longitude, people, also in cities:
            behind = f"{region}, {names[country]}" if region else names[country]
            city = City(name, behind, country, latitude, longitude, people)
            for key in keys(name).union(map(fold, also.split("|")) if also else ()):
                self._by_name.setdefault(key, []).append(city)

    @classmethod
    def from_csv(cls, cities: str, countries: str) -> "World":
        """Return the same of the texts of the two files, whose fields hold neither commas nor quotes."""
        return cls(_rows(cities, _CITY_FIELDS), _rows(countries, _COUNTRY_FIELDS))

    def exact(self, text: str) -> list[City]:
        """Return the cities of exactly this name, in the country or region that is named, the most populous first."""
        plain, within = list[City](), list[City]()
        for name, country, region in self._readings(text):
            (within if country or region else plain).extend(self._of(name, country, region))
        # “Yerevan, Armenia” names no city of Colombia.
        return sorted(dict.fromkeys(within or plain), key=by_population)

    def beginning(self, text: str, limit: int) -> list[City]:
        """Return the most populous cities whose name begins with the text."""
        name = fold(text)
        if not name:
            return []
        names = self._names[bisect_left(self._names, name) : bisect_right(self._names, name + "\x7f")]
        return nlargest(limit, dict.fromkeys(city for key in names for city in self._by_name[key]), key=population)

    def city(self, name: str, region: str, country: str) -> City | None:
        """Return the one city of this name in a country (ISO 3166-1 alpha-2), or None where that is not certain."""
        wanted = _REGION_CODES.get(fold(region))
        found = self._of(fold(name), country, wanted) or self._of(fold(name), country, None)
        found = sorted(found, key=by_population)
        return found[0] if found and dominates([city.population for city in found]) else None

    def _of(self, name: str, country: str | None, region: str | None) -> list[City]:
        return [
            city
            for city in self._by_name.get(name, ())
            if country in (None, city.country) and region in (None, city.state.partition(",")[0])
        ]

    def _readings(self, text: str) -> Iterator[_Reading]:
        parts = [" ".join(word for word in fold(part).split() if word.isalpha()) for part in text.split(",")]
        yield from self._read([part for part in parts if part], None, None)

    def _read(self, parts: Sequence[str], country: str | None, region: str | None) -> Iterator[_Reading]:
        """Yield the last part as a name, and what is before a country or region at its end."""
        if not parts:
            return
        *before, last = parts
        yield last, country, region
        words = last.split()
        for count in range(1, min(_MOST_WORDS, len(words)) + 1):
            ending = " ".join(words[-count:])
            rest = [*before, " ".join(words[:-count])] if len(words) > count else before
            if country is None and ending in self._countries:
                yield from self._read(rest, self._countries[ending], region)
            if region is None and ending in _REGION_CODES:
                yield from self._read(rest, country, _REGION_CODES[ending])

    @cached_property
    def _names(self) -> list[str]:
        return sorted(self._by_name)


def _rows(text: str, fields: Sequence[str]) -> Iterator[list[str]]:
    """Yield the rows of a CSV text without quotes; ValueError where it has other columns."""
    head, *lines = text.splitlines()
    if head != ",".join(fields):
        raise ValueError(f"the columns are {head}, not {','.join(fields)}")
    return (line.split(",") for line in lines)
