"""Finds the names of cancers that stand within a longer text."""

from collections.abc import Iterator
from dataclasses import dataclass

from referral.domain.lexicon import Entry, Lexicon, Tokens, names_a_tumor
from referral.domain.normalise import bag, content
from referral.domain.organs import Organs
from referral.domain.shorthand import lettered
from referral.domain.words import STOP_WORDS

_LONGEST = 8  # words of a name that is looked for within a text, without those that carry no meaning
_OF_NAMES = frozenset({"disease", "disorder"})  # words without meaning of their own that end the names of some cancers


@dataclass(frozen=True, slots=True)
class Span:
    """Terms with the same words and where in a text they stand: from `start` to before `end`."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    weight: float

    def overlaps(self, other: "Span") -> bool:
        """Whether two spans share a word."""
        return self.start < other.end and other.start < self.end


class Spotter:
    """Looks for terms, word for word but in any order, in windows of a text."""

    def __init__(self, lexicon: Lexicon, organs: Organs) -> None:
        self._lexicon = lexicon
        self._organs = organs

    def spans(self, tokens: Tokens, described: bool) -> list[Span]:
        """The terms in a text that name a tumour and do not overlap, those that say most first.

        In a text that is `described` a tumour is meant, so that the word for it may be missing.
        """
        chosen: list[Span] = []
        for span in sorted(self._all(tokens, described), key=lambda span: (-span.weight, span.start)):
            if not any(map(span.overlaps, chosen)):
                chosen.append(span)
        return chosen

    def _all(self, tokens: Tokens, described: bool) -> Iterator[Span]:
        telling = [at for at, token in enumerate(tokens) if token not in STOP_WORDS or token in _OF_NAMES]
        for first in range(len(telling)):
            for size in range(1, min(_LONGEST, len(telling) - first) + 1):
                start, end = telling[first], telling[first + size - 1] + 1
                if not self._stands_in_terms(tokens[end - 1]):
                    break  # no longer window has a term either
                if entries := self._terms(tokens[start:end], described):
                    yield Span(start, end, tuple(entries), self._weight(tokens[start:end]))

    def _stands_in_terms(self, token: str) -> bool:
        return self._lexicon.knows(token) or (token,) in self._lexicon.by_tokens

    def _terms(self, window: Tokens, described: bool) -> list[Entry]:
        lexicon, words = self._lexicon, bag(window)
        if len(window) == 1 and not names_a_tumor(window[0]):
            return lettered(self._lexicon, window[0])
        told = content(words)
        if not told:
            return []
        if not any(map(names_a_tumor, words)):
            return self._names_without_tumor(window, described)
        found = lexicon.by_tokens.get(window) or lexicon.by_bag.get(words)
        if found is None and len(told) < len(words):
            found = [entry for entry in lexicon.by_content.get(told, ()) if len(entry.bag) > len(told)]
        return self._organs.not_likened(window, found or ())

    def _names_without_tumor(self, window: Tokens, described: bool) -> list[Entry]:
        """Names such as "mycosis fungoides", word for word; no place and no everyday words."""
        lexicon = self._lexicon
        found = lexicon.by_tokens.get(window, []) if len(window) > 1 else []
        if described and not found and len(window) > 1:
            found = lexicon.by_content.get(bag(window), [])
        if not found or not lexicon.other_words.isdisjoint(window) or window in lexicon.sites:
            return []
        return [entry for entry in found if not entry.content <= lexicon.site_words(entry.tokens)]

    def _weight(self, window: Tokens) -> float:
        """What the words say together; places and words for tumour say a little, so that longer names win."""
        words = bag(window)
        told = content(words) - self._lexicon.site_words(window)
        return self._lexicon.weigh(told) + 0.2 * len(words)
