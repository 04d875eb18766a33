"""What a specialist answers: its fields, and what must be there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from referral.domain.codes import Agreement, Impact
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.phrases import phrase
from referral.domain.texts import unusable

LONG = 20_000
OPTION_FIELDS = ("name", "benefits", "risks")
MOST_OPTIONS = 10
MOST_OPEN_QUESTIONS = 10

DETAILS: Mapping[str, str] = {
    "subtype": phrase("Exact type"),
    "grade": phrase("Grade: how the cells look"),
    "biomarkers": phrase("Markers: what tests of the tumor found"),
    "intent": phrase("Aim of the treatment"),
    "surgery": phrase("Surgery"),
    "systemic": phrase("Cancer drugs"),
    "radiation": phrase("Radiation"),
    "observation": phrase("Watching without treatment"),
    "prognosis": phrase("Outlook, in their words"),
}
"""Fields of an opinion beyond diagnosis, stage and plan, with their words for patients; each may stay empty."""

FIRST: Mapping[str, str] = {
    "diagnosis": phrase("Diagnosis"),
    "stage": phrase("Stage"),
    "plan": phrase("Plan"),
    **DETAILS,
    "organization": phrase("Where"),
}
"""What a patient can say of the first opinion, with its words, in the order in which everybody reads it."""


@dataclass(frozen=True, slots=True)
class OpinionText:
    """A second opinion as written by the office; `details` by the names of `DETAILS`."""

    diagnosis: str = ""
    stage: str = ""
    plan: str = ""
    options: tuple[Mapping[str, str], ...] = ()
    text: str = ""
    agreement: str = ""
    trial: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    impact: str = ""
    open_questions: tuple[str, ...] = ()


def check(opinion: OpinionText) -> None:
    """Raise `InvalidInput` where the opinion says nothing, too much, or in unknown words."""
    problems = list(_problems(opinion))
    if problems:
        raise InvalidInput(problems)


def said_of_the_first(first: Mapping[str, str]) -> list[tuple[str, str]]:
    """The words and the text of everything that was said of the first opinion; what is unknown is left out."""
    return [(label, first[name]) for name, label in FIRST.items() if first.get(name)]


def check_details(details: Mapping[str, str], at: str) -> Iterator[Invalid]:
    """What is wrong with further fields that somebody wrote; `at` is the name of the field that holds them."""
    for name in details:
        if name not in DETAILS:
            yield Invalid(f"{at}.{name}", f"Use only: {', '.join(DETAILS)}.")
    for name, text in details.items():
        yield from unusable(f"{at}.{name}", text, LONG)


def _problems(opinion: OpinionText) -> Iterator[Invalid]:
    if not (opinion.diagnosis.strip() or opinion.plan.strip() or opinion.text.strip()):
        yield Invalid("opinion.text", "Write the opinion: a diagnosis, a plan, or a text.")
    yield from _unknown_code("opinion.agreement", opinion.agreement, tuple(Agreement))
    yield from _unknown_code("opinion.impact", opinion.impact, tuple(Impact))
    if len(opinion.options) > MOST_OPTIONS:
        yield Invalid("opinion.options", f"At most {MOST_OPTIONS} options.")
    if len(opinion.open_questions) > MOST_OPEN_QUESTIONS:
        yield Invalid("opinion.open_questions", f"At most {MOST_OPEN_QUESTIONS} questions.")
    fields = {name: getattr(opinion, name) for name in ("diagnosis", "stage", "plan", "trial", "text")}
    options = {f"options[{n}].{name}": o.get(name, "") for n, o in enumerate(opinion.options) for name in OPTION_FIELDS}
    questions = {f"open_questions[{n}]": question for n, question in enumerate(opinion.open_questions)}
    for name, text in {**fields, **options, **questions}.items():
        yield from unusable(f"opinion.{name}", text, LONG)
    yield from check_details(opinion.details, "opinion.details")


def _unknown_code(name: str, code: str, codes: Sequence[str]) -> Iterator[Invalid]:
    if code and code not in codes:
        yield Invalid(name, f"Use one of: {', '.join(codes)}.")
