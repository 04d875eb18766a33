"""Finds which of our organizations a source means, or makes a new one of a mention.

Who is met for sure is taken for the same. Where somebody has to look, the mention becomes an organization of its own
with the likely one beside it, so that nothing is merged that is two; a person may merge them later.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from referral.directory.statements import Mention
from referral.domain.identity import Candidate, MatchState, Organizations
from referral.domain.settling import known
from referral.store.aliases import candidates, meant
from referral.store.settled import Word
from referral.store.tables import Row, parts

_LONGEST_ID = 100


@dataclass(slots=True)
class Meant:
    """Our organization for each key, what the source says of each, and the keys met for the first time."""

    ids: dict[str, str] = field(default_factory=dict)
    words: dict[str, Word] = field(default_factory=dict)
    new_aliases: list[Row] = field(default_factory=list)


def organizations_meant(mentions: Iterable[Mention], import_id: int | None) -> Meant:
    """Return which organizations the mentions are; nothing is written."""
    found, ours = Meant(), None
    for batch in parts(mentions):
        found.ids |= meant(each.key for each in batch)
        for each in batch:
            if each.key not in found.ids:
                ours = ours or Organizations(candidates())
                _meet(found, ours, each, import_id)
            _hear(found, each)
    return found


def _meet(found: Meant, ours: Organizations, mention: Mention, import_id: int | None) -> None:
    """Decide on a key that is met for the first time."""
    match = ours.match(mention)
    sure = match.state is MatchState.SURE and match.organization_id is not None
    organization_id = match.organization_id if sure and match.organization_id else _id_of(mention.key)
    found.ids[mention.key] = organization_id
    if not sure:
        ours.add(
            Candidate(
                organization_id,
                mention.name,
                mention.line1,
                mention.city,
                mention.state,
                mention.postcode,
                mention.ccn,
            )
        )
    suggested = match.state is MatchState.SUGGESTED
    found.new_aliases.append(
        {
            "key": mention.key,
            "organization_id": organization_id,
            "suggested_id": match.organization_id if suggested else None,
            "name": mention.name,
            "confidence": match.confidence if sure or suggested else 1.0,
            "state": (MatchState.SUGGESTED if suggested else MatchState.SURE).value,
            "reasons": list(match.reasons),
            "import_id": import_id,
            "file": mention.file or None,
            "line": mention.line,
        }
    )


def _hear(found: Meant, mention: Mention) -> None:
    """Keep what the source says of the organization; of two mentions of one the first that knows a field stands."""
    said = {name: getattr(mention, name) for name in ("name", "line1", "city", "state", "postcode", "ccn")}
    organization_id = found.ids[mention.key]
    before = found.words.get(organization_id)
    if before is None:
        found.words[organization_id] = Word(said, mention.line, file=mention.file)
        return
    values = {name: before.values[name] if known(before.values[name]) else value for name, value in said.items()}
    found.words[organization_id] = Word(values, before.line, file=before.file)


def _id_of(key: str) -> str:
    """The id of an organization that is ours from now on: the source's key, or what stands for a long one."""
    return key if len(key) <= _LONGEST_ID else f"key:{hashlib.sha256(key.encode()).hexdigest()}"
