"""What a specialist answers: its fields, and what must be there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from referral.domain.codes import Agreement
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.intake import printable

LONG = 20_000
OPTION_FIELDS = ("name", "benefits", "risks")
MOST_OPTIONS = 10


@dataclass(frozen=True, slots=True)
class OpinionText:
    """A second opinion as written by the office."""

    diagnosis: str = ""
    stage: str = ""
    plan: str = ""
    options: tuple[Mapping[str, str], ...] = ()
    text: str = ""
    agreement: str = ""
    trial: str = ""


def check(opinion: OpinionText) -> None:
    """Raise `InvalidInput` where the opinion says nothing, too much, or in unknown words."""
    problems = list(_problems(opinion))
    if problems:
        raise InvalidInput(problems)


def _problems(opinion: OpinionText) -> Iterator[Invalid]:
    if not (opinion.diagnosis.strip() or opinion.plan.strip() or opinion.text.strip()):
        yield Invalid("opinion.text", "Write the opinion: a diagnosis, a plan, or a text.")
    if opinion.agreement and opinion.agreement not in set(Agreement):
        yield Invalid("opinion.agreement", f"Use one of: {', '.join(Agreement)}.")
    if len(opinion.options) > MOST_OPTIONS:
        yield Invalid("opinion.options", f"At most {MOST_OPTIONS} options.")
    fields = {name: getattr(opinion, name) for name in ("diagnosis", "stage", "plan", "trial", "text")}
    options = {f"options[{n}].{name}": o.get(name, "") for n, o in enumerate(opinion.options) for name in OPTION_FIELDS}
    for name, text in {**fields, **options}.items():
        if len(text) > LONG:
            yield Invalid(f"opinion.{name}", f"This is too long: at most {LONG:,} characters.")
        elif not printable(text):
            yield Invalid(f"opinion.{name}", "This holds control characters. Type it again.")
