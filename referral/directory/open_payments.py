"""Reader of Open Payments: what manufacturers paid to whom, for research and otherwise.

Source: CMS, https://openpaymentsdata.cms.gov (public domain). A research row names the study and up to five principal
investigators: from it comes evidence of trials, never the money. A general row is a payment: it is shown as a fact on
conflicts of interest and never enters the ranking. Of files of both kinds only rows of specialists in the directory
are taken; the ownership file is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from types import MappingProxyType

from referral import reference
from referral.directory.fields import Values
from referral.directory.headed_rows import NOT_KNOWN, Part, Sheet, parts, sheet
from referral.directory.open_payments_rows import (
    GENERAL,
    RESEARCH,
    Study,
    investigators,
    paid,
    program_year,
    recipient,
    study,
    told_diseases,
)
from referral.directory.report import ImportRefused, Report, Unusable
from referral.directory.statements import Counted, Item, Known, Payment, Progress, Subject
from referral.domain.codes import EvidenceKind

KIND = "open-payments"
SURE = 0.9
"""How sure the reading of a study's name must be before it counts as evidence."""
NO_CANCER = "research on what is no cancer, or on one that its name does not tell"
SOURCE_URL = "https://openpaymentsdata.cms.gov"

Trials = Mapping[str, tuple[str, ...]]
"""OncoTree codes of trials known from the register, by NCT id."""

_OTHER_FILES = ("OWNRSHP", "REMOVED_DELETED")


@dataclass(slots=True)
class _Studies:
    """The studies of one specialist, cancer and year, each counted once however often it was paid for."""

    file: str
    line: int
    rows: int = 0
    keys: set[str] = field(default_factory=set)
    counts: int = 0
    """Rows that the report counts with these; a row of several investigators or cancers counts with the first."""


@dataclass(slots=True)
class _Paid:
    file: str
    line: int
    rows: int = 0
    amount_usd: Decimal = Decimal(0)


@dataclass(slots=True)
class _Run:
    known: Known
    report: Report
    trials: Trials
    file: str = ""
    studies: dict[tuple[str, str, int], _Studies] = field(default_factory=dict)
    payments: dict[tuple[str, int, str, str], _Paid] = field(default_factory=dict)
    read_names: dict[str, str] = field(default_factory=dict)
    """Studies' names → the cancer they tell, empty where none: the same study stands in many rows."""


_Take = Callable[[_Run, Values, int], None]


def read(
    path: Path,
    known: Known,
    report: Report,
    progress: Progress | None,
    trials: Trials = MappingProxyType({}),
) -> Iterator[Item]:
    """Yield evidence of trials by specialist, cancer and year, and payments, summed by year, payer and nature.

    The conditions of `trials` decide of which cancer a study is, beside those that `known` has from the register. Else
    its name does, where that is read with a confidence of at least `SURE`. A folder or archive may hold one file of
    each kind.
    """
    run, taken = _Run(known, report, {**known.trials, **trials}), dict[bool, Part]()
    for part in _of_interest(path):
        with sheet(part, (RESEARCH, GENERAL), report, progress, known.npis) as table:
            research = table.layout is RESEARCH
            if other := taken.get(research):
                both = f"{other.name} and {part.name}"
                raise ImportRefused(path.name, f"holds two files of the same kind ({both}): import one year at a time")
            taken[research] = part
            run.file = table.name
            _go_through(run, table, _research if research else _general)
    yield from _evidence(run)
    yield from _payments(run)


def _of_interest(path: Path) -> list[Part]:
    """The files of a year's archive without those on ownership and on rows taken back."""
    found = parts(path)
    wanted = [part for part in found if not any(other in part.name.upper() for other in _OTHER_FILES)]
    return wanted or found


def _go_through(run: _Run, table: Sheet, take: _Take) -> None:
    for line, row in table.rows:
        try:
            take(run, table.values(row), line)
        except Unusable as error:
            table.reject(line, error)


def _research(run: _Run, values: Values, line: int) -> None:
    """Count the study for each investigator we know, under the cancers it is of."""
    people = [npi for npi in investigators(values) if npi in run.known.npis]
    if not people:
        run.report.skipped[NOT_KNOWN] += 1
        return
    what, year = study(values), program_year(values, run.known.today)
    codes = _cancers(run, what)
    if not codes:
        run.report.skipped[NO_CANCER] += 1
    for at, (npi, code) in enumerate(product(people, codes)):
        found = run.studies.setdefault((npi, code, year), _Studies(run.file, line))
        found.rows += 1
        found.counts += at == 0
        found.keys.add(what.key)


def _cancers(run: _Run, what: Study) -> tuple[str, ...]:
    if codes := run.trials.get(what.nct_id):
        return codes
    if what.name not in run.read_names:
        run.read_names[what.name] = _told_by(what.name)
    told = run.read_names[what.name]
    return (told,) if told else ()


def _told_by(name: str) -> str:
    """The cancer that a study's name tells beyond doubt, or an empty text."""
    for words in told_diseases(name):
        answer = reference.resolver().resolve(words, limit=1)
        if answer.readings and not answer.ask and answer.readings[0].confidence >= SURE:
            return answer.readings[0].code
    return ""


def _general(run: _Run, values: Values, line: int) -> None:
    """Add a payment to those of the same year, payer and nature."""
    npi = recipient(values)
    if npi not in run.known.npis:
        run.report.skipped[NOT_KNOWN] += 1
        return
    year, payment = program_year(values, run.known.today), paid(values)
    found = run.payments.setdefault((npi, year, payment.payer, payment.nature), _Paid(run.file, line))
    found.rows += 1
    found.amount_usd += payment.amount_usd


def _evidence(run: _Run) -> Iterator[Counted]:
    for (npi, code, year), found in sorted(run.studies.items()):
        text = f"Open Payments {year}: studies whose principal investigator or research payee is this specialist"
        start, end = date(year, 1, 1), date(year, 12, 31)
        yield Counted(
            Subject.PRACTITIONER, npi, code, EvidenceKind.TRIALS, len(found.keys), start, end, text, SOURCE_URL,
            found.line, found.rows, counts=found.counts, file=found.file,
        )  # fmt: skip


def _payments(run: _Run) -> Iterator[Payment]:
    for (npi, year, payer, nature), found in sorted(run.payments.items()):
        yield Payment(npi, year, payer, nature, found.amount_usd, found.line, found.rows, found.file)
