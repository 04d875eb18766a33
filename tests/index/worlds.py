"""A made-up directory and its changed twins, for properties that compare searches: one seed, eight searched cancers.

The cancers lie in eight different tissues, so that one twin changes one doctor for each of them and they do not meet.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from random import Random

from tests.index.directories import CITIES, DAY, Directory, Doctor, Row, families, npi, random_directory

DOCTORS = 50
TWINS = (40, 41, 42)
"""Doctors who differ in nothing but their numbers, so that their scores are always equal."""
LAST_YEAR = date(2025, 1, 1), date(2025, 12, 31)
THREE_YEARS = date(2023, 1, 1), date(2025, 12, 31)
FIVE_YEARS = date(2021, 1, 1), date(2025, 12, 31)
ALMOST_TEN_YEARS = date(2017, 1, 1), date(2026, 6, 30)
PLACED = (("concept", 1), ("parent", 2), ("grandparent", 3))
"""Who has the same volume at which step above the end of the path."""


@dataclass(frozen=True)
class World:
    """Paths of the eight cancers, half of them rare; where somebody searches from; the day of the index."""

    seed: int

    @cached_property
    def chance(self) -> Random:
        """The seeded chance of everything but the directory."""
        return Random(self.seed + 1_000)

    @cached_property
    def paths(self) -> list[tuple[str, ...]]:
        """Four rare and four common cancers, each in a tissue of its own."""
        chance = Random(self.seed)
        rare = chance.sample(families(True), 4)
        taken = {path[0] for path in rare}
        common = [path for path in families(False) if path[0] not in taken]
        return [*rare, *chance.sample(common, 4)]

    @cached_property
    def day(self) -> date:
        """In two worlds of three the data have a birthday on the day after."""
        return (DAY, date(2026, 12, 31), date(2027, 6, 29))[self.seed % 3]

    @cached_property
    def here(self) -> tuple[float, float]:
        """Somewhere near a city."""
        latitude, longitude = Random(self.seed).choice(CITIES)
        return round(latitude + 0.3, 6), round(longitude - 0.2, 6)

    @cached_property
    def base(self) -> Directory:
        """For cancer number `i`, doctor `i` has done some last year and doctor `8 + i` some in almost ten.

        The twins are equals in everything.
        """
        chance = Random(self.seed)
        directory = random_directory(self.seed, DOCTORS, self.paths, most_rows=1)
        doctors = list(directory.doctors)
        for number, path in enumerate(self.paths):
            some = Row(path[-1], "procedures", chance.randrange(0, 40), *LAST_YEAR)
            thin = Row(path[-1], "patients", chance.randrange(1, 200), *ALMOST_TEN_YEARS)
            doctors[number] = _with_row(doctors[number], number, some)
            doctors[8 + number] = _with_row(doctors[8 + number], number, thin)
        for twin in TWINS:
            own = doctors[twin]
            doctors[twin] = replace(doctors[TWINS[0]], role_id=own.role_id, npi=own.npi)
        return replace(directory, doctors=tuple(doctors))

    @cached_property
    def busier(self) -> Directory:
        """For cancer `i`, doctor `i` did one more last year, and doctor `8 + i` one more in almost ten years."""
        doctors = list(self.base.doctors)
        for number in range(len(self.paths)):
            for changed in (number, 8 + number):
                row = doctors[changed].rows[number]
                assert row.count is not None
                doctors[changed] = _with_row(doctors[changed], number, replace(row, count=row.count + 1))
        return replace(self.base, doctors=tuple(doctors))

    @cached_property
    def crowded(self) -> Directory:
        """Without the last three doctors, with seven new ones per cancer, all where the search is."""
        new = [doctor for number in range(len(self.paths)) for doctor in self._newcomers(number)]
        return replace(self.base, doctors=(*self.base.doctors[:-3], *new))

    @cached_property
    def renamed(self) -> Directory:
        """The same doctors under each other's role ids and NPIs, with other names, in another order."""
        new = Random(self.seed).sample(range(DOCTORS), DOCTORS)
        doctors = [
            replace(doctor, role_id=f"role-{at:05d}", npi=npi(at), name=f"Bo {at}")
            for doctor, at in zip(self.base.doctors, new, strict=True)
        ]
        return replace(self.base, doctors=tuple(reversed(doctors)))

    def _newcomers(self, number: int) -> Iterator[Doctor]:
        path, elsewhere = self.paths[number], self.paths[number - 1]
        rows = {name: Row(path[-steps], "procedures", 30, *LAST_YEAR) for name, steps in PLACED}
        rows["elsewhere"] = Row(elsewhere[-1], "procedures", 30, *LAST_YEAR)
        rows["ten"] = Row(path[-1], "procedures", 10, *LAST_YEAR)
        rows["fifty-in-five"] = Row(path[-1], "procedures", 50, *FIVE_YEARS)
        rows["once"] = Row(path[-1], "procedures", 1, *LAST_YEAR)
        rows["sixty-in-three"] = Row(path[-1], "procedures", 60, *THREE_YEARS)
        for at, (name, row) in enumerate(rows.items()):
            yield Doctor(f"{name}-{number}", npi(10_000 + 10 * number + at), place=self.here, rows=(row,))

    def later(self, days: int) -> date:
        """So many days after the index of `base`."""
        return self.day + timedelta(days=days)


def _with_row(doctor: Doctor, number: int, row: Row) -> Doctor:
    return replace(doctor, rows=(*doctor.rows[:number], row, *doctor.rows[number + 1 :]))
