"""The compiled index on disk: one folder per version, written whole and then named as current.

A process keeps the snapshot it has until the name changes, so a search never sees half an index, and a build that dies
leaves the old one in place.
"""

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from referral.domain.codes import Designation, EvidenceKind
from referral.domain.experience import MODEL_VERSION, Evidence
from referral.domain.matching import RoleFacts

FORMAT = 1
KEPT_VERSIONS = 5
"""Older snapshots stay on disk this long, so that a process in the middle of a swap can still read its own."""

# What reading throws at a file that is missing, cut short, or of another version of this program.
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, BadZipFile)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Postings:
    """For every node of the cancer tree: who has evidence there, and the credit it earns."""

    nodes: Mapping[str, int]
    offsets: Ints
    owners: Ints
    credits: Floats

    def at(self, code: str) -> tuple[Ints, Floats]:
        """Owners (ascending) and their credits at one node."""
        if code not in self.nodes:
            return self.owners[:0], self.credits[:0]
        start, end = self.offsets[self.nodes[code]], self.offsets[self.nodes[code] + 1]
        return self.owners[start:end], self.credits[start:end]


@dataclass(frozen=True)
class Snapshot:
    """Everything a search reads, unchanging.

    `roles[i]` belongs to practitioner `practitioner_of[i]` and organization `organization_of[i]` (−1 = none); postings
    name practitioners and organizations by those numbers.
    """

    version: str
    model_version: str
    built_on: date
    roles: tuple[RoleFacts, ...]
    practitioner_of: Ints
    organization_of: Ints
    practitioners: Postings
    organizations: Postings
    evidence: Mapping[str, tuple[Evidence, ...]]
    organization_evidence: Mapping[str, tuple[Evidence, ...]]

    @cached_property
    def latitudes(self) -> Floats:
        """Degrees per role, NaN where not known."""
        return np.array([np.nan if r.latitude is None else r.latitude for r in self.roles], dtype=np.float64)

    @cached_property
    def longitudes(self) -> Floats:
        """Degrees per role, NaN where not known."""
        return np.array([np.nan if r.longitude is None else r.longitude for r in self.roles], dtype=np.float64)

    @cached_property
    def reviews_remotely(self) -> Mask:
        """Per role: is it known to give opinions from records?"""
        return np.array([role.remote_opinion is True for role in self.roles], dtype=np.bool_)

    @cached_property
    def designated(self) -> Mask:
        """Per role: is its organization a designated cancer centre that treats patients?"""
        treating = {Designation.COMPREHENSIVE.value, Designation.CLINICAL.value}
        return np.array([role.designation in treating for role in self.roles], dtype=np.bool_)

    @cached_property
    def lots(self) -> Ints:
        """Per role its place in the order of equals: ascending SHA-256 of `version:npi:role_id`."""
        drawn = [sha256(f"{self.version}:{r.npi}:{r.role_id}".encode()).hexdigest() for r in self.roles]
        order = np.argsort(np.array(drawn, dtype="U64"))
        lots = np.empty(len(drawn), dtype=np.int64)
        lots[order] = np.arange(len(drawn))
        return lots

    @cached_property
    def practitioner_count(self) -> int:
        """How many practitioners the numbers run over."""
        return int(self.practitioner_of.max(initial=-1)) + 1

    @cached_property
    def organization_count(self) -> int:
        """How many organizations the numbers run over."""
        return int(self.organization_of.max(initial=-1)) + 1


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
    np.savez(
        folder / "arrays.npz",
        practitioner_of=snapshot.practitioner_of,
        organization_of=snapshot.organization_of,
        **{
            f"{name}_{part}": getattr(postings, part)
            for name, postings in (("p", snapshot.practitioners), ("o", snapshot.organizations))
            for part in ("offsets", "owners", "credits")
        },
    )
    facts = {
        "format": FORMAT,
        "version": snapshot.version,
        "model_version": snapshot.model_version,
        "built_on": snapshot.built_on.isoformat(),
        "roles": [asdict(role) for role in snapshot.roles],
        "nodes": [list(snapshot.practitioners.nodes), list(snapshot.organizations.nodes)],
        "evidence": {npi: [_row(row) for row in rows] for npi, rows in snapshot.evidence.items()},
        "organization_evidence": {
            name: [_row(row) for row in rows] for name, rows in snapshot.organization_evidence.items()
        },
    }
    (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")


def _load(folder: Path) -> Snapshot:
    facts: dict[str, Any] = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    if facts["format"] != FORMAT:
        raise ValueError(f"format {facts['format']}, this version reads {FORMAT}")
    if facts["model_version"] != MODEL_VERSION:
        raise ValueError(f"model {facts['model_version']}, this version ranks by {MODEL_VERSION}")
    # numpy leaves a file open that it cannot read, so the file is opened here.
    with (folder / "arrays.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        postings = [
            Postings(
                {code: number for number, code in enumerate(nodes)},
                arrays[f"{name}_offsets"],
                arrays[f"{name}_owners"],
                arrays[f"{name}_credits"],
            )
            for name, nodes in zip("po", facts["nodes"], strict=True)
        ]
        practitioner_of, organization_of = arrays["practitioner_of"], arrays["organization_of"]
    return Snapshot(
        version=facts["version"],
        model_version=facts["model_version"],
        built_on=date.fromisoformat(facts["built_on"]),
        roles=tuple(_role(role) for role in facts["roles"]),
        practitioner_of=practitioner_of,
        organization_of=organization_of,
        practitioners=postings[0],
        organizations=postings[1],
        evidence={npi: tuple(map(_evidence, rows)) for npi, rows in facts["evidence"].items()},
        organization_evidence={
            name: tuple(map(_evidence, rows)) for name, rows in facts["organization_evidence"].items()
        },
    )


def _role(facts: dict[str, Any]) -> RoleFacts:
    lists = {name: tuple(facts[name]) for name in ("disciplines", "languages", "insurers")}
    return RoleFacts(**{**facts, **lists})


def _row(row: Evidence) -> list[object]:
    dates = [day.isoformat() if day else None for day in (row.period_start, row.period_end, row.retrieved_on)]
    return [row.code, row.kind.value, row.count, *dates, row.source, row.source_url]


def _evidence(row: list[Any]) -> Evidence:
    code, kind, count, start, end, retrieved, source, url = row
    start, end, retrieved = (date.fromisoformat(day) if day else None for day in (start, end, retrieved))
    return Evidence(code, EvidenceKind(kind), count, start, end, source, url, retrieved)
