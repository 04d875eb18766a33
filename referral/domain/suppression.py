"""Small numbers of people are not shown, and not given away by what stands beside them.

A split counts people by group, and of each group how many had something. A number from 1 to 10 is hidden, and so is a
share that would tell one. Totals stand in the report anyway; so further numbers are hidden until the hidden ones of a
column could be distributed in several ways. Where that cannot be, the split is withheld, with the names of its groups.

This holds for each split by itself. Who compares periods that overlap, or offices with the whole, may learn more; but
whoever reads reports may open the requests themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST = 11
"""The smallest number of people that is shown (the cell size of the US Centers for Medicare & Medicaid Services)."""

SEVERAL = 4
"""In at least so many ways each hidden number could be distributed."""


@dataclass(frozen=True, slots=True)
class Group:
    """One row of a split: its people, and by measure how many of them had it."""

    name: str
    people: int
    having: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """The same row as it may be seen; None is hidden."""

    name: str
    people: int | None
    having: Mapping[str, int | None]


def shown(groups: Sequence[Group]) -> tuple[Shown, ...] | None:
    """The rows as they may be seen, None where the split is withheld; rows of nobody are left out."""
    rows = [group for group in groups if group.people]
    measures = list(rows[0].having) if rows else []
    people = [row.people for row in rows]
    total = sum(people)
    small = {place for place, number in enumerate(people) if number < LEAST}
    hidden = _enough_hidden(people, small, [total] * len(rows))
    if hidden is None or not rows:
        return None if rows else ()
    columns = {name: _hidden_of(rows, name, hidden) for name in measures}
    return tuple(
        Shown(
            row.name,
            None if place in hidden else row.people,
            {
                name: None if where is None or place in where else row.having[name]
                for name, where in columns.items()
            },
        )
        for place, row in enumerate(rows)
    )  # fmt: skip


def _hidden_of(rows: Sequence[Group], measure: str, hidden: set[int]) -> set[int] | None:
    """Which rows of a measure's column are hidden, None for all of them."""
    numbers = [row.having[measure] for row in rows]
    small = {
        place
        for place, (row, number) in enumerate(zip(rows, numbers, strict=True))
        if 0 < number < LEAST or 0 < row.people - number < LEAST
    }
    # Of a hidden group nobody knows the people, so its number could be as large as all those of the column.
    most = [sum(numbers) if place in hidden else row.people for place, row in enumerate(rows)]
    return _enough_hidden(numbers, small | hidden, most)


def _enough_hidden(numbers: Sequence[int], hidden: set[int], most: Sequence[int]) -> set[int] | None:
    """These places and as many more as are needed, the smallest numbers first; None where all are not enough."""
    hidden = set(hidden)
    others = sorted(set(range(len(numbers))) - hidden, key=lambda place: (numbers[place], place))
    while hidden and not _is_safe(numbers, hidden, most):
        if not others:
            return None
        hidden.add(others.pop(0))
    return hidden


def _is_safe(numbers: Sequence[int], hidden: set[int], most: Sequence[int]) -> bool:
    """Whether each hidden number could be one of several, given their sum and how large each can be at most."""
    total = sum(numbers[place] for place in hidden)
    return all(_ways(total, place, hidden, most) >= SEVERAL for place in hidden)


def _ways(total: int, place: int, hidden: set[int], most: Sequence[int]) -> int:
    """How many values the number at this place could have."""
    room = sum(most[other] for other in hidden if other != place)
    return min(total, most[place]) - max(0, total - room) + 1
