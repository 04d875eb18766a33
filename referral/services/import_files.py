"""What an import keeps beside the database: its lock, its own files while it is under way, its rejected rows."""

import csv
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from referral import reference
from referral.directory.report import Rejection
from referral.directory.statements import Known
from referral.domain import csv_cells

_CHUNK = 2**20
_RULES = "2"
"""Changes when the same files and tables are to be read in another way: then they are imported again."""
REJECTED_COLUMNS = ("file", "line", "column", "reason")


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Wait until no other import is under way. The lock falls when its process ends, however it ends."""
    descriptor = os.open(_imports(data_dir) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def import_folder(data_dir: Path, import_id: int | None) -> Path:
    """The folder of an import while it is under way; a trial run gets one that nobody else has."""
    if import_id is None:
        return Path(tempfile.mkdtemp(prefix="trial-", dir=_imports(data_dir)))
    return _imports(data_dir) / str(import_id)


def clear_away(data_dir: Path, dead: Iterable[int]) -> None:
    """Remove what imports left that were ended before they were done; for whoever holds the lock."""
    ended = list(dead)
    for folder in (*_imports(data_dir).glob("trial-*"), *(_imports(data_dir) / str(each) for each in ended)):
        shutil.rmtree(folder, ignore_errors=True)
    for each in ended:
        rejected_file(data_dir, each).unlink(missing_ok=True)


def rejected_file(data_dir: Path, import_id: int) -> Path:
    """The rows that an import could not use: file, line, column and reason, never what stands in them."""
    return _imports(data_dir) / f"{import_id}-rejected.csv"


@contextmanager
def rejected_rows(data_dir: Path, import_id: int | None) -> Iterator[Callable[[Rejection], None] | None]:
    """Give what writes rejected rows to the import's file; a file without any is not kept."""
    if import_id is None:
        yield None
        return
    path, written = rejected_file(data_dir, import_id), 0
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(REJECTED_COLUMNS)

            def write(rejection: Rejection) -> None:
                nonlocal written
                written += 1
                told = (rejection.file, str(rejection.line), rejection.column or "", rejection.reason)
                writer.writerow(map(csv_cells.safe, told))

            yield write
    finally:
        if not written:
            path.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Bytes of a file, or of the files of a folder."""
    return sum(each.stat().st_size for each in _files(path))


def digest_of(path: Path, origin: str, known: Known, others: Collection[str]) -> str:
    """Return a SHA-256 of everything that decides what an import of these files does; empty where they cannot be read.

    These are the files, our own tables (which service points to which cancer, the words for cancers, their additions),
    the trials that are known, and `others`, the specialists the directory has from other sources.
    """
    since = known.since
    digest = hashlib.sha256(f"{_RULES} {origin} {since} {reference.version()}".encode())
    try:
        for file in (*_tables(), *_files(path)):
            digest.update(f"\n{file.name}\n".encode("utf-8", "replace"))
            with file.open("rb") as opened:
                while chunk := opened.read(_CHUNK):
                    digest.update(chunk)
    except OSError:
        return ""
    for npi in sorted(others):
        digest.update(npi.encode())
    for nct_id, codes in sorted(known.trials.items()):
        digest.update(f"{nct_id} {'|'.join(codes)}".encode())
    return digest.hexdigest()


def _tables() -> list[Path]:
    """Our own tables, the terms of the resolver among them."""
    return [*sorted(reference.SEED_DATA.glob("*.csv")), *sorted(reference.SEED_DATA.glob("terms/*.csv"))]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.is_file())
    return [path] if path.exists() else []


def _imports(data_dir: Path) -> Path:
    folder = data_dir / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
