"""The reports for those who lead: tables over a period, each line beside the period before.

A table is codes and numbers; pages and files put the words to it. None is what is not known, or hidden.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from referral.domain.codes import Agreement
from referral.domain.lifecycle import Stage
from referral.domain.outcomes import Changed, Decided
from referral.domain.report_subjects import SUBJECTS, Subject, Unit
from referral.domain.reporting import Period, percentile, share, word
from referral.domain.suppression import LEAST, Group, shown
from referral.store import report_figures as figures

Value = float | int | None
Values = tuple[Value, ...]
Counted = Mapping[str, Values]
"""By code of a line its numbers, in the order of the table's columns."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its code, a name where the code alone says nothing, its numbers, and those of the period before."""

    code: str
    name: str
    values: Values
    before: Values
    hidden: tuple[bool, ...] = ()
    """Of each number that is missing, whether it is hidden; else there is none."""
    hidden_before: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A report with its numbers; `withheld` where so few people are in it that even its lines would tell."""

    subject: Subject
    lines: tuple[Line, ...]
    withheld: bool = False


def tables(period: Period, organization: str | None) -> tuple[Table, ...]:
    """Every report over a period, for all organizations or one."""
    now, before = _all(period, organization), _all(period.before, organization)
    return tuple(_table(subject, now[subject.name], before[subject.name], period) for subject in SUBJECTS)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one period: lines by code, names of lines that have one, None where withheld."""

    lines: Counted | None
    names: Mapping[str, str]


def _all(period: Period, organization: str | None) -> dict[str, Numbers]:
    stays = figures.stays(period, organization)
    specialists = figures.declines_by_specialist(period, organization)
    people = figures.people(period, organization)
    plain: dict[str, Counted] = {
        "closure": _closure(figures.closure(period, organization), period),
        "stages": _durations((stage, hours, number) for stage, hours, _, number in stays),
        "deadlines": _deadlines(stays),
        "decline-reasons": {reason: (n,) for reason, n in figures.declines_by_reason(period, organization)},
        "decline-specialists": {npi: (asked, declined) for npi, _, declined, asked in specialists},
        "reroutes": {
            after: (n, accepted, opinions, share(accepted, n))
            for after, n, accepted, opinions in figures.reroutes(period, organization)
        },
        "records": _durations(
            (record, hours, number)
            for together, hours, number in figures.records(period, organization)
            for record in together.split("|")
        ),
        "workload": {who: (requests, steps) for who, requests, steps in figures.workload(period, organization)},
        "agreement": _agreement(figures.agreement(period, organization)),
    }
    names = {npi: name for npi, name, _, _ in specialists}
    found = {name: Numbers(lines, names if name == "decline-specialists" else {}) for name, lines in plain.items()}
    splits: dict[str, Callable[[str, str, str], str]] = {
        "language": lambda language, state, rurality: language.split("-")[0].lower(),
        "rurality": lambda language, state, rurality: rurality,
        "state": lambda language, state, rurality: state,
    }
    found["outcomes"] = Numbers(_outcomes(figures.outcomes(period, organization)), {})
    return found | {name: Numbers(_split(people, key), {}) for name, key in splits.items()}


def _table(subject: Subject, now: Numbers, before: Numbers, period: Period) -> Table:
    if now.lines is None:
        return Table(subject, (), withheld=True)
    empty: Values = (None,) * len(subject.columns)
    earlier = before.lines or {}
    if subject.name == "closure":  # its lines are months, and each stands beside the one that many months before
        pairs = zip(period.months, period.before.months, strict=True)
        earlier = {word(month): earlier.get(word(older), empty) for month, older in pairs}
    lines = (
        Line(
            code,
            now.names.get(code, ""),
            values,
            earlier.get(code, empty),
            _hidden(subject, values),
            _hidden(subject, earlier.get(code), withheld=before.lines is None),
        )
        for code, values in now.lines.items()
    )
    return Table(subject, tuple(lines))


def _hidden(subject: Subject, values: Values | None, *, withheld: bool = False) -> tuple[bool, ...]:
    """Which numbers are hidden. None for a line that nobody is in: it has no numbers, unless all were withheld."""
    if values is None or not subject.hides:
        return (withheld and subject.hides,) * len(subject.columns)
    no_opinion = values[1] == 0  # so that there are no days to give the mean of
    return tuple(
        value is None and not (no_opinion and column.unit is Unit.DAYS)
        for value, column in zip(values, subject.columns, strict=True)
    )


