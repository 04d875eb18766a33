"""The nearest terms to a text that no term equals: by the words they share and the organ the text names.

A text such as "papillary tumor of the left ureter" is read as a place and a kind of tumour. Terms at that place are
preferred, terms of another organ are refused, and what no term explains leads to the organ alone or to nothing.
"""

from collections import defaultdict
from collections.abc import Iterable

from referral.domain.cancers import CancerTree
from referral.domain.lexicon import ORGAN, Entry, Lexicon, Site, Tokens, best_first, names_a_tumor
from referral.domain.normalise import bag, content
from referral.domain.weighed import Weighed, merged

# Tumours of these tissues occur anywhere in the body, so another organ's name does not speak against them.
ANYWHERE = frozenset({"SOFT_TISSUE", "LYMPH", "MYELOID", "PNS", "OTHER", "SKIN", "BONE"})
_OPPOSITES = frozenset({"non", "without", "benign", "insitu"})  # one side only: the other means something else
ENOUGH = 0.5  # the least share of text and term that a reading must explain
_WEIGHED = 80  # terms that are compared word by word


def _contrary(missing: frozenset[str], extra: frozenset[str]) -> bool:
    """Whether a word that only the term or only the text has turns the meaning round."""
    if not (_OPPOSITES.isdisjoint(missing) and (_OPPOSITES - {"without"}).isdisjoint(extra)):
        return True
    return ("low" in missing and "high" in extra) or ("high" in missing and "low" in extra)


