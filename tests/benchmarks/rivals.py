"""What a search is compared with: the usual program, a database filter in SQL and a loop with geopy.

A rival is given everything that does not depend on the place ready to read: the credits of every specialist at every
cancer, and every centre's value for the cancers searched. So only the way to find the first twenty differs.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from geopy.distance import great_circle
from numpy.typing import NDArray
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    Integer,
    MetaData,
    Table,
    create_engine,
    literal,
    or_,
    select,
)
from sqlalchemy.pool import StaticPool

from referral import reference
from referral.domain.experience import back_off_weights, mark_for
from referral.domain.matching import HALF_DISTANCE_KM, Query, weights
from referral.domain.travel import EARTH_RADIUS_KM
from referral.index.prepared import PreparedCancers
from referral.index.snapshot import Snapshot

TOP = 20
MASKS = ("languages", "insurers", "disciplines")
"""Lists of attributes, which the tables hold as bits."""

Array = NDArray[Any]
Scored = list[tuple[int, float]]  # role and score, best first


@dataclass(frozen=True, slots=True)
class Plan:
    """One search as numbers: nodes of the tree with their weights, masks of the filters, the formula's constants."""

    query: Query
    tissue: int
    levels: tuple[tuple[int, float], ...]
    power: float
    half_km: float
    weights: tuple[float, float, float]
    masks: dict[str, int]


