"""Computes a recorded search again from the index it met, and compares what comes out with what was recorded."""

from dataclasses import dataclass
from itertools import zip_longest
from uuid import UUID

from referral import reference
from referral.domain.errors import UnknownCancer
from referral.domain.experience import MODEL_VERSION
from referral.domain.matching import Query
from referral.extensions import db
from referral.index.disk import KEPT_VERSIONS, MOST_VERSIONS, SnapshotStore, UnreadableSnapshot
from referral.index.search import rank
from referral.index.snapshot import Snapshot
from referral.models import SearchRecord
from referral.services.search_log import KEPT_FOR
from referral.services.search_record import Outcome, query_of
from referral.store import searches

LIMITS = (
    f"Records of searches are kept for {KEPT_FOR.days} days. Of the indexes the newest {KEPT_VERSIONS} are kept, and "
    f"older ones while a record refers to them, up to {MOST_VERSIONS} in all."
)
NOBODY = "nobody"


class NoReplay(Exception):
    """A search that cannot be computed again; says why."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was compared; `difference` names the first thing that differs and is empty where nothing does."""

    search_id: UUID
    index_version: str
    model_version: str
    cancer: str
    results: int
    total: int
    digest: str
    difference: str


def replay(search_id: str, store: SnapshotStore) -> Replayed:
    """Compute a search again from its own snapshot; raises `NoReplay` where something it needs is gone."""
    try:
        record = _record(search_id)
        query = _query(record)
        snapshot = _snapshot(record, store)
        now = Outcome.of(snapshot, rank(snapshot, reference.cancers(), reference.volume_marks(), query))
        return Replayed(
            search_id=record.id,
            index_version=record.index_version,
            model_version=record.model_version,
            cancer=query.cancer,
            results=len(now.role_ids),
            total=now.total,
            digest=now.digest,
            difference=_difference(record, now),
        )
    finally:
        db.session.rollback()


def _record(search_id: str) -> SearchRecord:
    try:
        record = searches.find(UUID(search_id))
    except ValueError:
        raise NoReplay(f"{search_id!r} is not the number of a search; it looks like {UUID(int=0)}.") from None
    if record is None:
        raise NoReplay(f"There is no record of the search {search_id}. {LIMITS}")
    if record.model_version != MODEL_VERSION:
        raise NoReplay(
            f"The search was ranked by model {record.model_version}; this program ranks by {MODEL_VERSION}. "
            "Replay it with a program of that model."
        )
    return record


def _query(record: SearchRecord) -> Query:
    try:
        query = query_of(record.query or {})
        reference.cancers()[query.cancer]
    except (TypeError, ValueError, KeyError, UnknownCancer) as error:
        raise NoReplay(f"The record was written by another version of this program: {error}.") from error
    return query


def _snapshot(record: SearchRecord, store: SnapshotStore) -> Snapshot:
    version = record.index_version
    try:
        snapshot = store.version(version)
    except UnreadableSnapshot as error:
        raise NoReplay(f"The index {version} of this search cannot be read: {error}.") from error
    if snapshot is None:
        raise NoReplay(f"The index {version} of this search is not kept any more. {LIMITS}")
    return snapshot


def _difference(record: SearchRecord, now: Outcome) -> str:
    """The first thing that is not as recorded, in words."""
    then = Outcome(tuple(record.role_ids), tuple(record.scores or ()), record.total or 0)
    places = zip_longest(_places(then), _places(now), fillvalue=(NOBODY, 0.0))
    for place, (recorded, computed) in enumerate(places, start=1):
        if recorded != computed:
            return f"place {place}: {_named(recorded)} was recorded, {_named(computed)} comes out now"
    if then.total != now.total:
        return f"the number found: {then.total:,} was recorded, {now.total:,} comes out now"
    return "" if record.digest == now.digest else "the digest: it is not that of the results recorded beside it"


def _places(outcome: Outcome) -> list[tuple[str, float]]:
    return list(zip(outcome.role_ids, outcome.scores, strict=False))


def _named(place: tuple[str, float]) -> str:
    role_id, score = place
    return role_id if role_id == NOBODY else f"{role_id} with {score:.6f}"
