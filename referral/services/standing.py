"""Gathers from a request's rows what its status sentence, its timeline and its comparison say to the patient."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from referral.domain import status
from referral.domain.lifecycle import Action, Stage
from referral.domain.records import NAMES
from referral.domain.status import Standing
from referral.models import Opinion, ReferralTask, ServiceRequest

SAID_NO = (Action.DECLINE, Action.PASS_DEADLINE)
QUOTED = (Action.REQUEST_INFORMATION, Action.ANSWER_INFORMATION, Action.PROPOSE_DATES)
"""Actions whose text is meant for the patient, or is the patient's own."""

FIELDS = (
    ("diagnosis", "Diagnosis: what it is"),
    ("stage", "Stage: how far it has spread"),
    ("plan", "Plan: treatment"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the patient reads it; `quote` is what the office or the patient wrote."""

    at: datetime
    text: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the first and the second opinion side by side."""

    label: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Whether both say something, and not the same but for case and blanks."""
        one, other = (" ".join(text.split()).casefold() for text in (self.first, self.second))
        return bool(one and other) and one != other


def standing(request: ServiceRequest, now: datetime) -> Standing:
    """What the status sentence rests on."""
    task = request.current_task
    declined_by, reason = _last_no(request)
    return Standing(
        stage=Stage(request.stage),
        specialist=_called(task) if task else "the specialist",
        due=request.next_by.date() if request.next_by else None,
        late=request.next_by is not None and request.next_by < now,
        appointment=task.appointment_on if task else None,
        declined_by=declined_by,
        reason=reason,
        contact_confirmed=request.contact_confirmed_at is not None,
        has_email=_writes_mail(request),
        missing=tuple(NAMES.get(i.name, i.name) for i in request.record_items if i.status in ("needed", "asked")),
        nobody_chosen=not request.shortlist and not request.tasks,
        advice_only=bool(request.opinions) and request.opinions[-1].advice_only,
    )


def timeline(request: ServiceRequest) -> list[Line]:
    """The history in the patient's words, the newest first; what is internal stays out."""
    tasks = {task.id: _called(task) for task in request.tasks}
    lines = []
    for event in request.events:
        text = status.line(event.action, tasks.get(event.task_id, "") if event.task_id else "", event.reason)
        if text:
            lines.append(Line(event.at, text, event.text if event.action in QUOTED else ""))
    return lines[::-1]


def open_question(request: ServiceRequest) -> str:
    """What the office asked last, empty where nothing is asked now."""
    asked = (event.text for event in reversed(request.events) if event.action == Action.REQUEST_INFORMATION)
    return next(asked, "") if request.stage == Stage.INFORMATION_REQUESTED else ""


def comparison(request: ServiceRequest, opinion: Opinion) -> list[Row]:
    """First and second opinion, field by field; no winner."""
    return [Row(label, str(request.first_opinion.get(name, "")), getattr(opinion, name)) for name, label in FIELDS]


def _last_no(request: ServiceRequest) -> tuple[str, str]:
    """Who said no or stayed silent last, and the reason's code, empty for silence; both empty where nobody did."""
    for task, action, reason in _noes(request):
        earlier = request.current_task is None or task.id != request.current_task.id
        if earlier or request.stage == Stage.DECLINED:
            return _called(task), reason if action == Action.DECLINE else ""
    return "", ""


def _noes(request: ServiceRequest) -> Iterator[tuple[ReferralTask, str, str]]:
    tasks = {task.id: task for task in request.tasks}
    for event in reversed(request.events):
        if event.action in SAID_NO and event.task_id in tasks:
            yield tasks[event.task_id], event.action, event.reason


def _called(task: ReferralTask) -> str:
    person = task.role.practitioner
    return status.addressed(person.given, person.family, person.credential)


def _writes_mail(request: ServiceRequest) -> bool:
    wanted = any(consent.purpose == "contact" and consent.revoked_at is None for consent in request.consents)
    return bool(request.patient.email) and wanted
