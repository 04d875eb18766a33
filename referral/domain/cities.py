"""One city of the gazetteer, its spellings, and the order among cities of one name."""

from typing import NamedTuple

from referral.domain.place_names import fold


class City(NamedTuple):
    """A city as its table has it; `state` is what stands behind its name, such as "MA", "ON, Canada" or "France"."""

    name: str
    state: str
    country: str
    latitude: str
    longitude: str
    people: str

    @property
    def population(self) -> int:
        """How many people live there; 0 where it is not known."""
        return int(self.people or 0)


def keys(name: str) -> set[str]:
    """Return the folded names of a city: with what stands in brackets, such as its county, and without it."""
    return {fold(name), fold(name.partition("(")[0])} if "(" in name else {fold(name)}


def population(city: City) -> int:
    """Return how many people live there."""
    return city.population


def by_population(city: City) -> tuple[int, str, str]:
    """Return the order of cities of one name: the most populous first, then by state."""
    return -city.population, city.state, city.name
