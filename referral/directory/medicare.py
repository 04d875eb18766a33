"""Reader of “Medicare Physician & Other Practitioners – by Provider and Service”: who did how much of what in a year.

Source: CMS (public domain but for CPT's own descriptors, which are not read). One row is a provider, a HCPCS code and
a place of service. Which codes point to which cancer, and how strongly, stands in `seed_data/procedure_signals.csv`
and, of CPT codes, `procedure_signals_cpt.csv`. Rows with fewer than 11 patients are not in the file, and only fee-
for-service Medicare is: what is absent means 1–10 or none, never 0, so nothing is said of it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from referral import reference
from referral.directory.csv_text import clean
from referral.directory.fields import MAX_COUNT, Values, shown, valid_npi
from referral.directory.headed_rows import NOT_KNOWN, NPI, Layout, Part, Sheet, holds_none_of, parts, sheet
from referral.directory.report import ImportRefused, Report, Unusable
from referral.directory.statements import Counted, Item, Known, Progress, Subject
from referral.domain.codes import EvidenceKind

KIND = "medicare"
NO_SIGNAL = "service that does not point to one cancer"
TOO_WEAK = "evidence of less than one patient or procedure, left out"
TOO_FEW = "service of which less than one patient or procedure stands for any one cancer"
SIGNAL_FILES = ("procedure_signals.csv", "procedure_signals_cpt.csv")
"""The second is keyed by CPT codes, which are the AMA's; without it the reader uses the first alone."""
SOURCE_URL = (
    "https://data.cms.gov/provider-summary-by-type-of-service/medicare-physician-other-practitioners/"
    "medicare-physician-other-practitioners-by-provider-and-service"
)

_FIRST_YEAR = 2012
_FEWEST = 11
_CODE, _PATIENTS, _SERVICES = "code", "patients", "services"
_NAME = "Medicare Physician & Other Practitioners by Provider and Service"
_LAYOUTS = (
    Layout(
        _NAME,
        {NPI: "Rndrng_NPI", _CODE: "HCPCS_Cd", _PATIENTS: "Tot_Benes", _SERVICES: "Tot_Srvcs"},
    ),
    Layout(
        f"{_NAME}, names used until 2018",
        {NPI: "npi", _CODE: "hcpcs_code", _PATIENTS: "bene_unique_cnt", _SERVICES: "line_srvc_cnt"},
    ),
)
_YEAR_OF_DATA = re.compile(r"(?<![A-Za-z0-9])(?:D|DY|CY)(?:20)?([0-9]{2})(?![0-9])", re.IGNORECASE)
_FULL_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Signal:
    """What a service says: `weight` is the share of such services that stand for this cancer, in (0, 1]."""

    oncotree_code: str
    kind: EvidenceKind
    weight: float


@dataclass(slots=True)
class _Sum:
    """What one specialist's rows say of one cancer; `amount` None as long as every row is suppressed."""

    line: int
    rows: int = 0
    amount: float | None = None
    counts: int = 0
    """Rows that the report counts with this one; a row that points to several cancers counts with the first."""

    @property
    def count(self) -> int | None:
        """The number, cut and not rounded, so that it never says more than the file."""
        return None if self.amount is None else min(int(self.amount + 1e-9), MAX_COUNT)

    def take(self, amount: float | None, kind: EvidenceKind) -> None:
        """Take one more row: procedures add up, of patients the largest number counts, since they may be the same."""
        self.rows += 1
        if amount is None:
            return
        before = self.amount or 0.0
        self.amount = before + amount if kind is EvidenceKind.PROCEDURES else max(before, amount)


Signals = Mapping[str, tuple[Signal, ...]]
_Key = tuple[str, str, EvidenceKind]


@dataclass(slots=True)
class _Sums:
    """What all rows say, and how many rows of a specialist point to the same cancers."""

    of: dict[_Key, _Sum] = field(default_factory=dict)
    rows: Counter[tuple[_Key, ...]] = field(default_factory=Counter)


def signals() -> Signals:
    """What each HCPCS code points to, from the tables that are there."""
    found: dict[str, tuple[Signal, ...]] = {}
    for name in SIGNAL_FILES:
        if (reference.SEED_DATA / name).exists():
            for row in reference.rows(name):
                signal = Signal(row["oncotree_code"], EvidenceKind(row["kind"]), float(row["weight"]))
                found[row["code"]] = (*found.get(row["code"], ()), signal)
    return found


