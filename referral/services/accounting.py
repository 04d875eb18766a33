"""Who has seen the papers of a request, for the patient: each disclosure once, with when, to whom, what and why.

What left by itself or was carried stands in the messages; what an office took from its page or by its program stands in
the audit trail. Staff are named by what they do here, not by name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from referral.domain.audit_chain import Entry, Reading
from referral.domain.codes import Actor, ChannelKind
from referral.domain.phrases import joined, phrase
from referral.domain.records import short_name
from referral.domain.status import day
from referral.models import Delivery, Document, ReferralTask, ServiceRequest
from referral.services.patient_time import zone_of
from referral.store import audit_trail
from referral.store.deliveries import TO_OFFICE

THE_REQUEST = phrase("Your request: name, birth date, contact, the cancer, the first opinion and your questions")
HOW = {
    ChannelKind.FHIR: phrase("sent to the office’s own system"),
    ChannelKind.WEBHOOK: phrase("sent to the office’s own system"),
    ChannelKind.POST: phrase("printed and carried there"),
}
"""How what is shared left the house. A mail holds no patient data; what it leads to counts when it is opened."""
OPENED = phrase("opened on our page")
READ_BY_PROGRAM = phrase("read by the office’s own system")
TAKEN = phrase("taken from our page")
WHY = phrase("To decide whether to take your request on, and to write a second opinion.")

STAFF_WORDS = {
    Actor.COORDINATOR: phrase("A coordinator of this service"),
    Actor.LEAD: phrase("The lead coordinator of this service"),
    Actor.ADMIN: phrase("An administrator of this service"),
    Actor.AUDITOR: phrase("An auditor of this service"),
}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One thing that one office got: the four facts of the law, and where the office is."""

    at: datetime
    to: str
    place: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody who works here looked at the request on one day."""

    on: date
    who: str


@dataclass(frozen=True, slots=True)
class _Shared:
    """One thing that left: its name tells it from others for the same office."""

    at: datetime
    task: ReferralTask
    name: str
    what: str


def disclosures(request: ServiceRequest) -> list[Disclosure]:
    """Everything that offices got of this request, each thing once for each office; the newest first."""
    zone = zone_of(request.patient.postcode)
    first: dict[tuple[UUID, str], _Shared] = {}
    for one in sorted([*_sent(request), *_taken(request)], key=lambda shared: shared.at):
        first.setdefault((one.task.id, one.name), one)
    made = [_told(request, one, one.at.astimezone(zone)) for one in first.values()]
    return sorted(made, key=lambda one: one.at, reverse=True)


def looks(request: ServiceRequest) -> list[Look]:
    """Who of this service looked at the request, once for each day and each kind of work; the newest first."""
    zone = zone_of(request.patient.postcode)
    entries = audit_trail.of_request(request.id, (Reading.OPEN, Reading.DOWNLOAD, Reading.PRINT))
    staff = [(entry.at.astimezone(zone).date(), Actor(entry.actor)) for entry in entries if entry.actor in STAFF_WORDS]
    return [Look(on, STAFF_WORDS[actor]) for (on, actor), _ in groupby(sorted(staff, reverse=True))]


def rows(request: ServiceRequest) -> Iterator[Sequence[str]]:
    """The disclosures as rows of a table, with a head, and who looked here."""
    yield (phrase("Date"), phrase("To whom"), phrase("Place"), phrase("What"), phrase("Why"))
    for one in disclosures(request):
        yield (one.at.date().isoformat(), one.to, one.place, one.what, one.why)
    for look in looks(request):
        yield (
            look.on.isoformat(),
            look.who,
            "",
            phrase("Your request and its records"),
            phrase("To work on your request"),
        )


def _sent(request: ServiceRequest) -> Iterator[_Shared]:
    """What left by itself or was carried, and that somebody pressed the button on the office's page."""
    for task in request.tasks:
        for delivery in task.deliveries:
            how = HOW.get(ChannelKind(delivery.channel))
            if how and delivery.template == TO_OFFICE and delivery.handed_over_at is not None:
                yield from _packet(request, task, delivery, delivery.handed_over_at, how)
        if task.opened_at is not None:
            yield _Shared(task.opened_at, task, "request", joined([THE_REQUEST, OPENED], "; "))


