"""What a cancer is called: its other names, sorted into those worth reading and those worth finding.

The vocabulary also holds misspellings, bare stems, several words for the same, and names with a stage or a gene beside
them, so that searches find them. A page shows the names that say something new; the others stand behind them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from referral.domain.cancers import Cancer, CancerTree
from referral.domain.lexicon import ABBREVIATION, ORGAN, Term, names_a_tumor
from referral.domain.normalise import canonical_tokens, clean, surface_words
from referral.domain.qualifiers import split_qualifiers

NAMING = frozenset({"synonym", "former", ABBREVIATION, "everyday", ORGAN})
_FIRST_MEANT = frozenset({"everyday", ORGAN})
"""Kinds of terms whose first code is the answer and whose others are further readings."""
_MOST_MEANT = 3
LONGEST = 60
"""Characters of a name that is worth reading in a line of names; longer ones describe rather than name."""

_SMALL_WORDS = frozenset(
    ["a", "an", "and", "the", "of", "in", "with", "de", "del", "la", "las", "el", "los", "en", "con", "y", "nos"]
)
_ANY_TUMOR = frozenset(
    [
        *("cancer", "carcinoma", "tumor", "tumores", "neoplasm", "neoplasia", "malignancy", "malignant", "maligno"),
        *("primary", "primario", "type"),
    ]
)
_SLANG = frozenset(["boob", "gut", "guts", "tummy", "butt", "black", "tripa", "tripas", "jodkin", "edwin", "erwing"])
"""Words that searches know and that nobody wants to read on a page."""

_COURSE_ES = re.compile(
    r"\b(?:metasta\w*|avanzad\w*|infantil|en ninos|grado|etapa|recurrente|terminal|hereditari\w*)\b"
)
_DESCRIBES_ES = re.compile(
    r"^(?:el|la|mi|un|una)\b|\b(?:un|una|peor|cancerosos?|cancerosas?|bebe|con cancer|con pelo|de naranja|que produce"
    r"|regad[ao]|triple negativo|por el sol)\b"
)
"""Spanish words that describe an illness rather than name it; searches know them."""
_MISSPELT = 2  # a word of this many letters' difference to a name shown before is that name misspelt
_SHORT_FORM = re.compile(r"[A-Z][A-Za-z0-9/-]{1,7}")
_TOKEN = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[bt]|nk|ig[agm]|[a-z]{2,5}\d+[a-z]?", re.IGNORECASE)
"""Letters that are written large in any name: B and T cells, immunoglobulins, genes and markers with a number."""

_WRITTEN = {
    word.lower(): word
    for word in (
        "Askin", "Barr", "Barrett", "Bowen", "Brenner", "Burkitt", "Carney", "Castleman", "Chester", "Cowden",
        "Cushing", "Dorfman", "Down", "Duclos", "Epstein", "Erdheim", "Ewing", "Grawitz", "Hodgkin", "Hurthle",
        "Hürthle", "Kaposi", "Klatskin", "Krukenberg", "Langerhans", "Lennert", "Leydig", "Lhermitte", "Lindau",
        "Lynch", "Merkel", "Paget", "Pancoast", "Richter", "Rosai", "Schwann", "Sertoli", "Sezary", "Sézary", "Spitz",
        "Waldenstrom", "Waldenström", "Warthin", "Wilms", "AIDS", "ALK", "BRAF", "CNS", "EBV", "EGFR", "ER", "HIV",
        "HPV", "IDH", "KIT", "KRAS", "MALT", "NF1", "NOS", "PR", "SDH", "SHH", "WNT",
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """One name; `also` holds the codes of other cancers that the same words name."""

    text: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What one cancer is called beside its name in the tree, the usual names first.

    `more` holds the other words that lead to it: forms of it, loose words, misspellings, in both languages.
    """

    english: tuple[Name, ...] = ()
    short: tuple[Name, ...] = ()
    spanish: tuple[Name, ...] = ()
    more: tuple[Name, ...] = ()


class Naming:
    """The other names of every cancer, sorted out when they are first asked for."""

    def __init__(self, tree: CancerTree, terms: Iterable[Term]) -> None:
        self._tree = tree
        self._terms: dict[str, list[Term]] = defaultdict(list)
        self._known: dict[str, Names] = {}
        for term in terms:
            if term.kind in NAMING:
                for code in term.codes[:1] if term.kind in _FIRST_MEANT else term.codes:
                    self._terms[code].append(term)

    def of(self, code: str) -> Names:
        """The other names of one cancer; all empty where there are none."""
        if code not in self._known:
            self._known[code] = _sorted_out(self._tree[code], self._terms.get(code, ()))
        return self._known[code]