def read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]:
    """Yield one evidence row per specialist, cancer, kind and year; ImportRefused where the year is not known.

    Several rows of one specialist and cancer become one: see `_Sum.take`. The rows need not be sorted.
    """
    part = _only(path)
    sums, pointing = _Sums(), signals()
    pointless = holds_none_of(pointing.keys(), NO_SIGNAL)  # most rows of a specialist are visits and the like
    with sheet(part, _LAYOUTS, report, progress, known.npis, pointless) as table:
        year = _year(part, known.today)
        _add_up(table, known, pointing, report, sums)
    _share_rows(sums, report)
    yield from (replace(each, file=part.name) for each in _evidence(sums, year, report))


def source(year: int) -> str:
    """What stands as the source of an evidence row: where the number is from, and what it is not."""
    return (
        f"Medicare by Provider and Service {year}: fee-for-service patients only; services with fewer than {_FEWEST} "
        "patients are not published (1–10 or none); estimated from the share of each service that stands for the cancer"
    )


def _only(path: Path) -> Part:
    found = parts(path)
    if len(found) > 1:
        named = ", ".join(part.name for part in found[:3])
        raise ImportRefused(path.name, f"holds several files ({named}): import one year's file at a time")
    return found[0]


def _year(part: Part, today: date) -> int:
    """The calendar year of the data, which stands in no row: “…_D22_…”, “…_DY22_…” or “…_2022_…” in a file's name."""
    for name in dict.fromkeys((Path(part.name).name, part.path.name)):
        years = {int(found) + 2000 for found in _YEAR_OF_DATA.findall(name)}
        years = years or {int(found) for found in _FULL_YEAR.findall(name)}
        if len(years) == 1 and _FIRST_YEAR <= (year := years.pop()) <= today.year:
            return year
    message = (
        "the year of the data stands in no row and not in the file's name: keep CMS's own name, such as "
        "MUP_PHY_R24_P05_V10_D22_Prov_Svc.csv, or put the year into it, such as medicare_2022.csv"
    )
    raise ImportRefused(part.path.name, message)


def _add_up(table: Sheet, known: Known, pointing: Signals, report: Report, sums: _Sums) -> None:
    """Read every row; of those whose code points to a cancer, add up what they say."""
    npi_at, code_at = table.at[NPI], table.at[_CODE]
    for line, row in table.rows:
        try:
            found = pointing.get(clean(row[code_at], _CODE), ())
            if row[npi_at].strip() not in known.npis:
                valid_npi(table.values(row), NPI)
                report.skipped[NOT_KNOWN] += 1
            elif not found:
                report.skipped[NO_SIGNAL] += 1
            else:
                _take(sums, row[npi_at].strip(), line, _amounts(table.values(row)), found)
        except Unusable as error:
            table.reject(line, error)


def _amounts(values: Values) -> dict[EvidenceKind, float | None]:
    return {
        EvidenceKind.PATIENTS: _amount(values, _PATIENTS),
        EvidenceKind.PROCEDURES: _amount(values, _SERVICES),
    }


def _amount(values: Values, column: str) -> float | None:
    """A number of at least 11, which may have decimals; None where it is suppressed (empty or a star)."""
    value = values[column].replace(",", "")
    if value in ("", "*"):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Unusable(column, f"{shown(value)} is not a number")
    if number < _FEWEST:
        raise Unusable(column, f"{shown(value)} is below {_FEWEST}: CMS publishes no such row")
    return float(number)


def _take(
    sums: _Sums, npi: str, line: int, amounts: Mapping[EvidenceKind, float | None], found: tuple[Signal, ...]
) -> None:
    keys = tuple((npi, signal.oncotree_code, signal.kind) for signal in found)
    sums.rows[keys] += 1
    for key, signal in zip(keys, found, strict=True):
        amount = amounts[signal.kind]
        total = sums.of.setdefault(key, _Sum(line))
        total.take(None if amount is None else amount * signal.weight, signal.kind)


def _share_rows(sums: _Sums, report: Report) -> None:
    """Let each row count once: with the first of its cancers for which enough came together, or as left out."""
    for keys, rows in sums.rows.items():
        total = next((sums.of[key] for key in keys if sums.of[key].count != 0), None)
        if total is None:
            report.skipped[TOO_FEW] += rows
        else:
            total.counts += rows


def _evidence(sums: _Sums, year: int, report: Report) -> Iterator[Counted]:
    """Evidence rows by NPI."""
    text, start, end = source(year), date(year, 1, 1), date(year, 12, 31)
    for (npi, code, kind), total in sorted(sums.of.items()):
        if total.count == 0:
            report.notes[TOO_WEAK] += 1
            continue
        yield Counted(
            Subject.PRACTITIONER, npi, code, kind, total.count, start, end, text, SOURCE_URL, total.line, total.rows,
            counts=total.counts,
        )  # fmt: skip
