"""Questions worth asking a specialist: those of this cancer, those of the situation, and those that fit any.

Those of a cancer are facts of the learn pages (`seed_data/learn/facts.csv`), which are English; the others are phrases.
"""

from collections.abc import Mapping

from referral.domain.codes import Situation
from referral.domain.learn import FactSheet
from referral.domain.phrases import Phrase, phrase

OF_CANCER = 3
"""So many at most about this cancer: a page that offers more is not read."""

OF_SITUATION: Mapping[Situation, tuple[Phrase, ...]] = {
    Situation.RARE_OR_COMPLEX: (
        phrase("How many people with this cancer do you treat in a year?"),
        phrase("Is there a center with a team for exactly this cancer?"),
    ),
    Situation.UNCERTAIN_DIAGNOSIS: (
        phrase("How sure is the diagnosis, and what else could it be?"),
        phrase("Should another laboratory look at the tissue, or is a further test needed?"),
    ),
    Situation.DOCTORS_DISAGREE: (
        phrase("My doctors see it differently. What would make you choose one way or the other?"),
        phrase("Would a further test decide between the two?"),
    ),
    Situation.MAJOR_TREATMENT_DECISION: (
        phrase("What can this treatment do for me, and what can it do to me?"),
        phrase("Is there a way that spares me the operation, the chemotherapy or the radiation?"),
    ),
    Situation.RECURRENCE: (
        phrase("Should the tissue be tested again, now that the cancer has come back?"),
        phrase("Which treatments are still open to me, and in which order?"),
    ),
    Situation.MORE_OPTIONS: (
        phrase("Is there a clinical trial (a study of a new treatment) that fits?"),
        phrase("Which treatments have I not been told of?"),
    ),
    Situation.REASSURANCE: (
        phrase("Is the plan what you would advise too? If not, what would you change?"),
        phrase("What happens if I wait a few weeks?"),
    ),
}

FOR_ANY = (
    phrase("What are my choices, and what is each one meant to achieve: cure, control, or comfort?"),
    phrase("How long can we safely take to decide?"),
)


def suggested(sheet: FactSheet, situation: Situation | None) -> tuple[str, ...]:
    """The questions to offer, the most special first, each once."""
    own = [fact.text for fact in sheet.questions if fact.at][:OF_CANCER]
    here = OF_SITUATION[situation] if situation else ()
    return tuple(dict.fromkeys((*own, *here, *FOR_ANY)))
