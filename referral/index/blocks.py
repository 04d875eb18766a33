"""The blocks of each tissue and the posting lists into them."""

import numpy as np

from referral.domain.credits import Credits
from referral.index.columns import Array
from referral.index.snapshot import BLOCK, NO, YES

FILLING = np.iinfo(np.int32).max
"""The role number of a place in a last block that nobody stands at; greater than every real one."""


def blocks_of(earned: Credits, root: Array, person: Array, arrays: dict[str, Array]) -> None:
    """Put the tissues' blocks and all posting lists among the arrays.

    `root[node]` is the tissue of a node, `person[role]` the specialist that `earned` calls owner.
    """
    node, role, credit = _by_role(earned, person)
    sizes = np.bincount(node, minlength=len(root))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    roots = np.unique(root)
    members = np.empty(len(role), dtype=np.int32)
    place_of = np.empty(len(person), dtype=np.int32)
    blocks = np.zeros(len(root), dtype=np.int64)
    filled: list[Array] = []
    for tissue in roots.tolist():
        here = role[starts[tissue] : starts[tissue + 1]]
        place_of[here] = np.arange(len(here))
        for below in np.flatnonzero(root == tissue).tolist():
            span = slice(starts[below], starts[below + 1])
            members[span] = place_of[role[span]]
        blocks[tissue] = -(-len(here) // BLOCK)
        filled.append(np.concatenate([here, np.full(blocks[tissue] * BLOCK - len(here), FILLING)]))
    arrays["posting_offsets"], arrays["posting_members"], arrays["posting_credits"] = starts, members, credit
    arrays["tissue_blocks"] = np.concatenate([[0], np.cumsum(blocks)])
    _put_blocks(np.concatenate([np.zeros(0, dtype=np.int64), *filled]).astype(np.int32), arrays)


def _by_role(earned: Credits, person: Array) -> tuple[Array, Array, Array]:
    """(node, role, credit) by node and then role: a specialist's credit holds at each of their places."""
    roles = np.argsort(person, kind="stable")
    sizes = np.bincount(person, minlength=int(earned.owner.max(initial=-1)) + 1)
    first = np.cumsum(sizes) - sizes
    times = sizes[earned.owner]
    line = np.repeat(np.arange(len(earned.owner)), times)
    within = np.arange(len(line)) - np.repeat(np.cumsum(times) - times, times)
    node, role = earned.node[line], roles[first[earned.owner[line]] + within]
    order = np.argsort(node * max(1, len(person)) + role, kind="stable")
    return node[order], role[order], earned.credit[line][order]


def _put_blocks(role: Array, arrays: dict[str, Array]) -> None:
    real = role != FILLING
    number = np.where(real, role, 0)
    located = arrays["profile_located"][arrays["profile"]][number] == YES if len(arrays["npi"]) else real
    nobody = len(arrays["profile_located"])
    profile = np.where(real, arrays["profile"][number], nobody).astype(arrays["profile"].dtype)
    places = _on_the_sphere(arrays["latitude"], arrays["longitude"])
    axes = [np.where(real & located, axis[number], 0).astype(np.float32).reshape(-1, BLOCK) for axis in places]
    arrays["block_role"], arrays["block_profile"] = role.reshape(-1, BLOCK), profile.reshape(-1, BLOCK)
    arrays["block_x"], arrays["block_y"], arrays["block_z"] = axes
    known = (real & located).reshape(-1, BLOCK)
    arrays["block_middle"], arrays["block_reach"] = _surroundings(axes, known)
    remote = np.append(arrays["profile_remote"] == YES, NO)
    arrays["block_remote"] = (remote[profile] == 1).reshape(-1, BLOCK).any(axis=1)
    arrays["block_unlocated"] = (real & ~located).reshape(-1, BLOCK).any(axis=1)


def _on_the_sphere(latitude: Array, longitude: Array) -> tuple[Array, Array, Array]:
    """x, y, z of points on the unit sphere, of degrees."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)


def _surroundings(axes: list[Array], known: Array) -> tuple[Array, Array]:
    """(middle of each block's known places, the chord to the farthest of them); reach −1 where none is known."""
    count = np.maximum(1, known.sum(axis=1))
    middle = np.stack([axis.sum(axis=1, dtype=np.float64) / count for axis in axes], axis=1)
    away = sum((axis - middle[:, [at]]) ** 2 for at, axis in enumerate(axes))
    reach = np.sqrt(np.where(known, away, -1.0).max(axis=1, initial=-1.0).clip(min=0))
    return middle.astype(np.float32), np.where(known.any(axis=1), reach * (1 + 1e-5) + 1e-6, -1.0).astype(np.float32)
