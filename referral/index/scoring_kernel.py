"""Exact scores in the part of Python that numba compiles: the arithmetic of `search`, in the same double precision.

The last digits may round otherwise than numpy's; wherever that could matter, the kernel says that it does not hold.
"""

import numpy as np

from referral.domain.matching import REMOTE_NEARNESS
from referral.domain.travel import EARTH_RADIUS_KM
from referral.index.columns import Array
from referral.index.kernel import Merit, compiled, first_from
from referral.index.snapshot import BLOCK

_UNSURE = 1e-4
"""Of a millionth of a point, and of a kilometre: a thousand times what the last digits can amount to."""


@compiled
def score(
    places: Array, merit: Merit, profile: Array, known: tuple[Array, Array], where: tuple[Array, Array], asked: Array
) -> tuple[Array, Array, Array, bool]:
    """(roles, (scores, person's values, centre's values, nearness, kilometres), whether exact, whether it holds).

    Best first, in double precision. It does not hold where two scores agree to six decimals, or where another rounding
    of the last digits could change the order or who is within the radius. `known` says of each profile whether it has
    a place and reviews remotely, `where` are the degrees of each role; `asked` are the searching place in radians, if
    any, where nearness is a half, the power of experience, three weights, the radius, and what nearness is at least for
    remote reviewers.
    """
    roles, exact = np.empty(len(places), np.int64), np.empty(len(places), np.bool_)
    columns, rounded, holds = np.empty((5, len(places))), np.empty(len(places)), True
    line = np.empty(5)
    for number in range(len(places)):
        place = places[number]
        role, of = merit[1][place // BLOCK, place % BLOCK], profile[place // BLOCK, place % BLOCK]
        here = _exactly(merit, place, role, known[0][of], known[1][of], where, asked, line)
        millionths = line[0] * 1e6
        holds &= abs(millionths - np.floor(millionths) - 0.5) > _UNSURE and not abs(line[4] - asked[7]) < _UNSURE
        point, at = np.rint(millionths), number
        while at and rounded[at - 1] < point:
            roles[at], exact[at], rounded[at] = roles[at - 1], exact[at - 1], rounded[at - 1]
            for column in range(5):
                columns[column, at] = columns[column, at - 1]
            at -= 1
        holds &= not (at and rounded[at - 1] == point)
        roles[at], exact[at], rounded[at] = role, here, point
        for column in range(5):
            columns[column, at] = line[column]
    return roles, columns, exact, holds


@compiled
def _exactly(
    merit: Merit,
    place: int,
    role: int,
    located: bool,
    remote: bool,
    where: tuple[Array, Array],
    asked: Array,
    line: Array,
) -> bool:
    """Put the score and its parts into the line; whether the place has evidence for the very cancer."""
    members, credits, spans, weights = merit[0]
    rate, exact = 0.0, False
    for level in range(len(weights)):
        start, end = spans[level]
        at = first_from(members, place, start, end)
        if at < end and members[at] == place:
            rate += weights[level] * credits[at]
            exact |= level == 0
    away, near = np.nan, REMOTE_NEARNESS
    if asked[0] == asked[0]:
        near = 0.0
        if located:
            latitude, longitude = np.radians(where[0][role]), np.radians(where[1][role])
            half = np.sin((latitude - asked[0]) / 2) ** 2
            half += np.cos(asked[0]) * np.cos(latitude) * np.sin((longitude - asked[1]) / 2) ** 2
            away = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(half, 1.0)))
            near = 2.0 ** (-away / asked[2])
        if remote:
            near = max(near, asked[8])
    line[1], line[2], line[3], line[4] = 1 - (1 + rate) ** asked[3], merit[3][merit[2][role]], near, away
    line[0] = 100 * (asked[4] * line[1] + asked[5] * line[2] + asked[6] * line[3])
    return exact
