"""Rows of public CSV files: found by header in several years' layouts, and of the people we know alone.

These files hold the whole country. A row that begins with somebody else's NPI is counted and dropped before it is
read as CSV, which is most of the speed. Where a quoted field runs over several lines, nothing is dropped unread.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from referral.directory.csv_text import clean, opened, physical, read_line, rows_of
from referral.directory.fields import Values
from referral.directory.report import ImportRefused, Rejection, Report, Unusable
from referral.directory.statements import Progress
from referral.domain import npi

NOT_KNOWN = "not in the directory"
NPI = "npi"
"""What every layout calls the column of the National Provider Identifier."""

_CSV = re.compile(r".*\.csv", re.IGNORECASE)
_READABLE = (".csv", ".csv.gz", ".zip")
_TELL_EVERY = 50_000
_NPI_DIGITS = 10

_LINE_FEED, _QUOTE = ord("\n"), ord('"')
_NUMBERS = re.compile(rb"(?<![0-9])[12][0-9]{9}(?![0-9])")

Keep = Callable[[bytes], bool]
"""Whether a line that is one whole row is to be read as CSV."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One header of a kind of file: our name for a column → the file's name, whatever its case."""

    name: str
    columns: Mapping[str, str]
    optional: frozenset[str] = frozenset()

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
    try:
        with zipfile.ZipFile(path) as archive:
            return [name for name in archive.namelist() if _CSV.fullmatch(Path(name).name)]
    except zipfile.BadZipFile as error:
        raise ImportRefused(path.name, "is not a complete ZIP archive: fetch it again") from error
    except OSError as error:
        raise ImportRefused(path.name, f"cannot be read: {error.strerror or error}") from error


class KnownLines:
    """The lines of a file without those on which a row begins and ends that need not be read as CSV.

    Their numbers are those of the file. Wrong bytes are let pass, to be noticed in the fields that are used.
    """

    def __init__(self, stream: BinaryIO, name: str, progress: Progress | None) -> None:
        self._stream, self._name, self._progress = stream, name, progress
        self._waiting: list[str] = []
        self.number = 0
        self.dropped = 0
        self.keep: Keep | None = None
        """Set once the header is known; until then every line is read."""

    def first(self) -> str:
        """The line at which the next row begins; StopIteration at the end."""
        keep = self.keep
        while not self._waiting:
            raw = self._raw()
            if keep is None or _begins_more(raw) or keep(raw):
                return self._text(raw)
            self.number += 1
            self.dropped += 1
        return self._next_waiting()

    def further(self) -> str:
        """The line that follows inside a row; StopIteration at the end."""
        return self._next_waiting() if self._waiting else self._text(self._raw())

    def _raw(self) -> bytes:
        raw = read_line(self._stream, self._name, self.number + 1)
        if not raw:
            raise StopIteration
        if self._progress and self.number % _TELL_EVERY == 0:
            self._progress(self._name, self.number)
        return raw

    def _text(self, raw: bytes) -> str:
        self._waiting = physical(raw, self._name, self.number + 1, "surrogateescape")
        return self._next_waiting()

    def _next_waiting(self) -> str:
        self.number += 1
        return self._waiting.pop(0)


def _begins_more(raw: bytes) -> bool:
    """Whether a line is more or less than one whole row: a quote stays open, the end is torn, or it holds several."""
    return raw.count(b'"') % 2 == 1 or raw[-1] != _LINE_FEED or raw.find(b"\r", 0, -2) >= 0


def first_field_known(known: AbstractSet[str]) -> Keep:
    """Keep lines that begin with the NPI of somebody known, or with what is no NPI at all: that is to be reported."""
    numbers, last = frozenset(number.encode() for number in known), b""

    def keep(raw: bytes) -> bool:
        nonlocal last
        number = raw[1 : _NPI_DIGITS + 1] if raw[0] == _QUOTE else raw[:_NPI_DIGITS]
        if number == last:
            return False
        if number in numbers or not npi.is_valid(number.decode("ascii", "replace")):
            return True
        last = number
        return False

    return keep


def anywhere_known(known: AbstractSet[str]) -> Keep:
    """Keep lines that hold the NPI of somebody known in whatever column."""
    numbers = frozenset(number.encode() for number in known)
    return lambda raw: not numbers.isdisjoint(_NUMBERS.findall(raw))


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
) -> Iterator[Sheet]:
    """Open a file as one of the layouts; ImportRefused names what its header lacks.

    With `wanted` only rows in which one of these NPIs stands are given; the others are counted as not in the directory.
    Every row read counts into `report.read`.
    """
    with part.opened() as stream:
        kept = KnownLines(stream, part.name, progress)
        found = rows_of(kept, part.name, partial(_unreadable, report))
        header = next(found, (1, []))[1]
        read = Sheet(part.name, _chosen(part.name, header, layouts), header, report)
        if wanted is not None:
            kept.keep = first_field_known(wanted) if read.at.get(NPI) == 0 else anywhere_known(wanted)
        read.rows = _counted(found, report)
        yield read
    report.skipped[NOT_KNOWN] += kept.dropped
    report.read += kept.dropped


def _unreadable(report: Report, rejection: Rejection) -> None:
    report.read += 1
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
    if missing:
        shown = ", ".join(f"“{column}”" for column in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        separator = " (its fields are separated by semicolons or tabs; use commas)" if _one_field(header) else ""
        message = f"is no file of “{layout.name}”: the header lacks {shown}{more}{separator}"
        raise ImportRefused(name, message, line=1, column=missing[0])
    for column in layout.columns.values():
        if names.count(column.lower()) > 1:
            raise ImportRefused(name, "the column stands twice in the header", line=1, column=column)
    return layout


def _one_field(header: Sequence[str]) -> bool:
    return len(header) == 1 and any(separator in header[0] for separator in ";\t|")
