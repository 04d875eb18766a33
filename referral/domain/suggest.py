"""Which cancer somebody may be typing: completions of a beginning, as short rows to choose from.

In this order: what the whole text says, terms that begin with it, terms that have every typed word as the beginning of
a word, and what the text may mean when words are misspelt. Within each, what is common comes before what is rare and an
organ before its kinds. Nothing is ever chosen here, and words that are no cancer have no row.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from itertools import accumulate
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from referral.domain.cancers import CancerTree, Rarity
from referral.domain.lexicon import ABBREVIATION, ICD10CM, MORPHOLOGY, NOT_CANCER, ORGAN, Term
from referral.domain.normalise import canonical_tokens, clean, surface_words
from referral.domain.qualifiers import split_qualifiers
from referral.domain.resolve import Reading, Resolver
from referral.domain.words import BRITISH, SAME_WORD, STOP_WORDS, TUMOR_WORDS

LONGEST = 200  # characters; a longer text is no name of a cancer
MOST = 8  # rows

_SURE = 0.7  # from this confidence on the resolver's reading comes first
_POSSIBLE = 0.1  # below it a reading only names the wider kinds of the first one
_LOOKED_AT = 2_000  # terms that are looked at for one text, the best known first
_READINGS_OF_ORGAN = 6  # rows that an organ's word has at once: its readings were chosen to be asked back
_READINGS_OF_CODE = 3
_MANY = 14  # tissues of the terms that fit a text; with more it is so general that each term has one row at first
_MOST_UNKNOWN = 4  # words of one text; the resolver tries several spellings of each
_MOST_CORRECTED = 2  # beginnings of one text that are put right here
_SHORTEST_CORRECTED = 5  # letters; with fewer every word resembles another
_LONGEST_CORRECTED = 11  # letters of a word that are compared; they name few words
_AFTER_BLANK = "!"  # sorts after every phrase whose word ends here
_AFTER_LAST = "\U0010ffff"  # sorts after every word that begins alike
_CODE = re.compile(r"[a-z]\d[0-9a-z]?\.?[0-9a-z]{0,4}|(?:m-?)?\d{3,4}/?\d?")
_KINDS_OF_CODE = frozenset({ICD10CM, MORPHOLOGY})
_RARITIES = list(Rarity)
_SAYING_LITTLE = STOP_WORDS | TUMOR_WORDS


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One cancer to choose.

    `name` is what it is called, `matched` the term that matched where it says something else and `language` that term's
    language, `where` the tissue it lies in, empty for all cancers of an organ.
    """

    code: str
    name: str
    matched: str
    where: str
    language: str = "en"


class _Phrase(NamedTuple):
    """A term as it is compared: `plain` its words, `padded` the same with a blank before and behind each word.

    `padded` also holds what its words are called elsewhere (kidney for renal), so that either finds it.
    """

    term: Term
    plain: str
    padded: str


@lru_cache(maxsize=20_000)
def _american(word: str) -> str:
    for british, american in BRITISH:
        word = word.replace(british, american)
    return word


def _words(plain: str) -> list[str]:
    return list(map(_american, surface_words(plain)))


def _padded(words: list[str]) -> str:
    also = [same for word in words if (same := SAME_WORD.get(word))]
    return f" {' '.join((*words, *also))} "


def _phrase(term: Term) -> _Phrase:
    words = _words(clean(term.term))
    return _Phrase(term, " ".join(words), _padded(words))


def _names(tree: CancerTree) -> Iterator[Term]:
    """The name of each cancer with all that bear it; a tissue goes by its kind of cancer."""
    bearers: dict[str, list[str]] = defaultdict(list)
    for cancer in tree:
        bearers[cancer.called].append(cancer.code)
    return (Term(name, tuple(codes), "en", "name") for name, codes in bearers.items())


class _Standing(NamedTuple):
    """How rare a cancer is, its place from broad to narrow and from frequent to seldom, and the words it is called by.

    `one_word` is one of these, with a blank before and behind it.
    """

    rarity: int
    place: int
    called: set[str]
    one_word: str


def _standings(tree: CancerTree) -> dict[str, _Standing]:
    by_place = sorted(tree, key=lambda cancer: (len(tree.path(cancer.code)), -(cancer.incidence_per_100k or 0.0)))
    found = {}
    for place, cancer in enumerate(by_place):
        called = _content(_padded(_words(clean(cancer.called))).split())
        found[cancer.code] = _Standing(_RARITIES.index(cancer.rarity), place, called, f" {max(called, default='')} ")
    return found


