"""Audit of fairness: who is seen how much, against what their scores earn, by group of specialists.

For each search, the result at place r is seen with 1 / log2(1 + r) (the discount of Järvelin and Kekäläinen 2002, used
for exposure by Singh and Joachims 2018), as a share of what the whole list is seen; its merit is its score as a share
of all scores of the list. Both shares are summed by group and averaged over the searches (equity of attention: Biega,
Gummadi and Weikum 2018). A ratio outside the band is a reason to look, no proof: attention falls faster along a list
than scores do, so a group with lower scores is always seen a little less than it earns.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral import reference
from referral.domain.errors import UnknownCancer
from referral.domain.matching import Query
from referral.domain.travel import Point, distances_km
from referral.extensions import db
from referral.index.search import rank
from referral.index.snapshot import YES, Snapshot
from referral.services.search_record import query_of
from referral.store import audit_rows, searches

DEPTH = 100
"""Places of each list that count: as many as one answer can hold."""
BAND = (0.8, 1.25)
FEWEST_RECORDED = 100
"""With fewer recorded searches made-up ones are audited: nobody's own search shall carry the result."""
FEWEST_SEARCHES = 20
"""A group that fewer searches found is not judged."""
SEED = 1
LARGE_CITY = 50_000
NEAR_KM, FAR_KM = 25.0, 75.0
RURALITY = (
    f"in or near a city (at most {NEAR_KM:.0f} km)",
    f"between ({NEAR_KM:.0f} to {FAR_KM:.0f} km)",
    f"rural (more than {FAR_KM:.0f} km)",
    "place not known",
)
"""By the straight line to the nearest city of `LARGE_CITY` people in the gazetteer."""
FORMULA = (
    f"exposure of place r = 1 / log2(1 + r), merit = score, each as a share of its list (first {DEPTH} places), "
    "averaged over the searches; ratio = exposure share / merit share"
)
_BY_POPULATION = 0.8  # of the made-up searches; the others come from any town alike

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """A group's shares of exposure and merit; `roles` of it were found, by so many `searches`."""

    name: str
    roles: int
    searches: int
    exposure: float
    merit: float

    @property
    def ratio(self) -> float | None:
        """Exposure by merit; None without merit."""
        return self.exposure / self.merit if self.merit > 0 else None

    @property
    def verdict(self) -> str:
        """Which side of the band the ratio lies on; empty within it."""
        if self.searches < FEWEST_SEARCHES or self.ratio is None:
            return "too few to say"
        return "seen less" if self.ratio < BAND[0] else "seen more" if self.ratio > BAND[1] else ""


@dataclass(frozen=True, slots=True)
class Audit:
    """The groups by rurality, state, organization and sex, those with most merit first."""

    searches: int
    recorded: bool
    index_version: str
    model_version: str
    groups: Mapping[str, tuple[Group, ...]]


def audit_ranking(snapshot: Snapshot, wanted: int) -> Audit:
    """Rank the newest recorded queries again, so many at most, or as many made-up ones where too few are recorded."""
    queries = _recorded(wanted)
    recorded = len(queries) >= min(wanted, FEWEST_RECORDED)
    if not recorded:
        queries = _made_up(snapshot, wanted)
    lists = [ranked for query in queries if (ranked := _ranked(snapshot, query)) is not None]
    groups = {name: _groups(snapshot, lists, name) for name in _GROUPINGS}
    return Audit(len(lists), recorded, snapshot.version, snapshot.model_version, groups)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """One list: role numbers with their shares of its exposure and its merit."""

    roles: Ints
    exposure: Floats
    merit: Floats


def _recorded(wanted: int) -> list[Query]:
    stored = searches.newest_queries(wanted)
    db.session.rollback()
    return list(_readable(stored))


def _readable(stored: Sequence[Mapping[str, Any]]) -> Iterator[Query]:
    tree = reference.cancers()
    for each in stored:
        try:
            query = query_of(each)
        except (TypeError, ValueError, KeyError):
            continue  # of another version of this program
        if query.cancer in tree:
            yield query


