"""What is kept of a search to compute it again: inputs, the versions it met, what came out; no identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np

from referral.domain.codes import Complexity, Discipline, Situation
from referral.domain.matching import Query
from referral.index.search import Ranking
from referral.index.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of a search up to the end of its page: roles in order, their scores, how many were found in all.

    Scores have six decimals, the number to which the order compares them.
    """

    role_ids: tuple[str, ...]
    scores: tuple[float, ...]
    total: int

    @classmethod
    def of(cls, snapshot: Snapshot, ranking: Ranking) -> "Outcome":
        """The outcome of a ranking of this snapshot."""
        return cls(_role_ids(snapshot, ranking), tuple(ranking.scores.round(6).tolist()), ranking.total)

    @property
    def digest(self) -> str:
        """SHA-256 over all of it."""
        names = "\n".join([*self.role_ids, str(self.total)])
        return sha256(names.encode() + np.array(self.scores, dtype="<f8").tobytes()).hexdigest()


def _role_ids(snapshot: Snapshot, ranking: Ranking) -> tuple[str, ...]:
    """All at once: every search does this, and a page of them one by one takes as long as a third of a search."""
    ids = snapshot.texts["role_id"]
    starts, ends = (ids.offsets[ranking.roles + step].tolist() for step in (0, 1))
    letters = ids.blob.data
    return tuple(str(letters[start:end], "utf-8") for start, end in zip(starts, ends, strict=True))


def search_record(
    search_id: UUID, at: datetime, inputs: Mapping[str, Any], query: Query, snapshot: Snapshot, ranking: Ranking
) -> dict[str, Any]:
    """The columns of a record; `inputs` as somebody gave them, `query` as they were understood."""
    outcome = Outcome.of(snapshot, ranking)
    return {
        "id": search_id,
        "at": at,
        "inputs": dict(inputs),
        "query": {name: getattr(query, name) for name in Query.__slots__},
        "index_version": snapshot.version,
        "model_version": snapshot.model_version,
        "role_ids": list(outcome.role_ids),
        "scores": list(outcome.scores),
        "total": outcome.total,
        "digest": outcome.digest,
    }


def query_of(stored: Mapping[str, Any]) -> Query:
    """The query of a record; one of another version of the program is a TypeError or ValueError."""
    several = ("exclude_npi", "exclude_organization")
    return Query(
        **{
            **stored,
            **{name: tuple(stored[name]) for name in several},
            "complexity": tuple(map(Complexity, stored["complexity"])),
            "situation": Situation(stored["situation"]) if stored["situation"] else None,
            "discipline": Discipline(stored["discipline"]) if stored["discipline"] else None,
        }
    )
