"""PostGIS as a rival, as good as it can be made: a server of its own from Debian's packages, two designs of tables.

`flat`: candidates by tissue with all their facts in one table, GiST on (tissue, point). `joined`: facts by role with
GiST on the point, joined to a covering index of credits. Both read the deeper levels' credits from that index. The
server has everything in memory, writes nothing to disk that it must not lose, plans each search anew with its values
(a generic plan is several times slower), and uses one core.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
import psycopg

from referral.domain.matching import Query
from referral.domain.travel import EARTH_RADIUS_KM
from tests.benchmarks.rivals import TOP, Array, Facts, Plan, Scored
from tests.servers import server_process, wait_until

_NOBODY = 65534
_SETTINGS = (
    "listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off",
    "shared_buffers=2GB", "effective_cache_size=4GB", "work_mem=256MB", "maintenance_work_mem=1GB",
    "random_page_cost=1.0", "jit=off", "max_parallel_workers_per_gather=0", "max_wal_size=8GB",
    "plan_cache_mode=force_custom_plan",
)  # fmt: skip

_TABLES = """
CREATE EXTENSION postgis;
CREATE EXTENSION btree_gist;
CREATE TABLE role (number int, organization int, accepts smallint, remote smallint, languages int, insurers int,
    disciplines int, point geometry(Point, 4326));
CREATE TABLE credit (node smallint, role int, credit float8);
CREATE TABLE centre (node smallint, organization int, value float8);
CREATE TABLE tissue (node smallint);
"""
_INDEXES = """
ALTER TABLE role ADD PRIMARY KEY (number);
CREATE INDEX ON role USING gist (point);
CREATE UNIQUE INDEX ON credit (node, role) INCLUDE (credit);
CREATE UNIQUE INDEX ON centre (node, organization) INCLUDE (value);
CREATE TABLE candidate AS
    SELECT c.node AS tissue, c.credit, r.* FROM credit c JOIN role r ON r.number = c.role
    WHERE c.node IN (SELECT node FROM tissue) ORDER BY c.node, c.role;
ALTER TABLE credit ALTER node SET STATISTICS 1000;
CREATE INDEX ON candidate USING gist (tissue, point);
CREATE INDEX ON candidate (tissue) WHERE remote = 1;
CREATE INDEX ON candidate (tissue) WHERE point IS NULL;
CREATE INDEX ON candidate (tissue);
"""


def installed() -> Path | str:
    """The folder of the server's programs, installed now if root may; or why there is none."""
    if (found := _programs()) is None and os.getuid() == 0 and shutil.which("apt-get"):
        print("Installing PostgreSQL and PostGIS …", flush=True)
        _apt("update")
        _apt("install", "postgresql")
        for version in Path("/usr/lib/postgresql").glob("*"):
            _apt("install", f"postgresql-{version.name}-postgis-3")
        found = _programs()
    return found or "PostGIS is not installed, and only root can install it with apt-get."


def _programs() -> Path | None:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        extension = Path("/usr/share/postgresql") / folder.parent.name / "extension" / "postgis.control"
        if (folder / "initdb").exists() and extension.exists():
            return folder
    return None


def _apt(*what: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        ["apt-get", "-qq", "-y", "--no-install-recommends", *what], env=environment, capture_output=True, check=False
    )


@contextlib.contextmanager
def running(programs: Path) -> Iterator[str]:
    """The connection string of a server in a temporary folder, which goes with it."""
    user = _NOBODY if os.getuid() == 0 else None
    groups: list[int] | None = None if user is None else []
    folder = Path(tempfile.mkdtemp(prefix="postgis-", dir="/tmp"))
    if user is not None:
        os.chown(folder, user, user)
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "--username=bench", "--auth=trust", "--locale=C", "--no-sync"],
        check=True, capture_output=True, cwd=folder, user=user, group=user, extra_groups=groups,
    )  # fmt: skip
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *settings]
    with server_process(command, folder, user=user, stop=signal.SIGINT):
        url = f"host={folder} dbname=postgres user=bench"
        wait_until(lambda: _answers(url), 30, "the PostGIS server did not start")
        yield url


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


