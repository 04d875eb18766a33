"""Import of a folder in the service's own format: five CSV files, each row checked, all in one transaction.

Order: every header is read before anything is written; then organizations, specialists, roles and evidence,
so that whatever a row points to has been seen. A row that cannot be used is reported and skipped, with what
hangs on it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from referral.directory import native_rows
from referral.directory.fields import Values, shown
from referral.directory.native_rows import Setting
from referral.directory.report import ImportRefused, Rejection, Report, Unusable
from referral.directory.tables import Layout, check_header, rows
from referral.directory.tables import Row as FileRow
from referral.models import Experience, Organization, OrganizationExperience, Practitioner, PractitionerRole
from referral.store import directory, directory_import
from referral.store.directory import Db, Model
from referral.store.directory_import import BATCH, Row, Settle, keep_known, overwrite, overwrite_own

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of the folder and the table it fills."""

    layout: Layout
    model: Model
    make: Callable[[Values, Setting], Row]
    key: str
    """The column that names a row, or whose evidence it is."""


_ORGANIZATIONS = _Part(native_rows.ORGANIZATIONS, Organization, native_rows.organization, "organization_id")
_SPECIALISTS = _Part(native_rows.SPECIALISTS, Practitioner, native_rows.specialist, "npi")
_ROLES = _Part(native_rows.ROLES, PractitionerRole, native_rows.role, "role_id")
_EXPERIENCE = _Part(native_rows.EXPERIENCE, Experience, native_rows.experience, "npi")
_ORGANIZATION_EXPERIENCE = _Part(
    native_rows.ORGANIZATION_EXPERIENCE,
    OrganizationExperience,
    native_rows.organization_experience,
    "organization_id",
)
_REQUIRED = (_ORGANIZATIONS, _SPECIALISTS, _ROLES, _EXPERIENCE)
_ALL = (*_REQUIRED, _ORGANIZATION_EXPERIENCE)
_NO_PLACE = "the place is not known, so only searches for remote opinions find the role"


@dataclass(slots=True)
class _Seen:
    """What one file had: usable rows and rejected ones, each key with its line."""

    usable: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Run:
    """One import under way."""

    folder: Path
    session: Db
    setting: Setting
    report: Report
    replace: bool
    progress: Progress | None
    held: dict[Model, set[str]]
    seen: dict[Model, _Seen]


def import_native(
    folder: Path,
    *,
    session: Db,
    now: datetime,
    strict: bool = False,
    replace: bool = False,
    dry_run: bool = False,
    demo: bool = False,
    progress: Progress | None = None,
    outbound_allow: frozenset[str] = frozenset(),
) -> Report:
    """Take over a folder in `native` format and report; the caller commits, or rolls back on ImportRefused.

    `strict` refuses everything when one row is rejected; `replace` also retires what this origin had before
    and the folder has not; `dry_run` writes nothing; `demo` marks the rows as made up; `progress` is told
    file and rows read. `outbound_allow` names "host:port" that a channel may reach over plain http.
    """
    parts = _parts(folder)
    name = folder.resolve().name.encode("utf-8", "replace").decode("utf-8")
    report = Report("native", name, dry_run)
    setting = Setting(directory.origin_of("native", name, demo=demo), now.date(), outbound_allow)
    if not dry_run:
        directory_import.lock_directory(session)
    held = _held(session, setting.origin, replace)
    seen = {part.model: _Seen() for part in _ALL}
    run = _Run(folder, session, setting, report, replace, progress, held, seen)
    for part in parts:
        _take(run, part)
    if strict and report.rejected:
        raise _refused(report)
    _finish(run, now, demo)
    return report


def _parts(folder: Path) -> list[_Part]:
    """Return the files to read, after a look at each header."""
    if not folder.is_dir():
        raise ImportRefused(str(folder), "is no folder; a native directory is a folder of CSV files")
    for part in _REQUIRED:
        if not (folder / part.layout.file).is_file():
            needed = ", ".join(each.layout.file for each in _REQUIRED)
            raise ImportRefused(part.layout.file, f"is missing: the folder must hold {needed}")
    parts = list(_REQUIRED)
    if (folder / native_rows.ORGANIZATION_EXPERIENCE.file).exists():
        parts.append(_ORGANIZATION_EXPERIENCE)
    for part in parts:
        check_header(folder, part.layout)
    return parts


def _held(session: Db, origin: str, replace: bool) -> dict[Model, set[str]]:
    """Return what the directory has for rows to point to.

    Demo rows go when real ones come; with `replace` this origin's own rows count only when the folder lists
    them.
    """
    besides = {origin} if replace else set()
    if origin != directory.DEMO:
        besides.add(directory.DEMO)
    return {
        Practitioner: directory.live_npis(session, besides=besides),
        Organization: directory.live_organization_ids(session, besides=besides),
    }


def _take(run: _Run, part: _Part) -> None:
    """Read one file and take its rows over in batches."""
    before, batch = run.report.read, list[Row]()
    for row in rows(run.folder, part.layout, run.report):
        made = _usable(run, part, row)
        if made is not None:
            batch.append(made)
        if len(batch) == BATCH:
            _write(run, part, batch)
            _tell(run, part, before)
    _write(run, part, batch)
    _tell(run, part, before)


