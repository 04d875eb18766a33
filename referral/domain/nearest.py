"""The nearest terms to a text that no term equals: by the words they share and the organ the text names.

A text such as "papillary tumor of the left ureter" is read as a place and a kind of tumour. Terms at that place are
preferred, terms of another organ are refused, and what no term explains leads to the organ alone or to nothing.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nlargest

from referral.domain.cancers import CancerTree
from referral.domain.lexicon import (
    ANSWERED_BY_FIRST,
    MALIGNANT,
    ORGAN,
    Entry,
    Lexicon,
    Site,
    Tokens,
    best_first,
    leaves_open,
    names_a_kind,
    names_a_tumor,
)
from referral.domain.normalise import bag, content
from referral.domain.organs import Fit, Organs
from referral.domain.spotted import Span, Spotter
from referral.domain.weighed import PART_OF, Weighed, merged
from referral.domain.words import FAINT_WORDS

_OPPOSITES = frozenset({"non", "without", "benign", "insitu"})  # one side only: the other means something else
ENOUGH = 0.5  # the least share of text and term that a reading must explain
_WEIGHED = 80  # terms that are compared word by word
_FREQUENT = 1500  # terms with a word from which on it finds nothing
_LOOKED_AT = 5000  # terms that are looked at for one text
_NEAR = 0.1  # the difference of score below which two readings are rivals
_PLACE = 3.0  # what a named place weighs beside the words for a kind of tumour
_SHARED_PLACE = {Fit.SAME: 1.0, Fit.TISSUE: 0.4, Fit.NARROWER: 0.1, Fit.ANOTHER: 0.4}  # by how much a place explains
_NUMBER = 0.3  # what a number or a letter weighs: an age, a size, a date
_NO_CARCINOMA = 0.5  # what it counts that only one of text and term says carcinoma
_FILLER = 2.0  # what a word weighs that no term has: most are the sentence around the name


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as it is compared: its words without those around the name, its places, and what the whole says.

    `means_tumor` and `described` say whether a tumour is meant, by any word or by a stage or a spread; `everyday`
    whether some word means something else, `left_open` whether a tumour is named that need not be malignant.
    """

    tokens: Tokens
    words: frozenset[str]
    sites: list[Site]
    site_words: frozenset[str]
    kinds: frozenset[str]
    means_tumor: bool
    described: bool
    everyday: bool
    left_open: bool


@dataclass(frozen=True, slots=True)
class _Common:
    """What a text and a term have in common: the places of the term, and the weights of their words but for places.

    `shared` and `lost` are the weights of the words that both have and that only one has; `worth` what is left when a
    kind of tumour is missing or the meaning turned round.
    """

    places: frozenset[str]
    shared: float
    lost: float
    says_kind: bool
    worth: float


def _contrary(missing: frozenset[str], extra: frozenset[str]) -> bool:
    """Whether a word that only the term or only the text has turns the meaning round."""
    if not (_OPPOSITES.isdisjoint(missing) and (_OPPOSITES - {"without"}).isdisjoint(extra)):
        return True
    return ("low" in missing and "high" in extra) or ("high" in missing and "low" in extra)