class NearestTerms:
    """Finds the terms that explain most of a text."""

    def __init__(self, tree: CancerTree, lexicon: Lexicon) -> None:
        self._tree = tree
        self._lexicon = lexicon

    def explain(self, tokens: Tokens, described: bool) -> list[Weighed]:
        """The readings of canonical words that no term equals; `described` as the resolver says it."""
        sites = self._lexicon.sites_in(tokens)
        site_words = frozenset(token for phrase, _ in sites for token in phrase)
        words = content(bag(tokens))
        if not words:
            return []
        means_tumor = described or any(map(names_a_tumor, bag(tokens)))
        at_home, elsewhere = self._without_site(tokens, sites, site_words)
        if at_home:
            return at_home
        found = self._sharing_most(words, sites, site_words, means_tumor)
        ranked = sorted([*found, *elsewhere], key=lambda match: -match.score)
        unique: dict[str, Weighed] = {}
        for match in ranked:
            unique.setdefault(match.code, match)
        best = list(unique.values())[:10]
        return best or (self._organ_of(sites, words - site_words) if means_tumor else [])

    def _without_site(
        self, tokens: Tokens, sites: list[Site], site_words: frozenset[str]
    ) -> tuple[list[Weighed], list[Weighed]]:
        """(readings at the place the text names, readings of tumours that occur anywhere) of its other words."""
        rest = frozenset(token for token in bag(tokens) if token not in site_words)
        if not sites or not content(rest):
            return [], []
        lexicon = self._lexicon
        entries = lexicon.by_bag.get(rest) or lexicon.by_content.get(content(rest)) or []
        matches = merged(best_first(entries, tokens), 0.9)
        homes = self._homes(sites)
        near = [m for m in matches if self._tree.root(m.code) in homes]
        nearest = [m for m in near if any(code in self._tree.path(m.code) for _, codes in sites for code in codes[:1])]
        at_home = nearest or near
        sure = len(at_home) == 1 or bool(at_home and at_home[0].sure)
        settled = [
            Weighed(m.code, m.matched_on, "part of", 0.88 - 0.02 * at, sure and not at) for at, m in enumerate(at_home)
        ]
        free = [m for m in matches if m.sure or self._tree.root(m.code) in ANYWHERE]
        return settled, [
            Weighed(m.code, m.matched_on, "part of", 0.72 - 0.02 * at, m.sure) for at, m in enumerate(free)
        ]

    def _homes(self, sites: list[Site]) -> set[str]:
        return {self._tree.root(code) for _, codes in sites for code in codes}

    def _sharing_most(
        self, words: frozenset[str], sites: list[Site], site_words: frozenset[str], means_tumor: bool
    ) -> list[Weighed]:
        """Terms by the share of text and term that their common words carry."""
        homes = self._homes(sites)
        scores: dict[str, tuple[float, Entry]] = {}
        for entry in self._candidates(words):
            if not self._speaks_of_it(entry, words, site_words, means_tumor):
                continue
            for code in entry.term.codes:
                score = self._share(words, entry, self._tree.root(code), homes, site_words)
                if score > scores.get(code, (ENOUGH, entry))[0]:
                    scores[code] = (score, entry)
        return [
            Weighed(code, entry.term.term, "part of", 0.9 * score, not entry.ambiguous)
            for code, (score, entry) in scores.items()
        ]

    def _candidates(self, words: frozenset[str]) -> Iterable[Entry]:
        """The entries that share the most telling words with the text."""
        lexicon = self._lexicon
        common: dict[int, float] = defaultdict(float)
        for token in sorted(words, key=lambda token: len(lexicon.postings.get(token, ()))):
            posting = lexicon.postings.get(token, ())
            if len(posting) > 1500 and common:
                break
            weight = lexicon.weight(token)
            for at in posting:
                common[at] += weight
        ranked = sorted(common, key=lambda at: lexicon.totals[at] - 2 * common[at])
        return (lexicon.entries[at] for at in ranked[:_WEIGHED])

    def _speaks_of_it(self, entry: Entry, words: frozenset[str], site_words: frozenset[str], means_tumor: bool) -> bool:
        """Whether the shared words are about a tumour, not only about a place or an everyday complaint."""
        shared = (words & entry.content) - site_words
        if not shared:
            return False
        if means_tumor:
            return entry.term.kind != ORGAN
        # Without a word for tumour all words of text and term must be alike, and none an everyday complaint.
        return words.isdisjoint(self._lexicon.other_words) and self._nearly_all(words, shared, entry)

    def _nearly_all(self, words: frozenset[str], shared: frozenset[str], entry: Entry) -> bool:
        total = self._lexicon.weigh(words) + self._lexicon.weigh(entry.content)
        return 2 * self._lexicon.weigh(shared) >= 0.75 * total

    def _share(
        self, words: frozenset[str], entry: Entry, root: str, homes: set[str], site_words: frozenset[str]
    ) -> float:
        """How much of the text and of the term the shared words carry, in 0..1."""
        lexicon = self._lexicon
        at_home = root in homes
        if homes and not at_home:
            if root not in ANYWHERE:
                return 0.0
            shared = (words & entry.content) - site_words
        else:
            shared = words & entry.content
        missing, extra = entry.content - words, words - shared
        common = lexicon.weigh(shared)
        lost = lexicon.weigh(missing)
        unexplained = lexicon.weigh(extra)
        if at_home:
            explained = lexicon.weigh(extra & site_words)
            common += 0.5 * explained
            unexplained -= explained
            lost -= 0.6 * lexicon.weigh(token for token in missing if (token,) in lexicon.sites)
        opposite = _contrary(missing, extra)
        total = (2 * common + lost + unexplained) * (1.4 if opposite else 1.0)
        return 2 * common / total if total else 0.0

    def _organ_of(self, sites: list[Site], rest: frozenset[str]) -> list[Weighed]:
        """The organ a text names beside a word for tumour, when nothing nearer is known."""
        if not sites:
            return []
        known = sum(0.1 if self._lexicon.knows(token) else 0.2 for token in rest)
        phrase, codes = sites[0]
        return [
            Weighed(code, " ".join(phrase), "part of", max(0.3, 0.75 - known), not at)
            for at, code in enumerate(codes[:5])
        ]
