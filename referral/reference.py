"""The tables of `seed_data/`, read once per process and turned into the domain's own objects.

They are reference data that every process needs from the first start: cancers, the words people use for them, places,
and the specialties the service knows. Nothing here reads the database.
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from referral.domain.cancers import CancerTree
from referral.domain.codes import Discipline
from referral.domain.experience import VolumeMark
from referral.domain.places import Gazetteer
from referral.domain.resolve import Resolver, Term

SEED_DATA = Path(__file__).resolve().parent.parent / "seed_data"


def rows(name: str) -> Iterator[dict[str, str]]:
    """Each row of one table of `seed_data/` as a dict of its columns."""
    with (SEED_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def cancers() -> CancerTree:
    """The tree of all cancers."""
    return CancerTree.from_rows(rows("cancers.csv"))


@cache
def resolver() -> Resolver:
    """Turns any words into a cancer."""
    terms = (
        Term(row["term"], tuple(row["codes"].split("|")), row["language"], row["kind"])
        for path in sorted(SEED_DATA.glob("terms/*.csv"))
        for row in rows(f"terms/{path.name}")
    )
    return Resolver(cancers(), terms)


@cache
def gazetteer() -> Gazetteer:
    """Places of the United States: ZIP codes and cities."""
    texts = [(SEED_DATA / name).read_text(encoding="utf-8") for name in ("postcodes.csv", "cities.csv")]
    return Gazetteer.from_csv(*texts)


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
