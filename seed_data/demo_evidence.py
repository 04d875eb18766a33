"""The made-up evidence of the demo directory: who has seen how many of which cancers, by year, kind and source.

Everything here is invented; the shape follows what registries, claims files and trial lists publish. Dates end on
2026-10-31 at the latest.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

LAST_DAY = date(2026, 10, 31)
LAST_FULL_YEAR = 2025
SUPPRESSED_UP_TO = 10
"""Claims files hide counts from 1 to 10."""

Row = dict[str, str]


class Practice(NamedTuple):
    """A kind of practice; `cases` are OncoTree code → cases a year of a busy specialist, the commonest first."""

    name: str
    people: int
    taxonomies: tuple[str, ...]
    kind: str
    works_at: str
    cities: tuple[str, ...]
    cases: dict[str, float]

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> "Practice":
        """Return the practice of one row of demo_sources/practices.csv."""
        pairs = (pair.split(":") for pair in row["cases"].split())
        return cls(
            name=row["practice"],
            people=int(row["people"]),
            taxonomies=tuple(row["taxonomy_codes"].split("|")),
            kind=row["kind"],
            works_at=row["works_at"],
            cities=tuple(filter(None, row["cities"].split("|"))),
            cases={code: float(cases) for code, cases in pairs},
        )


class Career(NamedTuple):
    """How much of a practice's usual cases somebody sees, over which years, and how likely each kind of proof is."""

    scale: float
    first_year: int
    last_year: int
    trials: float
    publications: float
    certified: float


STAGES = ("senior", "middle", "young", "past", "claims-only", "self", "none")


def evidence_of(practice: Practice, known: bool, parents: Mapping[str, str], chance: Random) -> list[Row]:
    """Return the evidence rows of one specialist without the NPI; none at all for a few.

    Those who are `known` for the practice are in mid-career or later and see every cancer of it.
    """
    stage = chance.choices(STAGES, (55, 45, 0, 0, 0, 0, 0) if known else (28, 34, 17, 5, 7, 4, 5))[0]
    if stage == "none":
        return []
    career = _career(stage, chance)
    codes = list(practice.cases) if known else _codes(practice, chance)
    if stage == "self":
        return [_self_declared(practice, codes[0], career, chance)]
    rows = [row for place, code in enumerate(codes) for row in _volume(practice, code, place, stage, career, chance)]
    return rows + list(_research(codes, career, parents, chance)) + _declared(practice, codes, career, chance)


def organization_evidence(practices: Sequence[Practice], chance: Random) -> list[Row]:
    """Return what an organization reports for the commonest cancers of its practices, without its id."""
    wanted: dict[tuple[str, str], float] = {}
    for practice in practices:
        for code, cases in list(practice.cases.items())[:2]:
            wanted[code, practice.kind] = max(cases, wanted.get((code, practice.kind), 0.0))
    rows = []
    for (code, kind), cases in sorted(wanted.items()):
        first, last = (2022, 2024) if chance.random() < 0.3 else (2024, 2024)
        count = round(cases * chance.uniform(1.2, 4.5) * (last - first + 1))
        source = "Demo hospital volumes " + _years(first, last)
        rows.append(_row(code, kind, count, date(first, 1, 1), date(last, 12, 31), source, date(2025, 9, 30)))
    return rows


def _career(stage: str, chance: Random) -> Career:
    """Return the career of a stage: the older somebody, the more cases and years are on record."""
    if stage == "past":
        first = chance.randrange(2016, 2018)
        return Career(chance.uniform(0.4, 0.9), first, chance.randrange(2019, 2021), 0.1, 0.3, 0.5)
    if stage == "senior":
        return Career(chance.uniform(0.9, 1.5), chance.randrange(2019, 2022), LAST_FULL_YEAR, 0.45, 0.5, 0.8)
    if stage == "middle":
        return Career(chance.uniform(0.5, 1.0), chance.randrange(2021, 2024), LAST_FULL_YEAR, 0.25, 0.35, 0.7)
    return Career(chance.uniform(0.2, 0.5), chance.randrange(2023, 2026), LAST_FULL_YEAR, 0.08, 0.2, 0.5)


def _codes(practice: Practice, chance: Random) -> list[str]:
    """Return the cancers this specialist sees: the commonest of the practice, and some of the others."""
    common, rest = list(practice.cases)[:2], list(practice.cases)[2:]
    chosen = common + [code for code in rest if chance.random() < 0.45]
    if chance.random() < 0.2:
        # Some make a rarer cancer of the practice their main one.
        chosen.sort(key=lambda code: practice.cases[code] * chance.uniform(0.2, 1.0), reverse=True)
    return chosen


