"""Reading the monthly or weekly NPPES file: everybody in the United States with an NPI and an oncology taxonomy.

The file has millions of rows and streams through; only the NPIs taken are remembered. Of everybody taken it says who
they are and one role, at the practice address; of those whom the directory holds also that they are gone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from referral import reference
from referral.directory.csv_text import opened, rows_of
from referral.directory.nppes_lines import RelevantLines
from referral.directory.nppes_rows import NO_ONCOLOGY, NPI, Columns, Person, person, role_id
from referral.directory.report import ImportRefused, Rejection, Report, Unusable
from referral.directory.statements import Gone, Item, Known, Progress, Statement, Subject
from referral.domain.settling import DEACTIVATED, NPPES

KIND = NPPES
_MEMBER = re.compile(r"npidata_pfile_.*(?<!header)\.csv", re.IGNORECASE)


@dataclass(slots=True)
class _Run:
    """One file that is being read."""

    report: Report
    since: date | None
    held: frozenset[str]
    seen: set[str] = field(default_factory=set)
    gone: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Specialists held whom the file says to be gone: why, and in which line."""


def read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]:
    """Yield the oncology specialists of an NPPES file (.csv, .gz, or the .zip CMS offers), then who is gone.

    `known.since` leaves out rows last updated before that day; deactivations count whatever their age.
    """
    run = _Run(report, known.since, known.npis)

    def told(number: int) -> None:
        if progress:
            progress(path.name, number)

    with opened(path, _MEMBER) as stream:
        kept = reference.disciplines().keys()
        texts = RelevantLines(stream, path.name, kept, known.npis, told)
        found = rows_of(texts, path.name, report.reject)
        header = next(found, None)
        if header is None:
            raise ImportRefused(path.name, "is empty; the NPPES header was expected")
        columns = Columns(header[1], path.name)
        texts.judge_by(header[1])
        yield from _people(run, columns, found)
    report.skipped.update({reason: number for reason, number in texts.skipped.items() if number})
    report.read = len(run.seen) + report.skipped.total() + report.rejected_count
    told(report.read)
    yield from _departed(run)


def _people(run: _Run, columns: Columns, found: Iterator[tuple[int, list[str]]]) -> Iterator[Item]:
    """Sort the rows into those taken, left out and rejected."""
    kept = reference.disciplines().keys()
    for line, row in found:
        reason = columns.left_out(row, kept, run.held, run.since)
        if reason is None:
            yield from _taken(run, columns, line, row)
            continue
        run.report.skipped[reason] += 1
        if reason in (DEACTIVATED, NO_ONCOLOGY) and columns.npi(row) in run.held:
            run.gone[columns.npi(row)] = (reason, line)


def _taken(run: _Run, columns: Columns, line: int, row: list[str]) -> Iterator[Item]:
    try:
        found = person(columns.values(row))
        if found.npi in run.seen:
            raise Unusable(NPI, f"{found.npi} stands in the file already")
    except Unusable as error:
        run.report.reject(Rejection(run.report.name, line, error.column, error.reason))
        return
    run.seen.add(found.npi)
    run.report.notes.update(found.notes)
    yield from _statements(found, line)


def _statements(found: Person, line: int) -> Iterator[Item]:
    yield Statement(Subject.PRACTITIONER, found.npi, found.practitioner, line)
    yield Statement(Subject.ROLE, role_id(found.npi), found.role, line, also=True)


def _departed(run: _Run) -> Iterator[Item]:
    """Who is gone; somebody who also stands in the file as an oncologist has only lost one of two entries."""
    for npi, (reason, line) in run.gone.items():
        if reason == DEACTIVATED or npi not in run.seen:
            yield Gone(Subject.PRACTITIONER, npi, reason, line)
            yield Gone(Subject.ROLE, role_id(npi), reason, line)
