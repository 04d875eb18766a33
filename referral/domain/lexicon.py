"""The vocabulary, indexed for look-up: by the words as written, by canonical words, by the words without order.

Built once from the tree's names and the rows of `seed_data/terms/`; nothing in it changes afterwards.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import NamedTuple

from referral.domain.cancers import CancerTree
from referral.domain.narrative import around
from referral.domain.normalise import bag, canonical_tokens, clean, content, surface_words
from referral.domain.words import (
    FAINT_WORDS,
    LIKENING,
    NO_TUMOR_NAMES,
    STOP_WORDS,
    TUMOR_ENDINGS,
    TUMOR_NAMES,
    TUMOR_WORDS,
)

SITE = "site"  # a row that names a place in the body, not a cancer
NOT_CANCER = "not-cancer"  # a row of words that mean something else and must not be corrected into a cancer
MORPHOLOGY = "morphology-code"  # an ICD-O-3 morphology code
ICD10CM = "icd10cm"  # an ICD-10-CM category or code
ABBREVIATION = "abbreviation"
NEAREST = "nearest"  # a row whose words no node means exactly: its codes are the nearest the tree has
NAME = "name"  # a row that says what another language calls a cancer: found by its words alone, and by no part of them
ORGAN = "organ"  # an organ with a word for tumour: the first code is the answer, the others are further readings

MALIGNANT = frozenset({"cancer", "carcinoma", "malignant"})
_OPEN = frozenset({"growth", "lump", "mass", "neoplasm", "tumor"})  # words that do not say whether it is malignant
_NO_PLACE = ("other",)  # a tissue's name, but in a text it says no place
_TISSUES = (("skin",), ("soft", "tissue"))  # beside another place they say what there is ill
_NOT_FILED = frozenset({SITE, NOT_CANCER, MORPHOLOGY, ICD10CM, NAME})
EVERYDAY = "everyday"  # a family or a description in plain words: answered by its first code, less surely
ANSWERED_BY_FIRST = frozenset({ORGAN, EVERYDAY})
_RANK = {NAME: 0, ORGAN: 0, EVERYDAY: 2, "synonym": 2, "former": 2, ABBREVIATION: 3, NEAREST: 4}

Tokens = tuple[str, ...]
Site = tuple[Tokens, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase people use: all the codes it can mean, its language, and what kind of word it is."""

    term: str
    codes: tuple[str, ...]
    language: str
    kind: str


class Entry(NamedTuple):
    """One term: `plain` as written but for case and accents, and its canonical words in order and as a bag.

    `content` is the bag without the words that only say tumour; `nested` says that the further cancers it can mean are
    narrower kinds of the first.
    """

    term: Term
    plain: str
    tokens: Tokens
    bag: frozenset[str]
    content: frozenset[str]
    nested: bool

    @property
    def ambiguous(self) -> bool:
        """Whether the term alone does not say which of its codes is meant."""
        return len(self.term.codes) > 1 and self.term.kind not in ANSWERED_BY_FIRST and not self.nested


def names_a_tumor(token: str) -> bool:
    """Whether a canonical word by itself says that a tumour or a disease of the blood is meant."""
    if token in NO_TUMOR_NAMES:
        return False
    return token.endswith(TUMOR_ENDINGS) or token in TUMOR_NAMES or token in TUMOR_WORDS


def names_a_kind(token: str) -> bool:
    """Whether a canonical word names a kind of tumour, not only that it is one: lymphoma, not cancer."""
    return token not in TUMOR_WORDS and names_a_tumor(token)


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
        yield Term(name, tuple(codes), "en", NAME)


def _entry(term: Term, written: list[str], tree: CancerTree) -> Entry:
    """One term taken apart; its words as typed are added to `written`, unless it is an abbreviation."""
    plain = clean(term.term)
    words = surface_words(plain)
    if term.kind != ABBREVIATION:
        written.extend(words)
    tokens = canonical_tokens(words)
    told = bag(tokens)
    return Entry(term, plain, tokens, told, content(told), len(term.codes) > 1 and _nested(term.codes, tree))


def _nested(codes: Tokens, tree: CancerTree) -> bool:
    """Whether all codes lie below the first."""
    return all(codes[0] in tree.path(code) for code in codes[1:])


