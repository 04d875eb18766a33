"""The import of public files: quick, small, faster than `csv.DictReader`, and quicker still the second time.

    python -m tests.benchmarks.bench_import [ROWS]

Made-up files of so many rows (2,000,000, which takes 3.5 GB of disk and minutes) in the real layouts of NPPES and of
Medicare by provider and service. As in the real ones, hardly more than one person in a hundred is an oncologist, and
one row of Medicare in thirty is of one. They lie in the temporary folder (TMPDIR) and are removed.

Every figure is of a process of its own on one core. Rows a second are counted in processor time, since the machine may
be busy; the clock's time stands beside. "Read" means read, checked and kept for the writing, as an import does it.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

from app import create_app
from referral.directory import medicare, nppes
from referral.directory.report import Report
from referral.directory.spool import Spool
from referral.directory.statements import Known
from referral.extensions import db
from referral.models import Base
from referral.services.import_directory import READERS, import_directory
from tests.directory.files import NPPES_PERSON, npi, nppes_file
from tests.directory.layouts import medicare_file

ROWS = 2_000_000
WHOLE_NPPES = 8_500_000
"""Rows of the whole file of NPPES, about."""
BYTES_A_ROW = {nppes.KIND: 1_250, medicare.KIND: 330}
TARGETS = {nppes.KIND: 60_000, medicare.KIND: 80_000}
NAMES = {nppes.KIND: "npidata_pfile_20050523-20261108.csv", medicare.KIND: "MUP_PHY_R24_P05_V10_D22_Prov_Svc.csv"}
MEGABYTES, TIMES_DICT_READER, TIMES_FIRST = 300, 1.0, 2.0

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
_ONCOLOGIST_EVERY, _BLOCK = 80, 960
_BILLED = ("99213", "99214", "96413", "J9047", "J1100", "36415", "80053", "85025", "99232", "J9271")
_ONCOLOGIST_BILLS_EVERY = 30


@dataclass(frozen=True, slots=True)
class Spent:
    """What a piece of work took: rows, seconds of the processor and of the clock, megabytes of memory at most."""

    rows: int
    processor: float
    clock: float
    megabytes: float

    @property
    def per_second(self) -> float:
        """Rows a second of processor time."""
        return self.rows / self.processor


def main() -> None:
    """Generate, measure, and print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    needed = rows * 1.3 * sum(BYTES_A_ROW.values()) / 1e9
    with tempfile.TemporaryDirectory(prefix="bench-import-") as name:
        free = shutil.disk_usage(name).free / 1e9
        print(f"{_load()}; {free:,.0f} GB free in {Path(name).parent}, {needed:,.1f} GB needed")
        if free < needed:
            print(f"There is no room for files of {rows:,} rows: name fewer, or another folder as TMPDIR.")
            return
        _measure(Path(name), rows)
    print(f"\n{_load()}")


def _measure(folder: Path, rows: int) -> None:
    print(f"\n{'':<62}{'measured':>14}   target")
    for kind, write in ((nppes.KIND, _write_nppes), (medicare.KIND, _write_medicare)):
        path = folder / NAMES[kind]
        begun = perf_counter()
        write(path, rows)
        size = path.stat().st_size / 1e6
        print(f"\n{kind}: {rows:,} rows, {size:,.0f} MB, made in {perf_counter() - begun:.0f} s", flush=True)
        _reading(kind, path)
    _imports(folder)


