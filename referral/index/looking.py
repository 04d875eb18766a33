"""Looking at blocks: who passes, and a bound in points that each one's score cannot exceed."""

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from referral.domain.matching import REMOTE_NEARNESS, Query, Weights
from referral.domain.travel import EARTH_RADIUS_KM, Point, distances_km
from referral.index.columns import Array
from referral.index.prepared import Prepared, PreparedCancers
from referral.index.snapshot import BLOCK, Floats, Ints, Mask, Snapshot, Tissue

FIRST_BLOCKS = 24
"""Blocks of the first round where there are many."""

BINS = 32_768
"""Steps of the table of nearness, over chords from 0 to 2."""

EVERY_BLOCK = slice(None)

_A_FEW = 64

EDGE = 4e-6
"""How far a chord in single precision may be off, several times over; this close to the radius the exact distance
decides."""

CHORD_TO_NOWHERE = 0.99
"""Who has no known place stands in the middle of the sphere, farther than this from everywhere on it."""

ROUNDING = 2e-3
"""Points by which a bound may be too low through rounding; far above what single precision loses."""

Which = slice | Ints


@dataclass(frozen=True, slots=True)
class Search:
    """One query with all that stays the same while blocks are looked at."""

    snapshot: Snapshot
    query: Query
    tissue: Tissue
    cancers: PreparedCancers
    prepared: Prepared
    passes: Mask
    weights: Weights
    half_km: float
    here: tuple[float, float, float] | None
    """The place searched from on the unit sphere, None where none was given."""
    radius_km: float | None

    @property
    def bounded(self) -> bool:
        """Whether only those within a radius pass, or those for whom the distance does not matter."""
        return self.radius_km is not None and self.here is not None

    @property
    def slack(self) -> float:
        """Points by which a bound may be higher than the score it bounds."""
        return 100 * self.weights.distance * _nearness_table(self.half_km)[1] + ROUNDING


@dataclass(frozen=True, slots=True)
class Seen:
    """Places that may be among the first, how many pass in all, whether any is near, and whether a near one has
    evidence for the very cancer.
    """

    places: Ints
    total: int
    any_inside: bool
    any_exact: bool


