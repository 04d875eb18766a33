"""Finds which of our roles a source means, so that a place that several sources state is one role.

All words on a specialist's roles are looked at together whenever a source speaks of them (`identity.same_roles`): which
roles there are follows from what is said and not from the order of the imports. A role keeps the id it was given first;
every source's word stays under that id, with the source's own id beside it. Where two roles turn out to be one, the
words move to the one and the other goes out of use; a role that a referral points to is never given up for another.
Roles of a folder made for this directory (native) keep the ids their folder gives them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from referral.domain.identity import RoleGroup, RolePlace, SaidRole, role_ids, same_roles
from referral.domain.settling import NPPES, OFFICE, STEWARD, Row, Subject
from referral.store.field_changes import Cause
from referral.store.role_words import RoleWord, owners_of, referred_roles, words_on_roles
from referral.store.settled import Speaker, Word, take
from referral.store.tables import BATCH

NATIVE = "native"
SHARED = (NATIVE, "plan-net", "clinicians", NPPES)
"""The kinds of sources whose roles may be the same ones."""
MERGED = "the same place of work under another id"
_LONGEST_ID = 100

StillSaid = Callable[[RoleWord], bool]
"""Whether a word of the importing source is not about to be taken back."""


def kind_of(source: str) -> str:
    """The kind of a source: `plan-net:EAST` is of the kind plan-net."""
    return source.partition(":")[0]


@dataclass
class RolesMeant:
    """Which role of ours each statement of one import is, decided specialist by specialist."""

    speaker: Speaker
    still_said: StillSaid
    ids: dict[str, str] = field(default_factory=dict)
    """Our id by the source's own."""

    def meet(self, places: Iterable[RolePlace]) -> int:
        """Decide on statements, whose ids are the source's own; return how many joined what another source states."""
        by_npi = defaultdict[str, dict[str, RolePlace]](dict)
        for place in places:
            by_npi[place.npi][place.role_id] = place
        return self._settle(by_npi)

    def look_again(self, npis: Collection[str]) -> None:
        """Decide anew on the roles of specialists of whom a source has taken something back."""
        for at in range(0, len(ordered := sorted(npis)), BATCH):
            self._settle({npi: {} for npi in ordered[at : at + BATCH]})

    @cached_property
    def _referred(self) -> set[str]:
        return referred_roles()

    def _settle(self, by_npi: Mapping[str, Mapping[str, RolePlace]]) -> int:
        held, joined = words_on_roles(by_npi), 0
        owners = owners_of(own_id for places in by_npi.values() for own_id in places)
        moves = _Moves(self.speaker.cause)
        for npi, places in by_npi.items():
            words = held.get(npi, [])
            groups = same_roles(self._said(words, places))
            taken = {own_id for own_id in places if owners.get(own_id, npi) != npi}
            for group, role_id in zip(groups, _with_new_ids(groups, taken), strict=True):
                joined += self._place(group, role_id, words, places, moves)
        moves.make()
        return joined

    def _said(self, words: Iterable[RoleWord], places: Mapping[str, RolePlace]) -> list[SaidRole]:
        """What all sources say now: the statements in place of what their source said before, and the others' words."""
        before: dict[str, RoleWord] = {}
        said = list[SaidRole]()
        for word in words:
            if kind_of(word.source) not in SHARED:
                continue
            if word.own_id in places and self._is_own(word):
                if word.own_id not in before or word.live:
                    before[word.own_id] = word
            elif word.live and (word.source != self.speaker.source or self.still_said(word)):
                said.append(self._said_role(word.source, _place_of(word), word))
        source = self.speaker.source
        return [*said, *(self._said_role(source, place, before.get(own_id)) for own_id, place in places.items())]

    def _is_own(self, word: RoleWord) -> bool:
        """Whether the importing source said it; before it had its folder's name, it was called by its kind alone."""
        return word.source in (self.speaker.source, kind_of(self.speaker.source))

    def _said_role(self, source: str, place: RolePlace, word: RoleWord | None) -> SaidRole:
        anchored = kind_of(source) == NATIVE
        if word is None:
            return SaidRole(source, place, anchored=anchored)
        referred, since = word.role_id in self._referred, word.word["import_id"] or 0
        return SaidRole(source, place, word.role_id, since, referred, anchored)

    def _place(
        self,
        group: RoleGroup,
        role_id: str,
        words: Collection[RoleWord],
        places: Mapping[str, RolePlace],
        moves: "_Moves",
    ) -> int:
        """Note under which id each member of a group is said, and what has to move there."""
        stated = [each for each in group if each.source == self.speaker.source and each.place.role_id in places]
        self.ids |= {each.place.role_id: role_id for each in stated}
        left = {each.held for each in group if each.held not in (None, role_id)}
        ours = {(each.source, each.place.role_id) for each in group}
        for word in words:
            if word.role_id in left and word.live:
                if (word.source, word.own_id) in ours:
                    moves.add(word, None if word.own_id in places and self._is_own(word) else role_id)
                elif kind_of(word.source) not in SHARED and kind_of(word.source) != "demo":
                    moves.add_opinion(word, role_id, words)
        return len(stated) * (len(group) > len(stated))


