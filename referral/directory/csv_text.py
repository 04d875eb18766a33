"""Reading CSV from files one cannot trust: encoding, broken quotes, endless fields, damaged archives.

Everything streams. A row that cannot be read is reported and the next one is read; what makes the rest of a
file doubtful (wrong encoding, a quote that is never closed, a damaged archive) ends the import.
"""

import csv
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

from referral.directory.report import ImportRefused, Rejection, Unusable

MAX_LINE = 16 * 2**20
"""Bytes of the longest line that is read; a longer one is no CSV."""

MAX_UNPACKED = 64 * 2**30
"""Bytes that an archive may unpack to; the largest file of a source has about ten thousand million."""
MAX_RATIO = 200
"""How many times its own size an archive may unpack to. Files of the sources shrink to about a tenth."""
SMALL = 64 * 2**20
"""Bytes that any archive may unpack to, however tightly it is packed."""

Reject = Callable[[Rejection], None]

_MOST_NAMED = 5
"""Columns that a refusal names; of more it says how many."""

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)")
_SPACES = re.compile(r"[ \t\r\n\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BUFFER = 2**20
_DAMAGE = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)
_JOINERS = "\u200c\u200d\u00ad"
"""Invisible characters that belong to some scripts' spelling, and the soft hyphen."""


