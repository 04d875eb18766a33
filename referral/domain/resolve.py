"""Any words to the cancer they mean: names, lay words, abbreviations, misspellings, codes, with stage and all.

The text is tried as it is, then without its qualifiers, then with its unknown words corrected, then piece by piece.
Each reading says which term matched and how, and how sure that is. Words that are no cancer have no reading, words
that mean several things have several with a low confidence and `ask`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from referral.domain.cancers import CancerTree
from referral.domain.doubts import Doubts
from referral.domain.lexicon import (
    ABBREVIATION,
    ANSWERED_BY_FIRST,
    MALIGNANT,
    NEAREST,
    Entry,
    Lexicon,
    Term,
    Tokens,
    best_first,
    names_a_kind,
    names_a_tumor,
    telling,
)
from referral.domain.narrative import SHORTHAND, around
from referral.domain.nearest import NearestTerms
from referral.domain.normalise import bag, canonical_tokens, clean, content, surface_words
from referral.domain.organs import Organs
from referral.domain.origin import Origin, Origins
from referral.domain.qualifiers import LEVELS, means_tumor, says_child, split_qualifiers
from referral.domain.shorthand import WrittenOut
from referral.domain.spanish import in_english, is_spanish
from referral.domain.spelling import Speller, Spelling
from referral.domain.weighed import PART_OF, Weighed, calibrated, matches_of, merged
from referral.domain.words import TUMOR_WORDS

__all__ = ["Answer", "Reading", "Resolver", "Term"]

_ICD10CM = re.compile(r"([a-z]\d[0-9a-z])\.?([0-9a-z]{0,4})")
_IN_BRACKETS = re.compile(r"(?<!\S)\([^()]*\)?")  # not those of t(8;21)
_AROUND_A_TEXT = " \t\n.,;:!?"
_AS_TYPED = 0.85  # what a text is worth beside its corrections when some of its words are unknown
_MISSPELT = 0.8  # the likeness from which on an unknown word is a misspelt name of a tumour
_NAMES_A_PLACE = frozenset({"a", "and", "de", "del", "el", "her", "his", "in", "la", "las", "los", "my", "of", "the"})
_PLACE = "place"  # the basis of readings of a place of the body alone
_SITE = "site"  # and of those of a place with a word for tumour
_UNKNOWN_PRIMARY = ("cancer", "of", "unknown", "primary")
_ICDO = re.compile(r"(?:m-?)?(\d{4}/\d)")


@dataclass(frozen=True, slots=True)
class Reading:
    """One cancer a text may mean.

    `matched_on` is the term that matched, `how` is exact name, also called, spelling, part of, or code, and
    `confidence` the share of such readings that are right, in 0..1.
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


NOTHING = Answer((), False, ())
Found = tuple[list[Weighed], Tokens]  # the matches and the qualifiers that were split off


def _only_place(matches: list[Weighed]) -> bool:
    """Whether the matches are those of a place of the body without a word for tumour."""
    return bool(matches) and matches[0].basis == _PLACE


