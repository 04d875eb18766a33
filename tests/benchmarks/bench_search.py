"""The search for specialists at 20,000 made-up ones: the index beside the usual way, and the whole request.

The usual way is a database with an index on the cancer, filters in SQL, and a loop over the rows with geopy. It is
given the same credits ready to read, so both find the same people and only the way differs.
"""

import heapq
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import numpy as np
from geopy.distance import great_circle
from sqlalchemy import Boolean, Column, Connection, Float, Integer, MetaData, String, Table, create_engine, or_, select
from sqlalchemy.pool import StaticPool

from referral import reference
from referral.domain.codes import Designation
from referral.domain.experience import back_off_weights, mark_for
from referral.domain.matching import HALF_DISTANCE_KM, Query, weights
from referral.domain.travel import EARTH_RADIUS_KM
from referral.index.search import rank
from referral.index.snapshot import Postings, Snapshot
from tests.index.directories import CITIES, Directory, families, npi, random_directory
from tests.index.searcher import URL, running_searcher

SPECIALISTS = 20_000
GROUPS = 40
QUERIES = 60
ROUNDS = 5
TOP = 20

_tables = MetaData()
_role = Table(
    "role", _tables,
    Column("number", Integer, primary_key=True), Column("person", Integer), Column("organization", Integer),
    Column("latitude", Float), Column("longitude", Float), Column("accepting", Boolean), Column("designated", Boolean),
)  # fmt: skip
_credit = Table(
    "credit", _tables,
    Column("code", String, primary_key=True), Column("person", Integer, primary_key=True), Column("rate", Float),
)  # fmt: skip


def main() -> None:
    """Measure and print the tables."""
    started = perf_counter()
    snapshot = synthetic(SPECIALISTS).snapshot()
    print(
        f"{SPECIALISTS:,} specialists, {len(snapshot.practitioners.owners):,} postings, made and compiled in "
        f"{perf_counter() - started:.1f} s; {QUERIES} searches, half for rare cancers\n"
    )
    queries = some_queries(QUERIES)
    with _usual_database(snapshot) as connection:
        _compare(snapshot, connection, queries)
    _whole_request(snapshot, queries)


