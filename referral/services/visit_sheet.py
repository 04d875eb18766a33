"""The sheet a patient takes along to their own doctor: both opinions, what differs, and the questions, as a PDF."""

from collections.abc import Iterator
from datetime import datetime

from referral import languages, reference
from referral.domain.phrases import joined, phrase
from referral.domain.plain_words import AGREEMENTS, IMPACTS
from referral.domain.status import day
from referral.languages import said
from referral.models import Opinion, ServiceRequest
from referral.services import aftermath
from referral.services.aftermath import Comparison
from referral.services.packet_pages import Part, sheet
from referral.services.patient_time import zone_of

TITLE = phrase("For the visit to my doctor")
TWO_OPINIONS = phrase(
    "Two opinions can differ and both be sound. Neither is marked as better here. "
    "The decision is the patient’s, together with their own doctor."
)
_NOT_GIVEN = phrase("not given")


def written(request: ServiceRequest, now: datetime) -> bytes:
    """The sheet as a PDF, in the patient's time zone and in the language of the page that it is taken from."""
    who = request.patient
    today = day(now.astimezone(zone_of(who.postcode)).date(), with_year=True)
    cancer = reference.cancers().get(request.oncotree_code)
    lines = (
        f"{who.given} {who.family}",
        cancer.named if cancer else request.oncotree_code,
        phrase("Request {number}, {today}", number=request.identifier, today=today),
    )
    language = languages.current()
    tag = "en-US" if language == languages.ENGLISH else languages.locale_of(language).replace("_", "-")
    return sheet(said(TITLE), [said(line) for line in lines], map(_said, _parts(request)), tag)


def _said(part: Part) -> Part:
    facts = [(said(label), said(text)) for label, text in part.facts]
    return Part(said(part.heading), facts, [said(text) for text in part.paragraphs])


def _parts(request: ServiceRequest) -> Iterator[Part]:
    compared = aftermath.comparison(request)
    given_at = [(phrase("First"), compared.first_by)] if compared.first_by else []
    yield Part(phrase("How to read this"), given_at, (TWO_OPINIONS,))
    for row in compared.rows:
        heading = phrase("{field} (differs)", field=row.label) if row.differs else row.label
        yield Part(heading, list(zip(_whose(compared), (text or _NOT_GIVEN for text in row.texts), strict=True)))
    for opinion in compared.every:
        yield from _of_one(opinion)
    if notes := aftermath.notes(request):
        yield Part(phrase("My own notes"), (), notes.split("\n"))


def _whose(compared: Comparison) -> list[str]:
    return [phrase("First"), *(opinion.task.role.practitioner.name for opinion in compared.opinions)]


def _of_one(opinion: Opinion) -> Iterator[Part]:
    judged = [joined((words, "."), "") for words in (_agreement(opinion), _impact(opinion)) if words]
    whose = phrase("From {name}", name=opinion.task.role.practitioner.name)
    yield Part(whose, (), [*judged, *(opinion.text.split("\n"))])
    if opinion.trial:
        yield Part(phrase("A clinical trial that may fit"), (), opinion.trial.split("\n"))
    for option in opinion.options:
        facts = ((phrase("For me"), option.get("benefits", "")), (phrase("To me"), option.get("risks", "")))
        choice = phrase("A choice: {name}", name=option.get("name", ""))
        yield Part(choice, [(label, text or _NOT_GIVEN) for label, text in facts])
    if opinion.open_questions:
        questions = [f"{n}. {text}" for n, text in enumerate(opinion.open_questions, 1)]
        yield Part(phrase("Questions that are open"), (), questions)


def _agreement(opinion: Opinion) -> str:
    return AGREEMENTS[opinion.agreement] if opinion.agreement else ""


def _impact(opinion: Opinion) -> str:
    return IMPACTS[opinion.impact] if opinion.impact else ""
