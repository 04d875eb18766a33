"""What makes an answer by a term open to dispute, although the text has just the words of that term.

Each doubt is a group of readings whose share of right ones is known (`weighed`). They are looked for in the first
reading only, and only where it is answered by a term that is no name of the tree and no abbreviation.
"""

from collections import defaultdict
from functools import cached_property

from referral.domain.cancers import CancerTree
from referral.domain.lexicon import ORGAN, Lexicon, Tokens
from referral.domain.normalise import bag, canonical_tokens, clean, content, surface_words
from referral.domain.spanish import in_english
from referral.domain.weighed import NAMED_BY_WORDS, Weighed

_LOOSE = (0.92, 0.95)  # the scores of terms that the text equals but for the word for tumour
_NO_KIND = frozenset({"nos", "other"})

Words = frozenset[str]


def _words(name: str) -> Tokens:
    return canonical_tokens(surface_words(clean(name)))


class Doubts:
    """Tells disputable first readings from safe ones."""

    def __init__(self, tree: CancerTree, lexicon: Lexicon) -> None:
        self._tree = tree
        self._lexicon = lexicon

    def about(self, match: Weighed) -> Weighed:
        """The match, with the group of its doubt as its basis where there is one: loosely, namesake, unplaced."""
        if match.basis or not match.sure or match.how not in {"also called", "spelling"}:
            return match
        if match.kind in NAMED_BY_WORDS:
            told = _words(match.matched_on)
            if self._has_namesake(match.code, told):
                return match.scored(match.score, match.sure, "namesake")
            if self._says_no_place(match.code, told):
                return match.scored(match.score, match.sure, "unplaced")
        loose = match.how == "also called" and _LOOSE[0] <= match.score < _LOOSE[1]
        wide = match.kind == ORGAN and self._tree.children(match.code)
        return match.scored(match.score, match.sure, "loosely") if loose and not wide else match

    def _has_namesake(self, code: str, told: Tokens) -> bool:
        """Whether the name of another cancer has just these words, but for those for tumour."""
        if bag(told) == bag(_words(self._tree[code].name)):
            return False
        return any(other != code for other in self._by_name.get(content(bag(told)), ()))

    def _says_no_place(self, code: str, told: Tokens) -> bool:
        """Whether the words name no place, the cancer's own name does, and the same kind stands elsewhere, too."""
        if self._lexicon.site_words(told) or self._lexicon.site_words(canonical_tokens(in_english(list(told)))):
            return False
        kind, placed = self._kinds[code]
        if kind.isdisjoint(bag(told)):  # A name of its own, such as insulinoma, needs no place.
            return False
        path = self._tree.path(code)
        others = (other for other in self._by_kind[kind] if other not in path and code not in self._tree.path(other))
        return placed and next(others, None) is not None

    @cached_property
    def _by_name(self) -> dict[Words, list[str]]:
        """The cancers by the words of their names, without those that only say tumour."""
        found: dict[Words, list[str]] = defaultdict(list)
        for cancer in self._tree:
            if cancer.parent is not None:
                found[content(bag(_words(cancer.name)))].append(cancer.code)
        return found

    @cached_property
    def _kinds(self) -> dict[str, tuple[Words, bool]]:
        """The words of each name that say the kind, and whether the name says a place, too."""
        return {cancer.code: self._kind(_words(cancer.name)) for cancer in self._tree}

    def _kind(self, name: Tokens) -> tuple[Words, bool]:
        places = self._lexicon.site_words(name)
        return content(bag(name)) - places - _NO_KIND, bool(places)

    @cached_property
    def _by_kind(self) -> dict[Words, list[str]]:
        found: dict[Words, list[str]] = defaultdict(list)
        for code, (kind, _) in self._kinds.items():
            if kind and self._tree[code].parent is not None:
                found[kind].append(code)
        return found