class Facts:
    """The directory of a snapshot as the rows of tables: facts of every role, credits, values of centres."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._bits: dict[str, dict[str, int]] = {
            name: {item: 1 << at for at, item in enumerate(sorted({_plain(item) for items in lists for item in items}))}
            for name, lists in snapshot.lists.items()
        }

    @cached_property
    def roles(self) -> dict[str, Array]:
        """Number, organization (−1 without), attributes (0 no, 1 yes, 2 not known), masks, degrees by column."""
        arrays, lists = self.snapshot.arrays, self.snapshot.lists
        profile = arrays["profile"]
        masks = {
            name: np.array([sum(self._bits[name][_plain(item)] for item in items) for items in lists[name]])
            for name in MASKS
        }
        return {
            "number": np.arange(len(profile)),
            "organization": arrays["organization"],
            "accepts": arrays["profile_accepts"][profile],
            "remote": arrays["profile_remote"][profile],
            **{name: masks[name][arrays[f"profile_{name}"][profile]] for name in MASKS},
            "latitude": np.where(arrays["profile_located"][profile] == 1, arrays["latitude"], np.nan),
            "longitude": np.where(arrays["profile_located"][profile] == 1, arrays["longitude"], np.nan),
        }

    def credits(self) -> tuple[Array, Array, Array]:
        """(node, role, credit) of every posting list."""
        tree, snapshot = reference.cancers(), self.snapshot
        offsets, members, credits = (snapshot.arrays[f"posting_{name}"] for name in ("offsets", "members", "credits"))
        node = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        role = np.empty(len(members), dtype=np.int64)
        for number, code in enumerate(snapshot.codes):
            here = slice(offsets[number], offsets[number + 1])
            role[here] = snapshot.tissue(snapshot.node_of[tree.root(code)]).role.ravel()[members[here]]
        return node, role, credits

    def centres(self, queries: Sequence[Query]) -> tuple[Array, Array, Array]:
        """(node, organization, value) for the cancers of some searches, where the value is not 0."""
        tree, marks, cancers = reference.cancers(), reference.volume_marks(), PreparedCancers()
        rows = []
        for code in sorted({query.cancer for query in queries}):
            prepared = cancers.get(self.snapshot, tree, marks, code, lambda *_: None)
            some = np.flatnonzero(prepared.centres[:-1])
            rows.append((np.full(len(some), self.snapshot.node_of[code]), some, prepared.centres[some]))
        columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
        return columns[0], columns[1], columns[2]

    def plan(self, query: Query) -> Plan:
        """The search as numbers."""
        tree, node_of = reference.cancers(), self.snapshot.node_of
        path, rarity = tree.path(query.cancer), tree[query.cancer].rarity
        mark = mark_for(path, reference.volume_marks())
        balance = weights(rarity, query.complexity, query.weight_experience)
        asked = {"languages": query.language, "insurers": query.insurer, "disciplines": query.discipline or ""}
        return Plan(
            query,
            node_of[path[0]],
            tuple(zip([node_of[code] for code in path[::-1]], back_off_weights(len(path)), strict=False)),
            float(-np.log(4.0) / np.log1p(mark.surgeon if mark else 10.0)),
            HALF_DISTANCE_KM[rarity],
            (balance.experience, balance.centre, balance.distance),
            {name: self._bits[name][_plain(item)] for name, item in asked.items() if item},
        )


def _plain(item: str) -> str:
    return item.split("-")[0].casefold()


_tables = MetaData()
_role = Table(
    "role",
    _tables,
    Column("number", Integer, primary_key=True),
    *(Column(name, Integer) for name in ("organization", "accepts", "remote", *MASKS)),
    *(Column(name, Float) for name in ("latitude", "longitude")),
)
_credit = Table(
    "credit",
    _tables,
    Column("node", Integer, primary_key=True),
    Column("role", Integer, primary_key=True),
    Column("credit", Float),
    sqlite_with_rowid=False,
)
_centre = Table(
    "centre",
    _tables,
    Column("node", Integer, primary_key=True),
    Column("organization", Integer, primary_key=True),
    Column("value", Float),
    sqlite_with_rowid=False,
)


class UsualProgram:
    """Rows that pass the filters from SQL (SQLite in memory), great circles by geopy, a heap."""

    def __init__(self, facts: Facts, queries: Sequence[Query]) -> None:
        self._connection: Connection = create_engine("sqlite://", poolclass=StaticPool).connect()
        _tables.create_all(self._connection)
        columns = {name: column.tolist() for name, column in facts.roles.items()}
        self._fill(_role, columns)
        self._fill(_credit, dict(zip(("node", "role", "credit"), (c.tolist() for c in facts.credits()), strict=True)))
        values = (column.tolist() for column in facts.centres(queries))
        self._fill(_centre, dict(zip(("node", "organization", "value"), values, strict=True)))
        self._connection.exec_driver_sql("ANALYZE")
        self._connection.commit()

    def _fill(self, table: Table, columns: dict[str, list[Any]]) -> None:
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        self._connection.execute(table.insert(), [{n: None if v != v else v for n, v in row.items()} for row in rows])

    def search(self, plan: Plan) -> Scored:
        """The first twenty."""
        query, execute = plan.query, self._connection.execute
        own = dict(plan.levels)
        rates: dict[int, float] = {}
        for role, node, credit in execute(
            select(_credit.c.role, _credit.c.node, _credit.c.credit).where(_credit.c.node.in_(own))
        ):
            rates[role] = rates.get(role, 0.0) + own[node] * credit
        node = plan.levels[0][0]
        values = execute(select(_centre.c.organization, _centre.c.value).where(_centre.c.node == node))
        centres = dict(values.tuples().all())
        passing = select(_role).join(_credit, (_credit.c.role == _role.c.number) & (_credit.c.node == plan.tissue))
        found = []
        for row in execute(passing.where(*_filters(plan))):
            away = None
            if row.latitude is not None:
                here, there = (query.latitude, query.longitude), (row.latitude, row.longitude)
                away = great_circle(here, there, radius=EARTH_RADIUS_KM).km
            if not _near_enough(query, away, row.remote == 1):
                continue
            near = 2 ** (-away / plan.half_km) if away is not None else 0.0
            near = max(near, 0.5) if query.remote and row.remote == 1 else near
            experience = 1 - (1 + rates.get(row.number, 0.0)) ** plan.power
            parts = experience, centres.get(row.organization, 0.0), near
            found.append((sum(w * part for w, part in zip(plan.weights, parts, strict=True)), row.number))
        return [(number, 100 * score) for score, number in heapq.nlargest(TOP, found)]


def _filters(plan: Plan) -> list[ColumnElement[bool]]:
    query, unknown = plan.query, plan.query.include_unknown
    conditions: list[ColumnElement[bool]] = []
    if query.accepting == "open":
        conditions.append(_role.c.accepts != 0)
    if query.accepting == "yes":
        conditions.append(or_(_role.c.accepts == 1, (_role.c.accepts == 2) & literal(unknown)))
    if query.remote == "only":
        conditions.append(or_(_role.c.remote == 1, (_role.c.remote == 2) & literal(unknown)))
    for name, mask in plan.masks.items():
        column = _role.c[name]
        conditions.append(or_(column.op("&")(mask) != 0, (column == 0) & literal(unknown)))
    return conditions


def _near_enough(query: Query, away: float | None, remote: bool) -> bool:
    if query.radius_km is None or query.remote == "only" or (query.remote and remote):
        return True
    return query.include_unknown if away is None else away <= query.radius_km