class Resolver:
    """Finds the cancers that a text means; built once, then read only."""

    def __init__(self, tree: CancerTree, terms: Iterable[Term]) -> None:
        self._tree = tree
        self._lexicon = Lexicon(tree, terms)
        self._speller = Speller(self._lexicon.words_as_written)
        self._organs = Organs(tree, self._lexicon)
        self._explainer = NearestTerms(tree, self._lexicon, self._organs)
        self._written_out = WrittenOut(self._lexicon)
        self._doubts = Doubts(tree, self._lexicon)
        self._origins = Origins(self._lexicon.sites, self._lexicon.longest_site, self._lexicon.sites_in)
        self._by_icd10cm: dict[str, list[str]] = defaultdict(list)
        for cancer in sorted(tree, key=lambda cancer: len(tree.path(cancer.code))):
            for code in cancer.icd10cm:
                self._by_icd10cm[code.replace(".", "")].append(cancer.code)

    def resolve(self, text: str, limit: int = 10) -> Answer:
        """The readings of `text`, at most `limit`; none when it is no cancer or nothing is plausible."""
        plain = clean(text).strip(_AROUND_A_TEXT)
        if len(plain) < 2:
            return NOTHING
        matches = self._as_code(text.strip(_AROUND_A_TEXT), plain) or self._as_written(text, plain)
        if matches:
            return self._answer(matches, (), limit)
        matches, qualifiers = self._understand(plain)
        if matches and says_child(qualifiers) and self._of_several_tissues(matches):
            # The usual reading is that of adults.
            matches = [match.scored(match.score, sure=False) for match in matches]
        if matches and self._only_beside(plain, matches[0]):
            matches = [match.scored(match.score, sure=False, basis=_PLACE) for match in matches]
        return self._answer(matches, qualifiers, limit) if matches else NOTHING

    def _only_beside(self, plain: str, match: Weighed) -> bool:
        """Whether a text names the place of a match only to say what the tumour is beside."""
        tokens = canonical_tokens(surface_words(plain))
        landmarks = self._origins.landmarks(tokens)
        told = self.words(match.matched_on) if landmarks else ()
        # A term that says the position itself means it: "cancer behind the nose".
        return not landmarks.isdisjoint(told) and not any(map(names_a_kind, told)) and not self._origins.landmarks(told)

    def _of_several_tissues(self, matches: list[Weighed]) -> bool:
        """Whether the first term can mean cancers of several tissues."""
        return len({self._tree.root(match.code) for match in matches if match.matched_on == matches[0].matched_on}) > 1

    def _understand(self, plain: str) -> Found:
        """(matches, qualifiers) of a text that no term equals letter for letter."""
        words = surface_words(plain)
        found = self._read(canonical_tokens(words))
        if not found[0] and "(" in plain:
            # What stands in brackets mostly says the same again in other words.
            found = self._read(canonical_tokens(surface_words(_IN_BRACKETS.sub(" ", plain))))
        if not found[0] and is_spanish(words):
            words = in_english(words)
            found = self._read(canonical_tokens(words))
        if found[0]:
            return found
        words = self._speller.respaced(words)
        unknown = {word for word in words if not self._understood(word)}
        spellings = self._speller.spellings(words, unknown)
        found = self._best(self._read, spellings, words)
        if found[0]:
            return found
        # In a sentence an unknown word is more often one of the sentence than a misspelt cancer.
        likely = [*spellings[:2], *([(words, _AS_TYPED)] if unknown and not self._misspelt_kind(unknown) else [])]
        found = self._best(self._read_sentence, likely, words)
        return found if found[0] else self._best(self._explain, likely, words)

    def words(self, text: str) -> Tokens:
        """The canonical words of a text; texts with the same ones are the same term."""
        return canonical_tokens(surface_words(clean(text)))

    def meanings(self, text: str) -> tuple[str, ...]:
        """The codes of the terms that have just these words, in any order; () where none has."""
        return tuple(dict.fromkeys(code for entry in self._with_words(text) for code in entry.term.codes))

    def exactly(self, text: str) -> str | None:
        """The cancer that a text names by just the words of a term, without doubt; None where there is none."""
        entries = self._with_words(text)
        terms = [entry.term for entry in entries if entry.term.kind != NEAREST]
        sure = len(entries) == len(terms) == 1 and (len(terms[0].codes) == 1 or terms[0].kind in ANSWERED_BY_FIRST)
        return terms[0].codes[0] if sure else None

    def _with_words(self, text: str) -> list[Entry]:
        tokens = self.words(text)
        return self._lexicon.by_tokens.get(tokens) or self._lexicon.by_bag.get(bag(tokens)) or []

    def organs(self, text: str) -> frozenset[str]:
        """The tissues of the places of the body that a text names."""
        sites = self._lexicon.sites_in(self.words(text))
        return frozenset(self._tree.root(code) for _, codes in sites for code in codes)

    def is_everyday(self, text: str) -> bool:
        """Whether a text has no words, or only such as mean something else than a cancer."""
        return not telling(self.words(text)) or self._lexicon.other_words.issuperset(surface_words(clean(text)))

    def _answer(self, matches: list[Weighed], qualifiers: Tokens, limit: int) -> Answer:
        """The matches as readings; after a sure one the wider kinds it belongs to, in case it says too much."""
        first, *others = matches
        matches = [self._doubts.about(first), *others]
        most = calibrated(matches[0])
        readings = [Reading(m.code, m.matched_on, m.how, min(most, calibrated(m))) for m in matches]
        if matches[0].sure:
            found = {reading.code for reading in readings}
            left_over = round((1 - readings[0].confidence) / 2, 3)
            for code in reversed(self._tree.path(readings[0].code)):
                if code not in found:
                    readings.append(Reading(code, self._tree[code].name, "part of", left_over))
        return Answer(tuple(readings[:limit]), not matches[0].sure or readings[0].confidence < 0.5, qualifiers)

    def _as_written(self, text: str, plain: str) -> list[Weighed]:
        """The term that is the whole text, letter for letter but for case and accents."""
        entry = self._lexicon.as_written.get(plain)
        if entry is None:
            return []
        is_everyday_word = plain in self._lexicon.other_words and not text.strip().isupper()
        return matches_of(entry, 1.0, sure=not is_everyday_word)

    def _as_code(self, text: str, plain: str) -> list[Weighed]:
        """Readings of an OncoTree, ICD-10-CM or ICD-O-3 morphology code."""
        if found := self._as_oncotree(text, plain):
            return found
        if icd10cm := _ICD10CM.fullmatch(plain):
            return self._by_classification("".join(icd10cm.groups()).upper())
        icdo = _ICDO.fullmatch(plain)
        row = self._lexicon.morphology.get(icdo.group(1)) if icdo else None
        return [Weighed(code, row.term, "code", 0.95, len(row.codes) == 1) for code in row.codes] if row else []

    def _as_oncotree(self, text: str, plain: str) -> list[Weighed]:
        """The node whose code the text is; with it what else the letters stand for, and then none is sure."""
        code = text if text in self._tree else plain.upper()
        cancer = self._tree.get(code)
        if cancer is None or (code != text and cancer.parent is None):
            return []  # an organ in small letters is a word
        entry = self._lexicon.as_written.get(plain)
        others = [other for other in entry.term.codes if other != code] if entry else []
        if code != text and entry is not None:
            return []  # in small letters the word comes before the code
        # Two or three small letters are more often a word or another abbreviation than the code.
        sure = not others and (text == code or (len(code) > 3 and plain not in self._lexicon.other_words))
        return [
            Weighed(code, code, "code", 1.0, sure),
            *(Weighed(other, code, "code", 0.95, sure=False) for other in others),
        ]

    def _by_classification(self, code: str) -> list[Weighed]:
        """The nodes of an ICD-10-CM code or of the nearest category above it, the most usual one first."""
        shown = code[:3] + ("." + code[3:] if code[3:] else "")
        for size in range(len(code), 2, -1):
            row = self._lexicon.icd10cm.get(code[:size])
            found = dict.fromkeys((*(row.codes if row else ()), *self._by_icd10cm.get(code[:size], ())))
            if found:
                return [Weighed(node, shown, "code", 0.95, not at) for at, node in enumerate(found)]
        return []

    def _read(self, tokens: Tokens) -> Found:
        """(matches, qualifiers) of the terms with the same words, with ever more split off that says no kind."""
        if found := self._look_up(tokens):
            return found, ()
        origin = self._origins.of(tokens)
        if origin is None:
            return self._described(tokens)
        spread = (" ".join(origin.spread),) if origin.spread else ()
        if origin.only_spread:
            return self._begun_elsewhere(tokens, origin.perhaps_there), spread
        matches, qualifiers = self._described(origin.began, spread)
        return matches, (*spread, *qualifiers)

    def _described(self, tokens: Tokens, spread: Tokens = ()) -> Found:
        """(matches, qualifiers) of what began, with qualifiers split off level by level; `spread` is where it went."""
        described = bool(spread) and telling(tokens) not in self._lexicon.sites
        if found := self._look_up(tokens, described):
            return found, ()
        before = tokens
        for level in range(len(LEVELS)):
            left, qualifiers = split_qualifiers(tokens, level)
            if left != before and (found := self._look_up(left, described or means_tumor(qualifiers))):
                return found, qualifiers
            before = left
        return [], ()

    def _read_sentence(self, tokens: Tokens) -> Found:
        """(matches, qualifiers) of a text without the words of the sentence around the cancer."""
        written = self._written_out.of(tokens)
        found = self._read(written) if written != tokens else ([], ())
        if found[0]:
            return found
        origin = self._origins.of(written) or Origin(written, (), only_spread=False)
        told = self._lexicon.without_talk(origin.began)
        spread = (" ".join(origin.spread),) if origin.spread else ()
        matches, qualifiers = self._described(told, spread)
        # An organ in a sentence about something else.
        return ([], ()) if _only_place(matches) and told != tokens else (matches, (*spread, *qualifiers))

    def _begun_elsewhere(self, tokens: Tokens, perhaps_there: bool) -> list[Weighed]:
        """What a text can mean that only says where a cancer went: any cancer, or after all one of that place."""
        entries = self._lexicon.by_tokens.get(_UNKNOWN_PRIMARY, [])
        unknown = [code for entry in entries for code in entry.term.codes]
        places = [code for _, codes in self._lexicon.sites_in(tokens) for code in codes]
        codes = dict.fromkeys((*places[:1], *unknown, *places) if perhaps_there else (*unknown, *places))
        return [
            Weighed(code, "secondary", PART_OF, 0.9 - 0.02 * at, sure=False, basis="elsewhere")
            for at, code in enumerate(codes)
        ]

    def _look_up(self, tokens: Tokens, described: bool = False) -> list[Weighed]:
        """Terms with the same canonical words: in order, in any order, or but for the word for tumour.

        `described` says that a stage, course or marker was given, so that a tumour is meant without the word.
        """
        lexicon, words = self._lexicon, bag(tokens)
        if not tokens:
            return []
        if entries := self._not_everyday(lexicon.by_tokens.get(tokens, [])):
            return merged(best_first(entries, tokens), 0.99)
        if entries := self._organs.not_likened(tokens, self._not_everyday(lexicon.by_bag.get(words, []))):
            return merged(best_first(entries, tokens), 0.97)
        of_tumor = described or any(map(names_a_tumor, words))
        told = content(words)
        if of_tumor and told and (entries := self._not_benign(words, self._with_content(tokens, told))):
            return merged(best_first(entries, tokens), 0.93)
        if joined := lexicon.joined.get("".join(tokens)):
            return matches_of(joined, 0.96)
        if found := self._bare_site(tokens, of_tumor):
            return found
        if telling(tokens) in lexicon.sites:
            return []
        if told and told.isdisjoint(lexicon.other_words) and (entries := self._with_content(tokens, told)):
            # An organ's word alone does not yet say that it is a cancer.
            kinds = [entry for entry in entries if entry.term.kind not in ANSWERED_BY_FIRST]
            found = merged(best_first(kinds or entries, tokens), 0.85 if len(told) > 1 else 0.8)
            return found if kinds else [match.scored(match.score, sure=False) for match in found]
        return []

    def _with_content(self, tokens: Tokens, told: frozenset[str]) -> list[Entry]:
        return self._organs.not_likened(tokens, self._lexicon.by_content.get(told, []))

    def _not_everyday(self, entries: list[Entry]) -> list[Entry]:
        """The entries, without letters that are an everyday word: beside other words they are that word."""
        everyday = self._lexicon.other_words
        return [entry for entry in entries if entry.term.kind != ABBREVIATION or entry.plain not in everyday]

    def _not_benign(self, words: frozenset[str], entries: list[Entry]) -> list[Entry]:
        """The entries, without those of benign tumours when the text says malignant or cancer."""
        if words.isdisjoint(MALIGNANT):
            return entries
        return [entry for entry in entries if not (entry.bag.isdisjoint(MALIGNANT) and self._benign(entry))]

    def _benign(self, entry: Entry) -> bool:
        codes = self._tree[entry.term.codes[0]].icd10cm
        return bool(codes) and all(code.startswith(("D1", "D2", "D3")) for code in codes)

    def _bare_site(self, tokens: Tokens, of_tumor: bool) -> list[Weighed]:
        """A place of the body: with a word for tumour its cancers, alone the question which cancer is meant."""
        told = tuple(token for token in telling(tokens) if token not in TUMOR_WORDS)
        row = self._lexicon.sites.get(told)
        if row is None or not (of_tumor or _NAMES_A_PLACE.issuperset(set(tokens) - set(told))):
            return []
        cancers = (code for entry in self._lexicon.by_content.get(frozenset(told), ()) for code in entry.term.codes)
        codes = dict.fromkeys((*row.codes, *cancers))
        one_organ = len({self._tree.root(code) for code in row.codes}) == 1 and row.codes[0] != "OTHER"
        basis = _SITE if of_tumor else _PLACE
        return [
            Weighed(code, row.term, "also called", 0.9 - 0.01 * at, of_tumor and one_organ and not at, basis)
            for at, code in enumerate(codes)
        ]

    def _best(self, read: Callable[[Tokens], Found], spellings: list[Spelling], typed: list[str]) -> Found:
        """What the likeliest of the spellings reads as; a spelling is worth its likeness to what was typed."""
        best: Found = ([], ())
        worth = 0.0
        for spelling, likeness in spellings:
            found, qualifiers = read(canonical_tokens(spelling))
            # A spelling that needs no qualifier split off to make sense is likelier.
            now = found[0].score * likeness - 0.03 * len(qualifiers) if found else 0.0
            if now > worth and not (_only_place(found) and likeness < _MISSPELT):
                corrected = likeness if spelling != typed else 1.0
                best, worth = ([match.spelled(corrected) for match in found], qualifiers), now
        return best

    def _explain(self, tokens: Tokens) -> Found:
        """(matches, qualifiers) of the terms nearest to a text that is none."""
        written = self._written_out.of(tokens)
        origin = self._origins.of(written)
        began = origin.began if origin and not origin.only_spread else written
        left, qualifiers = split_qualifiers(began, level=1)
        spread = (" ".join(origin.spread),) if origin and origin.spread else ()
        return self._explainer.explain(left, bool(spread) or means_tumor(qualifiers)), (*spread, *qualifiers)

    def _misspelt_kind(self, unknown: set[str]) -> bool:
        """Whether some unknown word is very near to the name of a kind of tumour."""
        nearest = (near for word in unknown for near in self._speller.nearest(word, 1))
        return any(likeness >= _MISSPELT and names_a_kind(known) for known, likeness in nearest)

    def _understood(self, word: str) -> bool:
        known = word in self._lexicon.other_words or word in self._speller or around(word) or word in SHORTHAND
        return known or all(map(self._lexicon.knows, canonical_tokens([word])))
