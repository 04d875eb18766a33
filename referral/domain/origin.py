"""Where a cancer began and where it went, told apart in one text.

"Liver cancer metastatic from colon" is a cancer of the colon. "Secondary cancer of the bladder" began somewhere that
the text does not say. What began is the cancer; the rest is a qualifier. All words are canonical tokens.
"""

import re
from collections.abc import Callable, Container
from dataclasses import dataclass

from referral.domain.lexicon import Site, Tokens, telling
from referral.domain.narrative import around
from referral.domain.words import TUMOR_WORDS, word_set

_SPREAD_NOUNS = frozenset({"metastasis", "metastase", "mets", "secondarie", "spread", "deposit"})
_SPREAD = _SPREAD_NOUNS | {
    *("metastatic", "metastasized", "metastasize", "metastasizing", "oligometastatic", "secondary", "spreading"),
    *("moved", "traveled", "travelled", "invading", "involving", "progressed"),
}
_TOWARDS = frozenset({"to", "in", "into", "on", "onto", "throughout", "within", "at", "of", "en", "al", "a"})
_BESIDE_PLACES = word_set(
    "a all also an and are area bilateral both distant el even few had has have her his intra intraabdominal "
    "intrapelvic intrathoracic is la las left local los lower malignant mi multiple my nearby neoplasm nos now or "
    "other our over part plus possibly regional right several site some specified su sus the their then upper was "
    "were y"
)
_FROM = frozenset({"from"})
_BEGAN = frozenset({"began", "started", "originated", "originating", "arose", "arising"})
_PRIMARY = frozenset({"primary", "origin", "primarie", "primario"})
_NOT_KNOWN = frozenset({"unknown", "unclear", "occult", "no", "cup", "undetermined"})
_BEGINNING_NOT_KNOWN = re.compile(
    r"\b(?:dont|doesnt|not|never|cant|cannot|couldnt|unable to)(?: \w+)? (?:know|find|found|sure|tell|say) where\b"
    r".*\b(?:start(?:ed|s)?|beg[ai]n|came from|come from|primary|origin(?:ated)?)\b"
    r"|\b(?:primary|origin|start)(?: site)?(?: (?:is|was|could|can))? (?:not|never)(?: be)? "
    r"(?:found|known|identified|seen)\b"
)
# After these words a place is where to look and not what is ill: "a tumor near the kidney".
_BESIDE = word_set(
    "above around atop behind below beneath beside between cerca debajo detras encima entre near next over top under "
    "underneath"
)
_BETWEEN = word_set("between entre join meet")  # these make all places of a text such landmarks
_ON_THE_WAY = word_set("a al and de del el her his la left mi my of on right su the to your")
# Secondaries are commoner there than cancers that begin there, so even "metastatic" with such a place says no origin.
_MOSTLY_SECONDARY = frozenset({"BONE", "BRAIN", "MNGT", "LYMPH", "PLEURA"})


@dataclass(frozen=True, slots=True)
class Origin:
    """What began, in the words of the text; where it went; whether the text only says where it went.

    `perhaps_there` says that the one place it names may also be where it began: "metastatic brain tumor".
    """

    began: Tokens
    spread: Tokens
    only_spread: bool
    perhaps_there: bool = False