class Scored(NamedTuple):
    """Candidates scored exactly, best first, as columns; kilometres are NaN where a place is not known."""

    roles: Ints
    scores: Floats
    experience: Floats
    centre: Floats
    nearness: Floats
    kilometres: Floats
    exact: Mask


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: the places that pass, their bounds in points, and which are within the radius."""

    places: Ints
    bounds: Array
    inside: Mask

    def first(self, wanted: int, slack: float) -> Ints:
        """The places that may be among the first so many: nobody else can reach what so many surely have."""
        least = self.least(wanted, slack)
        return self.places if least is None else self.places[self.bounds >= least]

    def least(self, wanted: int, slack: float) -> float | None:
        """A score that so many surely have; None where so many were not seen."""
        if wanted >= len(self.places):
            return None
        return float(np.partition(self.bounds, -wanted)[-wanted]) - slack


def seen(search: Search, wanted: int, deepest: int) -> Seen:
    """Look at the blocks that matter: those within the radius, where each is counted, and those with the best bounds.

    At all of them from `deepest` on; with `deepest=0` nobody is left out whom the bounds would leave out.
    """
    anywhere = passing_anywhere(search)
    total, exact = counted(search, anywhere)
    within = blocks_within(search)
    if search.bounded and not total:
        look = look_at(search, within)
    elif len(search.tissue.reach) <= 2 * FIRST_BLOCKS or wanted > deepest:
        look = look_at(search, EVERY_BLOCK)
    else:
        look = best_blocks(search, wanted, within)
    places = look.first(wanted, search.slack) if deepest else look.places
    if not search.bounded:
        return Seen(places, total, search.here is not None and total > 0, exact)
    inside = look.places[look.inside]
    near = int(np.count_nonzero(~anywhere[search.tissue.profile.ravel()[inside]]))
    return around(search, Seen(places, total + near, len(inside) > 0, any_exact(search, inside)))


def passing_anywhere(search: Search) -> Mask:
    """The profiles that pass whatever their distance: all without a radius, else remote reviewers and the unlocated."""
    query = search.query
    if not search.bounded or query.remote == "only":
        return search.passes
    passing = np.zeros_like(search.passes)
    if query.remote:
        passing |= search.snapshot.remote_profiles
    if query.include_unknown:
        passing |= ~search.snapshot.located_profiles
    return passing & search.passes


def around(search: Search, seen: Seen) -> Seen:
    """The same where those without a known place may be within the radius."""
    if not search.query.include_unknown:
        return seen
    unlocated, exact = counted(search, search.passes & ~search.snapshot.located_profiles)
    return replace(seen, any_inside=seen.any_inside or unlocated > 0, any_exact=seen.any_exact or exact)


def counted(search: Search, profiles: Mask) -> tuple[int, bool]:
    """(how many places have one of these profiles, whether any of them has evidence for the very cancer)."""
    prepared = search.prepared
    if search.tissue is prepared.tissue:
        return int(prepared.profiles @ profiles), bool((prepared.exact_profiles & profiles).any())
    of = search.tissue.profile.ravel()  # somebody is left out, so that the counts of all do not hold
    return int(np.count_nonzero(profiles[of])), bool(profiles[of[prepared.exact_places]].any())


def any_exact(search: Search, places: Ints) -> bool:
    """Whether anybody at these places has evidence for the very cancer."""
    exact = search.prepared.exact_places
    for some in (places[:_A_FEW], places[_A_FEW:]):  # among the first few there is one, as a rule
        if len(some) and len(exact):
            wanted = some.astype(exact.dtype)
            if bool((exact.take(exact.searchsorted(wanted), mode="clip") == wanted).any()):
                return True
    return False


def look_at(search: Search, which: Which) -> Look:
    """Look at some blocks of the tissue, named by number, or at all."""
    tissue, query = search.tissue, search.query
    profile = tissue.profile[which]
    found = search.passes.take(profile)
    bounds = search.cancers.merit(search.snapshot, search.prepared)[which] * np.float32(
        100 * (1 - search.weights.distance)
    )
    remote = search.snapshot.remote_profiles.take(profile) if query.remote else None
    if search.here is None:
        bounds += np.float32(100 * search.weights.distance * REMOTE_NEARNESS)
    else:
        chord = _chords(search, which)
        near = _nearness_table(search.half_km)[0].take((chord * np.float32(BINS / 2)).astype(np.intp))
        if remote is not None:
            np.maximum(near, np.float32(REMOTE_NEARNESS), out=near, where=remote)
        near *= np.float32(100 * search.weights.distance)
        bounds += near
    inside = found
    if search.bounded:
        inside = _inside(search, which, chord)
        if query.remote != "only":
            found &= inside if remote is None else inside | remote
    at = np.flatnonzero(found)
    places = at if isinstance(which, slice) else which[at // BLOCK] * BLOCK + at % BLOCK
    return Look(places, bounds.ravel()[at], inside.ravel()[at])


def best_blocks(search: Search, wanted: int, within: Ints) -> Look:
    """The blocks within the radius and those with the best bounds first, then all that can still compete."""
    bounds = _block_bounds(search)
    first = np.argpartition(-bounds, FIRST_BLOCKS)[:FIRST_BLOCKS]
    if len(within):
        first = np.union1d(first, within)
    look = look_at(search, first)
    least = look.least(wanted, search.slack)
    competing = np.ones(len(bounds), dtype=np.bool_) if least is None else bounds >= least
    competing[first] = False
    rest = np.flatnonzero(competing)
    if not len(rest):
        return look
    second = look_at(search, rest)
    return Look(
        np.concatenate([look.places, second.places]),
        np.concatenate([look.bounds, second.bounds]),
        np.concatenate([look.inside, second.inside]),
    )


def blocks_within(search: Search) -> Ints:
    """The blocks that can hold somebody whose place lies within the radius; none without a radius."""
    if search.radius_km is None or search.here is None:
        return np.zeros(0, dtype=np.int64)
    reach = search.tissue.reach
    return np.flatnonzero((_chords_to_blocks(search) - reach <= chord_of(search.radius_km) + EDGE) & (reach >= 0))


def _block_bounds(search: Search) -> Array:
    """Points that nobody of a block can exceed."""
    tissue, distance = search.tissue, search.weights.distance
    merit = search.prepared.most * np.float32(100 * (1 - distance))
    if search.here is None:
        return merit + np.float32(100 * distance * REMOTE_NEARNESS)
    chord = np.clip(_chords_to_blocks(search) - np.maximum(tissue.reach, 0), 0, None)
    near = _nearness_table(search.half_km)[0][(chord * np.float32(BINS / 2)).astype(np.int32)]
    if search.query.remote:
        near = np.where(tissue.remote, np.maximum(near, np.float32(REMOTE_NEARNESS)), near)
    return np.asarray(merit + near * np.float32(100 * distance) + np.float32(ROUNDING), dtype=np.float32)


def _chords(search: Search, which: Which) -> Array:
    """Straight lines through the unit sphere from here to every place of some blocks."""
    assert search.here is not None  # noqa: S101 - the caller has looked
    square = None
    for axis, own in zip((search.tissue.x, search.tissue.y, search.tissue.z), search.here, strict=True):
        away = axis[which] - np.float32(own)
        np.multiply(away, away, out=away)
        square = away if square is None else np.add(square, away, out=square)
    assert square is not None  # noqa: S101 - there are three axes
    return np.sqrt(square, out=square)


def _chords_to_blocks(search: Search) -> Array:
    assert search.here is not None  # noqa: S101 - the caller has looked
    away = search.tissue.middle - np.array(search.here, dtype=np.float32)
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", away, away)), dtype=np.float32)


def _inside(search: Search, which: Which, chord: Array) -> Mask:
    """Which places lie within the radius; the exact distance decides about those at its edge."""
    radius_km = search.radius_km or 0.0
    limit = chord_of(radius_km)
    inside = np.asarray(chord <= limit, dtype=np.bool_)
    edge = np.flatnonzero(np.abs(chord.ravel() - np.float32(limit)) < EDGE)
    if len(edge):
        role = search.tissue.role[which].ravel()[edge]
        real = role < search.snapshot.role_count
        inside.ravel()[edge[real]] = kilometres(search, role[real]) <= radius_km
    if limit < CHORD_TO_NOWHERE and not search.query.include_unknown:
        return inside
    located = search.snapshot.located_profiles[search.tissue.profile[which]]
    inside &= located
    return inside | ~located if search.query.include_unknown else inside


def kilometres(search: Search, roles: Array) -> Floats:
    """The exact distances of roles with a known place."""
    query, arrays = search.query, search.snapshot.arrays
    assert query.latitude is not None and query.longitude is not None  # noqa: S101, PT018 - the caller has looked
    here = Point(round(query.latitude, 6), round(query.longitude, 6))
    return distances_km(here, arrays["latitude"][roles], arrays["longitude"][roles])


def on_the_sphere(query: Query) -> tuple[float, float, float] | None:
    """The place searched from as a point on the unit sphere; digits beyond a millionth of a degree are ignored."""
    if query.latitude is None or query.longitude is None:
        return None
    lat, lon = math.radians(round(query.latitude, 6)), math.radians(round(query.longitude, 6))
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def chord_of(kilometres: float) -> float:
    """The chord of the unit sphere below an arc on the earth; 2 from half the way round on."""
    return 2 * math.sin(min(kilometres / (2 * EARTH_RADIUS_KM), math.pi / 2))


@cache
def _nearness_table(half_km: float) -> tuple[Array, float]:
    """(the greatest nearness within each step of the chord, by how much it exceeds the least at most)."""
    edges = np.arange(BINS + 2) * (2 / BINS)
    kilometres = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(edges / 2 - 1e-6, 0, 1))
    near = np.exp2(-kilometres / half_km)
    return near[:-1].astype(np.float32), float((near[:-2] - near[2:]).max())