class _Words:
    """The distinct words of all phrases in order, and the phrases that each stands in.

    A beginning with a blank at its end is a whole word.
    """

    def __init__(self, phrases: list[_Phrase]) -> None:
        standing: dict[str, list[int]] = defaultdict(list)
        for at, phrase in enumerate(phrases):
            for word in phrase.padded.split():
                standing[word].append(at)
        self._sorted = sorted(standing)
        self._phrases = [standing[word] for word in self._sorted]
        self._before = [0, *accumulate(map(len, self._phrases))]
        self._beginnings = {
            size: list(dict.fromkeys(word[:size] for word in self._sorted if len(word) >= size and word.isalpha()))
            for size in range(_SHORTEST_CORRECTED - 1, _LONGEST_CORRECTED + 2)
        }

    def __contains__(self, word: str) -> bool:
        return self.count(f"{word} ") > 0

    def count(self, beginning: str) -> int:
        """How many places in phrases have a word with this beginning."""
        low, high = self._range(beginning)
        return self._before[high] - self._before[low]

    def phrases(self, beginning: str) -> set[int]:
        """The phrases that have a word with this beginning."""
        low, high = self._range(beginning)
        return set().union(*self._phrases[low:high])

    def nearest(self, word: str) -> str:
        """The beginning of words that differs from `word` by a letter, in a long word by two; empty without one."""
        if len(word) < _SHORTEST_CORRECTED or not word.isalpha():
            return ""
        word = word[:_LONGEST_CORRECTED]
        found = [
            (distance, -self.count(beginning), beginning)
            for size in (len(word), len(word) + 1, len(word) - 1)
            for beginning, distance, _ in process.extract(
                word, self._beginnings[size], scorer=OSA.distance, score_cutoff=1 + (len(word) > 7), limit=None
            )
        ]
        return min(found, default=(0, 0, ""))[2]

    def _range(self, beginning: str) -> tuple[int, int]:
        word = beginning.rstrip()
        end = word + ("\0" if word != beginning else _AFTER_LAST)
        return bisect_left(self._sorted, word), bisect_left(self._sorted, end)


class _Rows:
    """The rows found so far, one for each cancer, until there are enough."""

    def __init__(self, tree: CancerTree, languages: Mapping[str, str], typed: list[str], limit: int) -> None:
        self._tree, self._languages, self._typed, self._limit = tree, languages, typed, limit
        self._found: dict[str, Suggestion] = {}

    def __len__(self) -> int:
        return len(self._found)

    @property
    def full(self) -> bool:
        return len(self._found) >= self._limit

    def add(self, code: str, matched: str) -> None:
        """A row for the cancer, unless it has one."""
        if code in self._found or self.full:
            return
        cancer = self._tree[code]
        matched = "" if self._said_by(cancer.called, matched) else matched
        where, language = cancer.tissue if cancer.parent else "", self._languages.get(matched, "en")
        self._found[code] = Suggestion(code, cancer.called, matched, where, language)

    def add_phrases(self, phrases: Iterable[_Phrase]) -> None:
        """Rows for the first reading of each phrase, then for its further ones; an organ's word has several at once."""
        begun = list(phrases)
        tissues = [self._tree.root(phrase.term.codes[0]) for phrase in begun]
        if len({*tissues}) > _MANY:
            self._add_each(begun, 1, 1)
        elif begun and begun[0].term.codes[0] == tissues[0]:
            # The text begins an organ's word, so its cancers come before those with a like name elsewhere.
            begun.sort(key=lambda phrase: self._tree.root(phrase.term.codes[0]) != tissues[0])
        self._add_each(begun, 1, _READINGS_OF_ORGAN)
        self._add_each(begun, MOST, MOST)

    def _add_each(self, phrases: list[_Phrase], most: int, most_of_organ: int) -> None:
        for phrase in phrases:
            if self.full:
                return
            for code in phrase.term.codes[: most_of_organ if phrase.term.kind == ORGAN else most]:
                self.add(code, phrase.term.term)

    def add_readings(self, readings: Iterable[Reading], least: float) -> None:
        """Rows for the readings that have at least this confidence."""
        for reading in readings:
            if reading.confidence >= least:
                self.add(reading.code, reading.matched_on)

    def rows(self) -> tuple[Suggestion, ...]:
        return tuple(self._found.values())

    def _said_by(self, name: str, matched: str) -> bool:
        """Whether the name says the same as what was matched, or has all that was typed."""
        padded = _padded(_words(clean(name)))
        told = _content(_words(clean(matched)))
        if all(f" {word} " in padded for word in told):
            return True
        return bool(_content(self._typed)) and all(f" {word}" in padded for word in self._typed)


