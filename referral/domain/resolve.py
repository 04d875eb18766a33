"""Any words to the cancer they mean: names, lay words, abbreviations, misspellings, codes, with stage and all.

The text is tried as it is, then without its qualifiers, then with its unknown words corrected, then piece by piece.
Each reading says which term matched and how, and how sure that is. Words that are no cancer have no reading, words
that mean several things have several with a low confidence and `ask`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, product

from referral.domain.cancers import CancerTree
from referral.domain.lexicon import Entry, Lexicon, Term, best_first
from referral.domain.normalise import bag, canonical_tokens, clean, content, surface_words
from referral.domain.qualifiers import split_qualifiers
from referral.domain.spelling import Speller
from referral.domain.words import STOP_WORDS, TUMOR_WORDS

__all__ = ["Answer", "Reading", "Resolver", "Term"]

_ICD10CM = re.compile(r"([a-z]\d[0-9a-z])\.?([0-9a-z]{0,4})")
_ICDO = re.compile(r"(?:m-?)?(\d{4}/\d)")
_UNSURE = 0.45  # the most that a reading may have whose text does not say which reading is meant
_PORTABLE = frozenset({"SOFT_TISSUE", "LYMPH", "MYELOID", "PNS", "OTHER", "SKIN", "BONE"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One cancer a text may mean: the term that matched, how (`exact name`, `also called`, `spelling`, `part of`,
    `code`), and the share of such readings that are right, in 0..1.
    """

    code: str
    matched_on: str
    how: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The readings, likeliest first; whether to ask back which is meant; the qualifiers that were split off."""

    readings: tuple[Reading, ...]
    ask: bool
    qualifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    """A reading before calibration: `score` in 0..1."""

    code: str
    matched_on: str
    how: str
    score: float


NOTHING = Answer((), False, ())


class Resolver:
    """Finds the cancers that a text means; built once, then read only."""

    def __init__(self, tree: CancerTree, terms: Iterable[Term]) -> None:
        self._tree = tree
        self._lexicon = Lexicon(tree, terms)
        self._speller = Speller(self._lexicon.known_words())
        self._by_icd10cm: dict[str, list[str]] = defaultdict(list)
        for cancer in sorted(tree, key=lambda cancer: len(tree.path(cancer.code))):
            for code in cancer.icd10cm:
                self._by_icd10cm[code.replace(".", "")].append(cancer.code)

    def resolve(self, text: str, limit: int = 10) -> Answer:
        """The readings of `text`, at most `limit`; none when it is no cancer or nothing is plausible."""
        plain = clean(text)
        if len(plain) < 2:
            return NOTHING
        matches = self._as_written(plain) or self._as_code(text.strip(), plain)
        if matches:
            return _answer(matches, (), limit)
        tokens = canonical_tokens(surface_words(plain))
        left, qualifiers = split_qualifiers(tokens)
        matches = self._look_up(tokens) or self._look_up(left)
        if matches:
            return _answer(matches, qualifiers if matches else (), limit)
        matches = self._corrected(surface_words(plain))
        return _answer(matches, qualifiers, limit)

    def _as_written(self, plain: str) -> list[_Match]:
        entry = self._lexicon.as_written.get(plain)
        return _matches_of(entry, 1.0) if entry else []

    def _as_code(self, text: str, plain: str) -> list[_Match]:
        """Readings of an OncoTree, ICD-10-CM or ICD-O-3 morphology code."""
        if text in self._tree:
            return [_Match(text, text, "code", 1.0)]
        upper = plain.upper()
        if plain in self._lexicon.other_words:
            return []
        if upper in self._tree:
            return [_Match(upper, upper, "code", 1.0 if len(upper) > 3 else _UNSURE)]
        if icd10cm := _ICD10CM.fullmatch(plain):
            return self._by_classification("".join(icd10cm.groups()).upper())
        icdo = _ICDO.fullmatch(plain)
        row = self._lexicon.morphology.get(icdo.group(1)) if icdo else None
        return (
            [_Match(code, row.term, "code", 0.9 if len(row.codes) == 1 else _UNSURE) for code in row.codes]
            if row
            else []
        )

    def _by_classification(self, code: str) -> list[_Match]:
        """The nodes of an ICD-10-CM code or of the nearest category above it, the most usual one first."""
        shown = code[:3] + ("." + code[3:] if code[3:] else "")
        for size in range(len(code), 2, -1):
            row = self._lexicon.icd10cm.get(code[:size])
            found = dict.fromkeys((*(row.codes if row else ()), *self._by_icd10cm.get(code[:size], ())))
            if found:
                return [_Match(node, shown, "code", 0.95 if not at else 0.4) for at, node in enumerate(found)]
        return []

    def _look_up(self, tokens: tuple[str, ...]) -> list[_Match]:
        """Terms with the same canonical words: in order, in any order, or but for the word for tumour."""
        lexicon, words = self._lexicon, bag(tokens)
        if not tokens:
            return []
        if entries := lexicon.by_tokens.get(tokens):
            return _merged(best_first(entries), 0.99)
        if entries := lexicon.by_bag.get(words):
            return _merged(best_first(entries), 0.97)
        if words & TUMOR_WORDS and (entries := lexicon.by_content.get(content(words))):
            return _merged(best_first(entries), 0.93)
        if joined := lexicon.joined.get("".join(tokens)):
            return _matches_of(joined, 0.93)
        return self._bare_site(tokens)

    def _bare_site(self, tokens: tuple[str, ...]) -> list[_Match]:
        """A place of the body: with a word for tumour its cancers, alone the question which cancer is meant."""
        told = tuple(token for token in tokens if token not in STOP_WORDS and token not in TUMOR_WORDS)
        row = self._lexicon.sites.get(told)
        if row is None:
            return []
        has_tumor = any(token in TUMOR_WORDS for token in tokens)
        score = 0.9 if has_tumor else _UNSURE
        return [_Match(code, row.term, "also called", score - 0.02 * at) for at, code in enumerate(row.codes)]

    def _corrected(self, words: list[str]) -> list[_Match]:
        """The best of the readings with unknown words corrected, or of what the known words explain."""
        best: list[_Match] = []
        for corrected, likeness in islice(self._corrections(words), 12):
            tokens = canonical_tokens(corrected)
            left, _ = split_qualifiers(tokens)
            found = self._look_up(tokens) or self._look_up(left) or self._explained(left or tokens)
            scaled = [_Match(m.code, m.matched_on, "spelling" if likeness < 1 and m.how != "part of" else m.how,
                             m.score * likeness) for m in found]  # fmt: skip
            if scaled and (not best or scaled[0].score > best[0].score):
                best = scaled
        return best

    def _corrections(self, words: list[str]) -> Iterable[tuple[list[str], float]]:
        """Ways to write the text with known words, each with its likeness in 0..1; as it is when all are known."""
        choices: list[list[tuple[str, float]]] = []
        for word in words:
            options = [] if self._understood(word) else self._speller.nearest(word)
            choices.append(options + [(word, 0.6)] if options else [(word, 1.0)])
        for combination in product(*choices):
            likeness = 1.0
            for _, like in combination:
                likeness *= 0.5 + 0.5 * like if like < 1 else 1.0
            yield [word for word, _ in combination], likeness

    def _understood(self, word: str) -> bool:
        return (
            word in self._lexicon.other_words
            or word in self._speller
            or all(map(self._lexicon.knows, canonical_tokens([word])))
        )

    def _explained(self, tokens: tuple[str, ...]) -> list[_Match]:
        """Terms that share most of their meaning with the text, those of the organ it names first."""
        lexicon, words = self._lexicon, content(bag(tokens))
        sites = lexicon.sites_in(tokens)
        site_words = {token for phrase, _ in sites for token in phrase}
        homes = {self._tree.root(code) for _, codes in sites for code in codes}
        scores: dict[str, tuple[float, Entry]] = {}
        has_tumor = not TUMOR_WORDS.isdisjoint(tokens)
        for entry in self._sharing(words):
            if words & entry.content <= site_words or (entry.term.kind == "organ" and not has_tumor):
                continue
            for code in entry.term.codes:
                score = self._overlap(words, entry, self._tree.root(code), homes, site_words)
                if score > scores.get(code, (0.0, entry))[0]:
                    scores[code] = (score, entry)
        ranked = sorted(scores.items(), key=lambda item: (-item[1][0], len(self._tree.path(item[0]))))
        found = [
            _Match(code, entry.term.term, "part of", 0.9 * score)
            for code, (score, entry) in ranked[:10]
            if score >= 0.5
        ]
        return found or self._organ_of(tokens, sites, words - site_words)

    def _sharing(self, words: frozenset[str]) -> list[Entry]:
        """Entries that share a telling word, those of the rarest words first, at most 400."""
        seen: dict[int, None] = {}
        for token in sorted(words, key=lambda token: len(self._lexicon.postings.get(token, ()))):
            for at in self._lexicon.postings.get(token, ()):
                seen[at] = None
            if len(seen) > 400:
                break
        return [self._lexicon.entries[at] for at in islice(seen, 600)]

    def _overlap(
        self, words: frozenset[str], entry: Entry, root: str, homes: set[str], site_words: set[str]
    ) -> float:
        """How much of the text and of the term the shared words carry, in 0..1."""
        weight = self._lexicon.weight
        shared, missing, extra = words & entry.content, entry.content - words, words - entry.content
        common = sum(map(weight, shared))
        lost = sum(map(weight, missing))
        unexplained = sum(map(weight, extra))
        if homes:
            at_home = root in homes
            explained = sum(weight(token) for token in extra if token in site_words)
            if at_home:
                common += explained
                unexplained -= explained
                lost -= 0.6 * sum(weight(token) for token in missing if (token,) in self._lexicon.sites)
            elif root not in _PORTABLE:
                return 0.0
        total = 2 * common + lost + unexplained
        return 2 * common / total if total and shared else 0.0

    def _organ_of(
        self,
        tokens: tuple[str, ...],
        sites: Sequence[tuple[tuple[str, ...], tuple[str, ...]]],
        rest: frozenset[str],
    ) -> list[_Match]:
        """The organ a text names beside a word for tumour, when nothing nearer is known."""
        if not sites or not set(tokens) & TUMOR_WORDS:
            return []
        known = sum(0.25 if self._lexicon.knows(token) else 0.4 for token in rest)
        return [
            _Match(code, " ".join(sites[0][0]), "part of", max(0.3, 0.7 - known)) for code in sites[0][1][:5]
        ]


def _matches_of(entry: Entry, score: float) -> list[_Match]:
    how = "exact name" if entry.term.kind == "name" else "also called"
    codes = entry.term.codes
    if entry.ambiguous:
        return [_Match(code, entry.term.term, how, _UNSURE - 0.01 * at) for at, code in enumerate(codes)]
    return [_Match(code, entry.term.term, how, score if not at else _UNSURE) for at, code in enumerate(codes)]


def _merged(entries: list[Entry], score: float) -> list[_Match]:
    """The readings of several entries with the same words; the first entry's come first."""
    found: dict[str, _Match] = {}
    for at, entry in enumerate(entries):
        for match in _matches_of(entry, score if not at else min(score, _UNSURE)):
            found.setdefault(match.code, match)
    return list(found.values())


def _calibrated(score: float) -> float:
    return round(score, 3)


def _answer(matches: list[_Match], qualifiers: tuple[str, ...], limit: int) -> Answer:
    readings = tuple(Reading(m.code, m.matched_on, m.how, _calibrated(m.score)) for m in matches[:limit])
    return Answer(readings, bool(readings) and readings[0].confidence < 0.5, qualifiers)
