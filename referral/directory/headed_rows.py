"""Rows of public CSV files: found by header in several years' layouts, and of the people we know alone.

These files hold the whole country. A row that begins with somebody else's NPI is counted and dropped before it is
read as CSV, which is most of the speed. Where a quoted field runs over several lines, nothing is dropped unread.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from referral.directory.csv_text import PhysicalLines, check_columns, clean, lacks, opened, read_line, rows_of, unzipped
from referral.directory.fields import Values
from referral.directory.report import ImportRefused, Rejection, Report, Unusable
from referral.directory.statements import Progress

NOT_KNOWN = "not in the directory"
NPI = "npi"
"""What every layout calls the column of the National Provider Identifier."""

_CSV = re.compile(r".*\.csv", re.IGNORECASE)
_READABLE = (".csv", ".csv.gz", ".zip")
_TELL_EVERY = 50_000
_NPI_DIGITS = 10
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_SUM_OF_PREFIX = 24  # the Luhn sum of 80840, which stands before every NPI

_LINE_FEED = ord("\n")

WhyNot = Callable[[bytes], str]
"""Why a line that is one whole row can be left out unread; an empty text where it is to be read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One header of a kind of file: our name for a column → the file's name, whatever its case.

    `people` are our names of the columns that hold NPIs.
    """

    name: str
    columns: Mapping[str, str]
    optional: frozenset[str] = frozenset()
    people: tuple[str, ...] = (NPI,)

    def missing(self, header: AbstractSet[str]) -> list[str]:
        """The file's names of the needed columns that a header (in small letters) lacks."""
        needed = (theirs for ours, theirs in self.columns.items() if ours not in self.optional)
        return [theirs for theirs in needed if theirs.lower() not in header]


