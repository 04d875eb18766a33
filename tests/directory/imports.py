"""Imports as the tests make them: of one kind, with the options in one line."""

from datetime import date, datetime
from pathlib import Path

from referral.directory.report import Report
from referral.directory.statements import Progress
from referral.services.import_directory import Options, import_directory


def import_native(
    folder: Path,
    *,
    now: datetime,
    strict: bool = False,
    replace: bool = False,
    dry_run: bool = False,
    demo: bool = False,
    progress: Progress | None = None,
    outbound_allow: frozenset[str] = frozenset(),
) -> Report:
    """Import a folder in `native` format."""
    options = Options(strict, replace, None, dry_run, demo, outbound_allow)
    return import_directory("native", folder, now=now, options=options, progress=progress)


def import_nppes(
    path: Path, *, now: datetime, since: date | None = None, dry_run: bool = False, progress: Progress | None = None
) -> Report:
    """Import an NPPES file."""
    return import_directory("nppes", path, now=now, options=Options(since=since, dry_run=dry_run), progress=progress)
