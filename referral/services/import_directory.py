"""Imports a source of specialists: read → check → take over in one short transaction → report.

What a reader yields is kept in files first, so memory stays flat and the directory is locked only for the time of the
writing. An import that is killed leaves the directory as it was; the next one says so of it and begins anew.
"""

import errno
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy.exc import OperationalError

from referral.directory import centres, clinicians, medicare, native, nppes, nucc, open_payments, plan_net, trials
from referral.directory.csv_text import Meter, metered
from referral.directory.report import ImportRefused, Report
from referral.directory.spool import Spool
from referral.directory.statements import Item, Known, Progress
from referral.domain.settling import DEMO
from referral.extensions import db
from referral.services.import_files import alone, clear_away, digest_of, import_folder, rejected_rows, size_of
from referral.services.take_over import Occasion, take_over
from referral.settings import Settings
from referral.store import directory, imports
from referral.store.research import trial_codes

Read = Callable[[Path, Known, Report, Progress | None], Iterator[Item]]

READERS: dict[str, Read] = {
    native.KIND: native.read,
    nppes.KIND: nppes.read,
    nucc.KIND: nucc.read,
    clinicians.KIND: clinicians.read,
    medicare.KIND: medicare.read,
    trials.KIND: trials.read,
    open_payments.KIND: open_payments.read,
    plan_net.KIND: plan_net.read,
    centres.KIND: centres.read,
}
"""Every kind of source; each reader knows nothing but its file."""
BUILT_IN: Mapping[str, Path] = {centres.KIND: centres.PATH}
"""Kinds whose table comes with the service."""
_BEAT_EVERY = 2.0
"""Seconds between two signs of life."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an import is made.

    `strict` refuses everything when one row is rejected; `replace` also retires what this source had before and has
    not any more (both native); `since` leaves out rows last updated before that day (nppes); `dry_run` writes nothing;
    `demo` marks the rows as made up. `outbound_allow` names "host:port" that a channel may reach over plain http.
    """

    strict: bool = False
    replace: bool = False
    since: date | None = None
    dry_run: bool = False
    demo: bool = False
    outbound_allow: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Run:
    """One import under way; `import_id` is None for a trial run, which leaves no trace."""

    kind: str
    path: Path
    name: str
    origin: str
    now: datetime
    options: Options
    report: Report
    told: Progress | None
    import_id: int | None = None
    begun: float = 0.0
    beaten: float = 0.0

    def clock(self) -> datetime:
        """The time it is: the moment at which the import began and what has gone by since."""
        return self.now + timedelta(seconds=time.monotonic() - self.begun)


def import_directory(
    kind: str, path: Path, *, now: datetime, options: Options | None = None, progress: Progress | None = None
) -> Report:
    """Import `path` as a source of this kind, commit, and report; ImportRefused leaves the directory as it was.

    Waits while another import is under way. The same file once more is not read again, but for the kind native, whose
    folders are small and whose options matter. `progress` is told file and rows read.
    """
    run = _prepared(kind, path, now, options or Options(), progress)
    with alone(_data_dir()):
        _clear_away(run)
        digest = digest_of(path, run.origin, _known(run), _others(run))
        if kind != native.KIND and not run.options.dry_run and _done_before(run, digest):
            return run.report
        _begin(run, digest)
        with _failing_well(run):
            _import(run)
    return run.report


def _prepared(kind: str, path: Path, now: datetime, options: Options, progress: Progress | None) -> _Run:
    name = path.resolve().name.encode("utf-8", "replace").decode("utf-8")
    report = Report(kind, name, options.dry_run)
    origin = directory.origin_of(kind, name, demo=options.demo)
    return _Run(kind, path, name, origin, now, options, report, progress, begun=time.monotonic())


def _data_dir() -> Path:
    settings: Settings = current_app.extensions["settings"]
    return settings.data_dir


def _clear_away(run: _Run) -> None:
    """Put imports aside that were ended before they were done; nobody else is at work now."""
    if run.options.dry_run:
        return
    clear_away(_data_dir(), imports.fail_dead(run.now))
    db.session.commit()


def _others(run: _Run) -> set[str]:
    """The specialists whom other sources have."""
    found = directory.live_npis(besides={run.origin, DEMO})
    db.session.rollback()
    return found


