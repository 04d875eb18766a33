"""Whether a second opinion may help: five questions, and what speaks for it in plain words. It decides nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from referral.domain.phrases import phrase


class Answer(StrEnum):
    """What somebody may answer to each question; no answer counts as not knowing."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Question(StrEnum):
    """The five questions, in the order of the page."""

    SOON = "soon"
    UNSURE = "unsure"
    DISAGREE = "disagree"
    BIG_STEP = "big-step"
    AT_EASE = "at-ease"


QUESTIONS: Mapping[Question, tuple[str, str]] = {
    Question.SOON: (
        phrase("Has a doctor said that treatment must start within days?"),
        phrase("Or that something is dangerous now, such as pressure on the spine or an acute leukemia."),
    ),
    Question.UNSURE: (
        phrase("Is the cancer rare, or is its exact name not certain?"),
        phrase("For example: few people have it, or the tissue was looked at only once."),
    ),
    Question.DISAGREE: (
        phrase("Do your doctors see it differently, or did a treatment not work as hoped?"),
        phrase("Also when the cancer has come back."),
    ),
    Question.BIG_STEP: (
        phrase("Is a big step ahead: surgery, chemotherapy or radiation?"),
        phrase("Something that cannot be undone, or with lasting effects."),
    ),
    Question.AT_EASE: (
        phrase("Do you understand the plan, and do you feel at ease with it?"),
        phrase("You need no medical reason to ask again."),
    ),
}
"""Each question with its hint."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the answers come to: whether to talk first, one sentence, and what speaks for it."""

    talk_first: bool
    sentence: str
    reasons: tuple[str, ...]


def weigh(answers: Mapping[Question, Answer]) -> Weighed:
    """What speaks for a second opinion after these answers. Somebody who must not wait is told so first."""
    reasons = tuple(_reasons(answers))
    return Weighed(answers.get(Question.SOON) is Answer.YES, _sentence(len(reasons)), reasons)


def _sentence(reasons: int) -> str:
    if reasons == 0:
        return phrase("Nothing you said calls for a second opinion. You may still ask for one: it is your right.")
    if reasons == 1:
        return phrase("One thing you said speaks for a second opinion.")
    return phrase("{number} things you said speak for a second opinion.", number=reasons)


def _reasons(answers: Mapping[Question, Answer]) -> Iterator[str]:
    unsure = answers.get(Question.UNSURE, Answer.UNKNOWN)
    if unsure is Answer.YES:
        yield phrase(
            "With a rare cancer, or a name that is not certain, a specialist who sees many such cases may find more."
        )
    elif unsure is Answer.UNKNOWN:
        yield phrase("You are not sure of the exact name. Asking for it is a good first question to any doctor.")
    if answers.get(Question.DISAGREE) is Answer.YES:
        yield phrase("When doctors differ, or a treatment did not work, a fresh look can show why, or show other ways.")
    if answers.get(Question.BIG_STEP) is Answer.YES:
        yield phrase("Before a step that cannot be undone, it helps to hear once more that it is the right one.")
    if answers.get(Question.AT_EASE) is Answer.NO:
        yield phrase("You are not at ease with the plan. That is reason enough. Doctors know it and are not offended.")
