"""Reading JSON from files one cannot trust, object by object: documents, lists within documents, JSON lines.

A file of any size streams: of a search answer {"studies": […]} or a Bundle {"entry": […]} one element at a time is in
memory. Each element comes with its file and the physical line on which it begins. A line of a JSON-lines file that
cannot be read is rejected and the next one is read; a document that is broken ends the import, for nobody knows what
it would have said.

The standard library's decoder reads element by element here: as fast as a streaming parser such as ijson, which builds
its objects event by event, and the only one of the two that tells the line.
"""

import codecs
import gzip
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from referral.directory.csv_text import MAX_RATIO, MAX_UNPACKED, SMALL, Reject, opened, unzipped
from referral.directory.report import ImportRefused, Rejection

MAX_ELEMENT = 64 * 2**20
"""Characters of the longest element or line that is read; the longest study of the register has about a third."""

_CHUNK = 2**20
_LINES = (".ndjson", ".jsonl")
_NAMES = (".json", *_LINES)
_PACKED = tuple(f"{name}.gz" for name in _NAMES)
_DAMAGE = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CUT_OFF = "it ends too early: it was cut off"
_SPACE = " \t\n\r"
_NEAR_THE_END = 16  # characters in which a value that is cut off is not read, or read as a shorter number


@dataclass(frozen=True, slots=True)
class Element:
    """One JSON object, the file it is in, and the physical line on which it begins."""

    file: str
    line: int
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One JSON file: plain, packed, or `member` of an archive. `name` is what a report calls it."""

    path: Path
    name: str
    member: str = ""

    @property
    def is_lines(self) -> bool:
        """Whether each line is a document of its own."""
        return self.name.lower().removesuffix(".gz").endswith(_LINES)


def parts(path: Path) -> list[Part]:
    """The JSON files of a path: itself, those of an archive, those of a folder; ImportRefused where there is none."""
    if path.is_dir():
        readable = (each for each in sorted(path.rglob("*")) if each.is_file() and _is_json(each.name, archives=True))
        found = [part for each in readable for part in _of_file(each, each.relative_to(path).as_posix())]
    else:
        found = _of_file(path, path.name)
    if not found:
        raise ImportRefused(path.name, f"holds no file that ends in {', '.join(_NAMES)}")
    return found


def elements(chosen: Iterable[Part], lists: frozenset[str], reject: Reject) -> Iterator[Element]:
    """Yield the objects of the files, one by one; of an object with one of these lists, the list's elements instead."""
    with ExitStack() as stack:
        archive: tuple[Path, zipfile.ZipFile] | None = None
        for part in chosen:
            if part.member and (archive is None or archive[0] != part.path):
                stack.close()
                archive = part.path, stack.enter_context(_archive(part.path))
            yield from _of_part(part, archive[1] if archive else None, lists, reject)


def _is_json(name: str, *, archives: bool) -> bool:
    plain = name.lower()
    hidden = any(step.startswith((".", "__MACOSX")) for step in name.split("/"))
    return not hidden and plain.endswith((*_NAMES, *_PACKED, ".zip") if archives else _NAMES)


def _of_file(path: Path, name: str) -> list[Part]:
    if path.suffix.lower() != ".zip":
        return [Part(path, name)]
    with _archive(path) as archive:
        members = [info for info in archive.infolist() if _is_json(info.filename, archives=False)]
        _check_size(path, sum(info.file_size for info in members))
    if locked := next((info for info in members if info.flag_bits & 1), None):
        raise ImportRefused(path.name, f"{locked.filename} is locked with a password")
    return [Part(path, info.filename, info.filename) for info in sorted(members, key=lambda each: each.filename)]


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    with opened(path) as file:
        yield unzipped(file, path.name)


def _check_size(path: Path, unpacked: int) -> None:
    """Refuse an archive that says it unpacks to more than any real one does; no member gives more than it says."""
    if unpacked > (most := min(MAX_UNPACKED, max(SMALL, MAX_RATIO * path.stat().st_size))):
        what = f"at most {MAX_RATIO} times its size and {MAX_UNPACKED:,} bytes in all are read"
        raise ImportRefused(path.name, f"unpacks to more than {most:,} bytes: {what}")


def _of_part(part: Part, archive: zipfile.ZipFile | None, lists: frozenset[str], reject: Reject) -> Iterator[Element]:
    try:
        with archive.open(part.member) if part.member and archive else opened(part.path) as stream:
            text = _Text(stream, part.name)
            yield from _lines(text, lists, reject) if part.is_lines else _document(text, lists)
    except _DAMAGE as error:
        raise ImportRefused(part.name, "the archive is damaged or cut off: fetch it again") from error
    except OSError as error:
        raise ImportRefused(part.name, f"cannot be read: {error.strerror or error}") from error


