"""What a search for one cancer needs whatever the place: the person's and the centre's value of all its candidates.

It depends on the snapshot and the cancer alone, so it is kept for the cancers asked for last.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np

from referral.domain.cancers import CancerTree
from referral.domain.experience import (
    DEFAULT_HOSPITAL_MARK,
    DEFAULT_SURGEON_MARK,
    VolumeMark,
    back_off_weights,
    mark_for,
    value,
)
from referral.domain.matching import DESIGNATION_FLOOR, PERSON_SHARE
from referral.index.columns import Array
from referral.index.snapshot import NOBODY, Floats, Ints, Mask, Postings, Snapshot, Tissue

MOST_BYTES = 64 * 2**20
"""What one process keeps of prepared cancers, and as much of their merits, by numpy and by the kernel."""

T = TypeVar("T")

MANY = 8
"""From one in so many places on it is quicker to add up the rates of all than to look each up."""


@dataclass(frozen=True, slots=True)
class Level:
    """One posting list of a cancer's path, members ascending, with the weight that its credits have.

    `start` is where it begins among all lists of the snapshot.
    """

    members: Array
    credits: Array
    start: int
    weight: float

    def add_to(self, rate: Floats) -> None:
        """Add the weighed credits to the rates of all."""
        size = len(self.members)
        # The list of the tissue itself holds everybody: then there is nothing to look for.
        everybody = size > 0 and int(self.members[-1]) == size - 1
        rate[slice(size) if everybody else self.members] += self.weight * self.credits

    def look_up(self, wanted: Array) -> tuple[Mask, Floats]:
        """(who of the wanted stands in the list, their weighed credits or 0)."""
        if not len(self.members):
            return np.zeros(len(wanted), dtype=np.bool_), np.zeros(len(wanted))
        at = self.members.searchsorted(wanted)
        there = self.members.take(at, mode="clip") == wanted
        return there, self.credits.take(at, mode="clip") * (there * self.weight)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One cancer's values, in the order of its tissue's blocks.

    `levels` are the posting lists from the cancer upwards; who stands in the first has evidence for the cancer itself
    or below. `centres` are the exact values of every organization, one more at the end for none. `most` is the greatest
    merit of each block. `profiles` counts the places by profile, `exact_profiles` occur in the first level.
    """

    cancer: str
    tissue: Tissue
    levels: tuple[Level, ...]
    surgeon: float
    centres: Floats
    profiles: Ints
    exact_profiles: Mask
    most: Array

    @property
    def nbytes(self) -> int:
        """What it takes in memory beside the snapshot."""
        return self.centres.nbytes + self.most.nbytes + self.exact_profiles.nbytes

    @property
    def exact_places(self) -> Array:
        """The places of those with evidence for the cancer itself or below."""
        return self.levels[0].members

    def experience(self, places: Ints) -> tuple[Floats, Mask]:
        """(the person's value at each of these places, whether it has evidence for the cancer itself or below)."""
        wanted = places.astype(np.int32)
        exact, rate = self.levels[0].look_up(wanted)
        if MANY * len(places) > self.tissue.role.size:
            rate = _rates(self.levels, self.tissue.role.size)[places]
        else:
            for level in self.levels[1:]:
                rate += level.look_up(wanted)[1]
        return value(rate, self.surgeon), exact

    def merit(self, snapshot: Snapshot) -> Array:
        """(5E + 2C)/7 at every place in single precision: enough to leave out who cannot be among the first.

        −1 where nobody stands.
        """
        number = self.tissue.role.ravel()
        if not len(number):
            return np.zeros(self.tissue.role.shape, dtype=np.float32)
        experience = value(_rates(self.levels, len(number)), self.surgeon)
        real = number < snapshot.role_count
        of = snapshot.arrays["organization"][np.where(real, number, 0)]
        merit = PERSON_SHARE * experience + (1 - PERSON_SHARE) * self.centres[of]
        return np.where(real, merit, -1.0).astype(np.float32).reshape(self.tissue.role.shape)


@dataclass(frozen=True, slots=True)
class _Path:
    """The nodes of a cancer and its ancestors, None where the snapshot does not know one, weights and marks."""

    nodes: tuple[int | None, ...]
    weights: tuple[float, ...]
    surgeon: float
    hospital: float

    @classmethod
    def of(cls, snapshot: Snapshot, tree: CancerTree, marks: Mapping[str, VolumeMark], cancer: str) -> "_Path":
        path = tree.path(cancer)
        mark = mark_for(path, marks)
        weights = back_off_weights(len(path))
        return cls(
            tuple(snapshot.node_of.get(code) for code in path[::-1][: len(weights)]),
            weights,
            mark.surgeon if mark else DEFAULT_SURGEON_MARK,
            mark.hospital if mark else DEFAULT_HOSPITAL_MARK,
        )

    def levels(self, postings: Postings) -> tuple[Level, ...]:
        """The posting lists of the nodes; a node that the snapshot does not know has an empty one."""
        nothing = postings.members[:0], postings.credits[:0], 0
        lists = (nothing if node is None else (*postings.at(node), int(postings.offsets[node])) for node in self.nodes)
        return tuple(Level(*each, weight) for each, weight in zip(lists, self.weights, strict=True))


