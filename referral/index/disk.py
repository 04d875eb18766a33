"""Snapshots on disk: one folder per version, written whole and then named as current.

A process keeps the snapshot it has until the name changes, so a search never sees half an index, and a build that dies
leaves the old one in place. Arrays are mapped, so that the processes of one machine share their pages.
"""

import contextlib
import fcntl
import json
import logging
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import numpy as np

from referral.domain.experience import MODEL_VERSION
from referral.index.columns import Array
from referral.index.snapshot import Snapshot

FORMAT = 3
KEPT_VERSIONS = 5
"""So many of the newest snapshots stay on disk always: a process in the middle of a swap can still read its own."""
MOST_VERSIONS = 40
"""So many stay at most; those beyond the newest few only while somebody refers to them."""

# What reading throws at a file that is missing, cut short, or of another version of this program.
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, AttributeError)
_START = 64  # bytes: every array begins at a multiple of it
_BUILDING, _DROPPING = "building-", "dropping-"  # begin the names of folders that are not whole

logger = logging.getLogger(__name__)


class UnreadableSnapshot(Exception):
    """A snapshot that is there but is not whole, or of another version of this program; says why."""


class SnapshotStore:
    """The snapshots under `DATA_DIR/index`: which is current, reading it or an older one, and writing a new one."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "index"
        self.building = Lock()
        """Held by a thread that builds since nothing could be read, so that the others wait for it."""
        self._loaded: Snapshot | None = None
        self._stamp: tuple[int, int] | None = None

    def current(self) -> Snapshot | None:
        """The newest snapshot, None where none was built or it cannot be read."""
        try:
            status = (self.folder / "current").stat()
            stamp = status.st_mtime_ns, status.st_ino
            if stamp != self._stamp:
                self._loaded, self._stamp = self._read(), stamp
        except FileNotFoundError:
            return None
        return self._loaded

    def version(self, version: str) -> Snapshot | None:
        """The snapshot of this version, None where it is not kept; raises `UnreadableSnapshot`."""
        folder = self.folder / version
        if folder.parent != self.folder or not folder.is_dir():
            return None
        return _load(folder)

    def write(self, snapshot: Snapshot, referred: Callable[[str], bool] = lambda _version: False) -> None:
        """Put a snapshot on disk whole, name it as current, and drop old ones that are not `referred` to any more."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            target = self.folder / snapshot.version
            if _is_whole(target):
                os.utime(target)  # it counts as new again
            else:
                self._put(snapshot, target)
            _replace(self.folder / "current", snapshot.version)
            self._drop_old(snapshot.version, referred)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, of all processes; a dead one holds nothing up."""
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _read(self) -> Snapshot | None:
        """The snapshot that is named as current; the one in memory if it is the same."""
        version = self._named()
        while True:
            if self._loaded is not None and self._loaded.version == version:
                return self._loaded
            try:
                return _load(self.folder / version)
            except UnreadableSnapshot as error:
                named = self._named()  # it may have been dropped since newer ones were built meanwhile
                if named == version:
                    logger.error("The match index %.40r cannot be read and has to be built again: %s", version, error)
                    return None
                version = named

    def _named(self) -> str:
        return (self.folder / "current").read_text(encoding="utf-8", errors="replace").strip()

    def _put(self, snapshot: Snapshot, target: Path) -> None:
        building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=self.folder))
        try:
            _save(snapshot, building)
            self._drop(target)  # what is there is not whole
            building.rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _drop_old(self, current: str, referred: Callable[[str], bool]) -> None:
        others = [path for path in self.folder.iterdir() if path.is_dir() and path.name != current]
        kept = 1
        for path in sorted(others, key=lambda path: path.stat().st_mtime_ns, reverse=True):
            if path.name.startswith((_BUILDING, _DROPPING)):
                shutil.rmtree(path, ignore_errors=True)  # whoever made it is dead, since we write alone
            elif kept < KEPT_VERSIONS or (kept < MOST_VERSIONS and referred(path.name)):
                kept += 1
            else:
                self._drop(path)

    def _drop(self, path: Path) -> None:
        """Remove a version at one stroke for those who look for it, its files after that."""
        aside = self.folder / f"{_DROPPING}{uuid4().hex}"
        with contextlib.suppress(FileNotFoundError):
            path.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def _is_whole(folder: Path) -> bool:
    try:
        _load(folder)
    except UnreadableSnapshot:
        return False
    return True


def _load(folder: Path) -> Snapshot:
    """The snapshot of a folder; raises `UnreadableSnapshot`."""
    try:
        return _loaded(folder)
    except _UNREADABLE as error:
        raise UnreadableSnapshot(str(error)) from error


def _replace(path: Path, text: str) -> None:
    new = path.with_name("naming")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _save(snapshot: Snapshot, folder: Path) -> None:
    """All arrays behind one another in one file, and a table of contents that is written last."""
    contents, at, check = {}, 0, 0
    with (folder / "arrays").open("wb") as file:
        for name, array in snapshot.arrays.items():
            content = np.ascontiguousarray(array)
            contents[name] = [content.dtype.str, list(content.shape), at]
            padded = content.tobytes() + bytes(-content.nbytes % _START)
            check = zlib.crc32(padded, check)
            at += file.write(padded)
    facts = {
        "format": FORMAT,
        "version": snapshot.version,
        "model_version": snapshot.model_version,
        "built_on": snapshot.built_on.isoformat(),
        "codes": snapshot.codes,
        "arrays": contents,
        "crc32": check,
    }
    (folder / "contents.json").write_text(json.dumps(facts), encoding="utf-8")


def _loaded(folder: Path) -> Snapshot:
    facts: dict[str, Any] = json.loads((folder / "contents.json").read_text(encoding="utf-8"))
    if facts["format"] != FORMAT:
        raise ValueError(f"format {facts['format']}, this version reads {FORMAT}")
    if facts["model_version"] != MODEL_VERSION:
        raise ValueError(f"model {facts['model_version']}, this version ranks by {MODEL_VERSION}")
    if facts["version"] != folder.name:
        raise ValueError(f"it says to be {facts['version']}")
    mapped = np.memmap(folder / "arrays", dtype=np.uint8, mode="r")
    if zlib.crc32(mapped.data) != facts["crc32"]:
        raise ValueError("the arrays are not those of the table of contents")
    arrays = {name: _array(mapped, *place) for name, place in facts["arrays"].items()}
    built_on = date.fromisoformat(facts["built_on"])
    return Snapshot(facts["version"], facts["model_version"], built_on, tuple(facts["codes"]), arrays)


def _array(mapped: "np.memmap[Any, np.dtype[np.uint8]]", dtype: str, shape: list[int], start: int) -> Array:
    """A view of the mapped bytes; nothing is read before it is used."""
    size = int(np.dtype(dtype).itemsize * np.prod(shape, dtype=np.int64))
    return np.asarray(mapped[start : start + size]).view(dtype).reshape(shape)