class _Text:
    """A file's text of which a stretch is in memory: what is left of it, and on which line that begins."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream, self.name = stream, name
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._buffer, self._at, self._ended = "", 0, False
        self.line = 1

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _SPACE:
                self.line += self._buffer[self._at] == "\n"
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._fill(_CHUNK):
                return ""

    def take(self, expected: str) -> str:
        """Pass over the next character, one of those expected, and return it."""
        found = self.peek()
        if not found or found not in expected:
            self.broken(_CUT_OFF if not found else f"“{expected[-1]}” was expected")
        self._at += 1
        return found

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Pass over the next JSON value and return it."""
        if not self.peek():
            self.broken(_CUT_OFF)
        more = _CHUNK
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                self._read_on_or_refuse(error, more)
            except (ValueError, RecursionError) as error:
                self.broken(_why(error))
            else:
                length = end - self._at
                if end < len(self._buffer) - _NEAR_THE_END or not self._fill(more):
                    self._pass_over(length)
                    return found
            more *= 2
            if len(self._buffer) - self._at > MAX_ELEMENT:
                self.broken(f"one value is longer than {MAX_ELEMENT:,} characters")

    def _read_on_or_refuse(self, error: json.JSONDecodeError, size: int) -> None:
        """Read on where a value may only be cut off by the end of the stretch in memory."""
        cut_off = error.msg.startswith("Unterminated") or error.pos >= len(self._buffer) - _NEAR_THE_END
        length = error.pos - self._at
        if cut_off and self._fill(size):
            return
        self._pass_over(length)
        self.broken(_CUT_OFF if error.msg.startswith("Unterminated") or not self.peek() else error.msg)

    def next_line(self) -> str:
        """The rest of the line with its end, empty at the end of the file."""
        while (end := self._buffer.find("\n", self._at)) < 0 and self._fill(_CHUNK):
            if len(self._buffer) - self._at > MAX_ELEMENT:
                self.broken(f"the line is longer than {MAX_ELEMENT:,} characters")
        end = len(self._buffer) if end < 0 else end + 1
        found = self._buffer[self._at : end]
        self._at = end
        return found

    def broken(self, what: str) -> NoReturn:
        """Refuse the file, naming this line."""
        raise ImportRefused(self.name, f"is no whole JSON file: {what}", line=self.line)

    def _pass_over(self, length: int) -> None:
        end = self._at + length
        self.line += self._buffer.count("\n", self._at, end)
        self._at = end

    def _fill(self, size: int) -> bool:
        """Read on; False at the end. What has been passed over is forgotten."""
        if self._ended:
            return False
        raw = self._stream.read(size)
        if self.line == 1 and not self._buffer and raw.startswith(_MARKS):
            self.broken("it is UTF-16; JSON is written in UTF-8")
        try:
            self._buffer = self._buffer[self._at :] + self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            self.broken(f"the byte {error.object[error.start]:02X} (hexadecimal) is not UTF-8")
        self._at, self._ended = 0, not raw
        return bool(raw)


def _document(text: _Text, lists: frozenset[str]) -> Iterator[Element]:
    """Yield the objects of a document, or of several one after the other."""
    if not text.peek():
        text.broken("it is empty")
    while found := text.peek():
        if found == "{":
            yield from _object(text, lists)
        elif found == "[":
            yield from _list(text)
        else:
            text.broken("“{” was expected")


def _object(text: _Text, lists: frozenset[str]) -> Iterator[Element]:
    line, members, listed = text.line, dict[str, Any](), False
    text.take("{")
    while text.peek() != "}":
        key = _key(text)
        if key in lists and text.peek() == "[":
            listed = True
            yield from _list(text)
        else:
            members[key] = text.value()
        if text.peek() != "}":
            text.take(",}")
    text.take("}")
    if not listed:
        yield Element(text.name, line, members)


def _key(text: _Text) -> str:
    if text.peek() != '"':
        text.broken("a name in quotes was expected" if text.peek() else _CUT_OFF)
    key = text.value()
    text.take(":")
    return str(key)


def _list(text: _Text) -> Iterator[Element]:
    """Yield the objects of a list; what is no object is passed over."""
    text.take("[")
    while text.peek() != "]":
        line, found = text.line, text.value()
        if isinstance(found, dict):
            yield Element(text.name, line, found)
        if text.peek() != "]":
            text.take(",")
    text.take("]")


def _lines(text: _Text, lists: frozenset[str], reject: Reject) -> Iterator[Element]:
    """Yield the object of each line; a line that is none is rejected."""
    while line := text.next_line():
        if line.strip():
            yield from _of_line(text, line, lists, reject)
        text.line += 1


def _of_line(text: _Text, line: str, lists: frozenset[str], reject: Reject) -> Iterator[Element]:
    try:
        found = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        if not line.endswith("\n"):
            text.broken(_CUT_OFF)
        reject(Rejection(text.name, text.line, None, f"is no JSON: {_why(error)}"))
        return
    if not isinstance(found, dict):
        reject(Rejection(text.name, text.line, None, "is no JSON object"))
        return
    inner = next((found[name] for name in lists if isinstance(found.get(name), list)), None)
    values = [found] if inner is None else [each for each in inner if isinstance(each, dict)]
    yield from (Element(text.name, text.line, value) for value in values)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "its values are nested too deeply"
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error).partition(";")[0]


_DECODER = json.JSONDecoder(parse_constant=_no_number)
