"""Reading a folder in the service's own format: five CSV files, each row checked.

Order: every header is read before anything else; then organizations, specialists, roles and evidence, so that whatever
a row points to has been seen. A row that cannot be used is reported and skipped, with what hangs on it.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from referral.directory import native_rows
from referral.directory.fields import Values, shown
from referral.directory.native_rows import Setting
from referral.directory.report import ImportRefused, Rejection, Report, Unusable
from referral.directory.statements import Counted, Item, Known, Progress, Statement, Subject
from referral.directory.tables import Layout, check_header, rows
from referral.directory.tables import Row as FileRow

KIND = "native"
_TELL_EVERY = 1000


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of the folder and what its rows say."""

    layout: Layout
    make: Callable[[Values, int, Setting], Statement | Counted]
    key: str
    """The column that names a row, or whose evidence it is."""


_ORGANIZATIONS = _Part(native_rows.ORGANIZATIONS, native_rows.organization, "organization_id")
_SPECIALISTS = _Part(native_rows.SPECIALISTS, native_rows.specialist, "npi")
_ROLES = _Part(native_rows.ROLES, native_rows.role, "role_id")
_EXPERIENCE = _Part(native_rows.EXPERIENCE, native_rows.experience, "npi")
_ORGANIZATION_EXPERIENCE = _Part(
    native_rows.ORGANIZATION_EXPERIENCE, native_rows.organization_experience, "organization_id"
)
_REQUIRED = (_ORGANIZATIONS, _SPECIALISTS, _ROLES, _EXPERIENCE)
_ALL = (*_REQUIRED, _ORGANIZATION_EXPERIENCE)
_NO_PLACE = "the place is not known, so only searches for remote opinions find the role"

SUBJECT_FILES = {
    Subject.ROLE: native_rows.ROLES.file,
    Subject.PRACTITIONER: native_rows.SPECIALISTS.file,
    Subject.ORGANIZATION: native_rows.ORGANIZATIONS.file,
}
"""Which file speaks of which subject: what a file does not have any more is gone."""
EVIDENCE_FILES = {
    Subject.PRACTITIONER: native_rows.EXPERIENCE.file,
    Subject.ORGANIZATION: native_rows.ORGANIZATION_EXPERIENCE.file,
}


@dataclass(slots=True)
class _Seen:
    """What one file had: usable rows and rejected ones, each key with its line."""

    usable: dict[Hashable, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Run:
    """One folder that is being read."""

    folder: Path
    setting: Setting
    report: Report
    progress: Progress | None
    held: dict[str, frozenset[str]]
    seen: dict[str, _Seen]


def read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]:
    """Yield what the folder says. Rows may point to what the folder has, or what `known` has."""
    setting = Setting(known.origin, known.today, known.outbound_allow)
    held = {_SPECIALISTS.layout.file: known.npis, _ORGANIZATIONS.layout.file: known.organizations}
    run = _Run(path, setting, report, progress, held, {part.layout.file: _Seen() for part in _ALL})
    for part in _parts(path):
        yield from _items(run, part)


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


def _items(run: _Run, part: _Part) -> Iterator[Item]:
    """Read one file."""
    before, usable = run.report.read, 0
    for row in rows(run.folder, part.layout, run.report):
        made = _usable(run, part, row)
        if made is not None:
            usable += 1
            yield made
            if usable % _TELL_EVERY == 0:
                _tell(run, part, before)
    _tell(run, part, before)


def _usable(run: _Run, part: _Part, row: FileRow) -> Statement | Counted | None:
    """Return what the row says, or report why it cannot be used."""
    file, seen = part.layout.file, run.seen[part.layout.file]
    try:
        if row.unusable:
            raise row.unusable
        _check_owner(run, part, row)
        made = part.make(row.values, row.line, run.setting)
        _check_references(run, part, made)
        _check_new(part, seen, made)
    except Unusable as error:
        run.report.reject(Rejection(file, row.line, error.column, error.reason))
        key = row.values.get(part.key, "")
        seen.rejected.setdefault(key, row.line)
        run.report.spare(file, key)
        return None
    seen.usable[_identity(made)] = row.line
    if part is _ROLES and isinstance(made, Statement) and made.values["latitude"] is None:
        run.report.notes[_NO_PLACE] += 1
    return replace(made, file=file)


def _identity(made: Statement | Counted) -> Hashable:
    """What may stand in a file once only."""
    if isinstance(made, Statement):
        return made.id
    return made.owner_id, made.code, made.kind, made.source, made.period_start, made.period_end


def _check_owner(run: _Run, part: _Part, row: FileRow) -> None:
    """A row falls with the specialist or organization it belongs to, whatever else may be wrong with it."""
    for owner in (_SPECIALISTS, _ORGANIZATIONS):
        key, seen = row.values.get(owner.key), run.seen[owner.layout.file]
        if part is not owner and key and key in seen.rejected and key not in seen.usable:
            at = f"{owner.layout.file}, line {seen.rejected[key]}"
            raise Unusable(owner.key, f"the row it points to was rejected ({at})")


def _check_references(run: _Run, part: _Part, made: Statement | Counted) -> None:
    """What a row points to stands in this folder or in the directory already."""
    for owner in (_SPECIALISTS, _ORGANIZATIONS):
        key, file = _pointed(made, owner), owner.layout.file
        if part is owner or key is None:
            continue
        if key not in run.seen[file].usable and key not in run.held[file]:
            raise Unusable(owner.key, f"{shown(key)} is neither in {file} nor in the directory")


def _pointed(made: Statement | Counted, owner: _Part) -> str | None:
    """The specialist or organization to which a row points."""
    if isinstance(made, Statement):
        pointed: str | None = made.values.get(owner.key)
        return pointed
    of = Subject.PRACTITIONER if owner is _SPECIALISTS else Subject.ORGANIZATION
    return made.owner_id if made.owner is of else None


def _check_new(part: _Part, seen: _Seen, made: Statement | Counted) -> None:
    """One thing is said once in a file: of two rows nobody knows which is right, the first stands."""
    line = seen.usable.get(_identity(made))
    if line is None:
        return
    if isinstance(made, Counted):
        raise Unusable(None, f"has the same code, kind, source and period as line {line}")
    raise Unusable(part.key, f"stands in line {line} already")


def _tell(run: _Run, part: _Part, before: int) -> None:
    if run.progress:
        run.progress(part.layout.file, run.report.read - before)
