"""A macro: a few steps that the desk takes one after the other again and again, under one name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from referral.domain.errors import Invalid
from referral.domain.lifecycle import Action
from referral.domain.records import NAMES
from referral.domain.reply_templates import LONGEST_NAME, ReplyKind
from referral.domain.texts import printable


class Do(StrEnum):
    """What a step does, in the order in which the steps are taken."""

    ASSIGN = "assign"
    NOTE = "note"
    MESSAGE = "message"
    RECORDS = "records"
    HOLD = "hold"


WORDS: Mapping[Do, str] = {
    Do.ASSIGN: "Assign it to whoever presses the button",
    Do.NOTE: "Keep an internal note",
    Do.MESSAGE: "Write to the patient",
    Do.RECORDS: "Ask for records",
    Do.HOLD: "Put it on hold",
}
"""What the form of a macro calls each step."""

NEEDS: Mapping[Do, Action | None] = {
    Do.ASSIGN: Action.ASSIGN,
    Do.NOTE: Action.NOTE,
    Do.MESSAGE: None,
    Do.RECORDS: Action.REQUEST_RECORDS,
    Do.HOLD: Action.HOLD,
}
"""The action of the lifecycle that a step takes; words to the patient are none."""

TEMPLATES: Mapping[Do, frozenset[ReplyKind]] = {
    Do.NOTE: frozenset({ReplyKind.NOTE}),
    Do.MESSAGE: frozenset({ReplyKind.PATIENT}),
    Do.RECORDS: frozenset({ReplyKind.RECORDS}),
    Do.HOLD: frozenset({ReplyKind.NOTE}),
}
"""The kinds of template whose words a step may use."""

WITH_WORDS = frozenset({Do.NOTE, Do.MESSAGE})
"""Steps that do nothing without words."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `template` is the id of the template with its words, `records` are codes besides the template's."""

    do: Do
    template: str = ""
    records: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        """The step as a row keeps it."""
        return {"do": self.do.value, "template": self.template, "records": list(self.records)}


def steps_of(kept: Sequence[Mapping[str, Any]]) -> list[Step]:
    """The steps of a row, in the order in which they are taken."""
    made = [Step(Do(one["do"]), one["template"], tuple(one["records"])) for one in kept]
    return sorted(made, key=lambda step: list(Do).index(step.do))


def problems(name: str, steps: Sequence[Step]) -> list[Invalid]:
    """What is wrong with a macro that somebody typed."""
    found = []
    if not name or len(name) > LONGEST_NAME or not printable(name):
        found.append(Invalid("name", f"Enter a name of at most {LONGEST_NAME} characters."))
    if not steps:
        found.append(Invalid("steps", "Tick at least one step."))
    for step in steps:
        if step.do in WITH_WORDS and not step.template:
            found.append(Invalid(f"{step.do}.template", f"{WORDS[step.do]}: choose the template with the words."))
        if any(record not in NAMES for record in step.records):
            found.append(Invalid("records", "Choose records of the list."))
    return found
