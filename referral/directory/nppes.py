"""Import of the monthly or weekly NPPES file: everybody in the United States with an NPI and an oncology
taxonomy.

The file has millions of rows and streams through; only the NPIs taken are remembered. Whatever another
source said of a specialist stays; NPPES fills blanks and keeps one role of its own, at the practice address.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from referral import reference
from referral.directory.csv_text import lines, opened, records
from referral.directory.nppes_rows import DEACTIVATED, NO_ONCOLOGY, NPI, SOURCE, Columns, Person, person
from referral.directory.report import ImportRefused, Rejection, Report, Unusable
from referral.models import Practitioner, PractitionerRole
from referral.store import directory, directory_import
from referral.store.directory import Db
from referral.store.directory_import import BATCH, fill_blanks, overwrite_unless_foreign

Progress = Callable[[str, int], None]

_MEMBER = re.compile(r"npidata_pfile_.*(?<!header)\.csv", re.IGNORECASE)
_TELL_EVERY = 50_000


@dataclass(slots=True)
class _Run:
    """One import under way."""

    session: Db
    now: datetime
    since: date | None
    report: Report
    held: set[str]
    seen: set[str] = field(default_factory=set)
    batch: list[Person] = field(default_factory=list)
    deactivated: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Specialists held who have no oncology taxonomy any more."""


def import_nppes(
    path: Path,
    *,
    session: Db,
    now: datetime,
    since: date | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Take over the oncology specialists of an NPPES file (.csv, .gz, or the .zip CMS offers) and report.

    The caller commits, or rolls back on ImportRefused. `since` leaves out rows last updated before that day;
    deactivations count whatever their age. `dry_run` writes nothing; `progress` is told file and rows read.
    """
    report = Report("nppes", path.name, dry_run)
    if not dry_run:
        directory_import.lock_directory(session)
    run = _Run(session, now, since, report, directory.live_npis(session, besides={directory.DEMO}))
    with opened(path, _MEMBER) as stream:
        found = records(lines(stream, path.name, "surrogateescape"), path.name, report.reject)
        header = next(found, None)
        if header is None:
            raise ImportRefused(path.name, "is empty; the NPPES header was expected")
        _read(run, Columns(header[1], path.name), found, progress)
    _write(run)
    _finish(run)
    return report


def _read(run: _Run, columns: Columns, found: Iterator[tuple[int, list[str]]], progress: Progress | None) -> None:
    """Sort the rows into those taken, left out and rejected; this loop sees every row of the country."""
    report, kept, since = run.report, reference.disciplines().keys(), run.since
    for number, (line, row) in enumerate(found, start=1):
        if reason := columns.left_out(row, kept, since):
            report.skipped[reason] += 1
            _note_departure(run, reason, columns.npi(row))
        else:
            _take(run, columns, line, row)
        if progress and number % _TELL_EVERY == 0:
            progress(report.name, number)
    report.read = report.rejected_count + report.skipped.total() + report.taken + len(run.batch)
    if progress:
        progress(report.name, report.read)


def _note_departure(run: _Run, reason: str, npi: str) -> None:
    """Remember somebody we hold whom the file says to be gone."""
    if npi in run.held and reason == DEACTIVATED:
        run.deactivated.append(npi)
    elif npi in run.held and reason == NO_ONCOLOGY:
        run.left.append(npi)


def _take(run: _Run, columns: Columns, line: int, row: list[str]) -> None:
    try:
        found = person(columns.values(row))
        if found.practitioner["npi"] in run.seen:
            raise Unusable(NPI, f"{found.practitioner['npi']} stands in the file already")
    except Unusable as error:
        run.report.reject(Rejection(run.report.name, line, error.column, error.reason))
        return
    run.seen.add(found.practitioner["npi"])
    run.batch.append(found)
    if len(run.batch) == BATCH:
        _write(run)


def _write(run: _Run) -> None:
    """Take the batch over, count its rows, and leave it empty; a row changed when specialist or role did."""
    batch, report, write = run.batch, run.report, not run.report.dry_run
    people = [found.practitioner for found in batch]
    roles = [found.role for found in batch]
    taken = directory_import.upsert(run.session, Practitioner, people, settle=fill_blanks, write=write)
    placed = directory_import.upsert(run.session, PractitionerRole, roles, settle=overwrite_unless_foreign, write=write)
    moved = {found.practitioner["npi"] for found in batch if found.role["id"] in placed.added | placed.changed}
    changed = (taken.changed | moved) - taken.added
    report.added += len(taken.added)
    report.changed += len(changed)
    report.unchanged += len(batch) - len(taken.added) - len(changed)
    for found in batch:
        report.notes.update(found.notes)
    batch.clear()


def _finish(run: _Run) -> None:
    """Retire who is gone, and the demo rows when somebody real came; write the import down."""
    report, write = run.report, not run.report.dry_run
    report.retired = directory_import.retire_specialists(run.session, run.deactivated, run.now, write=write)
    left = [npi for npi in run.left if npi not in run.seen]
    report.retired += directory_import.retire_specialists(run.session, left, run.now, source=SOURCE, write=write)
    if report.taken:
        report.demo_retired = directory_import.retire_demo(run.session, run.now, write=write)
    if write:
        directory_import.record_import(
            run.session,
            kind=report.kind,
            name=report.name,
            finished_at=run.now,
            rows=report.read,
            changed=report.added + report.changed + report.retired,
            rejected=report.rejected_count,
        )