def _sorted_out(cancer: Cancer, terms: Sequence[Term]) -> Names:
    everyday_first = sorted(terms, key=lambda term: _place(cancer, term))
    english = [term for term in everyday_first if term.language == "en" and term.kind != ABBREVIATION]
    spanish = [term for term in everyday_first if term.language == "es" and _is_a_spanish_name(term)]
    short = [term for term in everyday_first if term.kind == ABBREVIATION and _is_short(cancer, term)]
    shown_english = _worth_reading(cancer, [term for term in english if _is_a_name(cancer, term) and _is_close(term)])
    shown_spanish = _worth_reading(cancer, spanish)
    shown = {*shown_english, *shown_spanish, *short}
    return Names(
        english=tuple(_name(cancer, term) for term in shown_english),
        short=tuple(_name(cancer, term) for term in short),
        spanish=tuple(_name(cancer, term) for term in shown_spanish),
        more=tuple(_name(cancer, term) for term in everyday_first if term not in shown),
    )


def _place(cancer: Cancer, term: Term) -> tuple[bool, bool]:
    """Names of this cancer alone before shared ones, and among them "… cancer" before other everyday words."""
    shared = len(term.codes) > 1 and term.kind not in _FIRST_MEANT
    plain = term.kind == ORGAN and any(word in term.term for word in ("cancer", "cáncer"))
    return shared, not plain


def _is_short(cancer: Cancer, term: Term) -> bool:
    return bool(_SHORT_FORM.fullmatch(term.term)) and term.term not in (cancer.name, cancer.code) and _is_close(term)


def _is_close(term: Term) -> bool:
    """Whether the words name this cancer and at most one or two others."""
    return term.kind in _FIRST_MEANT or len(term.codes) <= _MOST_MEANT


def _is_a_name(cancer: Cancer, term: Term) -> bool:
    """Whether English words name a tumour, without a stage, age or marker that the cancer's own name lacks."""
    words, own = _words(term.term), _words(cancer.name)
    _, qualifiers = split_qualifiers(words, 1)
    said = {word for qualifier in qualifiers for word in qualifier.split()}
    readable = len(term.term) <= LONGEST and not _SLANG & set(words)
    return readable and any(map(names_a_tumor, words)) and said <= set(own)


def _is_a_spanish_name(term: Term) -> bool:
    """Whether Spanish words name a cancer, without a stage or an age."""
    plain = clean(term.term)
    readable = term.kind != ABBREVIATION and len(plain) <= LONGEST and not _SLANG & set(plain.split())
    return readable and not _COURSE_ES.search(plain) and not _DESCRIBES_ES.search(plain)


def _worth_reading(cancer: Cancer, terms: Sequence[Term]) -> list[Term]:
    """The terms that say something new: no part of the cancer's own name, no form of it, nothing said before."""
    own = [_telling(text) for text in (cancer.name, cancer.name.partition(",")[0], cancer.called, cancer.code)]
    seen, kept = list(own), []
    for term in terms:
        words = _telling(term.term)
        of_its_own = not any(set(words) <= set(name) or set(words) >= set(name) for name in own if name)
        if of_its_own and not any(_the_same(words, other) for other in seen):
            seen.append(words)
            kept.append(term)
    return kept


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in canonical_tokens(surface_words(clean(text))) if word not in _SMALL_WORDS)


def _telling(text: str) -> tuple[str, ...]:
    """The words that tell one cancer from another, in their order; a text of common words alone keeps them."""
    words = _words(text)
    return tuple(word for word in words if word not in _ANY_TUMOR) or words


def _the_same(words: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the words are the other ones in any order, or but for a blank, a hyphen or a slip in one of them."""
    if sorted(words) == sorted(other) or "".join(words) == "".join(other):
        return True
    apart = sorted(set(words) ^ set(other))
    if len(words) != len(other) or len(apart) != 2 or min(map(len, apart)) <= 6:
        return False
    return Levenshtein.distance(*apart) <= _MISSPELT


def _name(cancer: Cancer, term: Term) -> Name:
    also = tuple(code for code in term.codes if code != cancer.code)
    code = {cancer.code.lower(): cancer.code} if cancer.parent and len(cancer.code) > 2 else {}
    text = term.term if term.kind == ABBREVIATION else _as_printed(term.term, code)
    return Name(text, () if term.kind in _FIRST_MEANT else also)


def _as_printed(text: str, own: Mapping[str, str]) -> str:
    """A name with its capitals: the first letter, people's names, and letters that stand for cells and genes."""

    def written(match: re.Match[str]) -> str:
        word = match.group()
        if _LETTERS.fullmatch(word):
            return word.upper() if len(word) < 3 or not word.startswith("ig") else f"Ig{word[2:].upper()}"
        return _WRITTEN.get(word) or own.get(word, word)

    printed = _TOKEN.sub(written, text)
    return printed[:1].upper() + printed[1:]


def within_sentence(text: str) -> str:
    """A name as it stands within a sentence: small at its beginning, unless that is a person's name or letters."""
    first = _TOKEN.match(text)
    written = first is not None and (first.group() in _WRITTEN.values() or not first.group()[1:].islower())
    return text if written else text[:1].lower() + text[1:]
