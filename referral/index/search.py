"""Ranks the roles of a snapshot for one query: bounds in single precision first, exact arithmetic for who is left.

Every place in the tissue's blocks has a bound that its score cannot exceed. The blocks with the best bounds are looked
at first; what cannot reach the score that so many others surely have is left out; the rest is scored exactly. So the
answer is that of scoring everybody, which `rank_all` does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from referral.domain.cancers import CancerTree
from referral.domain.codes import Step
from referral.domain.experience import VolumeMark
from referral.domain.matching import HALF_DISTANCE_KM, REMOTE_NEARNESS, Query, Weights, weights
from referral.domain.travel import Point, distances_km, nearness
from referral.index import accelerated, looking
from referral.index.columns import Array
from referral.index.filters import passing_profiles, without_excluded
from referral.index.looking import Scored, Search, Seen, on_the_sphere
from referral.index.prepared import Prepared, PreparedCancers
from referral.index.snapshot import Floats, Ints, Mask, Snapshot

FIRST_PAGE = 10
MOST_OF_ONE_ORGANIZATION = 3

DEEPEST = 400
"""From this place in the order on everybody is scored: a bound saves nothing any more."""

Looking = Callable[[Search, int], Seen]

_prepared: WeakKeyDictionary[Snapshot, PreparedCancers] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first candidates in order, as columns, and what holds of all of them."""

    roles: Ints
    scores: Floats
    experience: Floats
    centre: Floats
    nearness: Floats
    kilometres: Floats
    exact: Mask
    in_radius: Mask
    moved: Mask
    total: int
    weights: Weights
    step: Step

    def step_of(self, place: int) -> Step:
        """The widening step that found the candidate at this place of the order."""
        if self.step in (Step.REMOTE, Step.EXACT_IN_RADIUS, Step.FAMILY_IN_RADIUS):
            if not self.in_radius[place]:
                return Step.REMOTE
            return Step.EXACT_IN_RADIUS if self.exact[place] else Step.FAMILY_IN_RADIUS
        return Step.EXACT_WIDER if self.exact[place] else Step.FAMILY_WIDER

    def taken(self, places: Ints, moved: frozenset[int]) -> "Ranking":
        """The candidates at these places in this order, with those marked that were moved."""
        columns = {name: getattr(self, name)[places] for name in _COLUMNS}
        return replace(self, **columns, moved=np.array([place in moved for place in places.tolist()], dtype=np.bool_))


_COLUMNS = ("roles", "scores", "experience", "centre", "nearness", "kilometres", "exact", "in_radius")


def rank(
    snapshot: Snapshot,
    tree: CancerTree,
    marks: Mapping[str, VolumeMark],
    query: Query,
    deepest: int = DEEPEST,
    accelerate: bool = True,
) -> Ranking:
    """The first `offset + limit` of everybody with evidence in the cancer's tissue who passes the filters.

    With `deepest=0` everybody is scored, and with `accelerate=False` numba is not used where it is installed: both give
    the same answer.
    """
    search = search_of(snapshot, tree, marks, query, accelerate)
    wanted = query.offset + query.limit
    look: Looking = partial(_seen, deepest=deepest, accelerate=accelerate)
    seen = look(search, wanted)
    widened = not seen.total and query.widen and query.radius_km is not None
    if widened:
        search = replace(search, radius_km=None)
        seen = look(search, wanted)
    step = _step(seen, widened)
    if query.diversify:
        return _spread(search, seen, step, look)
    return _ranking(search, seen, step, wanted)


def _seen(search: Search, wanted: int, *, deepest: int, accelerate: bool) -> Seen:
    """Who may be among the first so many, by the compiled kernel where it is ready."""
    found = accelerated.seen(search, wanted) if accelerate and wanted <= deepest else None
    return found or looking.seen(search, wanted, deepest)


def search_of(
    snapshot: Snapshot, tree: CancerTree, marks: Mapping[str, VolumeMark], query: Query, accelerate: bool = True
) -> Search:
    """The query with all that stays the same while it is answered."""
    rarity = tree[query.cancer].rarity
    cancers = _prepared.get(snapshot)
    if cancers is None:
        cancers = _prepared.setdefault(snapshot, PreparedCancers())
    prepared = cancers.get(snapshot, tree, marks, query.cancer, accelerated.most_of if accelerate else _no_quick_way)
    return Search(
        snapshot=snapshot,
        query=query,
        tissue=without_excluded(snapshot, prepared.tissue, query),
        cancers=cancers,
        prepared=prepared,
        passes=passing_profiles(snapshot, query),
        weights=weights(rarity, query.complexity, query.weight_experience),
        half_km=HALF_DISTANCE_KM[rarity],
        here=on_the_sphere(query),
        radius_km=query.radius_km,
    )


def _no_quick_way(snapshot: Snapshot, prepared: Prepared) -> None:
    return None