def _closure(rows: Iterable[Sequence[int]], period: Period) -> Counted:
    found = {month: (sent, answered) for month, sent, answered in rows}
    months = ((month, *found.get(month, (0, 0))) for month in period.months)
    return {word(month): (sent, answered, share(answered, sent)) for month, sent, answered in months}


def _durations(rows: Iterable[tuple[str, int, int]]) -> Counted:
    """By code how many, the median and the 90th percentile; in the order of stages and records."""
    counted: dict[str, Counter[int]] = {}
    for code, hours, number in rows:
        counted.setdefault(code, Counter())[hours] += number
    return {
        code: (counts.total(), percentile(counts, 0.5), percentile(counts, 0.9))
        for code, counts in sorted(counted.items(), key=lambda item: _place(item[0]))
    }


def _deadlines(stays: Iterable[Sequence[object]]) -> Counted:
    ended, late = Counter[str](), Counter[str]()
    for stage, _, breached, number in stays:
        assert isinstance(stage, str)  # noqa: S101 - the rows are those of `report_figures.stays`
        assert isinstance(number, int)  # noqa: S101 - the same
        ended[stage] += number
        late[stage] += number if breached else 0
    return {stage: (ended[stage], late[stage], share(late[stage], ended[stage])) for stage in sorted(ended, key=_place)}


def _agreement(rows: Iterable[tuple[str, bool, int]]) -> Counted:
    counts = Counter[str]()
    for agreement, advice_only, number in rows:
        counts[agreement or ("advice-only" if advice_only else "not-said")] += number
    order = [*Agreement, "advice-only", "not-said"]
    return {code: (counts[code], share(counts[code], counts.total())) for code in order if counts[code]}


def _outcomes(rows: Iterable[tuple[str, str, int, int]]) -> Counted | None:
    """What patients said, by answer; None where so few answered that any number would tell of one."""
    decided, changed, helped = Counter[str](), Counter[str](), Counter[str]()
    for plan, codes, much, number in rows:
        decided[plan] += number
        helped[str(much) if much else "not-said"] += number
        changed.update(dict.fromkeys(codes.split("|") if codes else (), number))
    answers = decided.total()
    if 0 < answers < LEAST:
        return None
    said: dict[str, Values] = {"answered": (answers, share(answers, answers))} if answers else {}
    kinds = (("decided", decided, [*Decided]), ("helped", helped, ["5", "4", "3", "2", "1", "not-said"]))
    for kind, counts, order in kinds:
        told = shown([Group(code, counts[code], {}) for code in order])
        people: dict[str, int | None] = dict.fromkeys(order)
        if told is not None:
            people = {row.name: row.people for row in told}
        said |= {f"{kind}-{code}": (number, share(number, answers)) for code, number in people.items() if answers}
    return said | {f"changed-{code}": _of_all(changed[code], answers) for code in Changed if changed[code]}


def _of_all(number: int, answers: int) -> Values:
    """How many of all, hidden where it tells of a few who did, or of a few who did not."""
    few = 0 < number < LEAST or 0 < answers - number < LEAST
    return (None, None) if few else (number, share(number, answers))


def _split(rows: Iterable[Sequence[object]], key: Callable[[str, str, str], str]) -> Counted | None:
    people, opinions, declined, waited = (Counter[str]() for _ in range(4))
    for language, state, rurality, number, with_opinion, with_no, days in rows:
        code = key(str(language), str(state), str(rurality))
        for counter, value in zip(
            (people, opinions, declined, waited), (number, with_opinion, with_no, days), strict=True
        ):
            assert isinstance(value, int)  # noqa: S101 - the rows are those of `report_figures.people`
            counter[code] += value
    groups = [
        Group(code, people[code], {"opinion": opinions[code], "declined": declined[code]})
        for code in sorted(people, key=lambda code: (-people[code], code))
    ]
    rows_shown = shown(groups)
    if rows_shown is None:
        return None
    return {row.name: _line_of(row.people, row.having, waited[row.name]) for row in rows_shown}


def _line_of(people: int | None, having: Mapping[str, int | None], waited: int) -> Values:
    opinions = having["opinion"]
    days = round(waited / opinions, 1) if opinions else None
    return people, opinions, share(opinions, people), having["declined"], days


def _place(code: str) -> tuple[int, str]:
    stages = list(Stage)
    return (stages.index(Stage(code)), "") if code in set(Stage) else (len(stages), code)