def prepare(
    snapshot: Snapshot, tree: CancerTree, marks: Mapping[str, VolumeMark], cancer: str, profiles: Ints | None = None
) -> Prepared:
    """All values of one cancer but `most`; a code that the snapshot does not know has nobody.

    `profiles` are those of another cancer of the same tissue, if one is prepared.
    """
    path = _Path.of(snapshot, tree, marks, cancer)
    root = snapshot.node_of.get(tree.root(cancer))
    tissue = snapshot.tissue(root) if root is not None else NOBODY
    levels, profile = path.levels(snapshot.postings), tissue.profile.ravel()
    if profiles is None:
        profiles = np.bincount(profile, minlength=len(snapshot.located_profiles))
    exact = np.zeros(len(profiles), dtype=np.bool_)
    exact[profile[levels[0].members]] = True
    most = np.zeros(0, dtype=np.float32)
    return Prepared(cancer, tissue, levels, path.surgeon, _centres(snapshot, path), profiles, exact, most)


def _rates(levels: Sequence[Level], size: int) -> Floats:
    """The effective yearly rate of everybody: each level's credit by its weight."""
    rate = np.zeros(size)
    for level in levels:
        level.add_to(rate)
    return rate


def _centres(snapshot: Snapshot, path: _Path) -> Floats:
    """The centre's value of every organization, and 0 for the number −1 of a role without one."""
    designated = snapshot.arrays["designated"]
    own = value(_rates(path.levels(snapshot.organization_postings), len(designated)), path.hospital)
    return np.append(np.maximum(own, np.where(designated, DESIGNATION_FLOOR, 0.0)), 0.0)


Quick = Callable[[Snapshot, Prepared], Array | None]


class PreparedCancers:
    """The cancers of one snapshot that were asked for last."""

    def __init__(self) -> None:
        self._kept: _Latest[Prepared] = _Latest()
        self._merit: _Latest[Array] = _Latest()
        self._quick: _Latest[Any] = _Latest()
        self._profiles: dict[str, Ints] = {}

    def get(
        self, snapshot: Snapshot, tree: CancerTree, marks: Mapping[str, VolumeMark], cancer: str, quick: Quick
    ) -> Prepared:
        """The prepared cancer, made now if it is not kept. `quick` gives `most` without `merit`, if it can."""
        kept = self._kept.get(cancer)
        if kept is not None:
            return kept
        made = prepare(snapshot, tree, marks, cancer, self._profiles.get(tree.root(cancer)))
        self._profiles[tree.root(cancer)] = made.profiles
        most = quick(snapshot, made)
        if most is None:
            most = self.merit(snapshot, made).max(axis=1, initial=-1.0)
        most.flags.writeable = False
        made = replace(made, most=most)
        return self._kept.put(cancer, made, made.nbytes)

    def merit(self, snapshot: Snapshot, prepared: Prepared) -> Array:
        """`Prepared.merit`, computed now if it is not kept."""
        kept = self._merit.get(prepared.cancer)
        if kept is not None:
            return kept
        made = prepared.merit(snapshot)
        return self._merit.put(prepared.cancer, made, made.nbytes)

    def quick(self, prepared: Prepared, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever a quick way needs
        """What a quick way keeps of a cancer, made now if it is not kept; four bytes for each place."""
        kept = self._quick.get(prepared.cancer)
        return kept or self._quick.put(prepared.cancer, make(), 4 * prepared.tissue.role.size)


class _Latest(Generic[T]):
    """What was used last, up to `MOST_BYTES`."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._lock = Lock()
        self._bytes = 0

    def get(self, name: str) -> T | None:
        with self._lock:
            kept = self._kept.get(name)
            if kept is None:
                return None
            self._kept.move_to_end(name)
            return kept[0]

    def put(self, name: str, made: T, size: int) -> T:
        with self._lock:
            self._bytes += size - self._kept.pop(name, (None, 0))[1]
            self._kept[name] = made, size
            while self._bytes > MOST_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        return made


def positions_of(tissue: Tissue, roles: Ints) -> Ints:
    """The places in the blocks of those of the roles that stand in the tissue."""
    number = tissue.role.ravel()
    place = np.minimum(np.searchsorted(number, roles), max(0, len(number) - 1))
    return place[number[place] == roles] if len(number) else place[:0]