def _step(seen: Seen, widened: bool) -> Step:
    """The first step that found anybody."""
    if not seen.total:
        return Step.NOBODY
    if widened:
        return Step.EXACT_WIDER if seen.any_exact else Step.FAMILY_WIDER
    if not seen.any_inside:
        return Step.REMOTE
    return Step.EXACT_IN_RADIUS if seen.any_exact else Step.FAMILY_IN_RADIUS


def _ranking(search: Search, seen: Seen, step: Step, wanted: int) -> Ranking:
    """The first so many, scored exactly and in order."""
    columns: list[Any] = [column[:wanted] for column in _scored(search, seen.places)]
    scored = Scored(*columns)
    return Ranking(
        *scored,
        in_radius=_inside(search, scored.kilometres),
        moved=np.zeros(len(scored.roles), dtype=np.bool_),
        total=seen.total,
        weights=search.weights,
        step=step,
    )


def _scored(search: Search, places: Ints) -> Scored:
    roles = search.tissue.role.ravel()[places].astype(np.int64)
    profiles = search.tissue.profile.ravel()[places]
    arrays, balance = search.snapshot.arrays, search.weights
    kilometres = _kilometres(search, roles, profiles)
    experience, exact = search.prepared.experience(places)
    centre = search.prepared.centres[arrays["organization"][roles]]
    near = _nearness(search, profiles, kilometres)
    scores = 100 * (balance.experience * experience + balance.centre * centre + balance.distance * near)
    order = _order(search.snapshot, roles, scores)
    columns: list[Any] = [roles, scores, experience, centre, near, kilometres, exact]
    return Scored(*[column.take(order) for column in columns])


def _kilometres(search: Search, roles: Ints, profiles: Array) -> Floats:
    """Exact distances; NaN where one of the two places is not known."""
    query, arrays = search.query, search.snapshot.arrays
    if query.latitude is None or query.longitude is None:
        return np.full(len(roles), np.nan)
    here = Point(round(query.latitude, 6), round(query.longitude, 6))
    away = distances_km(here, arrays["latitude"][roles], arrays["longitude"][roles])
    return np.where(search.snapshot.located_profiles[profiles], away, np.nan)


def _nearness(search: Search, profiles: Array, kilometres: Floats) -> Floats:
    if search.here is None:
        return np.full(len(kilometres), REMOTE_NEARNESS)
    near = nearness(kilometres, search.half_km)
    if not search.query.remote:
        return near
    return np.where(search.snapshot.remote_profiles[profiles], np.maximum(near, REMOTE_NEARNESS), near)


def _inside(search: Search, kilometres: Floats) -> Mask:
    """Who is within the radius asked for, or may be, where unknown places are kept."""
    radius = search.query.radius_km
    if radius is None or search.here is None:
        return np.full(len(kilometres), search.here is not None)
    return np.asarray((kilometres <= radius) | (np.isnan(kilometres) & search.query.include_unknown), dtype=np.bool_)


def _order(snapshot: Snapshot, roles: Ints, scores: Floats) -> Ints:
    """Best first; equals (to six decimals) by lot: ascending SHA-256 of `version:npi:role_id`."""
    rounded = np.round(scores, 6)
    order = np.argsort(-rounded, kind="stable")
    descending = rounded[order]
    same = descending[1:] == descending[:-1]
    if not same.any():
        return order
    ties = np.append(same, False) | np.append(False, same)

    def key(place: int) -> tuple[float, str]:
        return -float(rounded[place]), _lot(snapshot, int(roles[place])) if place in tied else ""

    tied = set(order[ties].tolist())
    return np.array(sorted(range(len(roles)), key=key), dtype=np.int64)


def _lot(snapshot: Snapshot, role: int) -> str:
    npi, role_id = snapshot.arrays["npi"][role], snapshot.texts["role_id"][role]
    return sha256(f"{snapshot.version}:{npi}:{role_id}".encode()).hexdigest()


def _spread(search: Search, seen: Seen, step: Step, look: Looking) -> Ranking:
    """At most three of one organization among the first ten; who has to wait keeps the order and is marked."""
    wanted = search.query.offset + search.query.limit
    looked = max(wanted, 4 * FIRST_PAGE)
    while True:
        if looked > wanted:
            seen = look(search, looked)
        ranking = _ranking(search, seen, step, looked)
        order, moved = _apart(search.snapshot.arrays["organization"][ranking.roles].tolist())
        if looked >= seen.total or len(moved) < len(order) - FIRST_PAGE:
            return ranking.taken(np.array(order[:wanted], dtype=np.int64), moved)
        looked *= 4


def _apart(organizations: list[int]) -> tuple[list[int], frozenset[int]]:
    """(the places in their new order, those of them that were moved down)."""
    first: list[int] = []
    waiting: list[int] = []
    for place, organization in enumerate(organizations):
        if len(first) == FIRST_PAGE:
            break
        of_the_same = sum(organizations[other] == organization for other in first)
        full = organization >= 0 and of_the_same >= MOST_OF_ONE_ORGANIZATION
        (waiting if full else first).append(place)
    order = [*first, *waiting, *range(len(first) + len(waiting), len(organizations))]
    return order, frozenset(place for new, place in enumerate(order) if new > place)
