"""Periods of reports, and numbers that are made of counts: median, percentile, share. Months are such as 202611."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

MOST_MONTHS = 60
LAST_YEAR = 12
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, both ends included."""

    first: int
    last: int

    @property
    def months(self) -> tuple[int, ...]:
        """Every month of it."""
        return tuple(_month(number) for number in range(_number(self.first), _number(self.last) + 1))

    @property
    def before(self) -> "Period":
        """As many months that end where this begins."""
        begins, length = _number(self.first), len(self.months)
        return Period(_month(begins - length), _month(begins - 1))


def period(first: str, last: str, today: date) -> tuple[Period, bool]:
    """The period of two words such as 2026-11, and whether they made one; else the last twelve months with this one."""
    now = today.year * 100 + today.month
    begins, ends = _read(first), _read(last)
    if begins is None or ends is None or begins > ends or _number(ends) - _number(begins) >= MOST_MONTHS:
        return Period(_month(_number(now) - LAST_YEAR + 1), now), not (first or last)
    return Period(begins, ends), True


def word(month: int) -> str:
    """A month as an address writes it, such as 2026-11."""
    return f"{month // 100}-{month % 100:02d}"


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The smallest value that at least this share of all are not above (nearest rank); None where there are none."""
    total, passed = sum(counts.values()), 0
    for value in sorted(counts):
        passed += counts[value]
        if passed >= share * total and passed:
            return value
    return None


def share(part: int | None, whole: int | None) -> float | None:
    """A part of a whole between 0 and 1; None where there is nothing to divide, or one of them is hidden."""
    return None if part is None or not whole else part / whole


def _read(text: str) -> int | None:
    found = _MONTH.fullmatch(text.strip())
    return int(found[1]) * 100 + int(found[2]) if found else None


def _number(month: int) -> int:
    """Months since the year 0."""
    return month // 100 * 12 + month % 100 - 1


def _month(number: int) -> int:
    return number // 12 * 100 + number % 12 + 1
