"""The nearest known words to a misspelt one: trigram candidates, re-scored by edit distance.

Trigrams find the few words worth comparing; RapidFuzz's optimal string alignment (a swapped pair counts once) decides.
Words that sound alike (c and k, i and y, f and ph, doubled letters) count as nearer.
"""

import re
from collections import Counter, defaultdict
from functools import lru_cache
from heapq import nlargest
from itertools import islice, product

from rapidfuzz.distance import OSA

from referral.domain.words import TUMOR_WORDS

SHORTEST = 4  # shorter words are abbreviations, where one letter more is another disease
LONGEST = 40
MOST_CORRECTED = 5  # unknown words of one text that are corrected
MOST_TRIED = 12  # ways to write one text
_CANDIDATES = 60

_SOUNDS = (("ph", "f"), ("ck", "k"), ("c", "k"), ("y", "i"), ("z", "s"), ("qu", "k"), ("ae", "e"), ("oe", "e"))
_DOUBLED = re.compile(r"(.)\1+")

Spelling = tuple[list[str], float]


@lru_cache(maxsize=20_000)
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
    return 1 if length < 6 else 2 if length < 10 else 3


class Speller:
    """Finds the known words nearest to an unknown one; `counts` says how often each known word occurs."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._words = [word for word in counts if len(word) >= SHORTEST and word.isalpha()]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for at, word in enumerate(self._words):
            for gram in trigrams(word):
                self._postings[gram].append(at)

    def __contains__(self, word: object) -> bool:
        return word in self._counts

    def nearest(self, word: str, limit: int = 3) -> list[tuple[str, float]]:
        """Up to `limit` known words with their likeness in 0..1, the likeliest first; none when nothing is near."""
        if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
            return []
        heard, found = sound(word), []
        for known in self._candidates(word):
            distance = OSA.distance(word, known, score_cutoff=3)
            alike = heard == sound(known)
            if alike or distance <= _edits_allowed(min(len(word), len(known))):
                cost = (0.5 if alike else distance) + 0.4 * (word[0] != known[0])
                found.append((cost, -self._counts[known], known))
        return [(known, max(0.0, 1 - cost / len(word))) for cost, _, known in sorted(found)[:limit]]

    def _candidates(self, word: str) -> list[str]:
        shared: Counter[int] = Counter()
        for gram in trigrams(word):
            shared.update(self._postings.get(gram, ()))
        # Short words rank first among those that share as many trigrams, so that frequent endings do not crowd out.
        ranked = nlargest(_CANDIDATES, shared, key=lambda at: 3 * shared[at] - len(self._words[at]))
        return [self._words[at] for at in ranked]

    def respaced(self, words: list[str]) -> list[str]:
        """The words with wrongly joined or split ones put right: `lungcancer`, `neuro blastoma`."""
        result: list[str] = []
        for word in words:
            joined = result[-1] + word if result else ""
            head = next((w for w in TUMOR_WORDS if word.endswith(w) and word[: -len(w)] in self), None)
            if joined in self and len(joined) > 6 and not (result[-1] in self and word in self):
                result[-1] = joined
            elif word not in self and head:
                result.extend((word[: -len(head)], head))
            else:
                result.append(word)
        return result

    def spellings(self, words: list[str], unknown: set[str]) -> list[Spelling]:
        """Ways to write a text with known words for the `unknown` ones, each with its likeness, likeliest first.

        The more words are unknown, the fewer ways are tried, so that the time for a text stays bounded.
        """
        choices: list[list[tuple[str, float]]] = []
        budget = MOST_CORRECTED
        for word in words:
            near = self.nearest(word) if word in unknown and budget else []
            budget -= bool(near)
            choices.append([*near, (word, 0.5)] if near else [(word, 1.0)])
        found: list[Spelling] = []
        for combination in islice(product(*choices), 256):
            likeness = 1.0
            for _, like in combination:
                likeness *= like
            found.append(([word for word, _ in combination], likeness))
        tried = MOST_TRIED if len(unknown) < 3 else max(2, MOST_TRIED // len(unknown))
        return sorted(found, key=lambda spelling: -spelling[1])[:tried]
