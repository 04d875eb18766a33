"""How many specialists a search would find if one of its filters were another: what the page of filters says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from referral import reference
from referral.domain.matching import Query
from referral.index.kept import Kept
from referral.index.search import rank
from referral.index.snapshot import Snapshot
from referral.services.find_specialists import AnswerKey, answer_key

_KEPT = 1024

_totals: Kept[tuple[int, AnswerKey]] = Kept(_KEPT)


def total_with(snapshot: Snapshot, query: Query, changes: Mapping[str, Any]) -> int:
    """How many pass every filter of the search with these changes; it is not widened, so that it may be nobody."""
    asked = replace(query, **{**changes, "limit": 1, "offset": 0, "diversify": False, "widen": False})
    key = answer_key(snapshot, asked)
    kept = _totals.get(key) or _totals.put(key, (_total(snapshot, asked), key))
    return kept[0]


def insurers(snapshot: Snapshot) -> Sequence[str]:
    """The insurers that any specialist names, in the order of the alphabet."""
    named = {insurer.casefold(): insurer for items in snapshot.lists["insurers"] for insurer in items if insurer}
    return sorted(named.values(), key=str.casefold)


def _total(snapshot: Snapshot, query: Query) -> int:
    return rank(snapshot, reference.cancers(), reference.volume_marks(), query).total
