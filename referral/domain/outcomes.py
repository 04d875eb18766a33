"""What became of a second opinion, as the patient tells it: a few codes, which reports count."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from referral.domain.errors import Invalid, InvalidInput
from referral.domain.phrases import phrase

MOST_HELPED = 5


class Decided(StrEnum):
    """By which plan the patient goes on."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"
    OTHER = "other"
    NOT_YET = "not-yet"


class Changed(StrEnum):
    """What the second opinion changed for the patient."""

    DIAGNOSIS = "diagnosis"
    TREATMENT = "treatment"
    DOCTOR = "doctor"
    TIMING = "timing"
    MORE_CERTAIN = "more-certain"
    WORSE = "worse"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answers: codes of `Decided` and `Changed`, and 1 (not at all) to 5 (very much), 0 where nothing is said."""

    decided: str = ""
    changed: tuple[str, ...] = ()
    helped: int = 0


def check(outcome: Outcome) -> None:
    """Raise `InvalidInput` where an answer is none of the choices, or two of them cannot both be true."""
    problems = list(_problems(outcome))
    if problems:
        raise InvalidInput(problems)


def _problems(outcome: Outcome) -> Iterator[Invalid]:
    if outcome.decided not in set(Decided):
        yield Invalid("decided", phrase("Choose the plan you go on with, or “I have not decided yet”."))
    if not set(outcome.changed) <= set(Changed):
        yield Invalid("changed", phrase("Choose from these answers."))
    if Changed.NOTHING in outcome.changed and len(outcome.changed) > 1:
        yield Invalid("changed", phrase("You ticked “nothing” and something else. Leave one of them."))
    if not 0 <= outcome.helped <= MOST_HELPED:
        yield Invalid("helped", phrase("Choose one of these answers, or none."))
