"""Leaving out whom the bounds leave out changes nothing: by numpy and by the compiled kernel as by scoring everybody.

One directory of 20,000 in two tissues, so that there are far more blocks than the first round looks at.
"""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral import reference
from referral.domain.codes import Complexity, Discipline
from referral.domain.matching import Query
from referral.domain.travel import Point, distances_km
from referral.index import accelerated, looking
from referral.index.build import compiled
from referral.index.prepared import PreparedCancers
from referral.index.search import DEEPEST, Ranking, rank, search_of
from referral.index.snapshot import BLOCK, Snapshot
from tests.benchmarks import made_up
from tests.index.directories import CITIES, DAY, Directory, Doctor, Row, npi

pytestmark = pytest.mark.chaos  # the kernel is an extra, and compiling it takes up to a minute

TISSUES = ("BREAST", "SOFT_TISSUE")
HERE = CITIES[0]
COLUMNS = ("roles", "scores", "experience", "centre", "nearness", "kilometres", "exact", "in_radius", "moved")


@pytest.fixture(scope="module", autouse=True)
def compiled_code_stays(request: pytest.FixtureRequest) -> None:
    """Compiling takes ten seconds and more: one process does it, the others and the next run have its code."""
    folder = Path(request.config.cache.mkdir("compiled"))
    accelerated.keep_compiled_in(folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        many()


@cache
def many() -> Snapshot:
    """The index of 20,000 specialists; the kernel is compiled for it."""
    records = made_up.directory(20_000, 4, TISSUES)
    snapshot = compiled(records, reference.cancers(), reference.volume_marks(), made_up.DAY)
    assert accelerated.wait_until_compiled(looked_for(snapshot, Query("SARCNOS", *HERE)))
    return snapshot


def looked_for(snapshot: Snapshot, query: Query) -> looking.Search:
    return search_of(snapshot, reference.cancers(), reference.volume_marks(), query)


def ranked(snapshot: Snapshot, query: Query, deepest: int = DEEPEST, accelerate: bool = True) -> Ranking:
    return rank(snapshot, reference.cancers(), reference.volume_marks(), query, deepest, accelerate)


def assert_all_the_same(snapshot: Snapshot, query: Query) -> Ranking:
    """By scoring everybody, by numpy's two rounds, and by the kernel; returned for what more there is to say."""
    everybody = ranked(snapshot, query, deepest=0)
    for accelerate in (False, True):
        found = ranked(snapshot, query, accelerate=accelerate)
        assert (found.total, found.step) == (everybody.total, everybody.step), query
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(found, name), getattr(everybody, name))
    return everybody


def random_query(chance: Random) -> Query:
    """A search of any kind from anywhere; half of all filters are left open."""
    codes, shares = made_up.cancers(TISSUES)
    latitude, longitude = round(chance.uniform(25, 49), 6), round(chance.uniform(-125, -68), 6)
    remote = chance.choice(["", "", "yes", "only"])
    there = remote != "only" or chance.random() < 0.5
    return Query(
        chance.choices(codes, shares.tolist())[0],
        latitude if there else None,
        longitude if there else None,
        chance.choice([None, None, 30.0, 300.0, 3_000.0]),
        remote,
        complexity=chance.choice([(), (Complexity.METASTATIC,)]),
        discipline=chance.choice([None, None, Discipline.SURGICAL, Discipline.HEMATOLOGY]),
        language=chance.choice(["", "", "es", "vi"]),
        insurer=chance.choice(["", "", "Medicare", "State Plan"]),
        accepting=chance.choice(["open", "yes", "any"]),
        exclude_organization=chance.choice([(), (), ("organization-00003",)]),
        weight_experience=chance.choice([None, None, 0.0, chance.random(), 1.0]),
        include_unknown=chance.random() < 0.5,
        widen=chance.random() < 0.5,
        diversify=chance.random() < 0.3,
        limit=chance.choice([1, 20, 20, 100]),
        offset=chance.choice([0, 0, 0, 40, DEEPEST - 10, 2 * DEEPEST]),
    )


@given(st.integers(0, 10**9))
def test_any_search_among_many_finds_whom_scoring_everybody_finds(seed: int) -> None:
    assert_all_the_same(many(), random_query(Random(seed)))


def test_there_are_more_blocks_than_are_looked_at_and_searches_with_few_results_among_them() -> None:
    few = Query(
        "SARCNOS", *HERE, language="vi", insurer="State Plan", discipline=Discipline.HEMATOLOGY, accepting="yes"
    )

    assert len(looked_for(many(), few).tissue.reach) > 2 * looking.FIRST_BLOCKS
    assert len(looking.seen(looked_for(many(), Query("SARCNOS", *HERE)), 20, DEEPEST).places) < 200
    assert 0 < assert_all_the_same(many(), replace(few, radius_km=300.0)).total < 20


@pytest.mark.parametrize("place", [0, BLOCK - 1, BLOCK, 40 * BLOCK - 1, 40 * BLOCK, -1])
@pytest.mark.parametrize("balance", [None, 0.0, 1.0])
def test_from_the_doorstep_of_the_first_and_the_last_of_a_block(place: int, balance: float | None) -> None:
    snapshot = many()
    search = looked_for(snapshot, Query("BREAST", *HERE))
    located = np.flatnonzero(snapshot.located_profiles[search.tissue.profile.ravel()])
    role = int(search.tissue.role.ravel()[located[np.searchsorted(located, place) if place >= 0 else place]])
    latitude, longitude = (float(snapshot.arrays[name][role]) for name in ("latitude", "longitude"))

    assert_all_the_same(snapshot, Query("BREAST", latitude, longitude, weight_experience=balance))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("remote", ["", "yes"])