@dataclass(frozen=True, slots=True)
class Part:
    """One CSV file: plain, packed, or inside an archive. `name` is what a report calls it."""

    path: Path
    name: str

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its bytes, unpacked."""
        member = re.compile(re.escape(Path(self.name).name)) if self.path.suffix.lower() == ".zip" else None
        with opened(self.path, member) as stream:
            yield stream


def parts(path: Path) -> list[Part]:
    """The CSV files of a path: itself, those of an archive, or those of a folder; ImportRefused where there is none."""
    if path.is_dir():
        found = [part for each in sorted(path.iterdir()) if _readable(each) for part in parts(each)]
    elif path.suffix.lower() == ".zip":
        found = [Part(path, name) for name in _members(path)]
    else:
        found = [Part(path, path.name)]
    if not found:
        raise ImportRefused(path.name, "holds no file that ends in .csv")
    return found


def _readable(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and path.name.lower().endswith(_READABLE)


def _members(path: Path) -> list[str]:
    with opened(path) as file, unzipped(file, path.name) as archive:
        return [name for name in archive.namelist() if _CSV.fullmatch(Path(name).name)]


class KnownLines(PhysicalLines):
    """The lines of a file without those rows that need not be read as CSV to be left out.

    Their numbers are those of the file.
    """

    def __init__(self, stream: BinaryIO, name: str, progress: Progress | None) -> None:
        super().__init__(stream, name)
        self._progress = progress
        self.left_out = Counter[str]()
        self.why_not: WhyNot | None = None
        """Set once the header is known; until then every line is read."""

    def first(self) -> str:
        """The line at which the next row begins; StopIteration at the end."""
        if self._waiting:
            return self._next_waiting()
        raw = self._raw()
        why_not = self.why_not
        while why_not and _is_row(raw) and (reason := why_not(raw)):
            self.number += 1
            self.left_out[reason] += 1
            raw = self._raw()
        return self._given(raw)

    def _raw(self) -> bytes:
        number = self.number
        raw = read_line(self._stream, self._name, number + 1)
        if not raw:
            raise StopIteration
        if number % _TELL_EVERY == 0 and self._progress:
            self._progress(self._name, number)
        return raw


def _is_row(raw: bytes) -> bool:
    """Whether a line is one whole row: no quote stays open, the end is not torn, and it does not hold several."""
    return not raw.count(b'"') % 2 and raw[-1] == _LINE_FEED and raw.find(b"\r", 0, -2) < 0


def is_npi(number: bytes) -> bool:
    """What `domain.npi.is_valid` says, for ASCII bytes and ten times as fast: it is asked of everybody in the country.

    Every second digit is doubled; the codes of the ten digits add up to a multiple of ten beside their values.
    """
    if len(number) != _NPI_DIGITS or not number.isdigit() or number[0] not in b"12":
        return False
    return (sum(number[::2].translate(_DOUBLED)) + sum(number[1::2]) + _SUM_OF_PREFIX) % 10 == 0


def nobody_known_at(place: int, known: AbstractSet[str]) -> WhyNot:
    """Leaves out lines with the NPI of somebody else in the field `place`; what is no NPI is read, to be reported."""
    numbers, last = frozenset(number.encode() for number in known), b"nobody"

    def why_not(raw: bytes) -> str:
        nonlocal last
        fields = raw.split(b",", place + 1)
        number = fields[place].strip(b'" \r\n') if len(fields) > place else b""
        if number == last:
            return NOT_KNOWN
        if number in numbers or not is_npi(number):
            return ""
        last = number
        return NOT_KNOWN

    return why_not


def holds_none_of(values: AbstractSet[str], reason: str) -> WhyNot:
    """Leaves out lines of which no field is one of these values, for this reason.

    Fields are cut at every comma, also within quotes: that finds too many at most, and those are read.
    """
    wanted = frozenset(value.encode() for value in values)
    return lambda raw: reason if wanted.isdisjoint(raw.rstrip().replace(b'"', b"").split(b",")) else ""


class Sheet:
    """One opened file: its layout, and row by row its fields."""

    def __init__(self, name: str, layout: Layout, header: Sequence[str], report: Report) -> None:
        self.name, self.layout, self._report = name, layout, report
        places = {column.strip().lower(): place for place, column in enumerate(header)}
        self.at = {ours: places[theirs.lower()] for ours, theirs in layout.columns.items() if theirs.lower() in places}
        self.rows: Iterator[tuple[int, list[str]]] = iter(())
        """Line and fields of each row, uncleaned."""

    def values(self, row: Sequence[str]) -> Values:
        """The cleaned fields of a row by our names; a column that the file does not have is left out."""
        return {ours: clean(row[place], ours) for ours, place in self.at.items()}

    def reject(self, line: int, error: Unusable) -> None:
        """Report a row that cannot be used, its column named as in the file."""
        column = self.layout.columns.get(error.column, error.column) if error.column else None
        self._report.reject(Rejection(self.name, line, column, error.reason))


@contextmanager
def sheet(
    part: Part,
    layouts: Sequence[Layout],
    report: Report,
    progress: Progress | None,
    wanted: AbstractSet[str] | None = None,
    why_not: WhyNot | None = None,
) -> Iterator[Sheet]:
    """Open a file as one of the layouts; ImportRefused names what its header lacks.

    With `wanted` only rows in which one of these NPIs stands are given, the others are counted as not in the directory,
    and `why_not` is asked about the rest; a layout without NPIs is given whole. Every row counts into `report.read`.
    """
    with part.opened() as stream:
        lines = KnownLines(stream, part.name, progress)
        found = rows_of(lines, part.name, partial(_unreadable, report))
        header = next(found, (1, []))[1]
        read = Sheet(part.name, _chosen(part.name, header, layouts), header, report)
        places = [read.at[name] for name in read.layout.people if name in read.at]
        if wanted is not None and places:
            nobody = nobody_known_at(places[0], wanted) if len(places) == 1 else holds_none_of(wanted, NOT_KNOWN)
            lines.why_not = (lambda raw: nobody(raw) or why_not(raw)) if why_not else nobody
        read.rows = _counted(found, report)
        yield read
    report.skipped.update(lines.left_out)
    report.read += lines.left_out.total()


def _unreadable(report: Report, rejection: Rejection) -> None:
    report.read += 1
    report.unreadable.add(rejection.file)
    report.reject(rejection)


def _counted(found: Iterator[tuple[int, list[str]]], report: Report) -> Iterator[tuple[int, list[str]]]:
    for row in found:
        report.read += 1
        yield row


def _chosen(name: str, header: Sequence[str], layouts: Sequence[Layout]) -> Layout:
    """The first layout that the header fulfils."""
    names = [column.strip().lower() for column in header]
    lacking = [(layout.missing(frozenset(names)), layout) for layout in layouts]
    missing, layout = min(lacking, key=lambda each: len(each[0]) / len(each[1].columns))
    separator = " (its fields are separated by semicolons or tabs; use commas)" if _one_field(header) else ""

    def say(lacking: Sequence[str]) -> str:
        return f"is no file of “{layout.name}”: {lacks(lacking)}{separator}"

    wanted = [column for column in layout.columns.values() if column in missing or column.lower() in names]
    as_written = {column.lower(): column for column in wanted}
    written = [as_written.get(column, column) for column in names]
    check_columns(name, written, wanted, say)
    return layout


def _one_field(header: Sequence[str]) -> bool:
    return len(header) == 1 and any(separator in header[0] for separator in ";\t|")