def synthetic(specialists: int) -> Directory:
    """Specialists in groups; each group knows two families of cancers, the first ones more often."""
    chance = Random(20_261_123)
    paths = [*families(True), *families(False)]
    often = [1 / (place + 1) for place in range(len(paths))]
    doctors = [
        doctor
        for seed in range(GROUPS)
        for doctor in random_directory(seed, specialists // GROUPS, chance.choices(paths, often, k=2), 1).doctors
    ]
    return Directory(tuple(replace(doctor, role_id=f"r{n:06d}", npi=npi(n)) for n, doctor in enumerate(doctors)))


def some_queries(count: int) -> list[Query]:
    """Searches from around the cities, with and without a radius, half for rare cancers."""
    chance = Random(7)
    found = []
    for number in range(count):
        path = chance.choice(families(number % 2 == 0))
        latitude, longitude = chance.choice(CITIES)
        radius = chance.choice([None, 100.0, 500.0])
        found.append(Query(path[-1], latitude + chance.gauss(0, 1), longitude, radius, widen=False))
    return found


def _compare(snapshot: Snapshot, connection: Connection, queries: Sequence[Query]) -> None:
    tree, marks = reference.cancers(), reference.volume_marks()

    def index(query: Query) -> list[int]:
        return [int(number) for number in rank(snapshot, tree, marks, query).order[:TOP]]

    def usual(query: Query) -> list[int]:
        return usual_search(connection, snapshot, query)

    same = sum(index(query) == usual(query) for query in queries)
    warm = [_milliseconds(index, query) for _ in range(ROUNDS) for query in queries]
    pairs = [(_milliseconds(index, query), _milliseconds(usual, query)) for query in queries]
    by_index, by_usual = zip(*pairs, strict=True)
    _table(
        [
            ("index, warm loop", warm, ""),
            ("index, paired", by_index, ""),
            ("SQLAlchemy + geopy loop, paired", by_usual, _ratio(by_index, by_usual)),
        ]
    )
    print(f"Same first {TOP} in the same order: {same} of {len(queries)}.\n")


def usual_search(connection: Connection, snapshot: Snapshot, query: Query) -> list[int]:
    """The best twenty as most programs would find them: rows from SQL, a loop, a heap."""
    tree = reference.cancers()
    path, rarity = tree.path(query.cancer), tree[query.cancer].rarity
    step_weights = dict(zip(path[::-1], back_off_weights(len(path)), strict=False))
    mark = mark_for(path, reference.volume_marks())
    power = -np.log(4.0) / np.log1p(mark.surgeon if mark else 10.0)
    balance = weights(rarity, query.complexity, query.weight_experience)
    here = query.latitude, query.longitude
    rates: dict[int, float] = {}
    for person, code, rate in connection.execute(select(_credit.c.person, _credit.c.code, _credit.c.rate)
                                                 .where(_credit.c.code.in_(path))):  # fmt: skip
        rates[person] = rates.get(person, 0.0) + step_weights.get(code, 0.0) * rate
    open_roles = (
        select(_role)
        .join(_credit, _credit.c.person == _role.c.person)
        .where(_credit.c.code == path[0], or_(_role.c.accepting.is_(None), _role.c.accepting))
    )
    found = []
    for row in connection.execute(open_roles):
        known = row.latitude is not None
        away = great_circle(here, (row.latitude, row.longitude), radius=EARTH_RADIUS_KM).km if known else np.inf
        if query.radius_km is None or away <= query.radius_km:
            experience = 1 - (1 + rates[row.person]) ** power
            near = 2 ** (-away / HALF_DISTANCE_KM[rarity])
            centre = 0.5 if row.designated else 0.0
            points = balance.experience * experience + balance.centre * centre + balance.distance * near
            found.append((-round(100 * points, 6), int(snapshot.lots[row.number]), row.number))
    return [number for _, _, number in heapq.nsmallest(TOP, found)]


def _usual_database(snapshot: Snapshot) -> Connection:
    """The same directory in SQLite in memory, with an index on cancer and one on specialist."""
    connection = create_engine("sqlite://", poolclass=StaticPool).connect()
    _tables.create_all(connection)
    treating = {Designation.COMPREHENSIVE, Designation.CLINICAL}
    roles: list[dict[str, Any]] = [
        {"number": number, "person": int(snapshot.practitioner_of[number]), "latitude": role.latitude,
         "organization": int(snapshot.organization_of[number]), "longitude": role.longitude,
         "accepting": role.accepts_new_patients, "designated": role.designation in treating}
        for number, role in enumerate(snapshot.roles)
    ]  # fmt: skip
    connection.execute(_role.insert(), roles)
    connection.execute(_credit.insert(), _credits(snapshot.practitioners))
    connection.exec_driver_sql("CREATE INDEX role_person ON role (person)")
    connection.exec_driver_sql("ANALYZE")
    connection.commit()
    return connection


def _credits(postings: Postings) -> list[dict[str, Any]]:
    return [
        {"code": code, "person": int(person), "rate": float(rate)}
        for code in postings.nodes
        for person, rate in zip(*postings.at(code), strict=True)
    ]


def _whole_request(snapshot: Snapshot, queries: Sequence[Query]) -> None:
    """The search through the application, beside a page that does nothing, without a network between."""
    with tempfile.TemporaryDirectory() as folder, running_searcher(Path(folder)) as searcher:
        searcher.serve(snapshot)

        def search(query: Query) -> object:
            place = {"latitude": query.latitude, "longitude": query.longitude}
            radius = {"radius_km": query.radius_km} if query.radius_km else {}
            return searcher.client.post(URL, json={"cancer": query.cancer, "widen": 0, **place, **radius})

        def nothing(_: Query) -> object:
            return searcher.client.get("/healthz")

        started = perf_counter()
        search(queries[0])
        print(f"First search of a process, which reads the index from disk: {perf_counter() - started:.1f} s\n")
        pairs = [(_milliseconds(nothing, query), _milliseconds(search, query)) for query in queries]
        none, whole = zip(*pairs, strict=True)
        _table([("/healthz", none, ""), ("search, 20 results, paired", whole, _ratio(none, whole))])


def _milliseconds(engine: Callable[[Query], object], query: Query) -> float:
    started = perf_counter()
    engine(query)
    return (perf_counter() - started) * 1_000


def _ratio(fast: Sequence[float], slow: Sequence[float]) -> str:
    median = statistics.median(b / a for a, b in zip(fast, slow, strict=True))
    return f"{statistics.mean(slow) / statistics.mean(fast):.1f}x ({median:.1f}x)"


def _table(rows: Sequence[tuple[str, Sequence[float], str]]) -> None:
    """Latencies of each engine, and by how much it is slower than the row above."""
    print(f"{'ms per search, one core':<34}{'p50':>9}{'p99':>9}{'mean':>9}   times the row above: means (median pair)")
    for name, times, ratio in rows:
        p50, p99 = np.percentile(times, [50, 99])
        print(f"{name:<34}{p50:>9.2f}{p99:>9.2f}{statistics.mean(times):>9.2f}   {ratio}")
    print()


if __name__ == "__main__":
    main()