def test_at_the_edge_of_the_radius_the_exact_distance_decides(seed: int, remote: str) -> None:
    snapshot, chance = many(), Random(seed)
    here = chance.choice(CITIES[:4])
    query = Query("SOFT_TISSUE", *here, remote=remote, include_unknown=seed % 2 == 0, widen=False)
    search = looked_for(snapshot, query)
    roles = search.tissue.role.ravel()[search.passes[search.tissue.profile.ravel()]]
    roles = roles[snapshot.located_profiles[snapshot.arrays["profile"][roles]]]
    away = np.sort(distances_km(Point(*here), snapshot.arrays["latitude"][roles], snapshot.arrays["longitude"][roles]))
    edge = float(away[chance.randrange(len(away))])

    just_in = assert_all_the_same(snapshot, replace(query, radius_km=edge))
    just_out = assert_all_the_same(snapshot, replace(query, radius_km=float(np.nextafter(edge, 0))))
    assert (just_in.total > just_out.total) or remote


def same_place(count: int, code: str = "CHOL") -> Iterator[Doctor]:
    """Doctors who differ in nothing but their names."""
    rows = (Row(code, "procedures", 30, DAY.replace(year=2025), DAY),)
    return (Doctor(f"role-{number:05d}", npi(number), rows=rows) for number in range(count))


def test_more_at_one_point_of_the_edge_than_the_kernel_can_give() -> None:
    snapshot = Directory(tuple(same_place(3_000))).snapshot()
    there = CITIES[0]
    query = Query("CHOL", there[0] - 1, there[1], widen=False)
    away = float(distances_km(Point(there[0] - 1, there[1]), np.array([there[0]]), np.array([there[1]]))[0])
    assert accelerated.wait_until_compiled(looked_for(snapshot, query))

    assert accelerated.seen(looked_for(snapshot, replace(query, radius_km=away)), 20) is None
    assert assert_all_the_same(snapshot, replace(query, radius_km=away)).total == 3_000
    assert assert_all_the_same(snapshot, replace(query, radius_km=away - 1e-9)).total == 0
    assert assert_all_the_same(snapshot, query).total == 3_000


@pytest.mark.parametrize("code, cancer", [*product(["CHOL", "PAAD"], ["CHOL", "IHCH", "BILIARY_TRACT"])])
def test_a_cancer_or_a_tissue_that_nobody_has_evidence_for(code: str, cancer: str) -> None:
    snapshot = Directory(tuple(same_place(200, code))).snapshot()

    assert_all_the_same(snapshot, Query(cancer, *HERE))
    assert_all_the_same(Directory(()).snapshot(), Query(cancer, *HERE, radius_km=10.0))


def test_a_search_does_not_wait_for_the_compiler() -> None:
    finish = Event()

    def slowly(folder: Path | None) -> accelerated.Kernel | None:
        assert finish.wait(60)
        return accelerated.imported(folder)

    compiler, search = accelerated.Compiler(slowly), looked_for(many(), Query("SARCNOS", *HERE))
    assert accelerated.seen(search, 20, compiler) is None
    finish.set()
    compiler.start(search).join()
    assert accelerated.seen(search, 20, compiler) is not None


def test_a_process_that_searches_once_or_twice_compiles_nothing() -> None:
    asked: list[Path | None] = []
    compiler, search = accelerated.Compiler(asked.append), looked_for(many(), Query("SARCNOS", *HERE))
    for _ in range(accelerated.SEARCHES_FIRST - 1):
        accelerated.seen(search, 20, compiler)
    assert asked == []
    accelerated.seen(search, 20, compiler)
    compiler.start(search).join()
    assert len(asked) == 1


def test_a_compiler_that_fails_is_told_of_and_asked_no_more(caplog: pytest.LogCaptureFixture) -> None:
    asked = []

    def broken(folder: Path | None) -> None:
        asked.append(folder)
        raise RuntimeError("no such processor")

    compiler, search = accelerated.Compiler(broken), looked_for(many(), Query("SARCNOS", *HERE))
    compiler.start(search).join()
    assert [accelerated.seen(search, 20, compiler) for _ in range(3)] == [None] * 3
    assert len(asked) == 1
    assert "stays with numpy" in caplog.text


def test_the_greatest_merit_of_a_block_is_no_less_by_the_kernel_than_it_is() -> None:
    snapshot, cancers = many(), PreparedCancers()
    for code in made_up.cancers(TISSUES)[0][:12]:
        prepared = looked_for(snapshot, Query(code, *HERE)).prepared
        quick, true = accelerated.most_of(snapshot, prepared), cancers.merit(snapshot, prepared).max(axis=1)
        assert quick is not None
        assert ((quick >= true - 1e-6) & (quick < true + 1e-3)).all()


def test_a_process_that_searches_among_few_does_not_import_the_compiler() -> None:
    code = """
import sys
from tests.index.directories import Directory
from tests.index.test_accelerated import Query, ranked, same_place
ranked(Directory(tuple(same_place(500))).snapshot(), Query("CHOL", 42.0, -71.0))
sys.exit("numba" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
