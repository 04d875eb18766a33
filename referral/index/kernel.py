"""The looking stage in the part of Python that numba compiles; `accelerated` imports it, once and late.

Best bound first: blocks stand in a heap by what nobody of them can exceed, and are taken until the next is below what
so many others surely have. All is in single precision, as in `looking`; `search` scores who is left exactly.
"""

import numba
import numpy as np
from numba.core import config

from referral.domain.matching import PERSON_SHARE, REMOTE_NEARNESS
from referral.index.columns import Array
from referral.index.looking import EDGE, ROUNDING
from referral.index.snapshot import BLOCK

PASSES, ANYWHERE, LOCATED, REMOTE = 1, 2, 4, 8
"""What is known of a profile: passes the filters, passes at any distance, has a place, reviews remotely where asked."""

MOST_AT_THE_EDGE = 1_024
"""Of places so near the radius that single precision cannot tell, no more are given."""

FOUND, HELD, NEAR, AT_THE_EDGE, INSIDE, EXACT = range(6)
"""Tallies: candidates, bounds held, who passes only since they are within the radius, who is at its edge, whether
anybody who passes is surely within it, and whether one of these has evidence for the very cancer."""

compiled = numba.njit(nogil=True, cache=bool(getattr(config, "CACHE_DIR", "")))
_FLOOR, _EDGE, _ROUNDING = np.float32(REMOTE_NEARNESS), np.float32(EDGE), np.float32(ROUNDING)
_ONE, _SHARE = np.float32(1), np.float32(PERSON_SHARE)

Axes = tuple[Array, Array, Array]
Levels = tuple[Array, Array, Array, Array]
Merit = tuple[Levels, Array, Array, Array, Array]
"""What merit is computed of: members and credits of all posting lists, where those of the cancer and its
ancestors begin and end, and their weights; the role at each place of the blocks, the organization of each role, the
centre's value of each organization, and the table of experience."""

KNOWN = np.float32(1)
"""Is added to a merit that is kept, so that 0 stands for one that was not computed yet."""


@compiled
def look(
    axes: Axes,
    profile: Array,
    merit: Merit,
    kept: Array,
    exact: Array,
    blocks: tuple[Array, Array, Array, Array, Array],
    flags: Array,
    nearness: Array,
    here: Array,
    asked: tuple[bool, bool, bool, bool],
    numbers: Array,
    wanted: int,
) -> tuple[Array, Array, Array]:
    """(places that may be among the first, those at the edge of the radius, tallies).

    `axes` are the coordinates by block, `profile` the profiles, `kept` the merits that earlier searches computed and
    where this one leaves its own, `exact` the ascending places with evidence for the very cancer; `blocks` middle,
    reach, greatest merit, whether there are remote reviewers, and people without a place.
    `asked` says whether a place is given, everybody may pass, remote reviewers and people without a place may.
    `numbers` are the radius as a chord (negative without one), the points of merit and of nearness, and the slack.
    """
    bounds, within, heap = _block_bounds(blocks, nearness, here, asked, numbers)
    found, points = np.empty(4 * wanted + BLOCK, np.int64), np.empty(4 * wanted + BLOCK, np.float32)
    best, edge = np.empty(wanted, np.float32), np.empty(MOST_AT_THE_EDGE + 1, np.int64)
    tally = np.zeros(6, np.int64)
    chords, passing = np.ones(BLOCK, np.float32), np.empty(BLOCK, np.bool_)
    least, competing, left = np.float32(-1e9), True, len(heap)
    while left:
        competing = competing and bounds[heap[0]] >= least
        block = int(heap[0 if competing else left - 1])
        left -= 1
        if competing:
            heap[0] = heap[left]
            _sink(heap, bounds, 0, left)
        elif not within[block]:
            continue
        if asked[0]:
            _measure(axes, block, here, chords)
        _pass(profile, exact, block, flags, chords, within[block], numbers[0], passing, edge, tally)
        if competing:
            if tally[FOUND] + BLOCK > len(found):
                found, points = _doubled(found), _doubled(points)
            _keep(
                merit, kept, block, profile, flags, chords, nearness, asked[0], numbers, passing, found, points, best,
                tally,
            )  # fmt: skip
            if tally[HELD] == wanted:
                least = best[0] - numbers[3]
    return _at_least(least, points, found, tally[FOUND]), edge[: tally[AT_THE_EDGE]], tally


