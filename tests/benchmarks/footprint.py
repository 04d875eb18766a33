"""What the index costs beside time for a search: shared memory, reading it, and building it from a database."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from time import process_time
from typing import Any

from sqlalchemy import insert

from app import create_app
from referral import reference
from referral.extensions import db
from referral.index.disk import SnapshotStore
from referral.index.records import EvidenceColumns, Records
from referral.index.search import rank
from referral.models import Base, Experience, Organization, OrganizationExperience, Practitioner, PractitionerRole
from referral.services.rebuild_index import rebuild_index
from tests.benchmarks.made_up import DAY, searches

_WORKER = "import sys; from tests.benchmarks.footprint import search_and_wait; search_and_wait(sys.argv[1])"


def search_and_wait(folder: str) -> None:
    """What a worker does: read the index, search with it, and wait for the end of the input."""
    snapshot = SnapshotStore(Path(folder)).current()
    assert snapshot is not None
    for query in searches(200):
        rank(snapshot, reference.cancers(), reference.volume_marks(), query, accelerate=False)
    print("ready", flush=True)
    sys.stdin.read()


def mapped_megabytes(folder: Path, workers: int) -> tuple[float, float]:
    """(proportional share of the mapped index, of all memory) of so many processes together, while they all live."""
    command = [sys.executable, "-c", _WORKER, str(folder)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        mapped = sum(_mapped(process.pid, folder) for process in running)
        return mapped / 1e3, sum(_rollup(process.pid) for process in running) / 1e3
    finally:
        for process in running:
            process.communicate()


def _mapped(process: int, folder: Path) -> float:
    """Kilobytes of the index's file that a process has mapped, each divided by those who share it."""
    found, ours = 0.0, False
    for line in Path(f"/proc/{process}/smaps").read_text(encoding="ascii").splitlines():
        if "-" in line.partition(" ")[0]:
            ours = str(folder) in line
        elif ours and line.startswith("Pss:"):
            found += float(line.split()[1])
    return found


def _rollup(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return float(next(line for line in lines if line.startswith("Pss:")).split()[1])


def seconds_to_read(folder: Path) -> float:
    """The time a process takes to take up the index, its checksum included; the best of three."""
    best = float("inf")
    for _ in range(3):
        started = process_time()
        assert SnapshotStore(folder).current() is not None
        best = min(best, process_time() - started)
    return best


def seconds_to_rebuild(records: Records) -> float:
    """What `index build` takes from a SQLite database with these records."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"DATABASE_URL": f"sqlite:///{folder}/directory.sqlite3", "DATA_DIR": folder, "REDIS_URL": ""}
        app = create_app({**settings, "DEMO": "1"})
        with app.app_context():
            Base.metadata.create_all(db.engine)
            _fill(records)
            started = process_time()
            rebuild_index(SnapshotStore(Path(folder)), datetime.combine(DAY, time(12), UTC))
            taken = process_time() - started
            db.session.remove()
            db.engine.dispose()
    return taken


def _fill(records: Records) -> None:
    roles, count = records.roles, len(records.roles["npi"])
    taxonomies = {
        discipline: code for code, discipline in sorted(reference.disciplines().items(), key=lambda each: each[0])
    }
    names = [name.split(" ", 1) for name in roles["name"]]
    people = {
        "npi": roles["npi"],
        "given": [given for given, _ in names],
        "family": [family for _, family in names],
        "credential": roles["credential"],
        "languages": [list(tags) for tags in roles["languages"]],
        "taxonomy_codes": [[taxonomies[item] for item in items] for items in roles["disciplines"]],
        "source": ["made up"] * count,
    }
    same = ("npi", "organization_id", "city", "state", "latitude", "longitude", "accepts_new_patients",
            "remote_opinion", "wait_days", "fee_usd")  # fmt: skip
    places = {
        "id": roles["role_id"],
        **{name: roles[name] for name in same},
        "insurers": [list(items) for items in roles["insurers"]],
        "source": ["made up"] * count,
    }
    facts = zip(roles["organization_id"], roles["organization_name"], roles["designation"], strict=True)
    known = {name: {"id": name, "name": called, "designation": given, "source": "made up"}
             for name, called, given in facts if name}  # fmt: skip
    _insert(Practitioner, _rows(people))
    _insert(Organization, list(known.values()))
    _insert(PractitionerRole, _rows(places))
    _insert(Experience, _evidence("npi", records.evidence))
    own = _evidence("organization_id", records.organization_evidence)
    _insert(OrganizationExperience, [row for row in own if row["organization_id"] in known])
    db.session.commit()


def _insert(table: type[Base], rows: list[dict[str, Any]]) -> None:
    db.session.execute(insert(table), rows)


def _rows(columns: dict[str, Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _evidence(owner: str, columns: EvidenceColumns) -> list[dict[str, Any]]:
    count = len(columns.owner)
    return _rows(
        {
            "id": [f"{owner}-{number}" for number in range(count)],
            owner: columns.owner,
            "oncotree_code": columns.code,
            "kind": columns.kind,
            "origin": ["made up"] * count,
            **{
                name: getattr(columns, name)
                for name in ("count", "period_start", "period_end", "source", "source_url", "retrieved_on")
            },
        }
    )