class Lexicon:
    """All terms and the ways to find them.

    A row of the vocabulary overrides a name of the tree with the same words: some names of the tree are said of many
    organs and stand at one.
    """

    def __init__(self, tree: CancerTree, terms: Iterable[Term]) -> None:
        rows = list(terms)
        written: list[str] = []
        self.other_words = {w for row in rows if row.kind == NOT_CANCER for w in surface_words(clean(row.term))}
        self.morphology = {row.term: row for row in rows if row.kind == MORPHOLOGY}
        self.icd10cm = {row.term.replace(".", ""): row for row in rows if row.kind == ICD10CM}
        self.sites = {telling(_entry(row, written, tree).tokens): row for row in rows if row.kind == SITE}
        self.longest_site = max(map(len, self.sites), default=0)
        told = [_entry(row, written, tree) for row in rows if row.kind not in _NOT_FILED]
        overridden = {entry.tokens for entry in told}
        names = [_entry(name, written, tree) for name in _names(tree)]
        self.words_as_written = Counter(written)  # without abbreviations: they are never corrected into
        self.entries = [entry for entry in names if entry.tokens not in overridden] + told
        self._file_entries()
        for entry in names:
            self.as_written.setdefault(entry.plain, self.by_tokens[entry.tokens][0])
        for row in rows:
            if row.kind == NAME:
                self._add_beside(_entry(row, [], tree))
        self._rarest = log(1 + len(self.entries))
        self._weights = {
            token: (self._rarest - log(1 + len(at))) * (0.3 if token in FAINT_WORDS else 1.0)
            for token, at in self.postings.items()
        }
        self._known = self._weights.keys() | TUMOR_WORDS | STOP_WORDS | {w for site in self.sites for w in site}
        self.totals = [self.weigh(entry.content) for entry in self.entries]

    def _file_entries(self) -> None:
        as_written: dict[str, Entry] = {}
        by_tokens: dict[Tokens, list[Entry]] = defaultdict(list)
        by_bag: dict[frozenset[str], list[Entry]] = defaultdict(list)
        by_content: dict[frozenset[str], list[Entry]] = defaultdict(list)
        joined: dict[str, Entry] = {}
        postings: dict[str, list[int]] = defaultdict(list)
        for at, entry in enumerate(self.entries):
            term, plain, tokens, words, told, _ = entry
            as_written.setdefault(plain, entry)
            by_tokens[tokens].append(entry)
            by_bag[words].append(entry)
            if term.kind == ABBREVIATION:
                continue
            joined.setdefault("".join(tokens), entry)
            if told:
                by_content[told].append(entry)
                # A description is meant as a whole: "slow growing" in it says nothing of other texts with these words.
                for token in told if term.kind != EVERYDAY else ():
                    postings[token].append(at)
        # Plain dicts: looking something up must not add it.
        self.as_written, self.joined = as_written, joined
        self.by_tokens, self.by_bag, self.by_content = dict(by_tokens), dict(by_bag), dict(by_content)
        self.postings = dict(postings)

    def _add_beside(self, entry: Entry) -> None:
        """File a term that is found by just its words where no other has them, and that changes nothing else."""
        self.as_written.setdefault(entry.plain, entry)
        self.by_tokens.setdefault(entry.tokens, [entry])
        self.by_bag.setdefault(entry.bag, [entry])

    def weight(self, token: str) -> float:
        """How much a word says: rare words much, words of a thousand names little, unknown words as rare ones."""
        return self._weights.get(token, self._rarest * 0.7)

    def weigh(self, tokens: Iterable[str]) -> float:
        """The weights of some words together."""
        weights, unknown = self._weights, self._rarest * 0.7
        return sum([weights.get(token, unknown) for token in tokens])

    def knows(self, token: str) -> bool:
        """Whether a canonical word occurs in any term or site."""
        return token in self._known

    def sites_in(self, tokens: Tokens) -> list[Site]:
        """The places of the body that a text names, as (its words, the codes), the longest phrase at each place.

        A place that a tumour is likened to, as in "gastric type", is none. The skin of an organ is skin.
        """
        placed = self._placed(tokens)
        for (at, site), (after, other) in pairwise(placed):
            for tissue in (site, other):
                if tissue[0] in _TISSUES and after == at + len(site[0]):
                    return [tissue]
        return [site for _, site in placed]

    def site_words(self, tokens: Tokens) -> frozenset[str]:
        """The words of a text that name places of the body."""
        return frozenset(token for _, (phrase, _) in self._placed(tokens) for token in phrase)

    def without_talk(self, tokens: Tokens) -> Tokens:
        """A text without the words that stand around a cancer, but for those of a place: "on top of the kidney"."""
        places = self.site_words(tokens)
        return tuple(token for token in tokens if token in places or not around(token))

    def _placed(self, tokens: Tokens) -> list[tuple[int, Site]]:
        """The places that a text names, each with where it begins among the telling words."""
        tokens = tuple(token for token in tokens if token not in STOP_WORDS or token in LIKENING)
        found: list[tuple[int, Site]] = []
        at = 0
        while at < len(tokens):
            for size in range(min(self.longest_site, len(tokens) - at), 0, -1):
                phrase = tokens[at : at + size]
                row = self.sites.get(phrase)
                if row is not None:
                    if not _likened(tokens, at + size) and phrase != _NO_PLACE:
                        found.append((at, (phrase, row.codes)))
                    at += size - 1
                    break
            at += 1
        return found

    def likened(self, tokens: Tokens) -> frozenset[str]:
        """The words that a text or a name says a tumour is like: gastric, in "gastric type"."""
        if LIKENING.isdisjoint(tokens):
            return frozenset()
        return frozenset(token for at, token in enumerate(tokens) if _likened(tokens, at + 1) and token.isalpha())


def _likened(tokens: Tokens, after: int) -> bool:
    """Whether the word before `after` is followed by one that makes it a likeness; "type 2" counts types instead."""
    follows = tokens[after : after + 2]
    return bool(follows) and follows[0] in LIKENING and not (len(follows) > 1 and follows[1].isdigit())


def leaves_open(words: Set[str]) -> bool:
    """Whether words name a tumour without saying that it is malignant: a growth, a lump."""
    return MALIGNANT.isdisjoint(words) and not _OPEN.isdisjoint(words)


def best_first(entries: list[Entry], tokens: Tokens) -> list[Entry]:
    """Entries for the same words: the plainest kind of name first, then those with the fewest other words.

    What says carcinoma comes last where the text only says growth.
    """
    words = frozenset(tokens)
    left_open = leaves_open(words)

    def order(entry: Entry) -> tuple[bool, int, int]:
        too_much = left_open and "carcinoma" in entry.bag
        return too_much, _RANK.get(entry.term.kind, 6), len(words.symmetric_difference(entry.tokens))

    return sorted(entries, key=order) if len(entries) > 1 else entries
