"""One page of a ranking, each result with its parts, its reason, and what would change its place."""

from collections.abc import Callable, Iterator, Sequence
from math import isnan

import numpy as np

from referral import reference
from referral.domain.cancers import Cancer
from referral.domain.experience import VolumeMark, mark_for
from referral.domain.ledger import closest_first, family
from referral.domain.matching import PERSON_SHARE, Overtaking, Query, RoleFacts
from referral.domain.overtaking import would_pass
from referral.domain.results import Asked, Match
from referral.index.entries import entries
from referral.index.filters import asked_attributes, unknown_of
from referral.index.search import Ranking
from referral.index.snapshot import Snapshot

SAME_ORGANIZATION = "Same organization as the doctor you left out"
ALSO_THERE = "Also works at the organization you left out"

_COLUMNS = ("experience", "centre", "nearness", "kilometres", "moved")


def explained(snapshot: Snapshot, ranking: Ranking, query: Query) -> tuple[Match, ...]:
    """The results of the page that the query asks for."""
    return tuple(_matches(snapshot, ranking, query))


def _matches(snapshot: Snapshot, ranking: Ranking, query: Query) -> Iterator[Match]:
    cancer, first = reference.cancers()[query.cancer], query.offset
    asked = Asked(query, cancer, mark_of(cancer), ranking.weights)
    kin_of = family(reference.cancers(), cancer.code)
    attributes, shared = asked_attributes(query), _shared_affiliation(snapshot, query)
    # The one before the page is read as well: the first of the page is told what would put it above that one.
    before = first if first == 0 else first - 1
    numbers = ranking.roles[before:].tolist()
    listed = entries(snapshot, numbers)
    passing = _overtakings(ranking, before, [entry.role for entry in listed])
    columns = [getattr(ranking, name)[first:].tolist() for name in _COLUMNS]
    rows = zip(listed[first - before :], numbers[first - before :], *columns, _scores(ranking, first), strict=True)
    for place, (entry, number, experience, centre, near, away, moved, score) in enumerate(rows, first):
        yield Match(
            asked,
            entry,
            closest_first(entry.own, kin_of),
            closest_first(entry.theirs, kin_of),
            place + 1,
            ranking.step_of(place),
            score,
            None if isnan(away) else round(away, 3),
            experience,
            centre,
            near,
            unknown_of(entry.role, attributes),
            moved,
            shared(number) if shared else "",
            passing[place],
        )


def mark_of(cancer: Cancer) -> VolumeMark | None:
    """The published volume mark of a cancer."""
    return mark_for(reference.cancers().path(cancer.code), reference.volume_marks())


def _scores(ranking: Ranking, first: int) -> list[float]:
    found: list[float] = ranking.scores[first:].round(4).tolist()
    return found


def _overtakings(ranking: Ranking, before: int, roles: Sequence[RoleFacts]) -> dict[int, Overtaking | None]:
    """By place: what would put each result above the one before it; for the first of all, the second above it.

    None for who stands alone, and beside somebody whom the facility rule has moved. The roles are those from `before`.
    """
    merit = PERSON_SHARE * ranking.experience[before:] + (1 - PERSON_SHARE) * ranking.centre[before:]
    near, moved = ranking.nearness[before:], ranking.moved[before:].tolist()
    pairs = zip(roles, roles[1:], (merit[:-1] - merit[1:]).tolist(), (near[1:] - near[:-1]).tolist(), strict=False)
    balance = 1 - ranking.weights.distance
    told = [
        None if moved[at] or moved[at + 1] else would_pass(*pair, balance, first=False) for at, pair in enumerate(pairs)
    ]
    first = None
    if not before and told and told[0]:
        first = would_pass(
            roles[0], roles[1], float(merit[0] - merit[1]), float(near[1] - near[0]), balance, first=True
        )
    return dict(enumerate([first, *told], before))


def _shared_affiliation(snapshot: Snapshot, query: Query) -> Callable[[int], str] | None:
    """What a role has in common with those whom the search leaves out; None where it leaves out nobody."""
    if not query.exclude_npi and not query.exclude_organization:
        return None
    npi, organization = snapshot.arrays["npi"], snapshot.arrays["organization"]
    left_out = [int(text) for text in query.exclude_npi if text.isdecimal()]
    closed = {snapshot.organization_of(name) for name in query.exclude_organization} - {-1}
    theirs = set(organization[np.isin(npi, left_out)].tolist()) - {-1}
    there = set(npi[np.isin(organization, list(closed))].tolist())

    def shared(number: int) -> str:
        if int(organization[number]) in theirs:
            return SAME_ORGANIZATION
        return ALSO_THERE if int(npi[number]) in there else ""

    return shared
