"""Which medical records a second opinion needs, in plain words, depending on why somebody asks."""

from dataclasses import dataclass

from referral.domain.codes import Situation

PATHOLOGY_REPORT = "pathology-report"

NAMES = {
    PATHOLOGY_REPORT: "Pathology report (what was seen under the microscope)",
    "slides": "Pathology slides or blocks (the tissue itself)",
    "imaging-reports": "Imaging reports (CT, MRI, PET)",
    "imaging": "The images themselves (on disc or as files)",
    "molecular-report": "Molecular or genetic test results",
    "treatment-summary": "Treatment so far: what, when, and how it worked",
    "clinic-letters": "Letters from your doctors",
}
_ALWAYS = (PATHOLOGY_REPORT, "imaging-reports", "clinic-letters")
_MORE = {
    Situation.UNCERTAIN_DIAGNOSIS: ("slides", "molecular-report"),
    Situation.RARE_OR_COMPLEX: ("slides", "imaging", "molecular-report"),
    Situation.DOCTORS_DISAGREE: ("slides", "imaging"),
    Situation.MAJOR_TREATMENT_DECISION: ("imaging", "treatment-summary"),
    Situation.RECURRENCE: ("imaging", "treatment-summary", "molecular-report"),
    Situation.MORE_OPTIONS: ("treatment-summary", "molecular-report"),
}


@dataclass(frozen=True, slots=True)
class Record:
    """One record; a mandatory one has to be there before a request is sent."""

    name: str
    mandatory: bool


def checklist(situation: Situation | None) -> tuple[Record, ...]:
    """The records this question needs. Only an uncertain diagnosis makes one mandatory: the pathology report."""
    names = _ALWAYS + (_MORE.get(situation, ()) if situation else ())
    unsure = situation is Situation.UNCERTAIN_DIAGNOSIS
    return tuple(Record(name, unsure and name == PATHOLOGY_REPORT) for name in names)