def _made_up(snapshot: Snapshot, wanted: int) -> list[Query]:
    """Seeded searches, half for rare cancers, mostly from where many people live; the same for the same index."""
    chance, tree = np.random.default_rng(SEED), reference.cancers()
    offsets = snapshot.postings.offsets
    known = [code for node, code in enumerate(snapshot.codes) if offsets[node + 1] > offsets[node] and code in tree]
    kinds = [codes for rare in (True, False) if (codes := [code for code in known if tree[code].rare == rare])]
    points, people = _towns()
    queries = []
    for number in range(wanted if kinds else 0):
        codes = kinds[number % len(kinds)]
        share = people / people.sum() if chance.random() < _BY_POPULATION else None
        latitude, longitude = points[chance.choice(len(points), p=share)].tolist()
        queries.append(Query(codes[chance.integers(len(codes))], latitude, longitude, diversify=True))
    return queries


def _towns(least: int = 1) -> tuple[Floats, Floats]:
    """(latitude and longitude, people) of the places with at least so many."""
    rows = [
        (float(row["latitude"]), float(row["longitude"]), float(row["population"]))
        for row in reference.rows("cities.csv")
        if int(row["population"] or 0) >= least
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return table[:, :2], table[:, 2]


def _ranked(snapshot: Snapshot, query: Query) -> _Ranked | None:
    """The first places of one list; None for one with nobody or with scores of 0 alone."""
    first = replace(query, offset=0, limit=DEPTH)
    try:
        found = rank(snapshot, reference.cancers(), reference.volume_marks(), first)
    except UnknownCancer:
        return None
    if not found.scores.sum() > 0:
        return None
    seen = 1 / np.log2(1 + np.arange(1, len(found.roles) + 1))
    return _Ranked(found.roles, seen / seen.sum(), found.scores / found.scores.sum())


def _groups(snapshot: Snapshot, lists: Sequence[_Ranked], name: str) -> tuple[Group, ...]:
    if not lists:
        return ()
    roles, which = np.unique(np.concatenate([each.roles for each in lists]), return_inverse=True)
    names, of_role = _GROUPINGS[name](snapshot, roles)
    group, size = of_role[which], len(names)
    exposure, merit = (
        np.bincount(group, np.concatenate([getattr(each, part) for each in lists]), size) / len(lists)
        for part in ("exposure", "merit")
    )
    search = np.repeat(np.arange(len(lists)), [len(each.roles) for each in lists])
    found_by = np.bincount(np.unique(np.stack([group, search]), axis=1)[0], minlength=size)
    members = np.bincount(of_role, minlength=size)
    groups = [
        Group(names[at], int(members[at]), int(found_by[at]), float(exposure[at]), float(merit[at]))
        for at in range(size)
        if members[at]
    ]
    return tuple(sorted(groups, key=lambda each: -each.merit))


def _by_rurality(snapshot: Snapshot, roles: Ints) -> tuple[Sequence[str], Ints]:
    arrays = snapshot.arrays
    located = arrays["profile_located"][arrays["profile"][roles]] == YES
    there = np.stack([arrays["latitude"][roles], arrays["longitude"][roles]], axis=1)
    places, which = np.unique(there, axis=0, return_inverse=True)
    cities = _towns(LARGE_CITY)[0]
    away = [float(distances_km(Point(*place), cities[:, 0], cities[:, 1]).min()) for place in places.tolist()]
    classes = np.searchsorted([NEAR_KM, FAR_KM], np.array(away))[which.ravel()]
    return RURALITY, np.where(located, classes, len(RURALITY) - 1)


def _by_state(snapshot: Snapshot, roles: Ints) -> tuple[Sequence[str], Ints]:
    names = [name or "not known" for name in snapshot.texts["state"]]
    return names, snapshot.arrays["state"][roles].astype(np.int64)


def _by_organization(snapshot: Snapshot, roles: Ints) -> tuple[Sequence[str], Ints]:
    names = [*snapshot.texts["organization_name"], "no organization"]
    number = snapshot.arrays["organization"][roles].astype(np.int64)
    return names, np.where(number >= 0, number, len(names) - 1)


def _by_sex(snapshot: Snapshot, roles: Ints) -> tuple[Sequence[str], Ints]:
    stated = audit_rows.sexes()
    db.session.rollback()
    names = [*sorted(set(stated.values())), "not known"]
    number = {name: at for at, name in enumerate(names)}
    npis = snapshot.arrays["npi"][roles].tolist()
    return names, np.array([number[stated.get(npi, "not known")] for npi in npis], dtype=np.int64)


_GROUPINGS: Mapping[str, Callable[[Snapshot, Ints], tuple[Sequence[str], Ints]]] = {
    "rurality": _by_rurality,
    "state": _by_state,
    "organization": _by_organization,
    "sex": _by_sex,
}
