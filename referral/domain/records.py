"""Which medical records a second opinion needs, by cancer and question, and what becomes of each.

The table follows what second-opinion programs of US cancer centers publish that they ask for: reports and letters
always, the tissue where the diagnosis is the question, marrow and flow cytometry for blood cancers, the images
themselves for tumors of the brain. It says what is useful; mandatory is only what the contract names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from referral.domain.codes import Situation
from referral.domain.phrases import phrase

PATHOLOGY_REPORT = "pathology-report"
OTHER = "other"

NAMES = {
    PATHOLOGY_REPORT: phrase("Pathology report (what was seen under the microscope)"),
    "slides": phrase("Pathology slides or blocks (the tissue itself)"),
    "marrow-report": phrase("Bone marrow and flow cytometry reports (blood cells counted and typed)"),
    "imaging-reports": phrase("Imaging reports (CT, MRI, PET)"),
    "imaging": phrase("The images themselves (on disc or as files)"),
    "molecular-report": phrase("Molecular or genetic test results"),
    "blood-tests": phrase("Blood counts and tumor markers"),
    "treatment-summary": phrase("Treatment so far: what, when, and how it worked"),
    "operation-notes": phrase("Operation reports"),
    "radiation-plan": phrase("Radiation plan (where, how much, when)"),
    "medicines": phrase("List of medicines and allergies"),
    "clinic-letters": phrase("Letters from your doctors"),
    OTHER: phrase("Something else"),
}
"""Every record in plain words; a checklist keeps this order."""

_SHORT = {
    PATHOLOGY_REPORT: phrase("Pathology report"),
    "slides": phrase("Pathology slides or blocks"),
    "marrow-report": phrase("Bone marrow and flow cytometry reports"),
    "imaging-reports": phrase("Imaging reports"),
    "imaging": phrase("The images themselves"),
    "radiation-plan": phrase("Radiation plan"),
}

_BLOOD = frozenset({"Myeloid", "Lymphoid"})
_BRAIN = frozenset({"CNS/Brain"})
_WITH_MARKERS = _BLOOD | {"Testis", "Ovary/Fallopian Tube", "Liver", "Biliary Tract", "Pancreas", "Prostate", "Bowel"}
_BY_GENES = _BRAIN | {"Myeloid", "Lung", "Bowel", "Breast", "Skin", "Soft Tissue"}
_LEUKEMIA = frozenset({"Myeloid"})
TISSUES = _BLOOD | _BRAIN | _WITH_MARKERS | _BY_GENES
"""The tissues that the table speaks of, as the cancer tree spells them."""

_EVERY: frozenset[Situation] = frozenset(Situation)


class ItemState(StrEnum):
    """What became of one record."""

    NEEDED = "needed"
    ASKED = "asked"
    RECEIVED = "received"
    CHECKED = "checked"
    WAIVED = "waived"
    REFUSED = "refused"
    EXPIRED = "expired"


MISSING = frozenset({ItemState.NEEDED, ItemState.ASKED, ItemState.REFUSED, ItemState.EXPIRED})
"""States in which the record is not there, though nobody has waived it."""

THERE = frozenset({ItemState.RECEIVED, ItemState.CHECKED})
WITH_REASON = frozenset({ItemState.WAIVED, ItemState.REFUSED, ItemState.EXPIRED})
"""States that say nothing without why."""

ITEM_MOVES: Mapping[ItemState, frozenset[ItemState]] = {
    ItemState.NEEDED: frozenset({ItemState.ASKED, ItemState.WAIVED, ItemState.REFUSED}),
    ItemState.ASKED: frozenset(ItemState) - {ItemState.ASKED},
    ItemState.RECEIVED: frozenset({ItemState.NEEDED, ItemState.ASKED, ItemState.REFUSED, ItemState.EXPIRED}),
    ItemState.CHECKED: frozenset({ItemState.RECEIVED}),
    ItemState.WAIVED: MISSING,
    ItemState.REFUSED: frozenset({ItemState.NEEDED, ItemState.ASKED}),
    ItemState.EXPIRED: frozenset({ItemState.ASKED}) | THERE,
}
"""From which states each state is reached. A file that comes is received whatever was before."""

PATIENT_MOVES = frozenset({ItemState.REFUSED})
"""What a patient may say of a record besides sending it: that they cannot, or do not want to."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record; a mandatory one has to be there before a request is sent."""

    name: str
    mandatory: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    """A record is useful for these tissues (none named: all) in these situations, or always for `always` ones."""

    name: str
    situations: frozenset[Situation] = _EVERY
    tissues: frozenset[str] = frozenset()
    besides: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()

    def applies(self, situation: Situation | None, tissue: str) -> bool:
        if tissue in self.besides or (self.tissues and tissue not in self.tissues):
            return False
        return self.situations == _EVERY or tissue in self.always or situation in self.situations


_RULES = (
    _Rule(PATHOLOGY_REPORT),
    _Rule(
        "slides",
        frozenset({Situation.UNCERTAIN_DIAGNOSIS, Situation.RARE_OR_COMPLEX, Situation.DOCTORS_DISAGREE}),
    ),
    _Rule("marrow-report", tissues=_BLOOD),
    _Rule("imaging-reports", besides=_LEUKEMIA),
    _Rule(
        "imaging",
        frozenset(
            {
                Situation.RARE_OR_COMPLEX,
                Situation.DOCTORS_DISAGREE,
                Situation.MAJOR_TREATMENT_DECISION,
                Situation.RECURRENCE,
            }
        ),
        besides=_LEUKEMIA,
        always=_BRAIN,
    ),
    _Rule(
        "molecular-report",
        frozenset(
            {
                Situation.UNCERTAIN_DIAGNOSIS,
                Situation.RARE_OR_COMPLEX,
                Situation.RECURRENCE,
                Situation.MORE_OPTIONS,
            }
        ),
        always=_BY_GENES,
    ),
    _Rule("blood-tests", tissues=_WITH_MARKERS),
    _Rule(
        "treatment-summary",
        frozenset({Situation.MAJOR_TREATMENT_DECISION, Situation.RECURRENCE, Situation.MORE_OPTIONS}),
    ),
    _Rule("operation-notes", frozenset({Situation.RECURRENCE}), besides=_BLOOD),
    _Rule("radiation-plan", frozenset({Situation.RECURRENCE}), besides=_BLOOD),
    _Rule("medicines", frozenset({Situation.MAJOR_TREATMENT_DECISION, Situation.MORE_OPTIONS})),
    _Rule("clinic-letters"),
)


def short_name(name: str) -> str:
    """A record's name without what explains it."""
    return _SHORT.get(name, NAMES[name])


def checklist(situation: Situation | None, tissue: str = "") -> tuple[Record, ...]:
    """The records this question needs for a cancer of this tissue (an OncoTree tissue's name, empty: any).

    Only an uncertain diagnosis makes one mandatory: the pathology report.
    """
    unsure = situation is Situation.UNCERTAIN_DIAGNOSIS
    return tuple(
        Record(rule.name, unsure and rule.name == PATHOLOGY_REPORT)
        for rule in _RULES
        if rule.applies(situation, tissue)
    )


def may_become(state: ItemState, wanted: ItemState) -> bool:
    """Whether a record in one state may be put into another by somebody's word."""
    return state in ITEM_MOVES[wanted]


def possible_states(state: ItemState) -> tuple[ItemState, ...]:
    """The states somebody may put a record into now."""
    return tuple(wanted for wanted in ItemState if state in ITEM_MOVES[wanted])
