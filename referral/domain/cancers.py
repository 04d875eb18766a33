"""The tree of cancers: every OncoTree code, its place in the tree, its ICD-10-CM categories, how rare it is.

The tree has 32 roots, one for each tissue; a path runs from the root to the code. Incidence is new cases
per 100,000 people a year. The rows are those of `seed_data/cancers.csv`, OncoTree (CC BY 4.0) with our columns.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from referral.domain.errors import UnknownCancer
from referral.domain.phrases import CancerName, cancer_name


class Rarity(StrEnum):
    """How often a cancer occurs."""

    COMMON = "common"
    RARE = "rare"
    VERY_RARE = "very-rare"


RARE_BELOW = {Rarity.RARE: 6.0, Rarity.VERY_RARE: 0.5}
"""New cases per 100,000 people a year below which a cancer is rare, and very rare."""


@dataclass(frozen=True, slots=True)
class Cancer:
    """One node of the tree; `rarity_basis` is published, judged, or inherited from the parent."""

    code: str
    name: str
    main_type: str
    tissue: str
    parent: str | None
    icd10cm: tuple[str, ...]
    incidence_per_100k: float | None
    incidence_year: int | None
    incidence_source: str
    rarity: Rarity
    rarity_basis: str

    @property
    def rare(self) -> bool:
        """Whether it is rare or very rare."""
        return self.rarity is not Rarity.COMMON

    @property
    def named(self) -> CancerName:
        """Its name as the table has it, which another language has its own for."""
        return cancer_name(self.name, self.code)

    @property
    def called(self) -> CancerName:
        """Its name within a sentence: a tissue bears the name of the organ, so there it is the kind of cancer."""
        return cancer_name(self.name if self.parent else self.main_type, self.code)


def _cancer(row: Mapping[str, str]) -> Cancer:
    """One row of the table as a `Cancer`; a value that cannot be read is a ValueError that names the code."""
    try:
        return Cancer(
            code=row["code"],
            name=row["name"],
            main_type=row["main_type"],
            tissue=row["tissue"],
            parent=row["parent"] or None,
            icd10cm=tuple(filter(None, row["icd10cm"].split("|"))),
            incidence_per_100k=float(row["incidence_per_100k"]) if row["incidence_per_100k"] else None,
            incidence_year=int(row["incidence_year"]) if row["incidence_year"] else None,
            incidence_source=row["incidence_source"],
            rarity=Rarity(row["rarity"]),
            rarity_basis=row["rarity_basis"],
        )
    except ValueError as error:
        raise ValueError(f"cancer {row['code']!r}: {error}") from error


class CancerTree:
    """All cancers, checked to be one forest: no code twice, no parent missing, no cycle."""

    def __init__(self, cancers: Iterable[Cancer]) -> None:
        self._cancers: dict[str, Cancer] = {}
        for cancer in cancers:
            if cancer.code in self._cancers:
                raise ValueError(f"cancer {cancer.code!r} stands twice in the table")
            self._cancers[cancer.code] = cancer
        self._paths = {code: self._walk_up(code) for code in self._cancers}
        self._children: dict[str, list[str]] = {code: [] for code in self._cancers}
        for cancer in self:
            if cancer.parent is not None:
                self._children[cancer.parent].append(cancer.code)

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> "CancerTree":
        """The tree of the rows of `cancers.csv`; ValueError names the row that breaks it."""
        return cls(_cancer(row) for row in rows)

    def __getitem__(self, code: str) -> Cancer:
        try:
            return self._cancers[code]
        except KeyError:
            raise UnknownCancer(code) from None

    def __contains__(self, code: object) -> bool:
        return code in self._cancers

    def __iter__(self) -> Iterator[Cancer]:
        return iter(self._cancers.values())

    def __len__(self) -> int:
        return len(self._cancers)

    def get(self, code: str) -> Cancer | None:
        """The cancer with this code, None where there is none."""
        return self._cancers.get(code)

    def path(self, code: str) -> tuple[str, ...]:
        """The codes from the tissue down to `code`, both included."""
        self[code]
        return self._paths[code]

    def root(self, code: str) -> str:
        """The code of the tissue that `code` lies in."""
        return self.path(code)[0]

    def children(self, code: str) -> tuple[str, ...]:
        """The codes right below `code`, in the order of the table."""
        self[code]
        return tuple(self._children[code])

    def subtree(self, code: str) -> frozenset[str]:
        """`code` and everything below it."""
        found, todo = {self[code].code}, [code]
        while todo:
            below = self._children[todo.pop()]
            found.update(below)
            todo.extend(below)
        return frozenset(found)

    def _walk_up(self, code: str) -> tuple[str, ...]:
        path, at = [code], self._cancers[code].parent
        while at is not None:
            if at not in self._cancers:
                raise ValueError(f"cancer {path[-1]!r} has the parent {at!r}, which is not in the table")
            if at in path:
                raise ValueError(f"cancer {code!r} is an ancestor of itself")
            path.append(at)
            at = self._cancers[at].parent
        return tuple(reversed(path))
