"""Ranks the roles of a snapshot for one query: straightforward arithmetic over whole columns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from referral.domain.cancers import CancerTree
from referral.domain.codes import Step
from referral.domain.experience import (
    DEFAULT_HOSPITAL_MARK,
    DEFAULT_SURGEON_MARK,
    VolumeMark,
    back_off_weights,
    mark_for,
    value,
)
from referral.domain.matching import (
    DESIGNATION_FLOOR,
    HALF_DISTANCE_KM,
    REMOTE_NEARNESS,
    Query,
    RoleFacts,
    Weights,
    weights,
)
from referral.domain.travel import Point, distances_km, nearness
from referral.index.snapshot import Floats, Ints, Mask, Postings, Snapshot

FIRST_PAGE = 10
MOST_OF_ONE_ORGANIZATION = 3


@dataclass(frozen=True)
class Ranking:
    """The candidates in order. The arrays run over the snapshot's roles; `order` holds the numbers of those found."""

    order: Ints
    moved: frozenset[int]
    scores: Floats
    experience: Floats
    centre: Floats
    nearness: Floats
    kilometres: Floats
    exact: Mask
    in_radius: Mask
    weights: Weights
    step: Step

    def step_of(self, role: int) -> Step:
        """The widening step that found this role."""
        if self.step is Step.REMOTE or (self.step in (Step.EXACT_IN_RADIUS, Step.FAMILY_IN_RADIUS)):
            if not self.in_radius[role]:
                return Step.REMOTE
            return Step.EXACT_IN_RADIUS if self.exact[role] else Step.FAMILY_IN_RADIUS
        return Step.EXACT_WIDER if self.exact[role] else Step.FAMILY_WIDER


def rank(snapshot: Snapshot, tree: CancerTree, marks: Mapping[str, VolumeMark], query: Query) -> Ranking:
    """Everybody with evidence in the cancer's tissue who passes the filters, best score first."""
    path = tree.path(query.cancer)
    kilometres = _kilometres(snapshot, query)
    candidates = _passing(snapshot, query, _has_evidence(snapshot, path[0]))
    in_radius = _in_radius(snapshot, query, kilometres)
    remote = _remote(snapshot, query)
    found = candidates & (in_radius | remote)
    widened = not found.any() and query.widen and query.radius_km is not None
    if widened:
        found = candidates
    experience, centre = _experience(snapshot, path, marks), _centre(snapshot, path, marks)
    near = _nearness(snapshot, tree, query, kilometres)
    balance = weights(tree[query.cancer].rarity, query.complexity, query.weight_experience)
    scores = 100 * (balance.experience * experience + balance.centre * centre + balance.distance * near)
    exact = _has_evidence(snapshot, query.cancer)
    order, moved = _order(snapshot, found, scores, query.diversify)
    return Ranking(
        order,
        moved,
        scores,
        experience,
        centre,
        near,
        kilometres,
        exact,
        in_radius,
        balance,
        _step(found, exact, in_radius, widened),
    )


def unknown_attributes(role: RoleFacts, query: Query) -> tuple[str, ...]:
    """Which of the attributes asked for are not known of this role."""
    asked = {
        "accepts_new_patients": role.accepts_new_patients is None and query.accepting in ("open", "yes"),
        "remote_opinion": role.remote_opinion is None and query.remote == "only",
        "languages": not role.languages and bool(query.language),
        "insurers": not role.insurers and bool(query.insurer),
        "discipline": not role.disciplines and bool(query.disciplines),
        "location": role.latitude is None and query.radius_km is not None,
    }
    return tuple(name for name, missing in asked.items() if missing)


def _has_evidence(snapshot: Snapshot, code: str) -> Mask:
    """Per role: has the specialist any evidence at this node or below?"""
    has = np.zeros(snapshot.practitioner_count, dtype=np.bool_)
    has[snapshot.practitioners.at(code)[0]] = True
    return np.asarray(has[snapshot.practitioner_of], dtype=np.bool_)


def _effective_rate(postings: Postings, owners: int, path: tuple[str, ...]) -> Floats:
    """Credits of the cancer and its ancestors, weighed by the back-off."""
    rate = np.zeros(owners + 1, dtype=np.float64)
    upwards = path[::-1]
    for code, weight in zip(upwards, back_off_weights(len(path)), strict=False):
        members, earned = postings.at(code)
        rate[members] += weight * earned
    return rate


def _experience(snapshot: Snapshot, path: tuple[str, ...], marks: Mapping[str, VolumeMark]) -> Floats:
    mark = mark_for(path, marks)
    rate = _effective_rate(snapshot.practitioners, snapshot.practitioner_count, path)
    return value(rate, mark.surgeon if mark else DEFAULT_SURGEON_MARK)[snapshot.practitioner_of]


def _centre(snapshot: Snapshot, path: tuple[str, ...], marks: Mapping[str, VolumeMark]) -> Floats:
    mark = mark_for(path, marks)
    rate = _effective_rate(snapshot.organizations, snapshot.organization_count, path)
    own = value(rate, mark.hospital if mark else DEFAULT_HOSPITAL_MARK)
    own[-1] = 0.0  # the number −1 of a role without organization points here
    floor = np.where(snapshot.designated, DESIGNATION_FLOOR, 0.0)
    return np.asarray(np.maximum(own[snapshot.organization_of], floor), dtype=np.float64)


