"""One reading while it is being weighed, and the confidence that its score is worth."""

from bisect import bisect_right
from dataclasses import dataclass, replace

from referral.domain.lexicon import ANSWERED_BY_FIRST, EVERYDAY, NEAREST, Entry

UNSURE = 0.49  # the most that a reading may have whose text does not say which reading is meant
PART_OF = "part of"
NAMED_BY_WORDS = frozenset({"synonym", "former"})  # the kinds of terms that are neither names, letters nor families
_OPEN = "open"
_RIVALLED = 0.8  # what a confidence is worth when another cancer explains the text nearly as well

# What a score is worth, by what the reading rests on: (least score, share of right first readings).
# - Readings of a whole text are fitted on the 785 development cases, neighbouring groups joined until the shares rise
#   with the score.
# - Readings of a part of a text are too few there (57). They are fitted on the rows of the vocabulary, each asked for
#   after it had been left out, and held a little lower, because the tables know more than people write.
# - Doubts (site, open, family, loosely, namesake, unplaced) have 3 to 53 of the cases each and were chosen with all
#   of them in view. Their worth is therefore held towards the middle, not set to the share measured: families
#   were right in 2 of 7, words for several cancers in 50 of 53. More cases are to settle it.
_WORTH = {
    "exact name": ((0.0, 0.80), (0.90, 0.95), (0.96, 0.99)),
    "also called": ((0.0, 0.66), (0.92, 0.88), (0.98, 0.97)),
    "place": ((0.0, UNSURE),),  # a place of the body alone
    "site": ((0.0, 0.66),),  # a place of the body with a word for tumour, where no term has these words
    _OPEN: ((0.0, UNSURE), (0.70, 0.66)),  # words for several cancers, the usual one; it is asked which one is meant
    "family": ((0.0, 0.45), (0.90, 0.60)),  # a family or a description, answered by the cancer it mostly means
    "loosely": ((0.0, 0.66),),  # a term but for the word for tumour: a neoplasm need not be a carcinoma
    "namesake": ((0.0, 0.68),),  # words that are, but for the one for tumour, the name of another cancer
    "unplaced": ((0.0, 0.66),),  # no place is said, the answer has one, and the same kind stands elsewhere
    "code": ((0.0, 0.90), (0.90, 0.99)),
    "spelling": ((0.0, 0.60), (0.60, 0.90), (0.70, 0.98)),
    "nested": ((0.0, 0.60), (0.70, 0.84)),  # a term of several cancers, the first of which contains the others
    "nearest": ((0.0, 0.56), (0.90, 0.69)),  # a row that says so itself: no node means the words exactly
    "named": ((0.0, 0.69), (0.88, 0.84)),  # a kind and a place that are a term together
    "placed": ((0.0, 0.66), (0.86, 0.84)),  # a kind that the place has a node for
    "anywhere": ((0.0, 0.45), (0.70, 0.66)),  # a kind that occurs in many organs, at one of them
    "elsewhere": ((0.0, 0.35), (0.60, 0.52)),  # a kind of another organ than the one named
    "told": ((0.0, 0.45), (0.60, 0.56), (0.75, 0.66), (0.85, 0.78)),  # a term in a sentence of words that no term has
    "within": ((0.0, 0.42), (0.60, 0.56), (0.80, 0.69)),  # a term that leaves words of the text unexplained
    "shared": ((0.0, 0.42), (0.55, 0.56), (0.65, 0.66), (0.80, 0.69)),  # some words in common
    "organ": ((0.0, 0.35), (0.50, 0.45), (0.60, 0.56)),  # the organ alone, the kind not understood
}
_HOW = {"name": "exact name", NEAREST: PART_OF}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A reading with its `score` in 0..1; not `sure` where the text leaves open which of several is meant.

    `how` is what is said of it, `basis` the group whose share of right readings it has, where that is finer; `kind` the
    kind of the term that matched.
    """

    code: str
    matched_on: str
    how: str
    score: float
    sure: bool = True
    basis: str = ""
    rivalled: bool = False
    kind: str = ""

    def spelled(self, likeness: float) -> "Weighed":
        """The same match found after words were corrected; `likeness` 1 means that none was."""
        if likeness == 1:
            return self
        return replace(self, how=PART_OF if self.how == PART_OF else "spelling", score=self.score * likeness)

    def scored(self, score: float, sure: bool, basis: str = "") -> "Weighed":
        """The same match with another score."""
        return replace(self, score=score, sure=sure, basis=basis or self.basis)

    def part(self, share: float, basis: str) -> "Weighed":
        """The same match as that of a part of the text; `share` is how much of the text it explains."""
        return replace(self, how=PART_OF, score=self.score * share, basis=self.basis or basis)

    def beside_rivals(self) -> "Weighed":
        """The same match where another cancer explains the text nearly as well."""
        return replace(self, rivalled=True)


def calibrated(match: Weighed) -> float:
    """The share of readings like this one that are right, in 0..1."""
    steps = _WORTH[match.basis or match.how]
    worth = steps[bisect_right(steps, (match.score, 1.0)) - 1][1] * (_RIVALLED if match.rivalled else 1.0)
    most = worth if match.basis == _OPEN else UNSURE
    return round(worth if match.sure else min(worth, most) * (3 + match.score) / 4, 3)


def matches_of(entry: Entry, score: float, sure: bool = True) -> list[Weighed]:
    """The readings of one term; of several codes the first is sure only where the term answers by its first."""
    how = _HOW.get(entry.term.kind, "also called")
    nested = "nested" if entry.nested and entry.term.kind not in ANSWERED_BY_FIRST else ""
    basis = NEAREST if entry.term.kind == NEAREST else "family" if entry.term.kind == EVERYDAY else nested
    first = _OPEN if sure and entry.ambiguous and entry.term.kind in NAMED_BY_WORDS else basis
    sure = sure and not entry.ambiguous
    term = entry.term
    return [
        Weighed(code, term.term, how, score - 0.01 * at, sure and not at, basis if at else first, kind=term.kind)
        for at, code in enumerate(term.codes)
    ]


def merged(entries: list[Entry], score: float) -> list[Weighed]:
    """The readings of several terms with the same words; the first term's come first."""
    found: dict[str, Weighed] = {}
    for at, entry in enumerate(entries):
        for match in matches_of(entry, score, sure=not at):
            found.setdefault(match.code, match)
    return list(found.values())
