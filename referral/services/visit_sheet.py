"""The sheet a patient takes along to their own doctor: both opinions, what differs, and the questions, as a PDF."""

from collections.abc import Iterator
from datetime import datetime

from referral import reference
from referral.domain.plain_words import AGREEMENTS, IMPACTS
from referral.domain.status import day
from referral.models import Opinion, ServiceRequest
from referral.services import aftermath
from referral.services.aftermath import Comparison
from referral.services.packet_pages import Part, sheet
from referral.services.patient_time import zone_of

TWO_OPINIONS = (
    "Two opinions can differ and both be sound. Neither is marked as better here. "
    "The decision is the patient’s, together with their own doctor."
)


def written(request: ServiceRequest, now: datetime) -> bytes:
    """The sheet as a PDF, in the patient's time zone."""
    today = day(now.astimezone(zone_of(request.patient.postcode)).date(), with_year=True)
    who = f"{request.patient.given} {request.patient.family}, born {day(request.patient.birth_date, with_year=True)}"
    cancer = reference.cancers().get(request.oncotree_code)
    about = cancer.name if cancer else request.oncotree_code
    return sheet("For the visit to my doctor", (who, about, f"Request {request.identifier}, {today}"), _parts(request))


def _parts(request: ServiceRequest) -> Iterator[Part]:
    compared = aftermath.comparison(request)
    yield Part("How to read this", (), (TWO_OPINIONS,))
    for row in compared.rows:
        heading = f"{row.label} (differs)" if row.differs else row.label
        yield Part(heading, list(zip(_whose(compared), (text or "not given" for text in row.texts), strict=True)))
    for opinion in request.opinions:
        yield from _of_one(opinion)
    if notes := aftermath.notes(request):
        yield Part("My own notes", (), notes.split("\n"))


def _whose(compared: Comparison) -> list[str]:
    first = f"First, {compared.first_by}" if compared.first_by else "First"
    return [first, *(opinion.task.role.practitioner.name for opinion in compared.opinions)]


def _of_one(opinion: Opinion) -> Iterator[Part]:
    said = [f"{words}." for words in (_agreement(opinion), _impact(opinion)) if words]
    yield Part(f"From {opinion.task.role.practitioner.name}", (), [*said, *(opinion.text.split("\n"))])
    for option in opinion.options:
        facts = (("For me", option.get("benefits", "")), ("To me", option.get("risks", "")))
        yield Part(f"A choice: {option.get('name', '')}", [(label, text or "not given") for label, text in facts])
    if opinion.open_questions:
        yield Part("Questions that are open", (), [f"{n}. {text}" for n, text in enumerate(opinion.open_questions, 1)])


def _agreement(opinion: Opinion) -> str:
    return AGREEMENTS[opinion.agreement] if opinion.agreement else ""


def _impact(opinion: Opinion) -> str:
    return IMPACTS[opinion.impact] if opinion.impact else ""