def _reading(kind: str, path: Path) -> None:
    """Our reader and the language's own on the same file."""
    ours, theirs = _apart("read", kind, path), _apart("dict_reader", kind, path)
    if ours.rows != theirs.rows:
        raise RuntimeError(f"we read {ours.rows:,} rows and csv.DictReader {theirs.rows:,}")
    least = TARGETS[kind]
    _line("rows read a second, one core", f"{ours.per_second:,.0f}", f"≥ {least:,}", ours.per_second >= least)
    _line("  by the clock", f"{ours.rows / ours.clock:,.0f}")
    _line("resident memory at most", f"{ours.megabytes:,.0f} MB", f"≤ {MEGABYTES} MB", ours.megabytes <= MEGABYTES)
    _line("csv.DictReader alone, rows a second", f"{theirs.per_second:,.0f}")
    ratio = ours.per_second / theirs.per_second
    _line("times the speed of csv.DictReader", f"{ratio:.1f}", f"≥ {TIMES_DICT_READER}", ratio >= TIMES_DICT_READER)
    if kind == nppes.KIND:
        minutes = WHOLE_NPPES / ours.per_second / 60
        _line(f"so the whole file of {WHOLE_NPPES:,} rows takes", f"{minutes:.1f} min")


def _imports(folder: Path) -> None:
    """Import both files through the service, and both once more."""
    settings = {"DATABASE_URL": f"sqlite:///{folder / 'directory.sqlite3'}", "DATA_DIR": str(folder / "data")}
    with create_app({**settings, "REDIS_URL": "", "DEMO": "0"}).app_context():
        Base.metadata.create_all(db.engine)
        db.session.remove()
        db.engine.dispose()
    print("\nimports through the service: the same files, into SQLite", flush=True)
    for kind in NAMES:
        path = folder / NAMES[kind]
        first, second = _apart("import_file", kind, path), _apart("import_file", kind, path)
        renamed = path.rename(path.with_stem(f"{path.stem}_again"))
        third = _apart("import_file", kind, renamed)
        most, times = max(each.megabytes for each in (first, second, third)), first.clock / second.clock
        _line(f"{kind}: first import", f"{first.clock:,.1f} s")
        _line(f"{kind}: the same file again", f"{second.clock:,.1f} s")
        _line(f"{kind}: times as fast again", f"{times:.1f}", f"≥ {TIMES_FIRST:g}", times >= TIMES_FIRST)
        _line(f"{kind}: the same rows under another name", f"{third.clock:,.1f} s")
        _line(f"{kind}: resident memory at most", f"{most:,.0f} MB", f"≤ {MEGABYTES} MB", most <= MEGABYTES)


def _load() -> str:
    one, five, _ = os.getloadavg()
    return f"load of the machine: {one:.1f} in the last minute, {five:.1f} in five; {os.cpu_count()} cores"


def _line(name: str, value: str, target: str = "", kept: bool = True) -> None:
    print(f"  {name:<60}{value:>14}   {target}{'' if kept else '   MISSED'}", flush=True)


def _apart(work: str, kind: str, path: Path) -> Spent:
    """What `work` spends in a fresh process on one core."""
    script = "import sys; from tests.benchmarks.bench_import import spend; spend(*sys.argv[1:])"
    command = [sys.executable, "-c", script, work, kind, str(path)]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Spent(**json.loads(ended.stdout.splitlines()[-1]))


def spend(work: str, kind: str, path: str) -> None:
    """Do a piece of work on one core and print what it took; what a process loads at its start is not counted."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    prepare, do = _WORK[work]
    prepare(kind)
    clock, processor = perf_counter(), process_time()
    rows = do(kind, Path(path))
    spent = Spent(rows, process_time() - processor, perf_counter() - clock, _peak_megabytes())
    print(json.dumps(asdict(spent)))


def _peak_megabytes() -> float:
    """The most memory this process ever had; `ru_maxrss` would know the larger one of its parent too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1e3


def _read(kind: str, path: Path) -> int:
    """Read a file as an import does, its rows kept in files."""
    known = frozenset(_oncologists(ROWS)) if kind == medicare.KIND else frozenset[str]()
    report = Report(kind, path.name)
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder))
        for item in READERS[kind](path, Known(known, date(2026, 11, 23)), report, None):
            spool.add(item)
        spool.close()
    return report.read


