"""Evidence made ready to be shown for any cancer of its tissue: the rows of one owner for one cancer as one ledger.

An owner has few cancers and is shown for many, so what does not depend on the cancer asked for is worked out once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from referral.domain import explanation
from referral.domain.cancers import CancerTree
from referral.domain.codes import VOLUME_KINDS, EvidenceKind, Relation
from referral.domain.experience import BACK_OFF, DAYS_PER_YEAR, SUPPRESSED_COUNT, Evidence, decayed_cases
from referral.domain.matching import EvidenceLine, relation

_KINDS = {kind: place for place, kind in enumerate(EvidenceKind)}
_RELATIONS = {relation: place for place, relation in enumerate(Relation)}
OWN = _RELATIONS[Relation.NARROWER]
"""Up to this place in the order a relation means the cancer asked for itself."""


class Kin(NamedTuple):
    """How a cancer relates to the one asked for, the place of that in the order, and what its cases count."""

    relation: Relation
    order: int
    counts: float


class Ledger:
    """All evidence of one owner for one cancer: rows by kind, of one kind the newest first.

    `cases` is what is left today of the clinical cases; `counted` the counts in words; `operations` and `people` the
    newest such count with its period, None where none is above zero; `main` the first clinical row with the years of
    its period. `json` and `html` are where the two presentations leave their text for each relation.
    """

    __slots__ = ("cases", "code", "counted", "html", "json", "main", "operations", "people", "rows", "treats")

    def __init__(self, code: str, rows: Iterable[Evidence], as_of: date) -> None:
        self.code, self.rows = code, tuple(sorted(rows, key=_by_kind_and_age))
        treating = [row for row in self.rows if row.kind in VOLUME_KINDS]
        self.cases = sum([_cases(row, as_of) for row in treating], 0.0)
        told = [row for row in self.rows if row.kind in explanation.KIND_WORDS]
        self.counted = tuple([explanation.counted(row.kind, row.count, _period(row)) for row in told])
        self.operations = _done(treating, EvidenceKind.PROCEDURES)
        self.people = _done(treating, EvidenceKind.PATIENTS)
        self.treats = bool(treating)
        self.main = next(((row, _years(row)) for row in treating if _years(row)), None)
        self.json, self.html = [""] * len(Relation), [b""] * len(Relation)

    def lines(self, related: Relation) -> tuple[EvidenceLine, ...]:
        """The rows as shown where the cancer relates so to the one asked for."""
        return tuple(explanation.related_line(row, related) for row in self.rows)


Found = Sequence[tuple[Ledger, Kin]]
"""An owner's ledgers within the tissue of the cancer asked for, the closest first."""


def ledgers(rows: Iterable[Evidence], as_of: date) -> tuple[Ledger, ...]:
    """The ledgers of an owner, that with most cases first."""
    by_code: dict[str, list[Evidence]] = {}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    made = (Ledger(code, own, as_of) for code, own in by_code.items())
    return tuple(sorted(made, key=lambda ledger: (-ledger.cases, ledger.code)))


@lru_cache(1_024)
def family(tree: CancerTree, asked: str) -> Mapping[str, Kin]:
    """Every cancer of the tissue by its code, and how it relates to the one asked for.

    An index may know a cancer that this process has not taken up yet; its evidence is not shown.
    """
    path = tree.path(asked)
    return {code: _kin(tree.path(code), path) for code in tree.subtree(path[0])}


def closest_first(owned: Iterable[Ledger], kin_of: Mapping[str, Kin]) -> list[tuple[Ledger, Kin]]:
    """The ledgers within the tissue by their relation to the cancer asked for."""
    found = [(ledger, kin) for ledger in owned if (kin := kin_of.get(ledger.code))]
    if len(found) > 1:
        found.sort(key=_order)
    return found


def lines_of(found: Found) -> tuple[EvidenceLine, ...]:
    """All rows as shown."""
    return tuple(line for ledger, kin in found for line in ledger.lines(kin.relation))


def _order(pair: tuple[Ledger, Kin]) -> int:
    return pair[1].order


def _kin(own: Sequence[str], path: Sequence[str]) -> Kin:
    steps = next(n for n, upper in enumerate(reversed(path)) if upper in own)
    found = relation(own, path)
    return Kin(found, _RELATIONS[found], BACK_OFF[steps] if steps < len(BACK_OFF) else 0.0)


def _by_kind_and_age(row: Evidence) -> tuple[int, int]:
    return _KINDS[row.kind], -(row.period_end or row.retrieved_on or date.min).toordinal()


def _period(row: Evidence) -> str:
    return explanation.period(row.period_start, row.period_end)


def _years(row: Evidence) -> float:
    if row.period_start is None or row.period_end is None:
        return 0.0
    return ((row.period_end - row.period_start).days + 1) / DAYS_PER_YEAR


def _done(rows: Sequence[Evidence], kind: EvidenceKind) -> tuple[str, str] | None:
    """The newest count of this kind above zero: in words, and its period."""
    for row in rows:
        if row.kind is kind and row.count != 0:
            return explanation.amount(kind, row.count), _period(row)
    return None


def _cases(row: Evidence, as_of: date) -> float:
    """What is left today of the cases of a clinical row."""
    count = SUPPRESSED_COUNT if row.count is None else row.count
    return count * _faded(row.period_start, row.period_end, as_of)


@lru_cache(4_096)
def _faded(start: date | None, end: date | None, as_of: date) -> float:
    """What is left today of one case of this period."""
    return decayed_cases([Evidence("", EvidenceKind.PATIENTS, 1, start, end, "", "", None)], as_of)
