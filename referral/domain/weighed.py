"""One reading while it is being weighed, and the confidence that its score is worth."""

from bisect import bisect_right
from dataclasses import dataclass, replace

from referral.domain.lexicon import NEAREST, Entry

UNSURE = 0.49  # the most that a reading may have whose text does not say which reading is meant

# What a score is worth, by how the term matched: (least score, share of right first readings). Fitted on the 785
# development cases, neighbouring groups joined until the shares rise with the score. Fitted on one half and measured
# on the other the calibration error is 0.05, most of it from the unsure readings: they are held below 0.5 although
# nine in ten of them are among the right answers.
_WORTH = {
    "exact name": ((0.0, 0.80), (0.90, 0.95), (0.98, 0.98)),
    "also called": ((0.0, 0.70), (0.92, 0.84), (0.96, 0.88), (0.98, 0.95)),
    "code": ((0.0, 0.90), (0.90, 0.97)),
    "spelling": ((0.0, 0.60), (0.60, 0.90), (0.70, 0.95)),
    "part of": ((0.0, 0.35), (0.45, 0.52), (0.55, 0.66), (0.65, 0.76)),
}
_HOW = {"name": "exact name", NEAREST: "part of"}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A reading with its `score` in 0..1; not `sure` where the text leaves open which of several is meant."""

    code: str
    matched_on: str
    how: str
    score: float
    sure: bool = True

    def spelled(self, likeness: float) -> "Weighed":
        """The same match found after words were corrected; `likeness` 1 means that none was."""
        return replace(self, how="spelling", score=self.score * likeness) if likeness < 1 else self

    def scaled(self, likeness: float) -> "Weighed":
        """The same match with its score lowered to what the spelling is worth."""
        return replace(self, score=self.score * likeness)


def calibrated(match: Weighed) -> float:
    """The share of readings like this one that are right, in 0..1."""
    steps = _WORTH[match.how]
    worth = steps[bisect_right(steps, (match.score, 1.0)) - 1][1]
    return worth if match.sure else round(min(worth, UNSURE) * match.score, 3)


def matches_of(entry: Entry, score: float, sure: bool = True) -> list[Weighed]:
    """The readings of one term; of several codes the first is sure only where the term answers by its first."""
    how = _HOW.get(entry.term.kind, "also called")
    sure = sure and not entry.ambiguous
    return [
        Weighed(code, entry.term.term, how, score - 0.01 * at, sure and not at)
        for at, code in enumerate(entry.term.codes)
    ]


def merged(entries: list[Entry], score: float) -> list[Weighed]:
    """The readings of several terms with the same words; the first term's come first."""
    found: dict[str, Weighed] = {}
    for at, entry in enumerate(entries):
        for match in matches_of(entry, score, sure=not at):
            found.setdefault(match.code, match)
    return list(found.values())