def _kilometres(snapshot: Snapshot, query: Query) -> Floats:
    if query.latitude is None or query.longitude is None:
        return np.full(len(snapshot.roles), np.nan)
    here = Point(round(query.latitude, 6), round(query.longitude, 6))
    return distances_km(here, snapshot.latitudes, snapshot.longitudes)


def _nearness(snapshot: Snapshot, tree: CancerTree, query: Query, kilometres: Floats) -> Floats:
    near = nearness(kilometres, HALF_DISTANCE_KM[tree[query.cancer].rarity])
    if query.latitude is None:
        return np.full_like(near, REMOTE_NEARNESS)
    if not query.remote:
        return near
    return np.where(snapshot.reviews_remotely, np.maximum(near, REMOTE_NEARNESS), near)


def _in_radius(snapshot: Snapshot, query: Query, kilometres: Floats) -> Mask:
    if query.radius_km is None or query.latitude is None:
        return np.full(len(snapshot.roles), query.latitude is not None)
    unknown = np.isnan(kilometres) & query.include_unknown
    return np.asarray((kilometres <= query.radius_km) | unknown, dtype=np.bool_)


def _remote(snapshot: Snapshot, query: Query) -> Mask:
    """Who passes whatever the distance, because they review remotely and the search allows it."""
    if query.remote == "only":
        return np.ones(len(snapshot.roles), dtype=np.bool_)
    return snapshot.reviews_remotely if query.remote == "yes" else np.zeros(len(snapshot.roles), dtype=np.bool_)


def _passing(snapshot: Snapshot, query: Query, candidates: Mask) -> Mask:
    """Which candidates pass the hard filters; an unknown attribute passes only where the query says so."""
    excluded_npis, excluded_organizations = set(query.exclude_npi), set(query.exclude_organization)
    language = query.language.split("-")[0].lower()
    insurer = query.insurer.casefold()

    def passes(role: RoleFacts) -> bool:
        if role.npi in excluded_npis or role.organization_id in excluded_organizations:
            return False
        if role.accepts_new_patients is False and query.accepting != "any":
            return False
        unknown = query.include_unknown
        return (
            (query.accepting != "yes" or role.accepts_new_patients is True or unknown)
            and (query.remote != "only" or (unknown if role.remote_opinion is None else role.remote_opinion))
            and (not language or _speaks(role, language) or (unknown and not role.languages))
            and (not insurer or _takes(role, insurer) or (unknown and not role.insurers))
            and (not query.disciplines or _practises(role, query) or (unknown and not role.disciplines))
        )

    found = candidates.copy()
    found[candidates] = [passes(snapshot.roles[number]) for number in np.flatnonzero(candidates)]
    return found


def _speaks(role: RoleFacts, language: str) -> bool:
    return any(tag.split("-")[0].lower() == language for tag in role.languages)


def _takes(role: RoleFacts, insurer: str) -> bool:
    return any(name.casefold() == insurer for name in role.insurers)


def _practises(role: RoleFacts, query: Query) -> bool:
    return any(discipline in role.disciplines for discipline in query.disciplines)


def _order(snapshot: Snapshot, found: Mask, scores: Floats, diversify: bool) -> tuple[Ints, frozenset[int]]:
    """Best first; equals (to six decimals) by lot."""
    numbers = np.flatnonzero(found)
    order = numbers[np.lexsort((snapshot.lots[numbers], -np.round(scores[numbers], 6)))]
    return _spread(snapshot, order) if diversify else (order, frozenset())


def _spread(snapshot: Snapshot, order: Ints) -> tuple[Ints, frozenset[int]]:
    """At most three of one organization among the first ten; who has to wait keeps the order and is marked."""
    first: list[int] = []
    waiting: list[int] = []
    counts: dict[int, int] = {}
    numbers: list[int] = order.tolist()
    for role in numbers:
        if len(first) == FIRST_PAGE:
            break
        organization = int(snapshot.organization_of[role])
        if organization >= 0 and counts.get(organization, 0) >= MOST_OF_ONE_ORGANIZATION:
            waiting.append(role)
            continue
        counts[organization] = counts.get(organization, 0) + 1
        first.append(role)
    spread = first + waiting + numbers[len(first) + len(waiting) :]
    before = {role: place for place, role in enumerate(numbers[: len(first) + len(waiting)])}
    moved = frozenset(role for place, role in enumerate(waiting, len(first)) if place > before[role])
    return np.array(spread, dtype=np.int64), moved


def _step(found: Mask, exact: Mask, in_radius: Mask, widened: bool) -> Step:
    """The first step that found anybody."""
    if not found.any():
        return Step.NOBODY
    if widened:
        return Step.EXACT_WIDER if (found & exact).any() else Step.FAMILY_WIDER
    if (found & in_radius & exact).any():
        return Step.EXACT_IN_RADIUS
    return Step.FAMILY_IN_RADIUS if (found & in_radius).any() else Step.REMOTE
