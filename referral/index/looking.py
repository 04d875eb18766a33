"""Looking at blocks: who passes, and a bound in points that each one's score cannot exceed."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from referral.domain.matching import REMOTE_NEARNESS, Query, Weights
from referral.domain.travel import EARTH_RADIUS_KM, Point, distances_km
from referral.index.columns import Array
from referral.index.prepared import Prepared
from referral.index.snapshot import BLOCK, Floats, Ints, Mask, Snapshot, Tissue

FIRST_BLOCKS = 24
"""Blocks of the first round where there are many."""

BINS = 32_768
"""Steps of the table of nearness, over chords from 0 to 2."""

EVERY_BLOCK = slice(None)

_EDGE = 4e-6
"""How far a chord in single precision may be off, several times over; this close to the radius the exact distance
decides."""

_ROUNDING = 2e-3
"""Points by which a bound may be too low through rounding; far above what single precision loses."""

Which = slice | Ints


@dataclass(frozen=True, slots=True)
class Search:
    """One query with all that stays the same while blocks are looked at."""

    snapshot: Snapshot
    query: Query
    tissue: Tissue
    prepared: Prepared
    passes: Mask
    weights: Weights
    half_km: float
    here: tuple[float, float, float] | None
    """The place searched from on the unit sphere, None where none was given."""
    radius_km: float | None

    @property
    def slack(self) -> float:
        """Points by which a bound may be higher than the score it bounds."""
        return 100 * self.weights.distance * _nearness_table(self.half_km)[1] + _ROUNDING


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


def look_at(search: Search, which: Which) -> Look:
    """Look at some blocks of the tissue, named by number, or at all."""
    tissue, query = search.tissue, search.query
    profile = tissue.profile[which]
    found = search.passes[profile]
    bounds = search.prepared.merit[which] * np.float32(100 * (1 - search.weights.distance))
    inside = np.zeros_like(found)
    remote = search.snapshot.remote_profiles[profile] if query.remote else inside
    if search.here is None:
        bounds += np.float32(100 * search.weights.distance * REMOTE_NEARNESS)
    else:
        chord = _chords(search, which)
        near = _nearness_table(search.half_km)[0][(chord * np.float32(BINS / 2)).astype(np.int32)]
        if query.remote:
            np.maximum(near, np.float32(REMOTE_NEARNESS), out=near, where=remote)
        bounds += near * np.float32(100 * search.weights.distance)
        inside = _inside(search, which, chord)
    if query.remote != "only":
        found = found & (inside | remote)
    at = np.flatnonzero(found)
    places = at if isinstance(which, slice) else which[at // BLOCK] * BLOCK + at % BLOCK
    return Look(places, bounds.ravel()[at], inside.ravel()[at])


def best_blocks(search: Search, wanted: int) -> Look:
    """The blocks that may hold one of the first so many: the best bounds first, then all that can still compete."""
    bounds = _block_bounds(search)
    best = np.argpartition(-bounds, FIRST_BLOCKS)[:FIRST_BLOCKS]
    first = look_at(search, best)
    least = first.least(wanted, search.slack)
    competing = np.ones(len(bounds), dtype=np.bool_) if least is None else bounds >= least
    competing[best] = False
    rest = np.flatnonzero(competing)
    if not len(rest):
        return first
    second = look_at(search, rest)
    return Look(
        np.concatenate([first.places, second.places]),
        np.concatenate([first.bounds, second.bounds]),
        np.concatenate([first.inside, second.inside]),
    )


def blocks_within(search: Search) -> Ints:
    """The blocks that can hold somebody who passes the radius; all of them where remote reviewers pass as well."""
    tissue = search.tissue
    assert search.radius_km is not None  # noqa: S101 - the caller has looked
    if search.query.remote:
        return np.arange(len(tissue.reach))
    near = (_chords_to_blocks(search) - tissue.reach <= _chord_of(search.radius_km) + _EDGE) & (tissue.reach >= 0)
    return np.flatnonzero(near | tissue.unlocated if search.query.include_unknown else near)


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
    return np.asarray(merit + near * np.float32(100 * distance) + np.float32(_ROUNDING), dtype=np.float32)


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
    if search.radius_km is None:
        return np.ones(chord.shape, dtype=np.bool_)
    limit = _chord_of(search.radius_km)
    inside = np.asarray(chord <= limit, dtype=np.bool_)
    role = search.tissue.role[which]
    edge = (np.abs(chord - limit) < _EDGE) & (role < search.snapshot.role_count)
    if edge.any():
        inside[edge] = _kilometres(search, role[edge]) <= search.radius_km
    located = search.snapshot.located_profiles[search.tissue.profile[which]]
    inside &= located
    return inside | ~located if search.query.include_unknown else inside


def _kilometres(search: Search, roles: Array) -> Floats:
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


def _chord_of(kilometres: float) -> float:
    """The chord of the unit sphere below an arc on the earth; 2 from half the way round on."""
    return 2 * math.sin(min(kilometres / (2 * EARTH_RADIUS_KM), math.pi / 2))


@cache
def _nearness_table(half_km: float) -> tuple[Array, float]:
    """(the greatest nearness within each step of the chord, by how much it exceeds the least at most)."""
    edges = np.arange(BINS + 2) * (2 / BINS)
    kilometres = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(edges / 2 - 1e-6, 0, 1))
    near = np.exp2(-kilometres / half_km)
    return near[:-1].astype(np.float32), float((near[:-2] - near[2:]).max())
