"""Snapshots on disk: one folder per version, written whole and then named as current.

A process keeps the snapshot it has until the name changes, so a search never sees half an index, and a build that dies
leaves the old one in place. Arrays are mapped, so that the processes of one machine share their pages.
"""

import json
import logging
import os
import shutil
import tempfile
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from referral.domain.experience import MODEL_VERSION
from referral.index.columns import Array
from referral.index.snapshot import Snapshot

FORMAT = 2
KEPT_VERSIONS = 5
"""Older snapshots stay on disk this long, so that a process in the middle of a swap can still read its own."""

# What reading throws at a file that is missing, cut short, or of another version of this program.
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, AttributeError)
_START = 64  # bytes: every array begins at a multiple of it

logger = logging.getLogger(__name__)


class SnapshotStore:
    """The snapshots under `DATA_DIR/index`: which is current, reading it, and writing a new one."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "index"
        self._loaded: Snapshot | None = None
        self._stamp: tuple[int, int] | None = None

    def current(self) -> Snapshot | None:
        """The newest snapshot, None where none was built or it cannot be read."""
        try:
            status = (self.folder / "current").stat()
        except FileNotFoundError:
            return None
        stamp = status.st_mtime_ns, status.st_ino
        if stamp != self._stamp:
            self._loaded, self._stamp = self._read(), stamp
        return self._loaded

    def write(self, snapshot: Snapshot) -> None:
        """Put a snapshot on disk whole, then name it as current."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / snapshot.version
        if _read(target) is None:
            self._put(snapshot, target)
        _replace(self.folder / "current", snapshot.version)
        self._drop_old(snapshot.version)

    def _read(self) -> Snapshot | None:
        version = (self.folder / "current").read_text(encoding="utf-8", errors="replace").strip()
        found = _read(self.folder / version)
        if found is None:
            logger.error("The match index %.40r cannot be read and has to be built again", version)
        return found

    def _put(self, snapshot: Snapshot, target: Path) -> None:
        building = Path(tempfile.mkdtemp(prefix="building-", dir=self.folder))
        try:
            _save(snapshot, building)
            shutil.rmtree(target, ignore_errors=True)  # what a crash cut short
            building.rename(target)
        except OSError:
            # Another build of the same records may have been first; its folder says the same.
            if _read(target) is None:
                raise
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _drop_old(self, current: str) -> None:
        folders = sorted((path for path in self.folder.iterdir() if path.is_dir() and path.name != current), key=_age)
        for path in folders[KEPT_VERSIONS - 1 :]:
            shutil.rmtree(path, ignore_errors=True)


def _age(folder: Path) -> float:
    """Orders the newest first; what another build has just renamed or dropped comes last."""
    try:
        return -folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _read(folder: Path) -> Snapshot | None:
    """The snapshot of a folder, None where there is none or a crash cut it short."""
    try:
        return _load(folder)
    except _UNREADABLE as error:
        logger.debug("%s holds no match index: %s", folder.name, error)
        return None


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)


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


def _load(folder: Path) -> Snapshot:
    facts: dict[str, Any] = json.loads((folder / "contents.json").read_text(encoding="utf-8"))
    if facts["format"] != FORMAT:
        raise ValueError(f"format {facts['format']}, this version reads {FORMAT}")
    if facts["model_version"] != MODEL_VERSION:
        raise ValueError(f"model {facts['model_version']}, this version ranks by {MODEL_VERSION}")
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
