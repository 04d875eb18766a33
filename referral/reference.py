"""The tables of `seed_data/`, read once per process and turned into the domain's own objects.

They are reference data that every process needs from the first start: cancers, the words people use for them, places,
and the specialties the service knows. Nothing here reads the database: what imports have added to the vocabulary is
handed in with `use`.
"""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from referral.domain import zones
from referral.domain.cancers import Cancer, CancerTree
from referral.domain.codes import Discipline
from referral.domain.experience import VolumeMark
from referral.domain.learn import Description, Elsewhere, Facts, Tissue, description
from referral.domain.lexicon import NAME
from referral.domain.naming import Naming
from referral.domain.places import Gazetteer
from referral.domain.resolve import Resolver, Term
from referral.domain.rurality import Rurality, Surroundings
from referral.domain.suggest import Suggester
from referral.domain.travel import Point
from referral.domain.world_places import World
from referral.domain.zones import ZonePlace

SEED_DATA = Path(__file__).resolve().parent.parent / "seed_data"
TRANSLATIONS = Path(__file__).resolve().parent / "translations"


def rows(name: str) -> Iterator[dict[str, str]]:
    """Each row of one table of `seed_data/` as a dict of its columns."""
    with (SEED_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@dataclass(frozen=True, slots=True)
class Added:
    """What imports have added to the tables of cancers and of terms; `version` 0 is the tables alone."""

    version: int = 0
    cancers: tuple[Cancer, ...] = ()
    terms: tuple[Term, ...] = ()


class _InUse:
    added = Added()


def use(added: Added) -> None:
    """From now on the vocabulary is that of the tables and these additions; what was built of it is built anew."""
    _InUse.added = added
    for built in (cancers, terms, resolver, suggester, naming, learn_facts):
        built.cache_clear()


@cache
def common_passwords() -> frozenset[str]:
    """Passwords that are tried first, in lower case."""
    return frozenset((SEED_DATA / "common_passwords.txt").read_text(encoding="utf-8").casefold().split())


def version() -> int:
    """The version of the additions in use."""
    return _InUse.added.version


@cache
def cancers() -> CancerTree:
    """The tree of all cancers."""
    return CancerTree([*CancerTree.from_rows(rows("cancers.csv")), *_InUse.added.cancers])


@cache
def terms() -> tuple[Term, ...]:
    """The words people use for cancers and for the places of the body, and those that are no cancer."""
    return (*tabled_terms(), *_InUse.added.terms)


def tabled_terms() -> tuple[Term, ...]:
    """Those of the tables alone, read anew: our terms, and what our other languages call each cancer on their pages."""
    seeded = [
        Term(row["term"], tuple(row["codes"].split("|")), row["language"], row["kind"])
        for path in sorted(SEED_DATA.glob("terms/*.csv"))
        for row in rows(f"terms/{path.name}")
    ]
    said = {term.term.casefold() for term in seeded} | {row["name"].casefold() for row in rows("cancers.csv")}
    return (*seeded, *(name for name in _names_elsewhere() if name.term.casefold() not in said))


def _names_elsewhere() -> Iterator[Term]:
    """What each of our languages but English calls the cancers: a name once, with all codes that bear it."""
    for path in sorted(TRANSLATIONS.glob("*/cancers.csv")):
        bearers: dict[str, list[str]] = defaultdict(list)
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                bearers[row["name"]].append(row["code"])
        for name, codes in bearers.items():
            yield Term(name, tuple(codes), path.parent.name, NAME)


@cache
def resolver() -> Resolver:
    """Turns any words into a cancer."""
    return Resolver(cancers(), terms())


@cache
def ncit_codes() -> Mapping[str, str]:
    """The cancer of each NCI Thesaurus code that OncoTree refers to from one node alone."""
    return {row["ncit"]: row["code"] for row in rows("ncit_codes.csv")}


@cache
def gazetteer() -> Gazetteer:
    """Places: ZIP codes and cities of the United States, and large cities elsewhere, read once they are asked for."""
    return Gazetteer.from_csv(_text("postcodes.csv"), _text("cities.csv"), _world)


def position(address: Mapping[str, Any]) -> dict[str, Any]:
    """The middle of an address's ZIP area, outside the United States of its city where that is large.

    `latitude` and `longitude` are degrees, None where no place is known; `precision` is postcode, city or empty.
    """
    if address["country"] == "US":
        place = gazetteer().postcode(address["postcode"])
    else:
        place = gazetteer().city(address["city"], address["state"], address["country"])
    if place is None:
        return {"latitude": None, "longitude": None, "precision": ""}
    return {"latitude": place.latitude, "longitude": place.longitude, "precision": place.kind}


@lru_cache(50_000)
def home(postcode: str) -> tuple[str, Rurality]:
    """The state of a ZIP code, empty where it is not known, and how rural it is there."""
    place = gazetteer().postcode(postcode)
    if place is None:
        return "", Rurality.UNKNOWN
    state = place.label.split()[-2]
    return state, _surroundings().rurality(Point(place.latitude, place.longitude))


@cache
def _surroundings() -> Surroundings:
    cities = (row for row in rows("cities.csv") if row["population"])
    return Surroundings((float(row["latitude"]), float(row["longitude"]), int(row["population"])) for row in cities)


def _world() -> World:
    return World.from_csv(_text("world_cities.csv"), _text("countries.csv"))


def _text(name: str) -> str:
    return (SEED_DATA / name).read_text(encoding="utf-8")


@cache
def zone_places() -> Mapping[str, Sequence[ZonePlace]]:
    """The time zones of each country and where they are, as the tz database has them (package `tzdata`)."""
    table = files("tzdata") / "zoneinfo" / "zone.tab"
    return zones.zone_places(table.read_text(encoding="utf-8").splitlines())


@cache
def disciplines() -> Mapping[str, Discipline]:
    """The discipline of each taxonomy code the service keeps."""
    return {row["taxonomy_code"]: Discipline(row["discipline"]) for row in rows("taxonomies.csv")}


@cache
def volume_marks() -> Mapping[str, VolumeMark]:
    """Published high-volume marks by OncoTree code."""
    return {
        row["code"]: VolumeMark(
            float(row["surgeon"]), float(row["hospital"]), int(row["year"]), row["source"], row["source_url"]
        )
        for row in rows("volume_marks.csv")
    }


@cache
def suggester() -> Suggester:
    """Completes what somebody types into the name of a cancer."""
    return Suggester(cancers(), terms(), resolver())


@cache
def naming() -> Naming:
    """The other names of every cancer."""
    return Naming(cancers(), terms())


@cache
def learn_facts() -> Facts:
    """The facts of the pages about cancers."""
    return Facts(cancers(), rows("learn/facts.csv"))


@cache
def learn_texts() -> Mapping[str, Mapping[str, Description]]:
    """The plain descriptions by code and language; ValueError where a text is broken or written in two files."""
    found: dict[str, dict[str, Description]] = {}
    for path in sorted(SEED_DATA.glob("learn/texts/*.toml")):
        for code, languages in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if code in found:
                raise ValueError(f"{path.name} describes {code!r}, which another file has described already")
            found[code] = {language: description(text) for language, text in languages.items()}
    return found


@cache
def learn_tissues() -> Mapping[str, Tissue]:
    """The tissues in the order of the page that lists all cancers: region of the body, and plain words."""
    return {row["code"]: Tissue(row["region"], row["plain"]) for row in rows("learn/tissues.csv")}


@cache
def learn_links() -> tuple[Elsewhere, ...]:
    """The sites that the pages about cancers lead to."""
    return tuple(
        Elsewhere(row["name"], row["language"], row["only_rare"] == "yes", row["address"], row["what"])
        for row in rows("learn/links.csv")
    )


@cache
def icd10cm_titles() -> Mapping[str, str]:
    """What each ICD-10-CM code of a tumor stands for."""
    return {row["code"]: row["title"] for row in rows("icd10cm_codes.csv")}