@compiled
def _block_bounds(
    blocks: tuple[Array, Array, Array, Array, Array],
    nearness: Array,
    here: Array,
    asked: tuple[bool, bool, bool, bool],
    numbers: Array,
) -> tuple[Array, Array, Array]:
    """(points that nobody of a block can exceed, which blocks reach into the radius, a heap of those to look at)."""
    middle, reach, most, remote, unlocated = blocks
    placed, everybody, reviewers, unknown = asked
    bounds, within = np.empty(len(reach), np.float32), np.zeros(len(reach), np.bool_)
    heap, left = np.empty(len(reach), np.int32), 0
    for block in range(len(reach)):
        near = _FLOOR
        if placed:
            x, y, z = middle[block, 0] - here[0], middle[block, 1] - here[1], middle[block, 2] - here[2]
            chord = np.sqrt(x * x + y * y + z * z)
            within[block] = reach[block] >= 0 and chord - reach[block] <= numbers[0] + _EDGE
            near = _near(nearness, chord - max(reach[block], np.float32(0)))
            if reviewers and remote[block]:
                near = max(near, _FLOOR)
        bounds[block] = most[block] * numbers[1] + near * numbers[2] + _ROUNDING
        if everybody or within[block] or (reviewers and remote[block]) or (unknown and unlocated[block]):
            heap[left] = block
            left += 1
    for place in range(left // 2 - 1, -1, -1):
        _sink(heap, bounds, place, left)
    return bounds, within, heap[:left]


@compiled
def _sink(heap: Array, bounds: Array, place: int, size: int) -> None:
    """Let the block at this place of the heap sink below those with greater bounds."""
    block = heap[place]
    bound = bounds[block]
    child = 2 * place + 1
    while child < size:
        if child + 1 < size and bounds[heap[child + 1]] > bounds[heap[child]]:
            child += 1
        if bounds[heap[child]] <= bound:
            break
        heap[place] = heap[child]
        place, child = child, 2 * child + 1
    heap[place] = block


@compiled
def _near(nearness: Array, chord: np.float32) -> np.float32:
    return _between(nearness, max(chord, np.float32(0)) / np.float32(2))


@compiled
def _between(table: Array, part: np.float32) -> np.float32:
    """The value on the line between the two steps of a table next to this part of its way."""
    step = part * np.float32(len(table) - 2)
    low = min(int(step), len(table) - 2)
    between: np.float32 = table[low] + (table[low + 1] - table[low]) * (step - np.float32(low))
    return between


@compiled
def _measure(axes: Axes, block: int, here: Array, chords: Array) -> None:
    """Straight lines through the unit sphere from here to every place of a block."""
    for place in range(BLOCK):
        x, y, z = axes[0][block, place] - here[0], axes[1][block, place] - here[1], axes[2][block, place] - here[2]
        chords[place] = np.sqrt(x * x + y * y + z * z)


@compiled
def _pass(
    profile: Array,
    exact: Array,
    block: int,
    flags: Array,
    chords: Array,
    within: bool,
    limit: np.float32,
    passing: Array,
    edge: Array,
    tally: Array,
) -> None:
    """Say who of a block passes, and count who is within the radius."""
    at = first_from(exact, block * BLOCK, 0, len(exact)) if within and not tally[EXACT] else len(exact)
    for place in range(BLOCK):
        flag = flags[profile[block, place]]
        passing[place] = flag & ANYWHERE != 0
        if not within or flag & (PASSES | LOCATED) != PASSES | LOCATED or chords[place] > limit + _EDGE:
            continue
        if chords[place] >= limit - _EDGE:
            edge[tally[AT_THE_EDGE]] = block * BLOCK + place
            tally[AT_THE_EDGE] = min(tally[AT_THE_EDGE] + 1, MOST_AT_THE_EDGE)
            continue
        tally[NEAR] += not passing[place]
        passing[place] = True
        tally[INSIDE] = 1
        while at < len(exact) and exact[at] < block * BLOCK + place:
            at += 1
        if at < len(exact) and exact[at] == block * BLOCK + place:
            tally[EXACT] = 1


@compiled
def _keep(
    merit: Merit,
    kept: Array,
    block: int,
    profile: Array,
    flags: Array,
    chords: Array,
    nearness: Array,
    placed: bool,
    numbers: Array,
    passing: Array,
    found: Array,
    points: Array,
    best: Array,
    tally: Array,
) -> None:
    """Keep those who pass and may be among the first, with their bounds, and the best bounds so far."""
    for place in range(BLOCK):
        if not passing[place]:
            continue
        near = _near(nearness, chords[place]) if placed else _FLOOR
        if flags[profile[block, place]] & REMOTE:
            near = max(near, _FLOOR)
        if not kept[block, place]:
            _fill(merit, block, kept, block)
        point = (kept[block, place] - KNOWN) * numbers[1] + near * numbers[2]
        if tally[HELD] < len(best) or point >= best[0] - numbers[3]:
            found[tally[FOUND]], points[tally[FOUND]] = block * BLOCK + place, point
            tally[FOUND] += 1
            _hold(best, point, tally)


@compiled
def most_of(merit: Merit) -> Array:
    """The greatest merit of each block."""
    most, filled = np.empty(len(merit[1]), np.float32), np.empty((1, BLOCK), np.float32)
    for block in range(len(most)):
        _fill(merit, block, filled, 0)
        greatest = np.float32(0)
        for place in range(BLOCK):
            greatest = max(greatest, filled[0, place])
        most[block] = greatest - KNOWN
    return most


@compiled
def _fill(merit: Merit, block: int, kept: Array, row: int) -> None:
    """Keep the merits of a block in a row; another thread may do so at the same time, and writes the same."""
    rate = np.empty(BLOCK, np.float32)
    _rates(merit[0], block, rate)
    for place in range(BLOCK):
        real = merit[1][block, place] < len(merit[2])
        kept[row, place] = KNOWN + _merit(merit, block, place, rate[place]) if real else np.float32(0)


@compiled
def _rates(levels: Levels, block: int, rate: Array) -> None:
    """The effective yearly rate at each place of a block."""
    members, credits, spans, weights = levels
    first = block * BLOCK
    for place in range(BLOCK):
        rate[place] = np.float32(0)
    for level in range(len(weights)):
        start, end = spans[level]
        everybody = end > start and members[end - 1] == end - start - 1
        at = min(start + first, end) if everybody else first_from(members, first, start, end)
        while at < end and members[at] < first + BLOCK:
            rate[members[at] - first] += np.float32(weights[level] * credits[at])
            at += 1


@compiled
def _merit(merit: Merit, block: int, place: int, rate: np.float32) -> np.float32:
    """(5E + 2C)/7, by the table of experience."""
    role, organization, centres, table = merit[1], merit[2], merit[3], merit[4]
    centre = np.float32(centres[organization[role[block, place]]])
    value: np.float32 = _SHARE * _between(table, _ONE - _ONE / np.sqrt(_ONE + rate)) + (_ONE - _SHARE) * centre
    return value


@compiled
def _hold(best: Array, point: np.float32, tally: Array) -> None:
    """Put a bound among the best, which stand in a heap, the least of them first."""
    place = tally[HELD]
    if place < len(best):
        while place and best[(place - 1) // 2] > point:
            best[place] = best[(place - 1) // 2]
            place = (place - 1) // 2
        best[place] = point
        tally[HELD] += 1
    elif point > best[0]:
        place, child = 0, 1
        while child < len(best):
            if child + 1 < len(best) and best[child + 1] < best[child]:
                child += 1
            if best[child] >= point:
                break
            best[place] = best[child]
            place, child = child, 2 * child + 1
        best[place] = point


@compiled
def _doubled(array: Array) -> Array:
    larger = np.empty(2 * len(array), array.dtype)
    for at in range(len(array)):  # a slice would take numba seconds to compile
        larger[at] = array[at]
    return larger


@compiled
def first_from(ascending: Array, number: int, low: int, high: int) -> int:
    """The place of the first from `low` on that is not below a number, or `high`."""
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < number:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _at_least(least: np.float32, points: Array, found: Array, count: int) -> Array:
    """Those of the found with at least so many points."""
    kept = 0
    for at in range(count):
        if points[at] >= least:
            found[kept] = found[at]
            kept += 1
    return found[:kept]
