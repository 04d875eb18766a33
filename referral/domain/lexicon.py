"""The vocabulary, indexed for look-up: by the words as written, by canonical words, by the words without order.

Built once from the tree's names and the rows of `seed_data/terms/`; nothing in it changes afterwards.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log

from referral.domain.cancers import CancerTree
from referral.domain.normalise import bag, canonical_tokens, clean, content, surface_words
from referral.domain.words import FAINT_WORDS, NO_TUMOR_NAMES, STOP_WORDS, TUMOR_ENDINGS, TUMOR_NAMES, TUMOR_WORDS

SITE = "site"  # a row that names a place in the body, not a cancer
NOT_CANCER = "not-cancer"  # a row of words that mean something else and must not be corrected into a cancer
MORPHOLOGY = "morphology-code"  # an ICD-O-3 morphology code
ICD10CM = "icd10cm"  # an ICD-10-CM category or code
ABBREVIATION = "abbreviation"
NEAREST = "nearest"  # a row whose words no node means exactly: its codes are the nearest the tree has
ORGAN = "organ"  # an organ with a word for tumour: the first code is the answer, the others are further readings

_NO_NAMES = frozenset({SITE, NOT_CANCER, MORPHOLOGY, ICD10CM})
_ANSWERED_BY_FIRST = frozenset({ORGAN, "everyday"})
_RANK = {"name": 0, ORGAN: 0, "everyday": 2, "synonym": 2, "former": 2, ABBREVIATION: 3, NEAREST: 4}

Tokens = tuple[str, ...]
Site = tuple[Tokens, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase people use: all the codes it can mean, its language, and what kind of word it is."""

    term: str
    codes: tuple[str, ...]
    language: str
    kind: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One term: `plain` as written but for case and accents, and its canonical words in order and as a bag.

    `content` is the bag without the words that only say tumour.
    """

    term: Term
    plain: str
    tokens: Tokens
    bag: frozenset[str]
    content: frozenset[str]

    @property
    def ambiguous(self) -> bool:
        """Whether the term alone does not say which of its codes is meant."""
        return len(self.term.codes) > 1 and self.term.kind not in _ANSWERED_BY_FIRST


def names_a_tumor(token: str) -> bool:
    """Whether a canonical word by itself says that a tumour or a disease of the blood is meant."""
    if token in NO_TUMOR_NAMES:
        return False
    return token.endswith(TUMOR_ENDINGS) or token in TUMOR_NAMES or token in TUMOR_WORDS


def telling(tokens: Tokens) -> Tokens:
    """The words that carry meaning, in their order."""
    return tuple(token for token in tokens if token not in STOP_WORDS)


def _names(tree: CancerTree) -> Iterator[Term]:
    """Each name of a kind of cancer once, with all nodes that bear it."""
    bearers: dict[str, list[str]] = defaultdict(list)
    for cancer in tree:
        if cancer.parent is not None:  # the name of a tissue is an organ's word, which alone says no cancer
            bearers[cancer.name].append(cancer.code)
    for name, codes in bearers.items():
        yield Term(name, tuple(codes), "en", "name")


class Lexicon:
    """All terms and the ways to find them.

    A row of the vocabulary overrides a name of the tree with the same words: some names of the tree are said of many
    organs and stand at one.
    """

    def __init__(self, tree: CancerTree, terms: Iterable[Term]) -> None:
        rows = list(terms)
        self.words_as_written: Counter[str] = Counter()  # no abbreviations: they are never corrected into
        self.other_words = {w for row in rows if row.kind == NOT_CANCER for w in surface_words(clean(row.term))}
        self.morphology = {row.term: row for row in rows if row.kind == MORPHOLOGY}
        self.icd10cm = {row.term.replace(".", ""): row for row in rows if row.kind == ICD10CM}
        self.sites = {telling(self._entry(row).tokens): row for row in rows if row.kind == SITE}
        self.longest_site = max(map(len, self.sites), default=0)
        told = [self._entry(row) for row in rows if row.kind not in _NO_NAMES]
        overridden = {entry.tokens for entry in told}
        names = list(map(self._entry, _names(tree)))
        self.entries = [entry for entry in names if entry.tokens not in overridden] + told
        self._file_entries()
        for entry in names:
            self.as_written.setdefault(entry.plain, self.by_tokens[entry.tokens][0])
        self._rarest = log(1 + len(self.entries))
        self._weights = {
            token: (self._rarest - log(1 + len(at))) * (0.3 if token in FAINT_WORDS else 1.0)
            for token, at in self.postings.items()
        }
        self._known = self._weights.keys() | TUMOR_WORDS | STOP_WORDS | {w for site in self.sites for w in site}
        self.totals = [self.weigh(entry.content) for entry in self.entries]

    def _entry(self, term: Term) -> Entry:
        plain = clean(term.term)
        written = surface_words(plain)
        if term.kind != ABBREVIATION:
            self.words_as_written.update(written)
        tokens = canonical_tokens(written)
        words = bag(tokens)
        return Entry(term, plain, tokens, words, content(words))

    def _file_entries(self) -> None:
        self.as_written: dict[str, Entry] = {}
        self.by_tokens: dict[Tokens, list[Entry]] = {}
        self.by_bag: dict[frozenset[str], list[Entry]] = {}
        self.by_content: dict[frozenset[str], list[Entry]] = {}
        self.joined: dict[str, Entry] = {}
        self.postings: dict[str, list[int]] = defaultdict(list)
        for at, entry in enumerate(self.entries):
            self.as_written.setdefault(entry.plain, entry)
            self.by_tokens.setdefault(entry.tokens, []).append(entry)
            self.by_bag.setdefault(entry.bag, []).append(entry)
            if entry.term.kind == ABBREVIATION:
                continue
            self.joined.setdefault("".join(entry.tokens), entry)
            if entry.content:
                self.by_content.setdefault(entry.content, []).append(entry)
                for token in entry.content:
                    self.postings[token].append(at)

    def weight(self, token: str) -> float:
        """How much a word says: rare words much, words of a thousand names little, unknown words as rare ones."""
        return self._weights.get(token, self._rarest * 0.7)

    def weigh(self, tokens: Iterable[str]) -> float:
        """The weights of some words together."""
        return sum(map(self.weight, tokens))

    def knows(self, token: str) -> bool:
        """Whether a canonical word occurs in any term or site."""
        return token in self._known

    def sites_in(self, tokens: Tokens) -> list[Site]:
        """The places of the body that a text names, as (its words, the codes), the longest phrase at each place."""
        tokens = telling(tokens)
        found: list[Site] = []
        at = 0
        while at < len(tokens):
            for size in range(min(self.longest_site, len(tokens) - at), 0, -1):
                row = self.sites.get(tokens[at : at + size])
                if row is not None:
                    found.append((tokens[at : at + size], row.codes))
                    at += size - 1
                    break
            at += 1
        return found


def best_first(entries: list[Entry], tokens: Tokens) -> list[Entry]:
    """Entries for the same words, the plainest kind of name first, then those with the fewest other words."""
    words = frozenset(tokens)

    def order(entry: Entry) -> tuple[int, int]:
        return _RANK.get(entry.term.kind, 6), len(words.symmetric_difference(entry.tokens))

    return sorted(entries, key=order) if len(entries) > 1 else entries