@dataclass(slots=True)
class Meter:
    """How many bytes of files have been read, packed ones as they lie on the disk."""

    finished: int = 0
    file: BinaryIO | None = None

    def bytes_read(self) -> int:
        """Bytes of all files that were read to their end, and of the one that is being read."""
        return self.finished + (self.file.tell() if self.file and not self.file.closed else 0)


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Count what is read of files that are opened meanwhile."""
    meter = Meter()
    token = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(token)


@contextmanager
def opened(path: Path, member: re.Pattern[str] | None = None) -> Iterator[BinaryIO]:
    """Open a plain file, a .gz, or the one file of a .zip whose name matches `member`.

    ImportRefused says what is wrong with it, also when an archive unpacks to more than `MAX_UNPACKED` bytes or to more
    than `MAX_RATIO` times its size.
    """
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(_stream(path, member))
        except OSError as error:
            raise ImportRefused(path.name, f"cannot be read: {error.strerror or error}") from error
        yield stream


@contextmanager
def _stream(path: Path, member: re.Pattern[str] | None) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise ImportRefused(path.name, "is a folder; a file was expected")
    with _file(path) as file:
        if path.suffix.lower() == ".zip" and member:
            with unzipped(file, path.name) as archive:
                info = _member(archive, path.name, member)
                with archive.open(info) as packed:
                    yield _unpacked(packed, info.compress_size, path.name)
        elif path.suffix.lower() == ".gz":
            with gzip.open(file) as unpacked:
                yield _unpacked(cast(IO[bytes], unpacked), path.stat().st_size, path.name)
        else:
            yield file


@contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    """The file itself, watched by the meter in use."""
    meter = _METER.get()
    with path.open("rb", buffering=_BUFFER) as file:
        if meter:
            meter.file = file
        try:
            yield file
        finally:
            if meter:
                meter.finished, meter.file = meter.bytes_read(), None


def _unpacked(packed: IO[bytes], size: int, name: str) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Unpacked(packed, size, name), _BUFFER))


class _Unpacked(io.RawIOBase):
    """What comes out of an archive, as long as it stays in bounds."""

    def __init__(self, packed: IO[bytes], size: int, name: str) -> None:
        self._packed = packed
        self._most = min(MAX_UNPACKED, max(SMALL, MAX_RATIO * size))
        self._name = name
        self._read = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer needs 3.12
        """Unpack some bytes; ImportRefused beyond the bounds."""
        found = self._packed.read(len(buffer))
        buffer[: len(found)] = found
        self._read += len(found)
        if self._read > self._most:
            raise ImportRefused(
                self._name,
                f"unpacks to more than {self._most:,} bytes: at most {MAX_RATIO} times the size of the archive and "
                f"{MAX_UNPACKED:,} bytes in all are read. Unpack it yourself if you trust it",
            )
        return len(found)


def unzipped(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """An opened file as the archive it should be; ImportRefused where it is none."""
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise ImportRefused(name, "is not a complete ZIP archive: fetch it again") from error


def _member(archive: zipfile.ZipFile, name: str, wanted: re.Pattern[str]) -> zipfile.ZipInfo:
    found = [info for info in archive.infolist() if wanted.fullmatch(Path(info.filename).name)]
    if len(found) != 1:
        what = "no file" if not found else f"{len(found)} files"
        raise ImportRefused(name, f"holds {what} named like {wanted.pattern}; exactly one is needed")
    if found[0].flag_bits & 1:
        raise ImportRefused(name, f"{found[0].filename} is locked with a password")
    return found[0]


def lines(stream: BinaryIO, name: str, errors: str = "strict") -> Iterator[str]:
    """Yield the physical lines with their ends, decoded from UTF-8; a byte-order mark is dropped.

    `errors="surrogateescape"` lets wrong bytes pass, to be noticed by `clean` in the fields that are used.
    """
    number = 0
    while raw := read_line(stream, name, number + 1):
        for part in physical(raw, name, number + 1, errors):
            number += 1
            yield part


def physical(raw: bytes, name: str, number: int, errors: str) -> list[str]:
    """Decode what `read_line` gave: one line, or several where lone carriage returns end lines in between."""
    if number == 1:
        raw = _without_mark(raw, name)
    text = _decoded(raw, name, number, errors)
    return _LONE_RETURN.split(text) if text.find("\r", 0, -2) >= 0 else [text]


def read_line(stream: BinaryIO, name: str, number: int) -> bytes:
    """Return the bytes up to the next line feed, none at the end; ImportRefused where the rest cannot be read."""
    try:
        raw = stream.readline(MAX_LINE)
    except _DAMAGE as error:
        damaged = "the archive is damaged or cut off here: fetch it again"
        raise ImportRefused(name, damaged, line=number) from error
    except OSError as error:
        raise ImportRefused(name, f"cannot be read further: {error.strerror}", line=number) from error
    if len(raw) == MAX_LINE:
        endless = f"the line is longer than {MAX_LINE:,} bytes: this is no CSV file"
        raise ImportRefused(name, endless, line=number)
    return raw


def _without_mark(raw: bytes, name: str) -> bytes:
    if raw.startswith(_UTF16_MARKS):
        raise ImportRefused(name, "the file is UTF-16: save it as “CSV UTF-8”", line=1)
    return raw.removeprefix(_UTF8_MARK)


def _decoded(raw: bytes, name: str, number: int, errors: str) -> str:
    try:
        return raw.decode("utf-8", errors)
    except UnicodeDecodeError as error:
        byte = f"byte {error.start + 1} (hexadecimal {raw[error.start]:02X})"
        message = f"{byte} is not UTF-8: save the file as “CSV UTF-8”"
        raise ImportRefused(name, message, line=number) from error


def check_columns(
    file: str, header: Sequence[str], needed: Collection[str], say: Callable[[Sequence[str]], str]
) -> None:
    """Check a header; ImportRefused where it lacks needed columns (in the words of `say`) or has one twice."""
    if missing := [name for name in needed if name not in header]:
        raise ImportRefused(file, say(missing), line=1, column=missing[0])
    for name in needed:
        if header.count(name) > 1:
            raise ImportRefused(file, "the column stands twice in the header", line=1, column=name)


def lacks(missing: Sequence[str]) -> str:
    """What a header lacks, in words; of many columns the first."""
    shown = ", ".join(f"“{name}”" for name in missing[:_MOST_NAMED])
    return f"the header lacks {shown}" + (
        f" and {len(missing) - _MOST_NAMED} more columns" if missing[_MOST_NAMED:] else ""
    )


class Texts(Protocol):
    """Physical lines for `rows_of`, which tells where a row begins."""

    number: int
    """The physical line that was given last, counted from 1."""

    def first(self) -> str:
        """The line at which the next row begins; StopIteration at the end."""

    def further(self) -> str:
        """The line that follows inside a row; StopIteration at the end."""


class PhysicalLines:
    """The lines of a file one after the other, for a reader that passes over some; `number` is that of the last one.

    Wrong bytes are let pass, to be noticed in the fields that are used.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.number = 0
        self._stream, self._name = stream, name
        self._waiting: deque[str] = deque()
        """What came with the line given last and follows it: lines that end in a lone carriage return."""

    def further(self) -> str:
        """The next line; StopIteration at the end."""
        return self._next_waiting() if self._waiting else self._given(self._raw())

    def _raw(self) -> bytes:
        return read_line(self._stream, self._name, self.number + 1)

    def _given(self, raw: bytes) -> str:
        """The first line of the bytes that were read; the others wait."""
        if not raw:
            raise StopIteration
        self._waiting.extend(physical(raw, self._name, self.number + 1, "surrogateescape"))
        return self._next_waiting()

    def _next_waiting(self) -> str:
        self.number += 1
        return self._waiting.popleft()