class PostGis:
    """A connection to a filled server; `search` gives the first twenty by one of the two designs."""

    def __init__(self, url: str, facts: Facts, queries: Sequence[Query]) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._fill(facts, queries)
        self._connection.prepare_threshold = 0

    @property
    def process(self) -> int:
        """The id of the process that answers."""
        return self._connection.info.backend_pid

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def megabytes(self) -> float:
        """What the tables and indexes take."""
        found = self._connection.execute("SELECT pg_database_size(current_database()) / 1e6::float8").fetchone()
        return float(found[0]) if found else 0.0

    def _fill(self, facts: Facts, queries: Sequence[Query]) -> None:
        execute = self._connection.execute
        execute(_TABLES)
        columns = facts.roles
        plain = [columns[name].tolist() for name in list(columns)[:-2]]
        points = map(_point, columns["longitude"].tolist(), columns["latitude"].tolist())
        self._copy("role", zip(*plain, points, strict=True))
        node, role, credit = facts.credits()
        self._copy("credit", zip(node.tolist(), role.tolist(), credit.tolist(), strict=True))
        self._copy("centre", zip(*(column.tolist() for column in facts.centres(queries)), strict=True))
        self._copy("tissue", ([node] for node in np.flatnonzero(np.diff(facts.snapshot.arrays["tissue_blocks"]))))
        execute(_INDEXES)
        execute("VACUUM ANALYZE")

    def _copy(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            lines: list[str] = []
            for row in rows:
                lines.append("\t".join([str(value) for value in row]))
                if len(lines) == 10_000:
                    copy.write("\n".join(lines) + "\n")
                    lines = []
            copy.write("".join(line + "\n" for line in lines))

    def search(self, plan: Plan, design: str) -> Scored:
        """The first twenty, `design` being flat or joined."""
        text, values = statement(plan, design)
        return [(int(role), float(score)) for role, score in self._connection.execute(text, values)]

    def explained(self, plan: Plan, design: str) -> str:
        """How the server goes about it."""
        text, values = statement(plan, design)
        rows = self._connection.execute(f"EXPLAIN (ANALYZE, BUFFERS) {text}", values)
        return "\n".join(str(row[0]) for row in rows)


def _point(longitude: float, latitude: float) -> str:
    return f"SRID=4326;POINT({longitude!r} {latitude!r})" if latitude == latitude else r"\N"


def statement(plan: Plan, design: str) -> tuple[LiteralString, dict[str, Any]]:
    """(SQL, values) of one search."""
    values: dict[str, Any] = {
        "tissue": plan.tissue, "cancer": plan.levels[0][0], "power": plan.power, "half": 1_000 * plan.half_km,
        "longitude": plan.query.longitude, "latitude": plan.query.latitude, "unknown": plan.query.include_unknown,
        **dict(zip(("person", "hospital", "place"), plan.weights, strict=True)),
        **plan.masks,
    }  # fmt: skip
    joins, rate = _levels(plan, "t.credit" if design == "flat" else "c.credit", values)
    source = "candidate t" if design == "flat" else "credit c JOIN role t ON t.number = c.role"
    tissue = "t.tissue = %(tissue)s" if design == "flat" else "c.node = %(tissue)s"
    here = "ST_SetSRID(ST_MakePoint(%(longitude)s, %(latitude)s), 4326)"
    near = f"coalesce(power(2::float8, -{_distance('t.point', here)} / %(half)s), 0)"
    if plan.query.remote:
        near = f"CASE WHEN t.remote = 1 THEN greatest({near}, 0.5) ELSE {near} END"
    conditions = [tissue, *_conditions(plan), _place(plan, tissue, here, values)]
    text = f"""
        SELECT t.number, 100 * (%(person)s * (1 - power(1 + {rate}, %(power)s))
            + %(hospital)s * coalesce(h.value, 0) + %(place)s * {near}) AS score
        FROM {source} {joins} LEFT JOIN centre h ON h.node = %(cancer)s AND h.organization = t.organization
        WHERE {" AND ".join(conditions)} ORDER BY score DESC LIMIT {TOP}
    """  # noqa: S608 - put together from constants; every value is a parameter
    return text, values


def _distance(point: str, here: str) -> str:
    """Metres on the service's own sphere; the form without a radius goes through geography and takes far longer."""
    return f"ST_DistanceSphere({point}, {here}, {1_000 * EARTH_RADIUS_KM})"


def _levels(plan: Plan, own: str, values: dict[str, Any]) -> tuple[str, str]:
    """(joins of the credits below the tissue, the sum of the weighed credits)."""
    joins, parts = [], []
    for at, (node, weight) in enumerate(plan.levels):
        values[f"weight{at}"], values[f"node{at}"] = weight, node
        if node == plan.tissue:
            parts.append(f"%(weight{at})s * {own}")
        else:
            joins.append(f"LEFT JOIN credit c{at} ON c{at}.node = %(node{at})s AND c{at}.role = t.number")
            parts.append(f"%(weight{at})s * coalesce(c{at}.credit, 0)")
    return " ".join(joins), " + ".join(parts)


def _conditions(plan: Plan) -> list[str]:
    """The filters but that of the place."""
    query = plan.query
    found = {"open": ["t.accepts <> 0"], "yes": ["(t.accepts = 1 OR (t.accepts = 2 AND %(unknown)s))"]}.get(
        query.accepting, []
    )
    if query.remote == "only":
        found.append("(t.remote = 1 OR (t.remote = 2 AND %(unknown)s))")
    return found + [f"(t.{name} & %({name})s <> 0 OR (t.{name} = 0 AND %(unknown)s))" for name in plan.masks]


def _place(plan: Plan, tissue: str, here: str, values: dict[str, Any]) -> str:
    """Within the radius, by a box that the index knows and then by the distance; or remote, or not known."""
    query = plan.query
    if query.radius_km is None or query.remote == "only":
        return "true"
    assert query.latitude is not None
    assert query.longitude is not None
    high = np.degrees(query.radius_km / EARTH_RADIUS_KM) * 1.001
    wide = high / np.cos(np.radians(min(89.0, abs(query.latitude) + high)))
    values |= {"west": query.longitude - wide, "east": query.longitude + wide, "radius": 1_000 * query.radius_km}
    values |= {"south": query.latitude - high, "north": query.latitude + high}
    box = "t.point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
    ways = [f"({tissue} AND {box} AND {_distance('t.point', here)} <= %(radius)s)"]
    if query.remote:
        ways.append(f"({tissue} AND t.remote = 1)")
    if query.include_unknown:
        ways.append(f"({tissue} AND t.point IS NULL)")
    return f"({' OR '.join(ways)})"


def same(found: Scored, roles: Array, scores: Array) -> bool:
    """Whether the same scores stand in the same order, and the same roles but for those that tie."""
    if len(found) != len(roles) or not np.allclose([score for _, score in found], scores, rtol=0, atol=1e-5):
        return False
    ties = np.flatnonzero(np.abs(np.diff(scores, append=-1.0)) < 1e-5)
    different = np.flatnonzero(np.array([role for role, _ in found], dtype=np.int64) != roles)
    return bool(np.isin(different, np.union1d(ties, ties + 1)).all()) if len(roles) else True
