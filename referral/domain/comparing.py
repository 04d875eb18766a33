"""Several opinions side by side, field by field. Nobody wins: what differs is marked, what it means is not judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from referral.domain.opinions import DETAILS
from referral.domain.phrases import phrase

FIELDS: Mapping[str, str] = {
    "diagnosis": phrase("Diagnosis: what it is"),
    "subtype": DETAILS["subtype"],
    "grade": DETAILS["grade"],
    "stage": phrase("Stage: how far it has spread"),
    "biomarkers": DETAILS["biomarkers"],
    "intent": DETAILS["intent"],
    "plan": phrase("Plan: treatment"),
    **{name: DETAILS[name] for name in ("surgery", "systemic", "radiation", "observation", "prognosis")},
}
"""What is compared, in this order, with its words for patients."""

ALWAYS = frozenset({"diagnosis", "stage", "plan"})
"""These rows are shown also where nobody wrote them: that a doctor left them out is worth a question."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field as each opinion has it, in the order of the opinions; empty where one says nothing about it."""

    name: str
    label: str
    texts: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether two of them say something, and not the same but for case and blanks."""
        return len({" ".join(text.split()).casefold() for text in self.texts} - {""}) > 1


def rows(opinions: Sequence[Mapping[str, str]]) -> list[Row]:
    """The rows for these opinions, each given by the names of `FIELDS`; rows in which nobody wrote are left out."""
    every = (Row(name, label, tuple(said.get(name, "") for said in opinions)) for name, label in FIELDS.items())
    return [row for row in every if row.name in ALWAYS or any(text.strip() for text in row.texts)]
