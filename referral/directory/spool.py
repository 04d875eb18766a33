"""Items that a reader yields, kept in files until they are taken over: memory stays flat whatever a source holds.

One file for each kind of item, one JSON array on each line. The values of a Statement come back as they stand in JSON,
days as texts; everything else comes back as it was.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO, TypeVar

from referral.directory.statements import (
    Counted,
    Gone,
    Item,
    Mention,
    Official,
    Payment,
    Site,
    Statement,
    Subject,
    TaxonomyName,
    Trial,
)
from referral.domain.codes import EvidenceKind

_T = TypeVar("_T")


class Spool:
    """Items in a folder of their own; `close` ends the writing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, TextIO] = {}
        self.counts: Counter[str] = Counter()

    def add(self, item: Item) -> None:
        """Keep an item; OSError where the disk is full."""
        name = _name(type(item), item.subject if isinstance(item, Statement | Gone) else None)
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = (self._folder / name).open("w", encoding="utf-8")
        file.write(json.dumps(_plain(item), default=_plain, ensure_ascii=False))
        file.write("\n")
        self.counts[name] += 1

    def close(self) -> None:
        """Write out what is still in memory."""
        for file in self._files.values():
            file.close()

    def items(self, kind: type[_T], subject: Subject | None = None) -> Iterator[_T]:
        """The items of one kind in the order in which they came; of Statement and Gone those on one kind of subject."""
        name = _name(kind, subject)
        if not self.counts[name]:
            return
        with (self._folder / name).open(encoding="utf-8") as file:
            for line in file:
                yield _AGAIN[kind](json.loads(line))


def _name(kind: type[Any], subject: Subject | None) -> str:
    return f"{kind.__name__.lower()}{f'-{subject}' if subject else ''}.jsonl"


def _plain(value: object) -> object:
    """What JSON does not know: dataclasses become arrays, days and amounts texts."""
    if is_dataclass(value):
        return [getattr(value, each.name) for each in fields(value)]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be kept in a spool")


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _counted(row: list[Any]) -> Counted:
    owner, owner_id, code, kind, count, start, end, source, url, line, rows, retrieved, *rest = row
    what = (Subject(owner), owner_id, code, EvidenceKind(kind), count, _day(start), _day(end))
    return Counted(*what, source, url, line, rows, _day(retrieved), *rest)


def _payment(row: list[Any]) -> Payment:
    npi, year, payer, nature, amount, *rest = row
    return Payment(npi, year, payer, nature, Decimal(amount), *rest)


def _trial(row: list[Any]) -> Trial:
    nct_id, title, status, phase, conditions, codes, posted, updated, url, sites, officials, *rest = row
    return Trial(
        nct_id,
        title,
        status,
        phase,
        tuple(conditions),
        tuple(codes),
        _day(posted),
        _day(updated),
        url,
        tuple(Site(*each) for each in sites),
        tuple(Official(*each) for each in officials),
        *rest,
    )


_AGAIN: dict[type[Any], Callable[[list[Any]], Any]] = {
    Statement: lambda row: Statement(Subject(row[0]), *row[1:]),
    Counted: _counted,
    Gone: lambda row: Gone(Subject(row[0]), *row[1:]),
    Mention: lambda row: Mention(*row),
    Payment: _payment,
    Trial: _trial,
    TaxonomyName: lambda row: TaxonomyName(*row),
}
