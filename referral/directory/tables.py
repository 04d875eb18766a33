"""One file of a `native` directory folder as checked rows: its header first, then row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from referral.directory.csv_text import check_columns, clean, lines, opened, records
from referral.directory.fields import Values, shown
from referral.directory.report import ImportRefused, Rejection, Report, Unusable


@dataclass(frozen=True, slots=True)
class Layout:
    """The file's name, the columns it may have, and those without which no row can be used."""

    file: str
    columns: tuple[str, ...]
    needed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the physical line on which it begins and its cleaned fields by column.

    `unusable` holds what is wrong with a field that cannot be cleaned; the other fields are still there.
    """

    line: int
    values: Values
    unusable: Unusable | None


def check_header(folder: Path, layout: Layout) -> None:
    """Read the header of one file; ImportRefused names what is missing, unknown or doubled."""
    with opened(folder / layout.file) as stream:
        found = next(records(lines(stream, layout.file), layout.file, _refuse), None)
    if found is None:
        raise ImportRefused(layout.file, f"is empty; a header row was expected: {','.join(layout.columns)}")
    _columns(found[1], layout)


def rows(folder: Path, layout: Layout, report: Report) -> Iterator[Row]:
    """Yield the rows of a file; what cannot be read as a row is counted and reported."""
    with opened(folder / layout.file) as stream:
        found = records(lines(stream, layout.file), layout.file, partial(_unreadable, report))
        columns = _columns(next(found)[1], layout)
        for line, fields in found:
            report.read += 1
            if not any(fields):
                report.skipped["empty row"] += 1
            else:
                yield _row(line, columns, fields)


def _row(line: int, columns: Sequence[str], fields: Sequence[str]) -> Row:
    values: dict[str, str] = {}
    wrong: Unusable | None = None
    for column, field in zip(columns, fields, strict=True):
        try:
            values[column] = clean(field, column)
        except Unusable as error:
            wrong = wrong or error
    return Row(line, values, wrong)


def _columns(header: Sequence[str], layout: Layout) -> list[str]:
    """Return the header's columns when they are the layout's."""
    columns = [column.strip() for column in header]
    for column in columns:
        if column not in layout.columns:
            raise _unknown(column, layout)
    wanted = [name for name in layout.columns if name in layout.needed or name in columns]
    check_columns(layout.file, columns, wanted, lambda missing: f"the header lacks: {', '.join(missing)}")
    return columns


def _unknown(column: str, layout: Layout) -> ImportRefused:
    known = f"the columns are {', '.join(layout.columns)}"
    if ";" in column:
        message = f"the header is separated by semicolons; use commas; {known}"
        return ImportRefused(layout.file, message, line=1)
    name = shown(column)[1:-1] or "(empty)"
    return ImportRefused(layout.file, f"the column is not known; {known}", line=1, column=name)


def _refuse(rejection: Rejection) -> None:
    raise ImportRefused(rejection.file, f"the header cannot be read: {rejection.reason}", line=rejection.line)


def _unreadable(report: Report, rejection: Rejection) -> None:
    report.read += 1
    report.unreadable.add(rejection.file)
    report.reject(rejection)
