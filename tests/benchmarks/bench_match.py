"""The search for specialists: exact, fast, small, and beside PostGIS and the usual program.

    python -m tests.benchmarks.bench_match [SPECIALISTS …]

20,000 and 250,000 made-up specialists, or so many as are named (2000000 takes minutes and 6 GB). 500 mixed searches,
every one checked against an evaluation of everybody that shares no arithmetic with the service.

All times are processor times: on an idle machine that is the clock's time on one core, and on a busy one it leaves out
what others take. Absolute times are those of a warm loop of one engine, the best of five rounds for each search; the
rounds of the engines alternate. For ratios every engine answers each search in turn, three turns each, the best counts,
and a server's time counts with its client's; the mean of all turns, and by the clock, stand beside.
"""

import contextlib
import gc
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from referral import reference
from referral.domain.cancers import CancerTree
from referral.domain.experience import VolumeMark
from referral.domain.matching import Query
from referral.index import accelerated
from referral.index.build import compiled
from referral.index.disk import SnapshotStore
from referral.index.records import Records
from referral.index.search import Ranking, rank, search_of
from referral.index.snapshot import Snapshot
from tests.benchmarks import footprint, postgis
from tests.benchmarks.evaluation import Evaluation
from tests.benchmarks.made_up import DAY, directory, searches
from tests.benchmarks.processor_time import ProcessorTime
from tests.benchmarks.rivals import Facts, Plan, Scored, UsualProgram

QUERIES, ROUNDS, TURNS = 500, 5, 3
PAIRED = {20_000: 200, 250_000: 150}
"""How many of the searches the rivals answer too; the usual program takes about as long as everything else together."""

CHECKED = {2_000_000: 30}
"""How many are checked against the evaluation of everybody where that takes too long for all."""

TARGETS: dict[str, dict[int, float]] = {
    "numpy p50": {20_000: 0.25, 250_000: 1.5},
    "numpy p99": {20_000: 1.0, 250_000: 6.0},
    "accelerated p50": {250_000: 0.4},
    "accelerated p99": {250_000: 2.5, 2_000_000: 8.0},
    "build": {250_000: 3.0},
    "size": {250_000: 120.0, 2_000_000: 450.0},
    "numpy ratio": {250_000: 30.0},
    "accelerated ratio": {250_000: 80.0},
}

Engine = Callable[[Query], Ranking]
Rival = Callable[[Plan], Scored]
Means = dict[str, dict[int, float]]
Array = NDArray[np.float64]


def main() -> None:
    """Measure and print the table."""
    sizes = [int(size) for size in sys.argv[1:]] or [20_000, 250_000]
    print(_load())
    print(f"\n{'':<58}{'measured':>14}   target")
    means: Means = {"numpy": {}, "accelerated": {}}
    for size in sizes:
        _measure(size, means)
    _growth(means)
    print(f"\n{_load()}")


def _load() -> str:
    one, five, _ = os.getloadavg()
    return f"load of the machine: {one:.1f} in the last minute, {five:.1f} in five; {os.cpu_count()} cores"


def _line(name: str, value: float | str, target: str = "", kept: bool | None = None) -> None:
    text = value if isinstance(value, str) else f"{value:,.2f}"
    mark = "" if kept is None else ("" if kept else "   MISSED")
    print(f"  {name:<56}{text:>14}   {target}{mark}", flush=True)


def _at_most(name: str, value: float, key: str, size: int, unit: str) -> None:
    most = TARGETS[key].get(size)
    _line(name, f"{value:,.2f} {unit}", f"≤ {most:g} {unit}" if most else "", None if most is None else value <= most)


def _measure(size: int, means: Means) -> None:
    print(f"\n{size:,} specialists", flush=True)
    records = directory(size)
    snapshot = _built(records, size)
    queries = searches(QUERIES)
    ready = accelerated.wait_until_compiled(search_of(snapshot, *_tables(), queries[0]))
    engines = {"numpy": _engine(snapshot, False)} | ({"accelerated": _engine(snapshot, True)} if ready else {})
    if not ready:
        print("  numba is not installed, so that only the numpy path is measured")
    _exact(records, snapshot, queries[: CHECKED.get(size, QUERIES)], engines)
    del records
    for name, mean in _warm(engines, queries, size).items():
        means[name][size] = mean
    _first(snapshot, queries, engines)
    _memory(snapshot)
    if size in PAIRED:
        _rivals(snapshot, queries[: PAIRED[size]], engines, size)
    if size == 20_000:
        _line("index build from SQLite", f"{footprint.seconds_to_rebuild(directory(size)):.2f} s")


