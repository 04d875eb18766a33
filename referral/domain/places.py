"""Offline gazetteer: what somebody types about where they are → one place, or the places to ask back about.

ZIP codes and cities of the United States, whose rows come from `seed_data/postcodes.csv` and `seed_data/cities.csv`,
and large cities elsewhere (`world_places`). A name is never guessed: `resolve` answers exactly, asks back, or says that
it does not know the place. A name that a place of the United States bears never means one abroad without asking.
"""

import csv
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest
from math import log10

from rapidfuzz import process
from rapidfuzz.distance import OSA

from referral.domain.cities import City, by_population, keys, population
from referral.domain.errors import AmbiguousPlace, ArmedForcesPlace, UnknownPlace
from referral.domain.place_names import (
    NICKNAMES,
    STATE_CODES,
    armed_forces_address,
    armed_forces_code,
    country_of,
    dominates,
    fold,
    state_code,
    states_beginning,
)
from referral.domain.world_places import World

MAX_LENGTH = 120
"""Characters of the longest text that can be a place: an address line of FHIR systems is shorter."""
MAX_CHOICES = 10
_LIKELY_CITY_POPULATION = 100_000
_POSTCODE_FIELDS = ("postcode", "city", "state", "latitude", "longitude", "kind")

_ALLOWED = re.compile(r"[^\W_][\w\s.,'’‘ʻ`#/&()–-]*")
_ZIP = re.compile(r"(\d{5})(?:[-–\s]?\d{4})?")
_ZIP_PLUS_TYPED = re.compile(r"(\d{5})[-–]\d{0,3}")
_ENDS_IN_ZIP = re.compile(r"(?:(?P<before>.*(?:[^\d\s,]|\d[\s,]))[\s,]+)?(?P<code>\d{5})(?:[-–\s]?\d{4})?")
_COUNTRY = re.compile(
    r"[\s,]+(?:usa|us|u\.s\.a?\.?|united states(?: of america)?|estados unidos|ee\.? ?uu\.?)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Place:
    """A point that a person can name; `label` resolves to this same place again.

    `latitude` and `longitude` are degrees (WGS 84), `kind` is `postcode`, `city` or `address`, `country` is
    ISO 3166-1 alpha-2.
    """

    label: str
    latitude: float
    longitude: float
    kind: str
    country: str


_CITY_FIELDS = ("name", "state", "country", "latitude", "longitude", "population")


class Gazetteer:
    """Look-up of ZIP codes and city names, built once and never changed; threads may share it."""

    def __init__(self, postcodes: dict[str, str], cities: list[str], world: Callable[[], World] = World) -> None:
        """`world` gives the cities elsewhere; it is called when a name is looked up for the first time."""
        self._postcodes = postcodes
        self._packed_cities = cities
        self._make_world = world

    @classmethod
    def from_rows(
        cls,
        postcodes: Iterable[Mapping[str, str]],
        cities: Iterable[Mapping[str, str]],
        world: Callable[[], World] = World,
    ) -> "Gazetteer":
        """Return a gazetteer of CSV rows: postcode, city, state, latitude, longitude, kind; and name, state,
        country, latitude, longitude, population (empty = not known).
        """
        return cls(
            {row["postcode"]: "\t".join([row[field] for field in _POSTCODE_FIELDS]) for row in postcodes},
            ["\t".join([row[field] for field in _CITY_FIELDS]) for row in cities],
            world,
        )

    @classmethod
    def from_csv(cls, postcodes: str, cities: str, world: Callable[[], World] = World) -> "Gazetteer":
        """Return the same of the two files' texts, several times faster: rows are parsed when asked for."""
        if (
            '"' in postcodes + cities
            or not _has_header(postcodes, _POSTCODE_FIELDS)
            or not _has_header(cities, _CITY_FIELDS)
        ):
            return cls.from_rows(csv.DictReader(postcodes.splitlines()), csv.DictReader(cities.splitlines()), world)
        codes = postcodes.replace(",", "\t").splitlines()[1:]
        return cls({line[:5]: line for line in codes}, cities.replace(",", "\t").splitlines()[1:], world)

    def postcode(self, code: str) -> Place | None:
        """Return the place of a ZIP code (5 digits, or ZIP+4 with or without its hyphen), or None."""
        found = _ZIP.fullmatch(code.strip()) if len(code) <= MAX_LENGTH and code.isascii() else None
        packed = self._postcodes.get(found[1]) if found else None
        if not found or packed is None:
            return None
        _, city, state, latitude, longitude, _ = packed.split("\t")
        label = f"{city}, {state} {found[1]}"
        return Place(label, float(latitude), float(longitude), "postcode", country_of(state))

    def find(self, text: str, limit: int = MAX_CHOICES) -> tuple[Place, ...]:
        """Return at most `limit` places that a text, perhaps still being typed, may mean: the best first."""
        cleaned = _clean(text)
        if cleaned is None or limit < 1:
            return ()
        by_code = _ENDS_IN_ZIP.fullmatch(_ZIP_PLUS_TYPED.sub(r"\1", cleaned))
        if by_code:
            return self._places_of_address(by_code)[:limit]
        if cleaned.isdigit():
            return self._postcodes_beginning(cleaned, limit)
        cities = _together(self._exact(cleaned), self._abroad(text, cleaned))
        if len(cities) < limit:
            cities += self._likely(cleaned, limit)
        return tuple(_place(city) for city in dict.fromkeys(cities))[:limit]

    def city(self, name: str, region: str, country: str) -> Place | None:
        """Return the large city that an address outside the United States names, or None where it is not certain."""
        city = self._world.city(name, region, country)
        return _place(city) if city else None

    def resolve(self, text: str) -> Place:
        """Return the one place that a text means.

        A name that several cities bear means the one of at least 100,000 people that is ten times as large
        as each of the others; otherwise it is asked back. Raises UnknownPlace, ArmedForcesPlace for a post office
        of the armed forces abroad, or AmbiguousPlace with the places to choose from: those of that name, or for a
        misspelt name those spelt nearly so.
        """
        cleaned = _clean(text)
        if cleaned is None:
            raise UnknownPlace(text)
        by_code = _ENDS_IN_ZIP.fullmatch(cleaned)
        choices = self._places_of_address(by_code) if by_code else ()
        if not choices and (armed_forces_code(by_code["code"]) if by_code else armed_forces_address(fold(cleaned))):
            raise ArmedForcesPlace(text)
        if not choices and not by_code and not cleaned.isdigit():
            choices = self._meant(text, cleaned)
            if not choices:
                raise self._unresolved(text)
        if len(choices) == 1:
            return choices[0]
        raise AmbiguousPlace(text, choices) if choices else UnknownPlace(text)

    def _unresolved(self, text: str) -> UnknownPlace | AmbiguousPlace:
        """Return the error for a name nobody bears: with suggestions where something is spelt nearly so."""
        suggestions = self.find(text)
        return AmbiguousPlace(text, suggestions) if suggestions else UnknownPlace(text)

    def _meant(self, text: str, cleaned: str) -> tuple[Place, ...]:
        """Return the one place of exactly this name, the several to choose from, or none."""
        cities, abroad = self._exact(cleaned), self._abroad(text, cleaned)
        if not cities:
            certain = bool(abroad) and dominates([city.population for city in abroad])
            return tuple(_place(city) for city in (abroad[:1] if certain else abroad[:MAX_CHOICES]))
        near = [] if any(state for _, state in _readings(cleaned)) else self._larger_neighbours(cities)
        certain = not near and self._is_certain(cities, cleaned) and not _overshadowed(cities[0], abroad)
        choices = cities[:1] if certain else [*near, *_together(cities, abroad)][:MAX_CHOICES]
        return tuple(_place(city) for city in choices)

    def _abroad(self, text: str, cleaned: str) -> list[City]:
        """Return the cities elsewhere of exactly this name; none where the text names the United States."""
        return [] if _COUNTRY.search(text.rstrip(" ,.")) else self._world.exact(cleaned)

    def _is_certain(self, cities: list[City], cleaned: str) -> bool:
        """Say whether the first of these cities, the largest of its name, is meant without a doubt."""
        # “Washington” alone is a state as well as the capital far away from it, and “LA” a city and another
        # state; “New York” lies in its own state, and so does “DC”. “Georgia” is no city at all.
        state = state_code(fold(cleaned))
        names = {name for name, _ in _readings(cleaned)}
        bearers = [city for city in cities if names & keys(city.name)]
        return (
            bearers[:1] == cities[:1]
            and state in (None, cities[0].state)
            and dominates([city.population for city in bearers])
        )

    def _larger_neighbours(self, cities: list[City]) -> list[City]:
        """Return large cities spelt one letter off a small one's name: “Huston” may be a slip for Houston."""
        key = fold(cities[0].name)
        if len(key) < 5 or cities[0].population >= _LIKELY_CITY_POPULATION:
            return []
        near = process.extract(key, self._large_names, scorer=OSA.distance, score_cutoff=1, limit=3)
        large = [self._by_name[name][0] for name, distance, _ in near if distance == 1]
        return [city for city in large if dominates([city.population, cities[0].population])]

    def _exact(self, cleaned: str) -> list[City]:
        """Return the cities of exactly this name, the most populous first, and those of a state so named."""
        found: list[City] = []
        for name, state in _readings(cleaned):
            found += [city for city in self._by_name.get(name, ()) if state in (None, city.state)]
        found = sorted(dict.fromkeys(found), key=by_population)
        state = state_code(fold(cleaned))
        if state is None or (found and found[0].state == state):
            return found
        largest = nlargest(MAX_CHOICES, (city for city in self._cities if city.state == state), key=population)
        return list(dict.fromkeys([*found[:3], *largest, *found[3:]]))

    def _likely(self, cleaned: str, limit: int) -> list[City]:
        """Return cities whose name begins with the text, the most populous first, then those nearly so."""
        likely: list[City] = []
        for name, states in _typed(cleaned):
            names = self._names[bisect_left(self._names, name) : bisect_right(self._names, name + "\x7f")]
            begun = (city for key in names for city in self._by_name[key] if not states or city.state in states)
            likely += nlargest(limit, begun, key=population)
        # “Boston, Texas” is no place, but Boston in another state is closer to it than Houston.
        likely += [city for name, _ in _typed(cleaned) for city in self._by_name.get(name, [])[:2]]
        if len(likely) < limit:
            likely += self._world.beginning(cleaned, limit)
        return likely if len(likely) >= limit else likely + self._nearly(cleaned, limit)

    def _nearly(self, cleaned: str, limit: int) -> list[City]:
        """Return cities spelt nearly like the text: by spelling distance, among near equals by population."""
        scored: dict[City, float] = {}
        for name, states in _typed(cleaned):
            # What lies in the state that is named comes before what only sounds like the whole text.
            if len(name) < 3 or (scored and not states):
                continue
            near = process.extract(name, self._names, scorer=OSA.normalized_similarity, score_cutoff=0.7, limit=40)
            for key, similarity, _ in near:
                for city in self._by_name[key]:
                    if not states or city.state in states:
                        likelihood = similarity + 0.03 * log10(city.population + 10)
                        scored[city] = max(likelihood, scored.get(city, 0.0))
        return nlargest(limit, scored, key=lambda city: (scored[city], city.name, city.state))

    def _places_of_address(self, match: re.Match[str]) -> tuple[Place, ...]:
        """Return the place of a text that ends in a ZIP code; both readings where it names another state."""
        place = self.postcode(match["code"])
        before = (match["before"] or "").rstrip(" ,")
        named = [state for _, state in _readings(before) if state]
        if place is None or f", {named[0] if named else ''} " in place.label:
            return (place,) if place else ()
        if named:
            return (place, *(_place(city) for city in self._exact(before)))[:MAX_CHOICES]
        # “Berlin 10115” ends in a ZIP code of New York.
        city = place.label.partition(",")[0]
        abroad = [] if not before or city in before else self._world.exact(before)
        return (place, *map(_place, abroad))[:MAX_CHOICES]

    def _postcodes_beginning(self, digits: str, limit: int) -> tuple[Place, ...]:
        """Return the first places whose ZIP code begins with these digits."""
        start = bisect_left(self._codes, digits)
        end = bisect_right(self._codes, digits + "\x7f")
        places = (self.postcode(code) for code in self._codes[start : min(end, start + limit)])
        return tuple(place for place in places if place)

    @cached_property
    def _world(self) -> World:
        return self._make_world()

    @cached_property
    def _codes(self) -> list[str]:
        return sorted(self._postcodes)

    @cached_property
    def _cities(self) -> list[City]:
        return [City(*packed.split("\t")) for packed in self._packed_cities]

    @cached_property
    def _by_name(self) -> dict[str, list[City]]:
        """Folded name → cities, the most populous first; a county in brackets may be left out."""
        index: dict[str, list[City]] = {}
        for city in self._cities:
            for key in keys(city.name):
                index.setdefault(key, []).append(city)
        for cities in index.values():
            if len(cities) > 1:
                cities.sort(key=by_population)
        return index

    @cached_property
    def _names(self) -> list[str]:
        return sorted(self._by_name)

    @cached_property
    def _large_names(self) -> list[str]:
        return [name for name in self._names if self._by_name[name][0].population >= _LIKELY_CITY_POPULATION]


def _has_header(text: str, fields: Sequence[str]) -> bool:
    """Say whether a CSV text begins with exactly these columns."""
    return text.startswith(",".join(fields) + "\n")


def _clean(text: str) -> str | None:
    """Return the text in one line without its country, or None for what cannot be a place at all."""
    if len(text) > MAX_LENGTH:
        return None
    line = _COUNTRY.sub("", " ".join(text.split()).strip(" ,."))
    return line if _ALLOWED.fullmatch(line) and fold(line) else None


def _readings(cleaned: str) -> Iterator[tuple[str, str | None]]:
    """Yield the ways to read a text as folded city name and state (None = any)."""
    *street, last = [fold(part) for part in cleaned.split(",") if fold(part)] or [""]
    if not street:
        nickname = NICKNAMES.get(last)
        yield nickname or (last, None)
        yield from _with_state_at_the_end(last)
        return
    state = state_code(last)
    if state:
        yield _without_nickname(street[-1], state), state
    else:
        # “450 Charles Street, Boston MA”: what stands before the last comma is the street.
        yield from _with_state_at_the_end(last)


def _with_state_at_the_end(folded: str) -> Iterator[tuple[str, str]]:
    """Yield every reading of “boston ma” or “santa fe new mexico” as city and state."""
    words = folded.split()
    for count in range(1, min(4, len(words) - 1) + 1):
        state = state_code(" ".join(words[-count:]))
        if state:
            yield _without_nickname(" ".join(words[:-count]), state), state


def _without_nickname(name: str, state: str) -> str:
    """Return the folded city that a nickname stands for in this state, or the name as it is."""
    city, its_state = NICKNAMES.get(name, (name, state))
    return city if its_state == state else name


def _typed(cleaned: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the ways to read a text still being typed: the beginning of a name, the states it may lie in."""
    name, comma, rest = cleaned.rpartition(",")
    if comma and fold(name):
        city = fold(name.rpartition(",")[2])
        state = state_code(fold(rest))
        yield city, frozenset({state}) if state else states_beginning(fold(rest))
        return
    folded = fold(cleaned)
    for city, state in _with_state_at_the_end(folded):
        yield city, frozenset({state})
    city, _, last = folded.rpartition(" ")
    if city and len(last) > 3:
        yield city, states_beginning(last) or _states_spelt_nearly(last)
    yield folded, frozenset()


def _states_spelt_nearly(folded: str) -> frozenset[str]:
    """Return the abbreviations of the states whose name is misspelt so, as in “massachusets”."""
    near = process.extract(folded, STATE_CODES.keys(), scorer=OSA.normalized_similarity, score_cutoff=0.8)
    return frozenset(STATE_CODES[name] for name, _, _ in near)


def _together(cities: list[City], abroad: list[City]) -> list[City]:
    """Return the cities of one name at home and elsewhere; first those elsewhere that are ten times as large."""
    first = [city for city in abroad if not cities or _overshadowed(cities[0], [city])]
    others = [city for city in abroad if city not in first]
    room = MAX_CHOICES - len(abroad[:3])
    return list(dict.fromkeys([*first, *cities[:room], *others, *cities]))


def _overshadowed(city: City, abroad: list[City]) -> bool:
    """Say whether somebody may well mean a namesake abroad: this one is small, and the other ten times as large."""
    small = city.population < _LIKELY_CITY_POPULATION
    return small and any(dominates([other.population, city.population]) for other in abroad)


def _place(city: City) -> Place:
    label = f"{city.name}, {city.state}"
    return Place(label, float(city.latitude), float(city.longitude), "city", city.country)