class _EveryLine:
    """All lines of a file."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self.number = 0

    def first(self) -> str:
        """The next line."""
        text = next(self._texts)
        self.number += 1
        return text

    further = first


def records(texts: Iterator[str], name: str, reject: Reject) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the physical line on which it begins, the header first; empty lines are passed
    over.

    A row that is no CSV goes to `reject`, reading goes on with the next line. A quote still open at the end
    refuses the file: nobody knows what it swallowed.
    """
    return rows_of(_EveryLine(texts), name, reject)


def rows_of(texts: Texts, name: str, reject: Reject) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows as `records` does, from lines of which some may have been passed over between rows."""
    remembered = _Remembered(texts)
    reader = csv.reader(remembered, strict=True)
    header: list[str] = []
    while True:
        remembered.begun = 0
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            at = Rejection(name, remembered.begun, None, "")
            reject(_broken(error, at, remembered.last, texts.number, header))
            continue
        header = header or row
        if len(row) == len(header) and row:
            yield remembered.begun, row
        elif row:
            at = Rejection(name, remembered.begun, None, "")
            reject(_of_other_width(at, len(row), len(header), remembered.last))


def _of_other_width(at: Rejection, found: int, wanted: int, text: str) -> Rejection:
    """Say that a row has too few or too many fields; ImportRefused where it is the torn end of the file."""
    if found < wanted and not text.endswith(("\n", "\r")):
        raise ImportRefused(at.file, "the file ends in the middle of this row: it was cut off", line=at.line)
    return replace(at, reason=f"{wanted} fields were expected, {found} found")


class _Remembered:
    """Lines for the CSV reader; knows the last one, and at which one the row begins."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self.last = ""
        self.begun = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.begun:
            self.last = self._texts.further()
        else:
            self.last = self._texts.first()
            self.begun = self._texts.number
        return self.last


def _broken(error: csv.Error, at: Rejection, text: str, last: int, header: list[str]) -> Rejection:
    """Say in plain words why a row is no CSV; ImportRefused where the file ends inside a quoted field."""
    what = str(error)
    if "end of data" in what:
        open_quote = "the file ends inside a quoted field of this row: it was cut off, or a quote is missing"
        raise ImportRefused(at.file, open_quote, line=at.line) from error
    if "field limit" in what and last > at.line:
        return replace(at, reason=f"the quote of a field seems not to be closed (read until line {last})")
    if "field limit" in what:
        reason = f"a field is longer than {csv.field_size_limit():,} characters"
        return replace(at, reason=reason, column=_longest(text, header))
    if "expected after" in what:
        reason = "text stands after a closing quote; inside a quoted field a quote is written twice"
        return replace(at, reason=reason)
    return replace(at, reason=f"this is no CSV: {what}")


def _longest(text: str, header: list[str]) -> str | None:
    """Return the column of the field that is too long, None where quotes before it make that doubtful."""
    parts = text.split(",")
    index = max(range(len(parts)), key=lambda at: len(parts[at]))
    known = index < len(header) and not any('"' in part for part in parts[:index])
    return header[index] if known else None


def clean(text: str, column: str) -> str:
    """Return a field without outer and doubled white space; Unusable where it holds a control character."""
    if text.isascii() and text.isprintable():
        return text.strip()
    plain = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")
    for char in plain:
        if not char.isprintable() and char not in _JOINERS:
            _refuse(char, column)
    return plain


def _refuse(char: str, column: str) -> None:
    category = unicodedata.category(char)
    if category == "Cs":
        raise Unusable(column, "is not UTF-8")
    if category in ("Cc", "Cf", "Zl", "Zp"):
        raise Unusable(column, f"holds the control character U+{ord(char):04X}")
