"""What a search for one cancer needs whatever the place: the person's and the centre's value of all its candidates.

It depends on the snapshot and the cancer alone, so it is kept for the cancers asked for last.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

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
from referral.index.snapshot import NOBODY, Floats, Ints, Postings, Snapshot, Tissue

MOST_BYTES = 64 * 2**20
"""What one process keeps of prepared cancers."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The posting lists of a cancer and its ancestors with their back-off weights, and the marks of its curves."""

    nodes: tuple[int, ...]
    weights: tuple[float, ...]
    surgeon: float
    hospital: float

    @classmethod
    def of(cls, snapshot: Snapshot, tree: CancerTree, marks: Mapping[str, VolumeMark], cancer: str) -> "Levels":
        """The levels from the cancer upwards; a code that the snapshot does not know has no postings."""
        path = tree.path(cancer)
        mark = mark_for(path, marks)
        pairs = [
            (snapshot.node_of[code], weight)
            for code, weight in zip(path[::-1], back_off_weights(len(path)), strict=False)
            if code in snapshot.node_of
        ]
        return cls(
            tuple(node for node, _ in pairs),
            tuple(weight for _, weight in pairs),
            mark.surgeon if mark else DEFAULT_SURGEON_MARK,
            mark.hospital if mark else DEFAULT_HOSPITAL_MARK,
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """One cancer's values, in the order of its tissue's blocks.

    `experience` of every place and `centres` of every organization (one more at the end, for none) are exact. `merit`
    is (5E + 2C)/7 in single precision, −1 where nobody stands, enough to leave out who cannot be among the first;
    `most` is the greatest of each block. `exact_places` have evidence for the cancer itself or below.
    """

    tissue: Tissue
    exact_places: Array
    experience: Floats
    centres: Floats
    merit: Array
    most: Array

    @property
    def nbytes(self) -> int:
        """What it takes in memory beside the snapshot."""
        return sum(part.nbytes for part in (self.experience, self.centres, self.merit, self.most))


def prepare(snapshot: Snapshot, tree: CancerTree, marks: Mapping[str, VolumeMark], cancer: str) -> Prepared:
    """All values of one cancer; a code that the snapshot does not know has nobody."""
    levels = Levels.of(snapshot, tree, marks, cancer)
    root = snapshot.node_of.get(tree.root(cancer))
    tissue = snapshot.tissue(root) if root is not None else NOBODY
    number = tissue.role.ravel()
    real = number < snapshot.role_count
    experience = value(_rates(snapshot.postings, levels, len(number)), levels.surgeon)
    centres = _centres(snapshot, levels)
    of = snapshot.arrays["organization"][np.where(real, number, 0)] if len(number) else number
    merit = PERSON_SHARE * experience + (1 - PERSON_SHARE) * centres[of]
    shown = np.where(real, merit, -1.0).astype(np.float32).reshape(tissue.role.shape)
    known = cancer in snapshot.node_of
    exact = snapshot.postings.at(snapshot.node_of[cancer])[0] if known else np.zeros(0, dtype=np.int32)
    return Prepared(tissue, exact, experience, centres, shown, shown.max(axis=1, initial=-1.0))


def _rates(postings: Postings, levels: Levels, size: int) -> Floats:
    """The effective yearly rate of everybody: each level's credit by its weight."""
    rate = np.zeros(size)
    for node, weight in zip(levels.nodes, levels.weights, strict=True):
        members, credits = postings.at(node)
        rate[members] += weight * credits
    return rate


def _centres(snapshot: Snapshot, levels: Levels) -> Floats:
    """The centre's value of every organization, and 0 for the number −1 of a role without one."""
    designated = snapshot.arrays["designated"]
    own = value(_rates(snapshot.organization_postings, levels, len(designated)), levels.hospital)
    return np.append(np.maximum(own, np.where(designated, DESIGNATION_FLOOR, 0.0)), 0.0)


class PreparedCancers:
    """The prepared cancers of one snapshot that were used last, up to `MOST_BYTES`."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._lock = Lock()
        self._bytes = 0

    def get(self, snapshot: Snapshot, tree: CancerTree, marks: Mapping[str, VolumeMark], cancer: str) -> Prepared:
        """The prepared cancer, made now if it is not kept."""
        with self._lock:
            kept = self._kept.get(cancer)
            if kept is not None:
                self._kept.move_to_end(cancer)
                return kept
        made = prepare(snapshot, tree, marks, cancer)
        with self._lock:
            if cancer not in self._kept:
                self._kept[cancer] = made
                self._bytes += made.nbytes
            while self._bytes > MOST_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return made


def positions_of(tissue: Tissue, roles: Ints) -> Ints:
    """The places in the blocks of those of the roles that stand in the tissue."""
    number = tissue.role.ravel()
    place = np.minimum(np.searchsorted(number, roles), max(0, len(number) - 1))
    return place[number[place] == roles] if len(number) else place[:0]
