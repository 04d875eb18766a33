"""Abbreviations within a longer text, written out in the words of the vocabulary.

Alone an abbreviation is a term and looked up as such. Within a text its words are needed: "PDNEC of pancreas" is found
as the neuroendocrine carcinoma of the pancreas. Only letters that mean one cancer are written out.
"""

from collections import defaultdict
from functools import cached_property

from referral.domain.lexicon import ABBREVIATION, NEAREST, Entry, Lexicon, Tokens
from referral.domain.narrative import SHORTHAND, around
from referral.domain.normalise import canonical_tokens
from referral.domain.words import STOP_WORDS

_SHORTEST = 3  # letters; two are more often a word or a state
# Words of a sentence rather than letters.
_WORDS = frozenset({"ball", "cap", "cel", "men", "nut", "pin", "stump", "tin"})


def lettered(lexicon: Lexicon, token: str) -> list[Entry]:
    """The terms of letters within a text; none for an everyday word, a place or two letters alone."""
    if len(token) < _SHORTEST or token in _WORDS or token in lexicon.other_words or around(token):
        return []
    if (token,) in lexicon.sites:
        return []
    return [entry for entry in lexicon.by_tokens.get((token,), ()) if entry.term.kind == ABBREVIATION]


class WrittenOut:
    """Writes out the abbreviations of the vocabulary and those of doctors."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def of(self, tokens: Tokens) -> Tokens:
        """The tokens with abbreviations in words; the same tokens where there is none."""
        return tuple(word for token in tokens for word in self._words_of(token))

    def _words_of(self, token: str) -> Tokens:
        if short := SHORTHAND.get(token):
            return short
        for letters in (token, token.removesuffix("s")):
            for entry in lettered(self._lexicon, letters):
                if len(entry.term.codes) == 1:
                    return self._in_words(letters, entry)
        return (token,) if self._lexicon.knows(token) else self._singular(token)

    def _singular(self, token: str) -> Tokens:
        """Letters without the s of their plural, in words where there are some."""
        singular = token.removesuffix("s")
        words = canonical_tokens([singular])
        return words if words != (singular,) or singular in self._letters else (token,)

    def _in_words(self, letters: str, entry: Entry) -> Tokens:
        """The term with these initials among those of the same cancer, else the name of the cancer."""
        code = entry.term.codes[0]
        named = (other for other in self._by_code.get(code, ()) if _initials(other.tokens) == letters)
        found = next(named, None)
        if found is not None:
            return found.tokens
        return next((other.tokens for other in self._by_code.get(code, ())), (letters,))

    @cached_property
    def _letters(self) -> frozenset[str]:
        """The words of all abbreviations."""
        abbreviations = (entry for entry in self._lexicon.entries if entry.term.kind == ABBREVIATION)
        return frozenset(token for entry in abbreviations for token in entry.tokens if len(token) >= _SHORTEST)

    @cached_property
    def _by_code(self) -> dict[str, list[Entry]]:
        """The terms of one cancer alone that have several words, the cancer's own name first."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self._lexicon.entries:
            if len(entry.term.codes) == 1 and len(entry.tokens) > 1 and entry.term.kind not in (ABBREVIATION, NEAREST):
                found[entry.term.codes[0]].append(entry)
        return found


def _initials(tokens: Tokens) -> str:
    return "".join(token[0] for token in tokens if token not in STOP_WORDS)
