"""One search: the ranking of the current index, one page of it explained, and a record of it without identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from referral import reference
from referral.domain import explanation
from referral.domain.cancers import Cancer
from referral.domain.codes import Step
from referral.domain.experience import VolumeMark
from referral.domain.matching import Query, Weights, coverage_note
from referral.domain.places import Place
from referral.domain.results import Match
from referral.index.kept import Kept
from referral.index.search import Ranking, rank
from referral.index.snapshot import Snapshot
from referral.services.explained import explained, mark_of
from referral.services.search_log import SearchLog
from referral.services.search_record import search_record

ANSWERS_KEPT = 64
"""Of the searches asked last a process keeps at least so many answers: somebody turns pages, or comes back."""

_answers: Kept[tuple[Ranking, tuple[Match, ...]]] = Kept(ANSWERS_KEPT)


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search found, one page of it in full.

    `mark` is the published volume mark of the cancer; `key` tells answers apart: what is equal in it is answered with
    the same results.
    """

    search_id: UUID
    index_version: str
    model_version: str
    cancer: Cancer
    place: Place | None
    step: Step
    note: str
    balance_note: str
    mark: VolumeMark | None
    total: int
    weights: Weights
    results: tuple[Match, ...]
    query: Query
    key: "AnswerKey"


AnswerKey = tuple[str, int, Query]
"""Version of the index, version of the vocabulary, and what was asked."""


def answer_key(snapshot: Snapshot, query: Query) -> AnswerKey:
    """What the results of a search depend on."""
    return snapshot.version, reference.version(), query


def find_specialists(
    snapshot: Snapshot,
    query: Query,
    place: Place | None,
    inputs: Mapping[str, Any],
    log: SearchLog,
    now: datetime,
) -> SearchAnswer:
    """Rank, explain the page asked for, and leave a record of inputs and order."""
    cancer, key = reference.cancers()[query.cancer], answer_key(snapshot, query)
    ranking, results = _answers.get(key) or _answers.put(key, _answered(snapshot, query))
    search_id = uuid4()
    log.append(search_record(search_id, now, inputs, query, snapshot, ranking))
    return SearchAnswer(
        search_id=search_id,
        index_version=snapshot.version,
        model_version=snapshot.model_version,
        cancer=cancer,
        place=place,
        step=ranking.step,
        note=coverage_note(ranking.step, cancer, query.radius_km),
        balance_note=explanation.balance_note(cancer.rarity, query),
        mark=mark_of(cancer),
        total=ranking.total,
        weights=ranking.weights,
        results=results,
        query=query,
        key=key,
    )


def _answered(snapshot: Snapshot, query: Query) -> tuple[Ranking, tuple[Match, ...]]:
    ranking = rank(snapshot, reference.cancers(), reference.volume_marks(), query)
    return ranking, explained(snapshot, ranking, query)