def _read_plainly(_kind: str, path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def _import(kind: str, path: Path) -> int:
    """Import a file into the database beside it."""
    folder = path.parent
    settings = {"DATABASE_URL": f"sqlite:///{folder / 'directory.sqlite3'}", "DATA_DIR": str(folder / "data")}
    with create_app({**settings, "REDIS_URL": "", "DEMO": "0"}).app_context():
        return import_directory(kind, path, now=NOW).read


def _load_tables(kind: str) -> None:
    """Load our own tables, which every process loads once, by reading a file of one row."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAMES[kind]
        (_write_nppes if kind == nppes.KIND else _write_medicare)(path, 1)
        _read(kind, path)


_WORK: dict[str, tuple[Callable[[str], None], Callable[[str, Path], int]]] = {
    "read": (_load_tables, _read),
    "dict_reader": (lambda _kind: None, _read_plainly),
    "import_file": (_load_tables, _import),
}


def _oncologists(rows: int) -> Iterator[str]:
    """The NPIs of the oncologists in the NPPES file."""
    return (npi(number) for number in range(0, rows, _ONCOLOGIST_EVERY))


def _write_nppes(path: Path, rows: int) -> None:
    """One in eighty is an oncologist, every fifth an organization, every thirtieth deactivated."""
    variants = [{**row, "NPI": npi(0)} for row in map(_registered, range(_BLOCK))]
    header, *tails = _block(nppes_file, variants)
    numbers = (npi(number) for number in range(rows))
    _repeat(path, header, (b'"%s%s' % (each.encode(), tails[at % _BLOCK]) for at, each in enumerate(numbers)))


def _registered(number: int) -> dict[str, str]:
    if number % 30 == 2:
        return dict.fromkeys(NPPES_PERSON, "") | {"NPI Deactivation Date": "01/15/2020"}
    if number % 5 == 1:
        return {"Entity Type Code": "2", "Provider Organization Name (Legal Business Name)": f"LARKSPUR {number} LLC"}
    codes = ("207RX0202X",) if number % _ONCOLOGIST_EVERY == 0 else _OTHER_CODES[number % 4 :]
    taxonomies = {f"Healthcare Provider Taxonomy Code_{at}": code for at, code in enumerate(codes, start=1)}
    street = {"Provider First Line Business Practice Location Address": f"{number} LAKE AVE NW"}
    return {"Provider Last Name (Legal Name)": f"LARKS{'ABCDEFGHIJ'[number % 10]}PUR", **street, **taxonomies}


_OTHER_CODES = ("207Q00000X", "225100000X", "363LF0000X", "106H00000X")


def _write_medicare(path: Path, rows: int) -> None:
    """Ten rows of each; every thirtieth person is one of the oncologists of NPPES."""
    variants = [
        {"HCPCS_Cd": _BILLED[at % 10], "Tot_Benes": f"{11 + at % 400}", "Tot_Srvcs": f"{2 * (11 + at % 400)}"}
        for at in range(_BLOCK)
    ]
    header, *tails = _block(medicare_file, [{"Rndrng_NPI": npi(0), **row} for row in variants])
    numbers = (npi(_billing(person)) for person in range(rows // 10 + 1))
    lines = (b"%s%s" % (each.encode(), tails[(10 * at + row) % _BLOCK]) for at, each in enumerate(numbers)
             for row in range(10))  # fmt: skip
    _repeat(path, header, islice(lines, rows))


def _billing(person: int) -> int:
    known = person % _ONCOLOGIST_BILLS_EVERY == 0
    return person // _ONCOLOGIST_BILLS_EVERY * _ONCOLOGIST_EVERY if known else 2 * ROWS + person


def _block(write: Callable[[Path, list[dict[str, str]]], Path], rows: list[dict[str, str]]) -> list[bytes]:
    """The header, and of rows that all begin with the same NPI what follows it."""
    with tempfile.TemporaryDirectory() as folder:
        header, *lines = write(Path(folder) / "block.csv", rows).read_bytes().splitlines(keepends=True)
    return [header, *(line.partition(npi(0).encode())[2] for line in lines)]


def _repeat(path: Path, header: bytes, lines: Iterator[bytes]) -> None:
    with path.open("wb", buffering=2**20) as file:
        file.write(header)
        file.writelines(lines)


if __name__ == "__main__":
    main()
