"""Gathers from a request's rows what its status sentence and its timeline say to the patient."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from referral.domain import history_lines, status
from referral.domain.clocks import Holder
from referral.domain.lifecycle import Action, Stage
from referral.domain.records import NAMES
from referral.domain.status import Standing
from referral.models import PatientMessage, PractitionerRole, ReferralEvent, ReferralTask, ServiceRequest
from referral.services import clockwork
from referral.services.outbox import writes_mail
from referral.services.patient_time import zone_of
from referral.services.routing import may_begin_anew
from referral.store import messages

SAID_NO = (Action.DECLINE, Action.PASS_DEADLINE)
QUOTED = (Action.REQUEST_INFORMATION, Action.ANSWER_INFORMATION, Action.PROPOSE_DATES)
"""Actions whose text is meant for the patient, or is the patient's own."""

_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the patient reads it; `quote` is what the office or the patient wrote."""

    at: datetime
    text: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One message to the patient: which, the days it named, and what became of it in words."""

    at: datetime
    template: str
    facts: Mapping[str, str]
    way: str
    to: str = ""
    """Whoever asks for the patient, where it went to them; empty where it went to the patient."""


def standing(request: ServiceRequest, now: datetime) -> Standing:
    """What the status sentence rests on."""
    task = request.current_task
    declined_by, reason = _last_no(request)
    return Standing(
        stage=Stage(request.stage),
        specialist=_called(task) if task else "the specialist",
        due=_day(request, request.next_by),
        late=request.next_by is not None and request.next_by < now,
        appointment=task.appointment_on if task else None,
        declined_by=declined_by,
        reason=reason,
        contact_confirmed=request.contact_confirmed_at is not None,
        has_email=writes_mail(request),
        missing=tuple(NAMES.get(i.name, i.name) for i in request.record_items if i.status in ("asked", "expired")),
        cannot_be_had=clockwork.holder(request) is Holder.COORDINATOR and request.stage == Stage.RECORDS_NEEDED,
        proposed_days=_proposed_days(request),
        nobody_chosen=request.nobody_chosen,
        advice_only=bool(request.opinions) and request.opinions[-1].advice_only,
        ended_because=_ended_because(request),
        proposed=_named(request.proposed) if request.proposed else "",
        proposed_on=_day(request, request.reroute_at),
    )


def timeline(request: ServiceRequest) -> list[Line]:
    """The history in the patient's words and on their calendar, the newest first; what is internal stays out."""
    zone = zone_of(request.patient.postcode)
    lines = [*_from_events(request), *_openings(request)]
    newest_first = sorted(lines, key=lambda line: line.at)[::-1]
    return [replace(line, at=line.at.astimezone(zone)) for line in newest_first]


def told(request: ServiceRequest) -> list[Told]:
    """What we told the patient, the newest first: on which day, in which way, and whether it arrived."""
    zone = zone_of(request.patient.postcode)
    return [
        Told(
            message.created_at.astimezone(zone),
            message.template,
            message.facts,
            status.way_told(*_way(message)),
            _other(request, message),
        )
        for message in messages.of_request(request.id)
    ]


def open_question(request: ServiceRequest) -> str:
    """What the office asked last, empty where nothing is asked now."""
    asked = (event.text for event in reversed(request.events) if event.action == Action.REQUEST_INFORMATION)
    return next(asked, "") if request.stage == Stage.INFORMATION_REQUESTED else ""


def last_answer(request: ServiceRequest) -> str:
    """What the patient answered an office last, empty where they answered none."""
    said = (event.text for event in reversed(request.events) if event.action == Action.ANSWER_INFORMATION)
    return next(said, "")


def asked_last(request: ServiceRequest) -> ReferralTask | None:
    """Who has the request, else who was asked last; None where nobody was, or all was taken back in time."""
    asked = (task for task in reversed(request.tasks) if not may_begin_anew(task))
    return request.current_task or next(asked, None)


def _proposed_days(request: ServiceRequest) -> tuple[date, ...]:
    """The days that the office proposed last, while one of them is to be chosen."""
    proposed = (event.text for event in reversed(request.events) if event.action == Action.PROPOSE_DATES)
    days = _ISO_DAY.findall(next(proposed, "")) if request.stage == Stage.ACCEPTED else []
    return tuple(date.fromisoformat(found) for found in days)


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
    return _named(task.role)


def _ended_because(request: ServiceRequest) -> str:
    """The reason of the cancellation, empty where nobody gave one."""
    reasons = (event.reason for event in reversed(request.events) if event.action == Action.CANCEL)
    return next(reasons, "")


def _from_events(request: ServiceRequest) -> Iterator[Line]:
    tasks = {task.id: _called(task) for task in request.tasks}
    for event in request.events:
        name = tasks.get(event.task_id, "") if event.task_id else ""
        by_hand = event.action == Action.SEND and event.to_stage == Stage.SENT
        text = history_lines.line(Action.HAND_OVER if by_hand else event.action, name, event.reason)
        if text:
            yield Line(event.at, text, _quote(event) if event.action in QUOTED else "")


def _quote(event: ReferralEvent) -> str:
    """What somebody wrote; proposed days as people say them."""
    if event.action != Action.PROPOSE_DATES:
        return event.text
    return _ISO_DAY.sub(lambda found: status.day(date.fromisoformat(found[0]), with_year=True), event.text)


def _openings(request: ServiceRequest) -> Iterator[Line]:
    """That somebody pressed the button on the office's page is no move, and still worth knowing."""
    for task in request.tasks:
        if task.opened_at is not None:
            yield Line(task.opened_at, status.opened(_called(task)))


def _other(request: ServiceRequest, message: PatientMessage) -> str:
    who = request.patient
    return (who.requester_name or who.requester_email) if message.to_address == who.requester_email != "" else ""


def _way(message: PatientMessage) -> tuple[str, str, bool]:
    return message.way, message.delivery.status if message.delivery else "", message.done_at is not None


def _day(request: ServiceRequest, moment: datetime | None) -> date | None:
    """The day of a moment on the patient's calendar."""
    return moment.astimezone(zone_of(request.patient.postcode)).date() if moment else None


def _named(role: PractitionerRole) -> str:
    person = role.practitioner
    return status.addressed(person.given, person.family, person.credential)