def _usable(run: _Run, part: _Part, row: FileRow) -> Row | None:
    """Return the table's row, or report why there is none."""
    seen = run.seen[part.model]
    try:
        if row.unusable:
            raise row.unusable
        _check_owner(run, part, row)
        made = part.make(row.values, run.setting)
        _check_references(run, part, made)
        _check_new(part, seen, made)
    except Unusable as error:
        run.report.reject(Rejection(part.layout.file, row.line, error.column, error.reason))
        seen.rejected.setdefault(row.values.get(part.key, ""), row.line)
        return None
    seen.usable[made[_primary_key(part)]] = row.line
    return made


def _primary_key(part: _Part) -> str:
    return "npi" if part is _SPECIALISTS else "id"


def _check_owner(run: _Run, part: _Part, row: FileRow) -> None:
    """A row falls with the specialist or organization it belongs to, whatever else may be wrong with it."""
    for owner in (_SPECIALISTS, _ORGANIZATIONS):
        key, seen = row.values.get(owner.key), run.seen[owner.model]
        if part is not owner and key and key in seen.rejected and key not in seen.usable:
            at = f"{owner.layout.file}, line {seen.rejected[key]}"
            raise Unusable(owner.key, f"the row it points to was rejected ({at})")


def _check_references(run: _Run, part: _Part, made: Row) -> None:
    """What a row points to stands in this folder or in the directory already."""
    for owner in (_SPECIALISTS, _ORGANIZATIONS):
        key = made.get(owner.key)
        if part is owner or key is None:
            continue
        if key not in run.seen[owner.model].usable and key not in run.held[owner.model]:
            missing = f"{shown(key)} is neither in {owner.layout.file} nor in the directory"
            raise Unusable(owner.key, missing)


def _check_new(part: _Part, seen: _Seen, made: Row) -> None:
    """One thing is said once in a file: of two rows nobody knows which is right, the first stands."""
    line = seen.usable.get(made[_primary_key(part)])
    if line is None:
        return
    if part in (_EXPERIENCE, _ORGANIZATION_EXPERIENCE):
        raise Unusable(None, f"has the same code, kind, source and period as line {line}")
    raise Unusable(part.key, f"stands in line {line} already")


def _write(run: _Run, part: _Part, batch: list[Row]) -> None:
    """Take a batch over, count it, and leave it empty."""
    taken = directory_import.upsert(
        run.session, part.model, batch, settle=_settle(run, part), write=not run.report.dry_run
    )
    run.report.added += len(taken.added)
    run.report.changed += len(taken.changed)
    run.report.unchanged += len(batch) - len(taken.added) - len(taken.changed)
    if part is _ROLES and (lost := sum(row["latitude"] is None for row in batch)):
        run.report.notes[_NO_PLACE] += lost
    batch.clear()


def _settle(run: _Run, part: _Part) -> Settle:
    """Specialists are known from several sources: an empty field must not erase what another one said."""
    if part is not _SPECIALISTS:
        return overwrite
    return overwrite_own if run.replace else keep_known


def _tell(run: _Run, part: _Part, before: int) -> None:
    if run.progress:
        run.progress(part.layout.file, run.report.read - before)


def _refused(report: Report) -> ImportRefused:
    first, number = report.rejected[0], report.rejected_count
    more = f"; {number:,} rows were rejected in all" if number > 1 else ""
    message = f"{first.reason}{more}; nothing was imported"
    return ImportRefused(first.file, message, line=first.line, column=first.column, report=report)


def _finish(run: _Run, now: datetime, demo: bool) -> None:
    """Retire what is gone and write the import down."""
    report, write = run.report, not run.report.dry_run
    if run.replace:
        report.retired = sum(_retire_missing(run, part, now) for part in _ALL)
    if not demo and report.taken:
        report.demo_retired = directory_import.retire_demo(run.session, now, write=write)
    if write:
        directory_import.record_import(
            run.session,
            kind="native",
            name=report.name,
            finished_at=now,
            rows=report.read,
            changed=report.added + report.changed + report.retired,
            rejected=report.rejected_count,
            demo=demo,
        )


def _retire_missing(run: _Run, part: _Part, now: datetime) -> int:
    """Retire the rows of one table that the file no longer has.

    A row that stands in the file but was rejected is not gone, nor is any evidence of an owner with a
    rejected row; where a row could not even be split into fields, nobody can say which one it is, and
    nothing is retired.
    """
    if part.layout.file in run.report.unreadable:
        run.report.notes[f"not readable in {part.layout.file}, so nothing of that file was retired"] += 1
        return 0
    seen = run.seen[part.model]

    def still_there(key: str, owner: str) -> bool:
        return key in seen.usable or key in seen.rejected or owner in seen.rejected

    return directory_import.retire_missing(
        run.session, part.model, run.setting.origin, now, still_there, write=not run.report.dry_run
    )
