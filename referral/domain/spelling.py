"""The nearest known words to a misspelt one: trigram candidates, re-scored by edit distance.

Trigrams find the few words worth comparing, RapidFuzz's optimal string alignment (a swapped pair counts once) decides.
Words that sound alike (c and k, i and y, f and ph, doubled letters) count as nearer.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import OSA

SHORTEST = 4  # shorter words are abbreviations, where one letter is another disease
_SOUNDS = (
    ("ph", "f"),
    ("ck", "k"),
    ("c", "k"),
    ("y", "i"),
    ("z", "s"),
    ("qu", "k"),
    ("ae", "e"),
    ("oe", "e"),
    ("th", "t"),
    ("rh", "r"),
)
_DOUBLED = re.compile(r"(.)\1+")


def sound(word: str) -> str:
    """A rough key that words of the same sound share."""
    for letters, same in _SOUNDS:
        word = word.replace(letters, same)
    return _DOUBLED.sub(r"\1", word)


def trigrams(word: str) -> set[str]:
    """The runs of three letters of a word, with a mark at its beginning and end."""
    marked = f"^{word}$"
    return {marked[at : at + 3] for at in range(len(marked) - 2)}


def _edits_allowed(length: int) -> int:
    return 1 if length < 7 else 2 if length < 11 else 3


class Speller:
    """Finds the known words nearest to an unknown one; `weights` says how often each known word occurs."""

    def __init__(self, weights: Counter[str]) -> None:
        self._weights = weights
        self._words = [word for word in weights if len(word) >= SHORTEST and not word[0].isdigit()]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for at, word in enumerate(self._words):
            for gram in trigrams(word):
                self._postings[gram].append(at)

    def __contains__(self, word: object) -> bool:
        return word in self._weights

    def nearest(self, word: str, limit: int = 3) -> list[tuple[str, float]]:
        """Up to `limit` known words with their likeness in 0..1, the likeliest first; none when nothing is near."""
        if not SHORTEST <= len(word) <= 40:
            return []
        found = []
        for known in self._candidates(word):
            distance = OSA.distance(word, known, score_cutoff=3)
            same_sound = sound(word) == sound(known)
            if distance <= _edits_allowed(min(len(word), len(known))) or same_sound:
                cost = 0.5 if same_sound else float(distance)
                found.append((cost - 0.3 * (word[0] == known[0]), -self._weights[known], known))
        return [(known, max(0.0, 1 - max(cost, 0) / len(word))) for cost, _, known in sorted(found)[:limit]]

    def _candidates(self, word: str) -> Iterable[str]:
        shared: Counter[int] = Counter()
        for gram in trigrams(word):
            shared.update(self._postings.get(gram, ()))
        return [self._words[at] for at, _ in shared.most_common(40)]