class Suggester:
    """Completes beginnings of names; built once, then read only."""

    def __init__(self, tree: CancerTree, terms: Iterable[Term], resolver: Resolver) -> None:
        self._tree, self._resolver = tree, resolver
        rows = list(terms)
        self._other_words = {word for row in rows if row.kind == NOT_CANCER for word in _words(clean(row.term))}
        self._other_words_sorted = sorted(self._other_words)
        self._foreign = {row.term: row.language for row in rows if row.language != "en"}
        named = [*_names(tree), *(row for row in rows if row.kind not in _KINDS_OF_CODE and row.kind != NOT_CANCER)]
        self._standing = _standings(tree)
        alphabetical = sorted(map(_phrase, named), key=lambda phrase: phrase.plain)
        best_first = sorted(range(len(alphabetical)), key=lambda at: self._order(alphabetical[at]))
        self._phrases = [alphabetical[at] for at in best_first]
        self._alphabet = [phrase.plain for phrase in alphabetical]
        self._places = sorted(range(len(best_first)), key=best_first.__getitem__)
        self._words = _Words(self._phrases)
        self._codes = self._sorted_codes(rows)

    def suggest(self, text: str, limit: int = MOST) -> tuple[Suggestion, ...]:
        """At most `limit` cancers that `text` may be the beginning of, the likeliest first; often none."""
        plain = clean(text) if len(text) <= LONGEST else ""
        words = _words(plain)
        if sum(map(len, words)) < 2:
            return ()
        rows = _Rows(self._tree, self._foreign, _telling(words), limit)
        if _CODE.fullmatch(plain):
            self._add_codes(rows, plain)
        unknown = sum(word not in self._words and word not in STOP_WORDS for word in words)
        if code := self._resolver.exactly(plain):
            rows.add(code, self._as_written(words, code) or (code if plain == code.lower() else text.strip()))
        self._add_begun(rows, words)
        if not len(rows) and unknown <= _MOST_UNKNOWN:
            self._add_corrected(rows, plain, words)
        return rows.rows()

    def _order(self, phrase: _Phrase) -> tuple[bool, bool, int, bool, int, int]:
        """Words before abbreviations, common before rare, what it is called before other names, broad before narrow.

        English comes first, since other languages are told apart by the letters that follow. Another name often is
        that of a rare variant, so it stands with the cancers that are rarer than its own.
        """
        term = phrase.term
        standing = self._standing[term.codes[0]]
        own = standing.one_word in phrase.padded and standing.called == _content(phrase.padded.split())
        rarer = standing.rarity + (not own and term.kind != ORGAN)
        return term.kind == ABBREVIATION, term.language != "en", rarer, not own, standing.place, len(phrase.plain)

    def _sorted_codes(self, rows: list[Term]) -> list[tuple[str, str, tuple[str, ...]]]:
        """(the code without its dot, the code, the cancers) of ICD-10-CM and ICD-O-3, in the order of the codes."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for row in rows:
            if row.kind in _KINDS_OF_CODE:
                found[row.term].update(dict.fromkeys(row.codes))
        for cancer in self._tree:
            for code in cancer.icd10cm:
                found[code].setdefault(cancer.code)
        return sorted((code.replace(".", "").lower(), code, tuple(cancers)) for code, cancers in found.items())

    def _add_codes(self, rows: _Rows, plain: str) -> None:
        """What the text means as a code, then the codes it begins."""
        codes = (reading for reading in self._resolver.resolve(plain).readings if reading.how == "code")
        rows.add_readings(codes, _SURE)
        begun = plain.replace(".", "").removeprefix("m-" if "-" in plain else "m")
        first = bisect_left(self._codes, (begun,))
        fitting = [row for row in self._codes[first : first + MOST] if row[0].startswith(begun)]
        # Of an ICD-O-3 code /3 is the malignant tumour, the others are benign or not invasive.
        for _, shown, cancers in sorted(fitting, key=lambda row: "/" in row[0] and not row[0].endswith("/3")):
            for cancer in cancers[:_READINGS_OF_CODE]:
                rows.add(cancer, shown)

    def _as_written(self, words: list[str], code: str) -> str:
        """The term for this cancer that has just these words; empty when they stand in another order."""
        begun = " ".join(words)
        exact = (phrase.term for phrase in self._between(begun, begun + "\0"))
        return next((term.term for term in exact if term.codes[0] == code), "")

    def _add_begun(self, rows: _Rows, words: list[str]) -> None:
        """The term that is the text, terms that begin with it, then those with the beginnings of all its words."""
        told = _telling(words)
        if told and self._other_words.issuperset(told):
            # Hepatitis is no cancer and begins none, but a test may still become a testicle.
            self._add_between(rows, " ".join(words), " ".join(words) + _AFTER_BLANK)
            return
        for begun in dict.fromkeys((" ".join(words), " ".join(told or words))):
            self._add_between(rows, begun, begun)
        if not rows.full:
            rows.add_phrases(self._with_words(told))

    def _add_between(self, rows: _Rows, text: str, begun: str) -> None:
        """The term that is the text, then those from `begun` on that go on as the text does."""
        rows.add_phrases(self._between(text, text + "\0"))
        if not rows.full:
            rows.add_phrases(self._between(begun, text + _AFTER_LAST))

    def _between(self, low: str, high: str) -> list[_Phrase]:
        """The phrases from `low` to before `high` in the alphabet, the best known first."""
        first, last = bisect_left(self._alphabet, low), bisect_left(self._alphabet, high)
        return [self._phrases[at] for at in nsmallest(10 * MOST, self._places[first:last])]

    def _with_words(self, typed: list[str]) -> Iterator[_Phrase]:
        """The phrases that have, for each typed word, a word that begins so; the best known first."""
        # One or two letters are a whole word, such as the T of "T cell", unless the next letter may still come.
        asked = [f"{word} " if len(word) < 3 and at < len(typed) - 1 else word for at, word in enumerate(typed)]
        if not asked:
            return
        candidates = self._words.phrases(min(asked, key=self._words.count))
        for at in nsmallest(_LOOKED_AT, candidates):
            padded = self._phrases[at].padded
            if all(f" {word}" in padded for word in asked):
                yield self._phrases[at]

    def _add_corrected(self, rows: _Rows, plain: str, words: list[str]) -> None:
        """What a text with misspelt words, or with words that describe and do not name, may mean or begin."""
        readings = self._resolver.resolve(plain, MOST).readings
        rows.add_readings(readings, _SURE)
        if corrected := self._corrected(words):
            self._add_begun(rows, corrected)
        rows.add_readings(readings, _POSSIBLE)

    def _corrected(self, words: list[str]) -> list[str]:
        """The words without qualifiers, unknown ones put right; none when one stays unknown or nothing is changed."""
        left, _ = split_qualifiers(canonical_tokens(words), level=1)
        told = [word for word in _telling(words) if not {*canonical_tokens([word])}.isdisjoint(left)]
        if sum(not self._words.count(word) for word in told) > _MOST_CORRECTED:
            return []
        spelt = [word if self._words.count(word) else self._spelling(word) for word in told]
        names_something = not all(word in self._other_words for word in spelt)
        return spelt if all(spelt) and spelt != words and names_something else []

    def _spelling(self, word: str) -> str:
        """The known beginning that an unknown word may stand for; empty for a word of something else."""
        at = bisect_left(self._other_words_sorted, word)
        if any(other.startswith(word) for other in self._other_words_sorted[at : at + 1]):
            return ""
        begun = [beginning for beginning in _american_beginnings(word) if self._words.count(beginning)]
        return max(begun, key=self._words.count) if begun else self._words.nearest(word)


def _telling(words: list[str]) -> list[str]:
    return [word for word in words if word not in STOP_WORDS]


def _content(words: Iterable[str]) -> set[str]:
    """The words that say which tumour it is."""
    return {*words} - _SAYING_LITTLE


def _american_beginnings(word: str) -> Iterator[str]:
    """The American beginnings of a word that ends within a British spelling, such as "oeso"; the surest first."""
    for british, american in BRITISH:
        for size in range(len(british) - 1, 1, -1):
            if word.endswith(british[:size]) and not american.startswith(british[:size]):
                yield word[:-size] + american
