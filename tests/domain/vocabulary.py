"""The tables of cancers and of the words for them as the tests read them, straight from `seed_data/`."""

import csv
from functools import cache
from pathlib import Path

from referral import reference
from referral.domain.cancers import CancerTree
from referral.domain.resolve import Resolver, Term

SEED_DATA = Path(__file__).resolve().parents[2] / "seed_data"


def table(path: Path) -> list[dict[str, str]]:
    """The rows of one CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def term_rows() -> list[dict[str, str]]:
    """All rows of `seed_data/terms/`."""
    return [row for path in sorted((SEED_DATA / "terms").glob("*.csv")) for row in table(path)]


@cache
def cancer_tree() -> CancerTree:
    """The tree of `seed_data/cancers.csv`."""
    return CancerTree.from_rows(table(SEED_DATA / "cancers.csv"))


def terms() -> list[Term]:
    """All terms as the service has them: the rows of `seed_data/terms/`, and the names in other languages."""
    return list(reference.tabled_terms())


@cache
def resolver() -> Resolver:
    """A resolver over the whole vocabulary, built once for all tests."""
    return Resolver(cancer_tree(), terms())


@cache
def names_only() -> Resolver:
    """A resolver that knows the tree's own names, the places and the abbreviations, but no other rows.

    With it the tests of a rule show that the rule finds the cancer, and not a row that says just these words.
    """
    return Resolver(cancer_tree(), [term for term in terms() if term.kind in {"site", "not-cancer", "abbreviation"}])