@dataclass
class _Moves:
    """Words that are said of another role from now on: the same word by the same source, under another id."""

    cause: Cause
    ends: dict[Speaker, dict[str, Word]] = field(default_factory=lambda: defaultdict(dict))
    says: dict[Speaker, dict[str, Word]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, moved: RoleWord, to: str | None) -> None:
        """End a word, and say it of another role; None where its source is about to say it there itself."""
        word = moved.word
        cause = Cause(self.cause.now, word["import_id"])
        speaker = Speaker(moved.source, word["retrieved_on"] or self.cause.now.date(), cause)
        reason = "" if moved.source in (STEWARD, OFFICE) else MERGED
        self.ends[speaker][moved.role_id] = Word({}, word["line"], True, reason, file=word["file"])
        if to:
            said_as = moved.own_id if kind_of(moved.source) in SHARED and moved.own_id != to else None
            self.says[speaker][to] = Word(word["values"], word["line"], file=word["file"], said_as=said_as)

    def add_opinion(self, moved: RoleWord, to: str, words: Iterable[RoleWord]) -> None:
        """Take along what the office or the steward said, where they said nothing of the other role."""
        if not any(each.role_id == to and each.source == moved.source and each.live for each in words):
            self.add(moved, to)

    def make(self) -> None:
        """End all, then say all: two roles may have changed places."""
        for said in (self.ends, self.says):
            for speaker, words in said.items():
                take(Subject.ROLE, words, speaker)


def place_of(role_id: str, values: Row) -> RolePlace:
    """Where a role is by what a source says of it."""
    where = (values.get(name) or "" for name in ("line1", "city", "state", "postcode"))
    return RolePlace(role_id, values.get("npi") or "", values.get("organization_id"), *where)


def _place_of(word: RoleWord) -> RolePlace:
    return place_of(word.own_id, word.word["values"])


def _with_new_ids(groups: list[RoleGroup], taken: Collection[str]) -> list[str]:
    """The id of each group's role; a new one has its source's own id, or one made of it where that is in use."""
    found = role_ids(groups)
    given = {*taken, *filter(None, found)}
    ids = list[str]()
    for group, role_id in zip(groups, found, strict=True):
        ids.append(role_id or _new_id(group[0], given))
        given.add(ids[-1])
    return ids


def _new_id(said: SaidRole, given: Collection[str]) -> str:
    own = said.place.role_id
    if own not in given and len(own) <= _LONGEST_ID:
        return own
    where = (said.source, own, said.place.line1, said.place.city, said.place.postcode)
    mark = hashlib.sha256("|".join(where).encode()).hexdigest()[:12]
    return f"{own[: _LONGEST_ID - len(mark) - 1]}:{mark}"