def _known(run: _Run) -> Known:
    """What the reader may know. Demo rows go when real ones come, so nothing may point to them.

    With `replace` this source's own rows count only when it lists them.
    """
    besides = {run.origin} if run.options.replace else set()
    if run.origin != DEMO:
        besides.add(DEMO)
    known = Known(
        npis=frozenset(directory.live_npis(besides=besides)),
        today=run.now.date(),
        since=run.options.since,
        organizations=frozenset(directory.live_organization_ids(besides=besides)),
        origin=run.origin,
        outbound_allow=run.options.outbound_allow,
        trials=trial_codes() if run.kind == open_payments.KIND else {},
    )
    db.session.rollback()
    return known


def _done_before(run: _Run, digest: str) -> bool:
    """Whether the last import of this kind was of the very same files, and nothing has changed that decides on them."""
    last = imports.last_finished(run.kind)
    if last is None or not digest or last.digest != digest:
        return False
    run.report.same_as = f"{last.finished_at:%Y-%m-%d}"
    db.session.rollback()
    return True


def _begin(run: _Run, digest: str) -> None:
    if run.options.dry_run:
        return
    size, demo = size_of(run.path), run.options.demo
    run.import_id = imports.start(run.kind, run.name, run.now, digest=digest, size=size, demo=demo)
    db.session.commit()


def _import(run: _Run) -> None:
    """Read everything, then take it over; the files are closed before the directory is touched."""
    folder = import_folder(_data_dir(), run.import_id)
    with _emptied(folder):
        spool = Spool(folder)
        with rejected_rows(_data_dir(), run.import_id) as sink, closing(spool):
            run.report.sink = sink
            _read(run, spool)
        run.report.sink = None
        if run.options.strict and run.report.rejected:
            raise _refused(run.report)
        _take_over(run, spool)


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read(run: _Run, spool: Spool) -> None:
    with metered() as meter:
        for item in READERS[run.kind](run.path, _known(run), run.report, _telling(run, meter)):
            spool.add(item)


def _telling(run: _Run, meter: Meter) -> Progress:
    """Return what tells the caller how far the reading is, and now and then the database."""

    def tell(file: str, rows: int) -> None:
        if run.told:
            run.told(file, rows)
        if run.import_id is not None and time.monotonic() - run.beaten >= _BEAT_EVERY:
            run.beaten = time.monotonic()
            imports.beat(run.import_id, run.clock(), rows=rows, bytes_read=meter.bytes_read())
            db.session.commit()

    return tell


def _take_over(run: _Run, spool: Spool) -> None:
    """Change the directory in one transaction, which also says that the import is finished."""
    report, options = run.report, run.options
    imports.lock_directory()
    occasion = Occasion(run.kind, run.origin, run.now, run.import_id, options.replace)
    take_over(spool, report, occasion)
    if options.dry_run:
        db.session.rollback()
        return
    if run.import_id is not None:
        imports.finish(
            run.import_id,
            run.clock(),
            rows=report.read,
            changed=report.added + report.changed + report.retired,
            rejected=report.rejected_count,
            report=report.as_json(),
        )
    db.session.commit()


@contextmanager
def _failing_well(run: _Run) -> Iterator[None]:
    """Undo what was begun, write down why it failed, and say it in words where it can be said."""
    try:
        yield
    except BaseException as error:
        db.session.rollback()
        refused = _in_words(error, run)
        with suppress(OperationalError):
            _write_failure(run, str(refused or f"it ended with {type(error).__name__}"))
        if refused is None:
            raise
        raise refused from error


def _write_failure(run: _Run, problem: str) -> None:
    if run.import_id is not None:
        imports.fail(run.import_id, run.clock(), problem, run.report.as_json())
        db.session.commit()


def _in_words(error: BaseException, run: _Run) -> ImportRefused | None:
    """What was wrong with the file or the machine; None where the program itself is at fault."""
    if isinstance(error, ImportRefused):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        where = f"no space is left in {_data_dir()} for the import's own files"
        return ImportRefused(run.name, f"{where}; nothing was imported")
    if isinstance(error, OperationalError) and _disk_is_full(error):
        return ImportRefused(run.name, "no space is left for the database; nothing was imported")
    return None


def _disk_is_full(error: OperationalError) -> bool:
    """SQLite says it in words, PostgreSQL by the code 53100 (disk_full)."""
    return "full" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "53100"


def _refused(report: Report) -> ImportRefused:
    first, number = report.rejected[0], report.rejected_count
    more = f"; {number:,} rows were rejected in all" if number > 1 else ""
    message = f"{first.reason}{more}; nothing was imported"
    return ImportRefused(first.file, message, line=first.line, column=first.column, report=replace(report, sink=None))