def _tables() -> tuple[CancerTree, Mapping[str, VolumeMark]]:
    return reference.cancers(), reference.volume_marks()


def _engine(snapshot: Snapshot, accelerate: bool) -> Engine:
    tree, marks = reference.cancers(), reference.volume_marks()
    return lambda query: rank(snapshot, tree, marks, query, accelerate=accelerate)


def _built(records: Records, size: int) -> Snapshot:
    """The index; its time is the best of three where that is quick."""
    times = []
    for _ in range(1 if size > 1_000_000 else 3):
        gc.collect()
        started = process_time()
        snapshot = compiled(records, reference.cancers(), reference.volume_marks(), DAY)
        times.append(process_time() - started)
    megabytes = sum(array.nbytes for array in snapshot.arrays.values()) / 1e6
    _at_most(f"build from columns, {len(records.evidence.owner):,} evidence rows", min(times), "build", size, "s")
    _at_most("size of the index", megabytes, "size", size, "MB")
    return snapshot


def _exact(records: Records, snapshot: Snapshot, queries: Sequence[Query], engines: dict[str, Engine]) -> None:
    """How often the first twenty are those of the evaluation of everybody, in the same order."""
    evaluation = Evaluation(records, snapshot.version)
    same = dict.fromkeys(engines, 0)
    for query in sorted(queries, key=lambda query: query.cancer):
        expected = evaluation.first(query)
        for name, engine in engines.items():
            found = engine(query)
            role_ids = [snapshot.texts["role_id"][number] for number in found.roles.tolist()]
            same[name] += expected.agrees(role_ids, found.scores.tolist(), found.total)
    for name, count in same.items():
        _line(f"{name}: same first 20, scores and total", f"{count} of {len(queries)}", "all", count == len(queries))


