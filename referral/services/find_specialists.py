"""One search: the ranking of the current index, one page of it explained, and a record of it without identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from referral import reference
from referral.domain import explanation
from referral.domain.cancers import Cancer
from referral.domain.codes import Step
from referral.domain.experience import BACK_OFF, Evidence, band, decayed_cases
from referral.domain.matching import EvidenceLine, Match, Part, Query, RoleFacts, Weights, coverage_note
from referral.domain.places import Place
from referral.domain.travel import Point, distance_km
from referral.index.filters import unknown_attributes
from referral.index.search import Ranking, rank
from referral.index.snapshot import Snapshot
from referral.services.search_log import SearchLog


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search found, one page of it in full."""

    search_id: UUID
    index_version: str
    model_version: str
    cancer: Cancer
    place: Place | None
    step: Step
    note: str
    total: int
    weights: Weights
    results: tuple[Match, ...]
    query: Query


def find_specialists(
    snapshot: Snapshot,
    query: Query,
    place: Place | None,
    inputs: Mapping[str, Any],
    log: SearchLog,
    now: datetime,
) -> SearchAnswer:
    """Rank, explain the page asked for, and leave a record of inputs and order."""
    tree, marks = reference.cancers(), reference.volume_marks()
    ranking = rank(snapshot, tree, marks, query)
    page = range(query.offset, len(ranking.roles))
    search_id = uuid4()
    role_ids = [snapshot.texts["role_id"][number] for number in ranking.roles.tolist()]
    log.append(
        {
            "id": search_id,
            "at": now,
            "inputs": dict(inputs),
            "index_version": snapshot.version,
            "model_version": snapshot.model_version,
            "role_ids": role_ids,
            "digest": _digest(role_ids, ranking),
        }
    )
    cancer = tree[query.cancer]
    return SearchAnswer(
        search_id=search_id,
        index_version=snapshot.version,
        model_version=snapshot.model_version,
        cancer=cancer,
        place=place,
        step=ranking.step,
        note=coverage_note(ranking.step, cancer, query.radius_km),
        total=ranking.total,
        weights=ranking.weights,
        results=tuple(_explained(snapshot, ranking, query, cancer, place) for place in page),
        query=query,
    )


def _explained(snapshot: Snapshot, ranking: Ranking, query: Query, cancer: Cancer, at: int) -> Match:
    number = int(ranking.roles[at])
    role = snapshot.role(number)
    tree = reference.cancers()
    path = tree.path(cancer.code)
    rows = snapshot.evidence_of(role.npi)
    own = _lines(rows, path)
    theirs = _lines(snapshot.organization_evidence_of(int(snapshot.arrays["organization"][number])), path)
    distance = _distance(query, role)
    remote = role.remote_opinion is True and bool(query.remote)
    balance, experience = ranking.weights, float(ranking.experience[at])
    parts = (
        Part(
            "experience",
            balance.experience,
            experience,
            explanation.experience_text(own, cancer.called, cancer.tissue),
            own,
        ),
        Part(
            "centre",
            balance.centre,
            float(ranking.centre[at]),
            explanation.centre_text(role.organization_name, role.designation, theirs),
            theirs,
        ),
        Part(
            "distance",
            balance.distance,
            float(ranking.nearness[at]),
            explanation.distance_text(distance, role.remote_opinion is True, remote and distance is not None),
        ),
    )
    return Match(
        rank=at + 1,
        step=ranking.step_of(at),
        score=round(sum(part.points for part in parts), 4),
        role=role,
        distance_km=distance,
        parts=parts,
        band=band(experience, _cases(rows, path, snapshot.built_on)),
        reason=explanation.reason(own, cancer.called, role, distance),
        unknown=unknown_attributes(role, query),
        moved=bool(ranking.moved[at]),
    )


def _distance(query: Query, role: RoleFacts) -> float | None:
    """The distance as shown, in kilometres to the metre; None where a place is not known."""
    if query.latitude is None or query.longitude is None or role.latitude is None or role.longitude is None:
        return None
    here, there = Point(query.latitude, query.longitude), Point(role.latitude, role.longitude)
    return round(distance_km(here, there), 3)


def _lines(rows: tuple[Evidence, ...], path: tuple[str, ...]) -> tuple[EvidenceLine, ...]:
    """The evidence within the cancer's tissue, closest first."""
    tree = reference.cancers()
    near = [row for row in rows if tree.root(row.code) == path[0]]
    newest = sorted(near, key=lambda row: row.period_end or row.retrieved_on or date.min, reverse=True)
    return explanation.in_order([explanation.evidence_line(row, tree.path(row.code), path) for row in newest])


def _cases(rows: tuple[Evidence, ...], path: tuple[str, ...], as_of: date) -> float:
    """How many faded cases stand behind a score, those of related cancers counted by their weight."""
    tree = reference.cancers()
    upwards = path[::-1]
    total = 0.0
    for row in rows:
        own = tree.path(row.code)
        steps = next((n for n, code in enumerate(upwards) if code in own), len(BACK_OFF))
        if steps < len(BACK_OFF):
            total += BACK_OFF[steps] * decayed_cases([row], as_of)
    return total


def _digest(role_ids: list[str], ranking: Ranking) -> str:
    """SHA-256 over the order up to the end of the page, with its scores and how many there are, for a later replay."""
    names = "\n".join([*role_ids, str(ranking.total)])
    return sha256(names.encode() + ranking.scores.round(6).tobytes()).hexdigest()