class NearestTerms:
    """Finds the terms that explain most of a text."""

    def __init__(self, tree: CancerTree, lexicon: Lexicon, organs: Organs) -> None:
        self._tree = tree
        self._lexicon = lexicon
        self._organs = organs
        self._spotter = Spotter(lexicon, organs)

    def explain(self, tokens: Tokens, described: bool) -> list[Weighed]:
        """The readings of canonical words that no term equals; `described` as the resolver says it."""
        text = self._text(tokens, described)
        if not text.words:
            return []
        found = [*self._named_within(text), *self._sharing_most(text)]
        unique: dict[str, Weighed] = {}
        for match in sorted(found, key=lambda match: -match.score):
            unique.setdefault(match.code, match)
        best = list(unique.values())[:10]
        if not best:
            return self._organ_of(text) if text.means_tumor else []
        return [best[0].beside_rivals(), *best[1:]] if self._rivals(best) else best

    def _rivals(self, best: list[Weighed]) -> bool:
        """Whether another cancer, neither a wider nor a narrower one, explains the text nearly as well as the first."""
        first = best[0]
        path = self._tree.path(first.code)
        near = (
            match.code
            for match in best[1:]
            if match.score > first.score - (_NEAR if first.basis == match.basis else _NEAR / 3)
        )
        return any(code not in path and first.code not in self._tree.path(code) for code in near)

    def _text(self, tokens: Tokens, described: bool) -> _Text:
        told = self._lexicon.without_talk(tokens)
        sites = self._lexicon.sites_in(told)
        words = content(bag(told))
        return _Text(
            told,
            words,
            sites,
            self._lexicon.site_words(told),
            frozenset(filter(names_a_kind, words)),
            described or any(map(names_a_tumor, told)),
            described,
            not self._lexicon.other_words.isdisjoint(tokens),
            leaves_open(frozenset(told)),
        )

    def _named_within(self, text: _Text) -> list[Weighed]:
        """The readings of the terms that stand within the text, at the place it names beside them."""
        spans = self._spotter.spans(text.tokens, text.described)
        if not spans:
            return []
        span = spans[0]
        entries = best_first(list(span.entries), text.tokens[span.start : span.end])
        outside = (*text.tokens[: span.start], "", *text.tokens[span.end :])
        roots = {self._tree.root(code) for entry in entries for code in entry.term.codes}
        sites = self._organs.within(self._lexicon.sites_in(outside), roots)
        explained = self._weight_of(span)
        left = content(bag(outside)) - self._lexicon.site_words(outside) - {""}
        share = 2 * explained / (2 * explained + sum(map(self._unexplained, left)))
        found = self._at_place(entries, span, text, sites) if sites else merged(entries, 0.9)
        basis = "within" if any(map(self._lexicon.knows, left)) else "told"
        return [match.part(share, basis) for match in found]

    def _weight_of(self, span: Span) -> float:
        return max(span.weight, _PLACE) + _PLACE

    def _unexplained(self, token: str) -> float:
        if token[0].isdigit() or len(token) == 1:
            return _NUMBER
        return self._lexicon.weight(token) if self._lexicon.knows(token) else _FILLER

    def _at_place(self, entries: list[Entry], span: Span, text: _Text, sites: list[Site]) -> list[Weighed]:
        """What a kind of tumour is at the places named beside it."""
        organs, matches = self._organs, merged(entries, 0.9)
        free = organs.occurs_there(entries[0], sites)
        kind = text.tokens[span.start : span.end]
        if named := self._named_there(kind, free, organs.alike(sites)):
            return named
        own, _ = organs.places(entries[0].tokens)
        if self._narrower(own, sites):
            return [match.scored(match.score, match.sure, "placed") for match in matches]
        if own and organs.same_place(own, sites) is Fit.ANOTHER:
            return self._two_places(matches, text)
        fits = {match.code: organs.fit(match.code, sites) for match in matches}
        same = [match for match in matches if fits[match.code] is Fit.SAME]
        if same:
            sure = len(same) == 1 or same[0].sure
            return [match.scored(0.9 - 0.02 * at, sure and not at, "placed") for at, match in enumerate(same)]
        if named := self._named_there(kind, free, organs.wider(sites)):
            return named
        if free is not None:
            others = [match for match in matches if match.code != free]
            sure = not entries[0].ambiguous or free == matches[0].code
            first = Weighed(free, entries[0].term.term, PART_OF, 0.86, sure, "anywhere")
            return [first, *(match.scored(0.5, sure=False, basis="anywhere") for match in others)]
        tissues = {organs.says_tissue(token) for token in text.kinds}
        if own or self._tree.root(matches[0].code) in tissues:
            return [match.scored(0.75, match.sure, "elsewhere") for match in matches]
        near = [match.scored(0.6, sure=False, basis="elsewhere") for match in matches if fits[match.code] > Fit.ANOTHER]
        return [*self._general(sites, text.words, 0.7), *near]

    def _narrower(self, own: frozenset[str], sites: list[Site]) -> bool:
        """Whether a term names a place within those of the text already: vocal cords, in the throat."""
        return bool(own) and all(any(codes[0] in self._tree.path(key)[:-1] for key in own) for _, codes in sites)

    def _two_places(self, matches: list[Weighed], text: _Text) -> list[Weighed]:
        """A cancer of one place and another place beside it: the cancer, not surely; but skin is skin."""
        of_skin = any("SKIN" in codes for _, codes in text.sites)
        others = self._general(text.sites, text.words, 0.7 if of_skin else 0.5)
        return [*(match.scored(0.6 - 0.01 * at, not at, "elsewhere") for at, match in enumerate(matches)), *others]

    def _named_there(self, kind: Tokens, free: str | None, places: list[Tokens]) -> list[Weighed]:
        """The terms with just the words of a kind and of one of some places.

        A kind that occurs in many organs, `free`, is looked for by its own name, too.
        """
        lexicon = self._lexicon
        kinds = (kind, self._organs.name_of(free)) if free else (kind,)
        for place in places:
            for tokens in ((*words, *place) for words in kinds):
                words = bag(tokens)
                found = lexicon.by_bag.get(words) or lexicon.by_content.get(content(words))
                found = self._organs.not_likened(tokens, found or ())
                if found and content(words) != content(frozenset(place)):
                    return [
                        match.scored(match.score, match.sure, "named")
                        for match in merged(best_first(found, tokens), 0.92)
                    ]
        return []

    def _sharing_most(self, text: _Text) -> list[Weighed]:
        """Terms by the share of text and term that their common words carry."""
        scores: dict[str, tuple[float, Entry]] = {}
        unexplained = {word: self._unexplained(word) for word in text.words}
        for entry in self._candidates(text):
            if not self._speaks_of_it(entry, text):
                continue
            common = self._common(text, entry, unexplained)
            for code in entry.term.codes:
                score = self._share(text, entry, code, common)
                if score > scores.get(code, (ENOUGH, entry))[0]:
                    scores[code] = (score, entry)
        return [
            Weighed(code, entry.term.term, PART_OF, 0.9 * score, not entry.ambiguous, "shared")
            for code, (score, entry) in scores.items()
        ]

    def _candidates(self, text: _Text) -> Iterable[Entry]:
        """The entries that share the most telling words with the text."""
        lexicon = self._lexicon
        common: dict[int, float] = defaultdict(float)
        looked_at = 0
        for token in sorted(text.words, key=lambda token: len(lexicon.postings.get(token, ()))):
            posting = lexicon.postings.get(token, ())
            looked_at += len(posting)
            if common and (len(posting) > _FREQUENT or looked_at > _LOOKED_AT):
                break
            weight = lexicon.weight(token)
            for at in posting:
                common[at] += weight
        best = nlargest(_WEIGHED, common, key=lambda at: 2 * common[at] - lexicon.totals[at])
        return (lexicon.entries[at] for at in best)

    def _speaks_of_it(self, entry: Entry, text: _Text) -> bool:
        """Whether the shared words are about a tumour, not only about a place or an everyday complaint."""
        shared = (text.words & entry.content) - text.site_words
        if not shared:
            return False
        if text.means_tumor:
            return entry.term.kind != ORGAN
        # Without a word for tumour all words of text and term must be alike, and none an everyday complaint.
        if text.everyday or entry.term.kind in ANSWERED_BY_FIRST:
            return False
        missing = entry.content - text.words
        unsaid = any(map(names_a_kind, missing)) or not missing.isdisjoint(self._organs.places(entry.tokens)[1])
        if unsaid and len(shared - FAINT_WORDS) < 2:
            return False
        return self._nearly_all(text.words, shared, entry)

    def _nearly_all(self, words: frozenset[str], shared: frozenset[str], entry: Entry) -> bool:
        total = self._lexicon.weigh(words) + self._lexicon.weigh(entry.content)
        return 2 * self._lexicon.weigh(shared) >= 0.75 * total

    def _common(self, text: _Text, entry: Entry, unexplained: dict[str, float]) -> _Common:
        """What text and term have in common but for their places."""
        keys, place_words = self._organs.places(entry.tokens)
        words, told = text.words - text.site_words, entry.content - place_words
        shared, missing, extra = words & told, told - words, words - told
        lost = self._lexicon.weigh(missing) + sum(map(unexplained.__getitem__, extra))
        lost += _NO_CARCINOMA * ("carcinoma" in text.tokens and "carcinoma" not in entry.bag)
        lost += _NO_CARCINOMA * (text.left_open and not entry.bag.isdisjoint(MALIGNANT))
        worth = (0.7 if any(map(names_a_kind, missing)) else 1.0) / (1.4 if _contrary(missing, extra) else 1.0)
        return _Common(keys, self._lexicon.weigh(shared), lost, self._says_kind(shared), worth)

    def _share(self, text: _Text, entry: Entry, code: str, common: _Common) -> float:
        """How much of the text and of the term their common words and places carry, in 0..1."""
        organs, shared, lost = self._organs, common.shared, common.lost
        if text.sites:
            fit = organs.same_place(common.places, text.sites) if common.places else organs.fit(code, text.sites)
            elsewhere = common.places or not common.says_kind or organs.occurs_there(entry, text.sites) != code
            if fit is Fit.ANOTHER and elsewhere:
                return 0.0
            shared += _PLACE * _SHARED_PLACE[fit]
            lost += _PLACE * (1 - _SHARED_PLACE[fit])
        elif common.places:
            lost += _PLACE
        return common.worth * 2 * shared / (2 * shared + lost) if shared else 0.0

    def _says_kind(self, shared: frozenset[str]) -> bool:
        """Whether common words are enough to speak of a tumour that a place does not speak for."""
        return len(shared) > 1 or any(map(names_a_kind, shared))

    def _organ_of(self, text: _Text) -> list[Weighed]:
        """The organ a text names beside a word for tumour, when nothing nearer is known."""
        if not text.sites:
            return []
        left = text.words - text.site_words
        known = sum(0.1 if self._lexicon.knows(token) else 0.2 for token in left)
        return self._general(text.sites, text.words, max(0.3, 0.75 - known))

    def _general(self, sites: list[Site], words: frozenset[str], score: float) -> list[Weighed]:
        """The cancers of a place, without those whose names say a kind that the words do not."""
        codes = self._organs.general(sites[0], words)
        phrase = " ".join(sites[0][0])
        sure = codes[0] != "OTHER"  # the chest or the belly are no organ
        return [
            Weighed(code, phrase, PART_OF, score - 0.01 * at, sure and not at, "organ")
            for at, code in enumerate(codes[:5])
        ]
