"""What an import says of itself: what it read, what it changed, what it left out, and why.

A report never repeats a name, a telephone number or an address: file, line and column lead to them.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from referral.domain.settling import Subject

KEPT_REJECTIONS = 1000
"""Rejected rows that are kept in memory; all are counted."""


def where(file: str, line: int | None, column: str | None) -> str:
    """Return a spot as a person reads it: “roles.csv, line 7, column latitude”."""
    parts = [file, f"line {line}" if line else "", f"column {column}" if column else ""]
    return ", ".join(part for part in parts if part)


class Unusable(Exception):
    """A row cannot be used: `column` names the field (None: the row as a whole), `reason` says why."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(f"{column}: {reason}" if column else reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row that could not be used; `line` is the physical line on which the row begins, counted from 1."""

    file: str
    line: int
    column: str | None
    reason: str

    def __str__(self) -> str:
        return f"{where(self.file, self.line, self.column)}: {self.reason}"


@dataclass(slots=True)
class Report:
    """The figures of one import. Every row read is added, changed, unchanged, skipped or rejected.

    `skipped` and `notes` count by reason: a skipped row was left out by rule, a note is about a row taken
    over.
    """

    kind: str
    name: str = ""
    dry_run: bool = False
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejection] = field(default_factory=list)
    rejected_count: int = 0
    retired: int = 0
    demo_retired: int = 0
    unreadable: set[str] = field(default_factory=set)
    """Files with rows of which not even the key could be read."""
    spared: dict[str, set[str]] = field(default_factory=dict)
    """By file, the keys of rows that stand there but cannot be used: nobody may take them for missing."""
    whole: dict[Subject, Callable[[str, str], bool]] = field(default_factory=dict)
    """Of which subjects the files name all there are: asked with the source's own id and whose it is (an NPI).

    Who is of these and not named any more is gone from the source.
    """
    sink: Callable[[Rejection], None] | None = None
    """Is given every rejected row, also those that are not kept here."""
    same_as: str = ""
    """When the very same file was imported before and nothing had to be done: the day it was."""

    @property
    def taken(self) -> int:
        """How many of the rows read stand in the directory now."""
        return self.added + self.changed + self.unchanged

    def reject(self, rejection: Rejection) -> None:
        """Count a row that cannot be used; keep it as long as there is room."""
        self.rejected_count += 1
        if self.sink:
            self.sink(rejection)
        if len(self.rejected) < KEPT_REJECTIONS:
            self.rejected.append(rejection)

    def spare(self, file: str, key: str) -> None:
        """Note that a row cannot be used and whose it is: nobody may take what it speaks of for missing."""
        self.spared.setdefault(file, set()).add(key)

    def lines(self) -> list[str]:
        """Return the report for somebody who has never seen one."""
        if self.same_as:
            return [f"{self._title()}: the same file was imported on {self.same_as}; nothing to do."]
        return [*self._summary(), *self._left_out(), *self._retirements(), *self._rejections()]

    def as_json(self) -> dict[str, Any]:
        """The figures and the first rejected rows, to be kept with the import."""
        figures = ("read", "added", "changed", "unchanged", "rejected_count", "retired", "demo_retired")
        return {
            **{name: getattr(self, name) for name in figures},
            "skipped": dict(self.skipped),
            "notes": dict(self.notes),
            "rejected": [[each.file, each.line, each.column, each.reason] for each in self.rejected[:100]],
        }

    def _title(self) -> str:
        return f"Import of {self.kind} files" + (f" from “{self.name}”" if self.name else "")

    def _summary(self) -> list[str]:
        title = self._title()
        first = f"{title}: trial run, nothing was written." if self.dry_run else f"{title}."
        figures = (("added", self.added), ("changed", self.changed), ("the same as before", self.unchanged))
        parts = [f"{number:,} {word}" for word, number in figures]
        left_out = f"{self.skipped.total():,} left out by rule, {self.rejected_count:,} rejected"
        return [first, f"{_rows(self.read)} read: {', '.join(parts)}; {left_out}."]

    def _left_out(self) -> list[str]:
        skipped = [f"  Left out, {_rows(number)}: {why}." for why, number in self.skipped.most_common()]
        return skipped + [f"  Note, {_rows(number)}: {what}." for what, number in self.notes.most_common()]

    def _retirements(self) -> list[str]:
        named = (
            (self.retired, "retired, because the source no longer has them"),
            (self.demo_retired, "of the demo directory retired, because a real source is here now"),
        )
        return [f"{_rows(number)} {what}." for number, what in named if number]

    def _rejections(self) -> list[str]:
        if not self.rejected:
            return []
        shown = len(self.rejected)
        first = "" if shown == self.rejected_count else f" (the first {shown:,} of {self.rejected_count:,})"
        return [f"Rejected{first}:", *(f"  {rejection}" for rejection in self.rejected)]


class ImportRefused(Exception):
    """The import cannot go on and the directory must stay as it was: the caller rolls back.

    `report` holds what had been found until then, where there is one.
    """

    def __init__(
        self,
        file: str,
        message: str,
        *,
        line: int | None = None,
        column: str | None = None,
        report: Report | None = None,
    ) -> None:
        super().__init__(f"{where(file, line, column)}: {message}")
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.report = report


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"
