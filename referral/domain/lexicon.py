"""The vocabulary, indexed for look-up: by the words as written, by canonical words, by the words without order.

Built once from the tree's names and the rows of `seed_data/terms/`; nothing in it changes afterwards.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log

from referral.domain.cancers import CancerTree
from referral.domain.normalise import bag, canonical_tokens, clean, content, surface_words
from referral.domain.words import STOP_WORDS, TUMOR_WORDS

SITE = "site"  # a row that names a place in the body, not a cancer
NOT_CANCER = "not-cancer"  # a row of words that mean something else and must not be corrected into a cancer
MORPHOLOGY = "morphology-code"  # an ICD-O-3 morphology code
ICD10CM = "icd10cm"  # an ICD-10-CM category or code

_NO_NAMES = frozenset({SITE, NOT_CANCER, MORPHOLOGY, ICD10CM})

# Rows of these kinds name one family; their first code is the answer and the others are further readings.
ANSWERED_BY_FIRST = frozenset({"organ", "everyday", "spanish-organ"})
_RANK = {"name": 0, "organ": 1, "everyday": 2, "synonym": 3, "former": 4, "abbreviation": 5, SITE: 9}


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase people use: all the codes it can mean, its language, and what kind of word it is."""

    term: str
    codes: tuple[str, ...]
    language: str
    kind: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One term with its canonical forms."""

    term: Term
    tokens: tuple[str, ...]
    bag: frozenset[str]
    content: frozenset[str]

    @property
    def ambiguous(self) -> bool:
        """Whether the term alone does not say which of its codes is meant."""
        return len(self.term.codes) > 1 and self.term.kind not in ANSWERED_BY_FIRST


def _entry(term: Term) -> Entry:
    tokens = canonical_tokens(surface_words(clean(term.term)))
    words = bag(tokens)
    return Entry(term, tokens, words, content(words))


def _names(tree: CancerTree, told: set[str]) -> Iterator[Term]:
    """Each name of the tree once, with all nodes that bear it, unless a row of the vocabulary decides it."""
    bearers: dict[str, list[str]] = defaultdict(list)
    for cancer in tree:
        bearers[cancer.name].append(cancer.code)
    for name, codes in bearers.items():
        if clean(name) not in told:
            yield Term(name, tuple(codes), "en", "name")


class Lexicon:
    """All terms and the ways to find them."""

    def __init__(self, tree: CancerTree, terms: Iterable[Term]) -> None:
        rows = [Term(t.term, tuple(filter(None, t.codes)), t.language, t.kind) for t in terms]
        cancer_rows = [row for row in rows if row.kind not in _NO_NAMES]
        told = {clean(row.term) for row in cancer_rows}
        self.other_words = {
            word for row in rows if row.kind == NOT_CANCER for word in surface_words(clean(row.term))
        }
        self.morphology = {row.term: row for row in rows if row.kind == MORPHOLOGY}
        self.icd10cm = {row.term.replace(".", ""): row for row in rows if row.kind == ICD10CM}
        self.sites = {_entry(row).tokens: row for row in rows if row.kind == SITE}
        self.longest_site = max(map(len, self.sites), default=0)
        self.entries = [_entry(term) for term in (*_names(tree, told), *cancer_rows)]
        self.as_written: dict[str, Entry] = {clean(entry.term.term): entry for entry in self.entries}
        self.by_tokens: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
        self.by_bag: dict[frozenset[str], list[Entry]] = defaultdict(list)
        self.by_content: dict[frozenset[str], list[Entry]] = defaultdict(list)
        self.joined: dict[str, Entry] = {}
        self.postings: dict[str, list[int]] = defaultdict(list)
        for at, entry in enumerate(self.entries):
            self._file(at, entry)
        self._site_words = {word for tokens in self.sites for word in tokens}
        self._rarest = log(1 + len(self.entries))

    def _file(self, at: int, entry: Entry) -> None:
        self.by_tokens[entry.tokens].append(entry)
        self.by_bag[entry.bag].append(entry)
        if entry.content and entry.term.kind != "abbreviation":
            self.by_content[entry.content].append(entry)
        self.joined.setdefault("".join(entry.tokens), entry)
        for token in entry.content:
            self.postings[token].append(at)

    def weight(self, token: str) -> float:
        """How much a token says: rare words much, words of a thousand names little, unknown words as rare ones."""
        if token in TUMOR_WORDS or token in STOP_WORDS:
            return 0.3
        seen = len(self.postings.get(token, ()))
        return self._rarest - log(1 + seen) if seen else self._rarest * 0.75

    def known_words(self) -> Counter[str]:
        """Every word of the vocabulary as written, with the number of terms it stands in."""
        words: Counter[str] = Counter()
        for term in (*(entry.term for entry in self.entries), *self.sites.values()):
            words.update(surface_words(clean(term.term)))
        return words

    def knows(self, token: str) -> bool:
        """Whether a canonical token occurs in any term or site."""
        return (
            token in self.postings or token in self._site_words or token in TUMOR_WORDS or token in STOP_WORDS
        )

    def sites_in(self, tokens: tuple[str, ...]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The places of the body that a text names, as (its tokens, the codes), longest phrase first found."""
        found, at = [], 0
        while at < len(tokens):
            for size in range(min(self.longest_site, len(tokens) - at), 0, -1):
                row = self.sites.get(tokens[at : at + size])
                if row is not None:
                    found.append((tokens[at : at + size], row.codes))
                    at += size - 1
                    break
            at += 1
        return found


def best_first(entries: list[Entry]) -> list[Entry]:
    """Entries with the plainest kind of name first."""
    return sorted(entries, key=lambda entry: _RANK.get(entry.term.kind, 6))
