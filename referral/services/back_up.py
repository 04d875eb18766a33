"""Writes everything the service holds into one archive: the rows of one moment, and the files they speak of.

Personal fields stay sealed with the keys they have, and the archive is sealed as a whole besides; the keys themselves
are not in it. Work goes on meanwhile.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

import orjson
from sqlalchemy import Table

from referral.extensions import db
from referral.storage import DocumentStore
from referral.storage.archive import ArchiveWriter
from referral.store import documents, whole_tables

FORMAT = 1
HEAD = "backup.json"
PART_BYTES = 4 * 1024 * 1024

Progress = Callable[[str, int], None]
"""Called with what is being written and how much of it is done."""


@dataclass
class Written:
    """What an archive holds: rows by table, files, and the names of files that could not be found."""

    revision: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    missing: list[str] = field(default_factory=list)


def back_up(sink: BinaryIO, store: DocumentStore, now: datetime, progress: Progress) -> Written:
    """Write the archive. A file whose bytes are gone is told of, and does not keep the rest from being saved."""
    whole_tables.begin_snapshot()
    archive, written = ArchiveWriter(sink), Written(revision=whole_tables.revision())
    about = {"format": FORMAT, "revision": written.revision, "made_at": now.isoformat()}
    archive.add(HEAD, orjson.dumps(about))
    for table in whole_tables.kept_tables():
        written.rows[str(table.name)] = _table(archive, table, progress)
    for key, size in documents.kept_files():
        _file(archive, written, store, key, size)
        progress("files", written.files)
    db.session.rollback()
    archive.close(rows=written.rows, files=written.files, missing=written.missing)
    return written


def _table(archive: ArchiveWriter, table: Table, progress: Progress) -> int:
    """One table: its columns, then its rows in parts."""
    archive.add(f"tables/{table.name}/columns.json", orjson.dumps(table.columns.keys()))
    count = 0
    for number, (part, lines) in enumerate(_parts(whole_tables.lines_of(table)), start=1):
        archive.add(f"tables/{table.name}/{number:06}.jsonl", part)
        count += lines
        progress(table.name, count)
    return count


def _parts(lines: Iterator[bytes]) -> Iterator[tuple[bytes, int]]:
    """Lines gathered into parts of a few megabytes, with how many they are."""
    held, size = [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= PART_BYTES:
            yield b"".join(held), len(held)
            held, size = [], 0
    if held:
        yield b"".join(held), len(held)


def _file(archive: ArchiveWriter, written: Written, store: DocumentStore, key: str, size: int) -> None:
    try:
        stream = store.open(key)
    except FileNotFoundError:
        written.missing.append(key)
        return
    with stream:
        archive.add_stream(f"files/{key}", size, stream)
    written.files += 1
