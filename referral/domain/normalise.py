"""Turns what people type into canonical tokens, so that spelling habits do not matter.

Unicode, case, punctuation, plural, possessive, British spelling, Roman numerals, an organ's adjectives and a few
phrases with one meaning. Pure; the work is bounded by `LONGEST`.
"""

import re
import unicodedata
from functools import lru_cache

from referral.domain.words import BRITISH, SAME_PHRASE, SAME_WORD, STOP_WORDS, TUMOR_WORDS

LONGEST = 300  # characters that are read; the longest name of the vocabulary has 130

MOST_WORDS = 40  # words that are read; the longest name has 20

_ROMAN = {
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "iia": "2a",
    "iib": "2b",
    "iiia": "3a",
    "iiib": "3b",
    "iiic": "3c",
}
_ROMAN |= {"iic": "2c", "iva": "4a", "ivb": "4b", "ivc": "4c", "ia": "1a", "ib": "1b", "ic": "1c"}
_NUMERALS = frozenset({"i", *_ROMAN})
_COUNTED = frozenset({"stage", "grade", "group", "type", "figo", "who", "class", "phase"})
_POSSESSIVE = re.compile(r"['’`´]s?\b")
_SIGN = re.compile(r"(?<=[a-z0-9])\+")
_NEGATIVE = re.compile(r"\b(er|pr|her2|alk|ph|bcr[- ]abl1?)-(?=[\s,;/)]|$)")
_WORD = re.compile(r"[a-z0-9]+")
_UNCHANGED_ENDINGS = ("ss", "us", "is", "as", "os", "ns")


def clean(text: str) -> str:
    """Lower case without accents, control characters and direction marks, one space between words, cut to LONGEST."""
    text = text[:LONGEST]
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(c if c.isprintable() else " " for c in plain if not unicodedata.combining(c)).split())


def _singular(word: str) -> str:
    if word.endswith("omas"):
        return word[:-1]
    if len(word) < 5 or not word.endswith("s") or word.endswith(_UNCHANGED_ENDINGS):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] + "is" if word.endswith("oses") else word[:-1]


@lru_cache(maxsize=20_000)
def _canonical(word: str) -> tuple[str, ...]:
    """The tokens one word stands for."""
    for british, american in BRITISH:
        word = word.replace(british, american)
    if word.endswith("omata"):
        word = word[:-2]
    word = SAME_WORD.get(word) or SAME_WORD.get(_singular(word)) or _singular(word)
    return tuple(word.split())


def _phrases() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """SAME_PHRASE by its first word, the longest phrase first."""
    table: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for phrase, same in sorted(SAME_PHRASE.items(), key=lambda item: -len(item[0].split())):
        table.setdefault(phrase.split()[0], []).append((tuple(phrase.split()), tuple(same.split())))
    return table


_PHRASES = _phrases()


def _replace_phrases(words: list[str]) -> list[str]:
    if _PHRASES.keys().isdisjoint(words):
        return words
    result: list[str] = []
    at = 0
    while at < len(words):
        for phrase, same in _PHRASES.get(words[at], ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                result.extend(same)
                at += len(phrase)
                break
        else:
            result.append(words[at])
            at += 1
    return result


def _arabic(words: list[str]) -> list[str]:
    """Roman numerals as digits; a lone `i` only where a stage, grade or type is counted."""
    if _NUMERALS.isdisjoint(words):
        return words
    return [
        "1" if word == "i" and at and words[at - 1] in _COUNTED else _ROMAN.get(word, word)
        for at, word in enumerate(words)
    ]


def surface_words(text: str) -> list[str]:
    """The words of a text as written, after `clean`: letters and digits only, signs spelled out."""
    if text.isascii() and text.replace(" ", "").isalnum():
        return _arabic(text.split()[:MOST_WORDS])  # the same words sooner: no signs to read
    text = _NEGATIVE.sub(r"\1 negative", text) if "-" in text else text
    text = _SIGN.sub(" positive ", text) if "+" in text else text
    text = _POSSESSIVE.sub("", text) if not text.isascii() or "'" in text or "`" in text else text
    return _arabic(_WORD.findall(text)[:MOST_WORDS])


def canonical_tokens(words: list[str]) -> tuple[str, ...]:
    """The canonical tokens of surface words, in their order."""
    flat = [token for word in words for token in _canonical(word)]
    return tuple(_replace_phrases(flat))


def bag(tokens: tuple[str, ...]) -> frozenset[str]:
    """The tokens that carry meaning, without their order."""
    return frozenset(tokens) - STOP_WORDS or frozenset(tokens)


def content(tokens: frozenset[str]) -> frozenset[str]:
    """The tokens that say which tumour, without those that only say that it is one."""
    return tokens - TUMOR_WORDS