def _packet(
    request: ServiceRequest, task: ReferralTask, delivery: Delivery, at: datetime, how: str
) -> Iterator[_Shared]:
    yield _Shared(at, task, "request", joined([THE_REQUEST, how], "; "))
    if delivery.channel == ChannelKind.POST:
        printed = _printed(request, task, at)
        for document in request.documents:
            if _goes_along(document, task, at) if printed is None else str(document.id) in printed:
                yield _Shared(at, task, str(document.id), joined([_record(document), how], "; "))


def _printed(request: ServiceRequest, task: ReferralTask, at: datetime) -> Sequence[str] | None:
    """The files of the packet that was printed last before it was carried; None where nobody printed it here."""
    printed = audit_trail.of_request(request.id, (Reading.PRINT,))
    ours = [one for one in printed if one.object_id == str(task.id) and one.actor in STAFF_WORDS and one.at <= at]
    return _documents(max(ours, key=lambda one: one.number)) if ours else None


def _goes_along(document: Document, task: ReferralTask, at: datetime) -> bool:
    """Whether a file lay there for this office at that moment, as far as its row still tells."""
    here = document.received_at <= at and document.checked_at is not None and document.checked_at <= at
    chosen = document.task_id == task.id or (document.task_id is None and not document.kept_back)
    return here and chosen and document.opinion_id is None and not _gone(document, at)


def _taken(request: ServiceRequest) -> Iterator[_Shared]:
    """What an office took from its page, or its program by the interface."""
    entries = audit_trail.of_request(request.id, (Reading.OPEN, Reading.DOWNLOAD, Reading.PRINT))
    tasks = {str(task.id): task for task in request.tasks}
    by_place = {task.role.organization_id: task for task in request.tasks if task.role.organization_id}
    documents = {str(document.id): document for document in request.documents}
    for entry in entries:
        task = tasks.get(entry.actor_id) if entry.actor == Actor.OFFICE else by_place.get(entry.actor_id)
        if task is None or entry.actor not in (Actor.OFFICE, Actor.INTEGRATION):
            continue
        how = READ_BY_PROGRAM if entry.actor == Actor.INTEGRATION else TAKEN
        if entry.object_type in ("referral", "packet"):
            yield _Shared(entry.at, task, "request", joined([THE_REQUEST, how], "; "))
        for document_id in _documents(entry):
            if document_id in documents:
                yield _Shared(entry.at, task, document_id, joined([_record(documents[document_id]), how], "; "))


def _documents(entry: Entry) -> Sequence[str]:
    along = entry.detail.get("documents", [])
    named = along if isinstance(along, list) else []
    return [entry.object_id, *named] if entry.object_type == "document" else named


def _gone(document: Document, at: datetime) -> bool:
    return document.withdrawn_at is not None and document.withdrawn_at <= at


def _record(document: Document) -> str:
    name = short_name(document.item.name) if document.item else phrase("A file")
    return phrase("{name} ({file})", name=name, file=document.file_name)


def _told(request: ServiceRequest, shared: _Shared, at: datetime) -> Disclosure:
    role = shared.task.role
    to = f"{role.practitioner.name}, {role.organization.name}" if role.organization else role.practitioner.name
    consent = next((one for one in request.consents if one.id == shared.task.consent_id), None)
    day_of = day(consent.granted_at.date(), with_year=True) if consent else ""
    allowed = phrase("You allowed it on {day}.", day=day_of) if consent else ""
    place = ", ".join(part for part in (role.city, role.state) if part)
    return Disclosure(at, phrase("{to} and their office", to=to), place, shared.what, joined([WHY, allowed]))