def _volume(practice: Practice, code: str, place: int, stage: str, career: Career, chance: Random) -> Iterable[Row]:
    """Yield the counts of one cancer: by year for the main one, over all years for the others."""
    yearly = practice.cases[code] * career.scale * chance.lognormvariate(0, 0.3) * (1.4 if place == 0 else 1.0)
    first, last = career.first_year, career.last_year
    if stage == "claims-only" or (place > 1 and chance.random() < 0.2):
        yield from _claims(code, practice.kind, yearly, last, chance)
        return
    spans = [(year, year) for year in range(max(first, last - 3), last + 1)] if place == 0 else [(first, last)]
    for start, end in spans:
        count = _cases(yearly * (end - start + 1), chance)
        if count:
            source = "Demo registry " + _years(start, end)
            yield _row(code, practice.kind, count, date(start, 1, 1), date(end, 12, 31), source, _after(end, chance))
    if place == 0 and last == LAST_FULL_YEAR and chance.random() < 0.3:
        half = _cases(yearly / 2, chance)
        if half:
            start_day, end_day = date(2026, 1, 1), date(2026, 6, 30)
            yield _row(code, practice.kind, half, start_day, end_day, "Demo registry 2026, first half", LAST_DAY)


def _claims(code: str, kind: str, yearly: float, year: int, chance: Random) -> Iterable[Row]:
    """Yield one year of a claims file, where small counts are hidden."""
    count = _cases(yearly, chance)
    if count:
        shown = None if count <= SUPPRESSED_UP_TO else count
        yield _row(code, kind, shown, date(year, 1, 1), date(year, 12, 31), f"Demo claims {year}", _after(year, chance))


def _research(codes: list[str], career: Career, parents: Mapping[str, str], chance: Random) -> Iterable[Row]:
    """Yield trials, publications, certification and reference centre, where there are any."""
    main = codes[0]
    year = chance.randrange(career.first_year - 2, career.last_year + 1)
    began = date(max(year, 2016), chance.randrange(1, 13), 1)
    until = LAST_DAY if career.last_year == LAST_FULL_YEAR else date(career.last_year, 12, 31)
    if chance.random() < career.trials:
        yield _row(main, "trials", chance.randrange(1, 9), began, until, "Demo trial list 2026", LAST_DAY)
    if chance.random() < career.publications:
        count = 1 + round(chance.lognormvariate(2, 0.8))
        yield _row(main, "publications", count, date(began.year, 1, 1), until, "Demo publication index 2026", LAST_DAY)
    if chance.random() < career.certified:
        yield _row(_tissue(main, parents), "certification", 1, began, until, "Demo specialty board", LAST_DAY)
    if career.scale > 1 and chance.random() < 0.3:
        yield _row(main, "centre", 1, began, until, "Demo reference centres 2026", LAST_DAY)


def _declared(practice: Practice, codes: list[str], career: Career, chance: Random) -> list[Row]:
    """Return what some say of themselves beside what is proved."""
    return [_self_declared(practice, codes[-1], career, chance)] if chance.random() < 0.15 else []


def _self_declared(practice: Practice, code: str, career: Career, chance: Random) -> Row:
    """Return a claim of the specialist's own, with the round number people give."""
    years = career.last_year - career.first_year + 1
    count = max(5, 5 * round(practice.cases[code] * years * chance.uniform(0.5, 1.5) / 5))
    start, end = date(career.first_year, 1, 1), date(career.last_year, 12, 31)
    return _row(code, "self-declared", count, start, end, "Demo profile", _after(career.last_year, chance))


def _cases(expected: float, chance: Random) -> int:
    """Return a whole number of cases around the expected one, often none where few are expected."""
    return int(expected * chance.uniform(0.8, 1.2) + chance.random())


def _tissue(code: str, parents: Mapping[str, str]) -> str:
    """Return the root of the code's tissue."""
    while parents[code]:
        code = parents[code]
    return code


def _after(year: int, chance: Random) -> date:
    """Return a day of the year after, when figures of a year are published."""
    return min(date(year + 1, 3, 1) + timedelta(days=chance.randrange(240)), LAST_DAY)


def _years(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _row(code: str, kind: str, count: int | None, start: date, end: date, source: str, retrieved: date) -> Row:
    """Return one evidence row without its owner; a count of None is suppressed."""
    slug = source.lower().replace(",", "").replace(" ", "-")
    return {
        "oncotree_code": code,
        "kind": kind,
        "count": "" if count is None else str(count),
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "source": source,
        "source_url": f"https://example.org/{slug}",
        "retrieved_on": retrieved.isoformat(),
    }