class Origins:
    """Tells what began from where it went, given the places of the vocabulary."""

    def __init__(self, sites: Container[Tokens], longest: int, sites_in: Callable[[Tokens], list[Site]]) -> None:
        self._sites = sites
        self._longest = longest
        self._sites_in = sites_in

    def landmarks(self, tokens: Tokens) -> frozenset[str]:
        """The words of the places that a text names only to say what a tumour is beside."""
        if not _BETWEEN.isdisjoint(tokens):
            return frozenset(token for phrase, _ in self._sites_in(tokens) for token in phrase)
        found: set[str] = set()
        for at, token in enumerate(tokens):
            if token in _BESIDE:
                begin = next((i for i in range(at + 1, len(tokens)) if tokens[i] not in _ON_THE_WAY), len(tokens))
                found.update(tokens[begin : begin + self._site_at(tokens, begin)])
        return frozenset(found)

    def of(self, tokens: Tokens) -> Origin | None:
        """What began and where it went; None where the text says nothing of either."""
        if _BEGINNING_NOT_KNOWN.search(" ".join(tokens)):
            return Origin(tokens, (), only_spread=True)
        marked = [at for at, token in enumerate(tokens) if token in _SPREAD]
        if found := self._named_primary(tokens):
            return found
        if not marked:
            return None
        if found := self._from(tokens, marked[0]):
            return found
        began, spread = self._without_places(tokens)
        secondary = "secondary" in spread or not _SPREAD_NOUNS.isdisjoint(spread)
        return Origin(began, spread, self._says_no_cancer(began, spread, secondary), perhaps_there=not secondary)

    def _from(self, tokens: Tokens, marked: int) -> Origin | None:
        """What follows "from", with the kind of tumour that was named before it."""
        began = [at for at, token in enumerate(tokens) if token in _FROM | _BEGAN and at > marked]
        if tokens[marked : marked + 2] == ("secondary", "to"):
            began.insert(0, marked + 1)
        if not began:
            return None
        after = self._without_places(tokens[began[0] + 1 :])[0]
        if not self._names_something(after):
            return None
        before = self._placeless(tokens[:marked])
        return Origin((*before, *after), tokens[marked : began[0]], only_spread=False)

    def _named_primary(self, tokens: Tokens) -> Origin | None:
        """The place that a text calls the primary one: "consistent with colon primary", "it began in the colon"."""
        if not _NOT_KNOWN.isdisjoint(tokens):
            return None
        for at, token in enumerate(tokens):
            if token in _PRIMARY:
                begin = self._place_before(list(tokens[:at]))
                end = at
            elif token in _BEGAN:
                begin, end = at + 1, self._places_after(tokens, at + 1, bare=False, most=1)
            else:
                continue
            elsewhere = (*tokens[:begin], *tokens[end:])
            if begin < end:
                return Origin((*self._placeless(elsewhere), *tokens[begin:end]), (), only_spread=False)
        return None

    def _without_places(self, tokens: Tokens) -> tuple[Tokens, Tokens]:
        """(the text without the words for spread and the places it went to, those words)"""
        left: list[str] = []
        spread: list[str] = []
        at = 0
        while at < len(tokens):
            if tokens[at] not in _SPREAD:
                left.append(tokens[at])
                at += 1
                continue
            end = self._places_after(tokens, at + 1, bare=tokens[at] in _SPREAD_NOUNS)
            if tokens[at] in _SPREAD_NOUNS and end == at + 1:
                begin = self._place_before(left)
                spread.extend(left[begin:])
                del left[begin:]
            spread.append(tokens[at])
            spread.extend(tokens[at + 1 : end])
            at = end
        return tuple(left), tuple(spread)

    def _place_before(self, left: list[str]) -> int:
        """Where the place right before a word for spread begins: "liver" in "liver metastases"."""
        end = len(left)
        while end and left[end - 1] in _BESIDE_PLACES:
            end -= 1
        for size in range(min(self._longest, end), 0, -1):
            if tuple(left[end - size : end]) in self._sites:
                return end - size
        return len(left)

    def _places_after(self, tokens: Tokens, at: int, bare: bool, most: int = 9) -> int:
        """Where the places after a word for spread end; `at` itself where none follow. `bare` needs no "to"."""
        if at >= len(tokens) or (tokens[at] not in _TOWARDS and not bare):
            return at
        end = step = at
        while step < len(tokens) and most:
            if tokens[step] in _BESIDE_PLACES | _TOWARDS:
                step += 1
                continue
            size = self._site_at(tokens, step)
            after = tokens[step + size : step + size + 1]
            if not size or (after and after[0] in TUMOR_WORDS):
                break  # a place with a word for tumour behind it is a cancer of its own
            step = end = step + size
            most -= 1
        return end

    def _site_at(self, tokens: Tokens, at: int) -> int:
        for size in range(min(self._longest, len(tokens) - at), 0, -1):
            if tokens[at : at + size] in self._sites:
                return size
        return 0

    def _placeless(self, tokens: Tokens) -> Tokens:
        """The words without those of places and of spread."""
        places = {token for phrase, _ in self._sites_in(tokens) for token in phrase}
        return tuple(token for token in tokens if token not in places and token not in _SPREAD)

    def _names_something(self, tokens: Tokens) -> bool:
        return any(not around(token) and token not in TUMOR_WORDS for token in telling(tokens))

    def _says_no_cancer(self, began: Tokens, spread: Tokens, secondary: bool) -> bool:
        """Whether a text names only where a cancer went, or places where most tumours are secondary."""
        went_to = bool(self._sites_in(spread))
        rest = tuple(token for token in telling(began) if not around(token) and token not in TUMOR_WORDS)
        if not rest or went_to:
            return went_to and not rest
        places = self._sites_in(rest)
        if set(rest) - {token for phrase, _ in places for token in phrase} - _BESIDE_PLACES:
            return False
        return secondary or {codes[0] for _, codes in places} <= _MOSTLY_SECONDARY