def _warm(engines: dict[str, Engine], queries: Sequence[Query], size: int) -> dict[str, float]:
    """Print the times of each engine's warm loop and return their means. Rounds alternate, so that a busy minute of the
    machine meets all alike.
    """
    clock = ProcessorTime()
    rounds: dict[str, list[list[float]]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            gc.collect()
            rounds[name].append([clock.milliseconds(partial(engine, query)) for query in queries])
    means = {}
    for name, of in rounds.items():
        best = np.array(of).min(axis=0)
        p50, p99 = np.percentile(best, [50, 99])
        _at_most(f"{name}: warm, p50", float(p50), f"{name} p50", size, "ms")
        _at_most(f"{name}: warm, p99", float(p99), f"{name} p99", size, "ms")
        _line(f"{name}: warm, mean", f"{best.mean():.3f} ms")
        p50, p99 = np.percentile(min(of, key=statistics.mean), [50, 99])
        _line(f"{name}: the best round as a whole, p50 / p99", f"{p50:.2f} / {p99:.2f} ms")
        means[name] = float(best.mean())
    return means


def _first(snapshot: Snapshot, queries: Sequence[Query], names: Iterable[str]) -> None:
    """What the first search for each cancer takes, before anything of it is kept."""
    firsts = list({query.cancer: query for query in queries}.values())
    clock = ProcessorTime()
    for name in names:
        engine = _engine(replace(snapshot), name == "accelerated")
        engine(firsts[0])
        taken = np.array([clock.milliseconds(partial(engine, query)) for query in firsts[1:]])
        p99 = float(np.percentile(taken, 99))
        _line(f"{name}: the first search for a cancer, mean / p99", f"{taken.mean():.2f} / {p99:.2f} ms")


def _memory(snapshot: Snapshot) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        SnapshotStore(folder).write(snapshot)
        _line("reading the index, checksum included", f"{1_000 * footprint.seconds_to_read(folder):.0f} ms")
        (one, _), (four, whole) = (footprint.mapped_megabytes(folder, workers) for workers in (1, 4))
    ratio = four / one
    _line("mapped pages of four processes, share of one's (PSS)", f"{ratio:.2f}", "≤ 1.3", ratio <= 1.3)
    _line("all memory of four processes (PSS)", f"{whole:,.0f} MB")


def _rivals(snapshot: Snapshot, queries: Sequence[Query], engines: dict[str, Engine], size: int) -> None:
    facts = Facts(snapshot)
    plans = {id(query): facts.plan(query) for query in queries}
    rivals: dict[str, Rival] = {}
    if size == 20_000:
        usual = UsualProgram(facts, queries)
        rivals["SQLAlchemy filter + geopy loop"] = usual.search
    programs = postgis.installed()
    if isinstance(programs, str):
        print(f"  {programs} So it is not compared with.")
        _paired(queries, plans, engines, rivals, size, ProcessorTime())
        return
    with postgis.running(programs) as url:
        started = perf_counter()
        server = postgis.PostGis(url, facts, queries)
        _line("PostGIS: tables and indexes filled", f"{perf_counter() - started:.0f} s")
        _line("PostGIS: size of tables and indexes", f"{server.megabytes():,.0f} MB")
        rivals["PostGIS flat"] = lambda plan: server.search(plan, "flat")
        rivals["PostGIS joined"] = lambda plan: server.search(plan, "joined")
        with _one_core(server.process):
            _paired(queries, plans, engines, rivals, size, ProcessorTime(server.process))
        server.close()


@contextlib.contextmanager
def _one_core(*others: int) -> Iterator[None]:
    """This process and the others on one and the same core, as long as it lasts."""
    before = os.sched_getaffinity(0)
    for process in (0, *others):
        os.sched_setaffinity(process, {max(before)})
    yield
    os.sched_setaffinity(0, before)


def _paired(
    queries: Sequence[Query],
    plans: dict[int, Plan],
    engines: dict[str, Engine],
    rivals: dict[str, Rival],
    size: int,
    clock: ProcessorTime,
) -> None:
    """Every engine answers each search in turn; print times, agreement and ratios."""
    asked: dict[str, Callable[[Query], object]] = {**engines}
    asked |= {name: partial(_asked, rival, plans) for name, rival in rivals.items()}
    turns: dict[str, list[list[float]]] = {name: [] for name in asked}
    by_the_clock = dict.fromkeys(asked, 0.0)
    same = dict.fromkeys(rivals, 0)
    for query in queries:
        for of in turns.values():
            of.append([])
        for name in _in_turn(list(engines), list(rivals)):
            started = perf_counter()
            turns[name][-1].append(clock.milliseconds(partial(asked[name], query)))
            by_the_clock[name] += (perf_counter() - started) * 1e3 / len(queries) / TURNS
        ours = engines["numpy"](query)
        for name, rival in rivals.items():
            same[name] += postgis.same(rival(plans[id(query)]), ours.roles, ours.scores)
    best = {name: np.array(of).min(axis=1) for name, of in turns.items()}
    title = f"paired, one core, {len(queries)} searches, ms"
    print(f"\n  {title:<40}{'p50':>9}{'p99':>9}{'mean':>9}{'of all turns':>14}{'by the clock':>14}")
    for name, each in best.items():
        p50, p99 = np.percentile(each, [50, 99])
        agrees = f"   same first 20: {same[name]} of {len(queries)}" if name in same else ""
        means = f"{each.mean():>9.2f}{np.mean(turns[name]):>14.2f}{by_the_clock[name]:>14.2f}"
        print(f"  {name:<40}{p50:>9.2f}{p99:>9.2f}{means}{agrees}", flush=True)
    _ratios(best, list(engines), list(rivals), size)


def _in_turn(engines: list[str], rivals: list[str]) -> Iterator[str]:
    """The engines and then the rivals, every other turn in the opposite order, so that nobody has a better place."""
    for turn in range(TURNS):
        for group in (engines, rivals):
            yield from group if turn % 2 == 0 else reversed(group)


def _asked(rival: Rival, plans: dict[int, Plan], query: Query) -> object:
    return rival(plans[id(query)])


def _ratios(best: dict[str, Array], engines: Sequence[str], rivals: Sequence[str], size: int) -> None:
    """By how many times each engine is quicker; the target is that over the better design of PostGIS."""
    print()
    designs = [name for name in rivals if name.startswith("PostGIS")]
    better = min(designs, key=lambda name: float(best[name].mean()), default="")
    for rival in rivals:
        for engine in engines:
            ratio = float(best[rival].mean() / best[engine].mean())
            median = statistics.median((best[rival] / best[engine]).tolist())
            least = TARGETS[f"{engine} ratio"].get(size) if rival == better else None
            _line(
                f"{engine} over {rival}: means (median of pairs)",
                f"{ratio:,.0f} ({median:,.0f})",
                f"≥ {least:g}" if least else "",
                None if least is None else ratio >= least,
            )


def _growth(means: Means) -> None:
    """The power of N by which the mean of the warm loop grows, between the smallest size and each other."""
    print("\nGrowth")
    for name, of in means.items():
        sizes = sorted(of)
        for size in sizes[1:]:
            power = float(np.log(of[size] / of[sizes[0]]) / np.log(size / sizes[0]))
            _line(f"{name}: mean from {sizes[0]:,} to {size:,}", f"N^{power:.2f}", "≤ N^0.7", power <= 0.7)


if __name__ == "__main__":
    main()
