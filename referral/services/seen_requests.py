"""What belongs to requests as a program sees it through FHIR: asked of the gate, noted in the audit trail, cut to what
the caller may read. The table of fields is the one of the JSON API (`domain/permissions.py`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from referral.access.authorize import Acting, authorize, may, require, scope_of, sees, shows_task
from referral.domain.clocks import Holder
from referral.domain.codes import DeliveryStatus, TaskStatus
from referral.domain.errors import NotFound
from referral.domain.lifecycle import Action
from referral.domain.permissions import FIELDS, HIDDEN_OF_PATIENT, Duty, Level, Right
from referral.domain.referral_packet import PacketPatient
from referral.domain.resource_search import Kind, Search
from referral.domain.seen import SeenConsent, SeenDelivery, SeenDocument, SeenRequest, SeenTask
from referral.domain.texts import as_uuid
from referral.models import Delivery, Document, Opinion, PractitionerRole, ReferralTask, ServiceRequest
from referral.services import audit_log, clockwork, consents
from referral.services.referral_packet import packet_cancer, packet_consent, packet_office, packet_patient
from referral.store import request_pages
from referral.store.request_pages import Changed, Row

Seen = SeenRequest | SeenTask | SeenDocument | SeenDelivery

_TEXTS = ("diagnosis", "stage", "plan", "text", "agreement", "trial", "impact")


@dataclass(frozen=True, slots=True)
class One:
    """One thing as it is read, and whether its version tells all that changed."""

    seen: Seen
    by_version_alone: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """What was found, the requests and roles that go along, and the id after which there is more (empty: no more)."""

    found: list[Seen]
    requests: list[SeenRequest]
    role_ids: set[str]
    last: str


def search(acting: Acting, wanted: Search) -> Page:
    """One page of what the caller may see; of every request that is shown in it the audit trail gets an entry."""
    require(acting, Duty.REFERRALS)
    found = _shown(acting, wanted)
    shown = found[: wanted.count]
    requests = {request.id: request for request in map(request_of, shown)}
    changes = request_pages.changed(requests)
    for request in requests.values():
        audit_log.note_read(acting, request)
    brought = requests.values() if wanted.includes & {"focus", "related", "based-on"} else ()
    return Page(
        [_seen(row, acting, changes) for row in shown],
        [_request(request, acting, changes[request.id]) for request in brought],
        {role.id for row in shown for role in _asked(row, acting)} if wanted.includes & _OFFICES else set(),
        str(shown[-1].id) if len(found) > wanted.count else "",
    )


def _shown(acting: Acting, wanted: Search) -> list[Row]:
    """What the caller sees from the page on, and one more where there is more of it: a link to a page says no more."""
    after = as_uuid(wanted.after)
    shown = list[Row]()
    while len(shown) <= wanted.count:
        rows = request_pages.page(wanted.kind, scope_of(acting), wanted.conditions, after, wanted.count + 1)
        shown += [row for row in rows if _is_shown(row, acting)]
        if len(rows) <= wanted.count:
            break
        after = rows[-1].id
    return shown


_OFFICES = {"performer", "owner", "recipient"}


def read(kind: Kind, row_id: str, acting: Acting) -> One:
    """One thing, if it exists for the caller; the audit trail notes that its request was shown."""
    row = find(kind, row_id, acting)
    request = request_of(row)
    audit_log.note_read(acting, request)
    changes = request_pages.changed([request.id])
    return One(_seen(row, acting, changes), changes[request.id].by_version_alone)


def find(kind: Kind, row_id: str, acting: Acting) -> Row:
    """The row of one thing, if it exists for the caller."""
    named = as_uuid(row_id)
    row = request_pages.one(kind, named) if named is not None else None
    authorize(acting, Right.READ, request_of(row) if row is not None else None)
    if row is None or not _is_shown(row, acting):
        raise NotFound
    return row


def request_of(row: Row) -> ServiceRequest:
    """The request that something belongs to."""
    if isinstance(row, ServiceRequest):
        return row
    return row.request


def _is_shown(row: Row, acting: Acting) -> bool:
    """What the gate says of each row; the query has asked for much the same."""
    if isinstance(row, Document):
        return may(acting, Right.READ_FILES, row)
    task = row.task if isinstance(row, Delivery) else row
    theirs = not isinstance(task, ReferralTask) or shows_task(acting, task)
    return theirs and sees(acting, request_of(row)) is not Level.NOTHING


def _asked(row: Row, acting: Acting) -> list[PractitionerRole]:
    """The offices a row speaks of."""
    if isinstance(row, ServiceRequest):
        return _offices(row, acting)
    task = row.task if isinstance(row, Delivery) else row
    return [task.role] if isinstance(task, ReferralTask) else []


def _offices(request: ServiceRequest, acting: Acting) -> list[PractitionerRole]:
    """Whom the request is for, as far as the caller knows: staff the patient's whole list, a program its own."""
    roles = [task.role for task in request.tasks if shows_task(acting, task)]
    if "shortlist" in FIELDS[sees(acting, request)]:
        roles = [*(entry.role for entry in request.shortlist), *roles]
    return list({role.id: role for role in roles}.values())


def _seen(row: Row, acting: Acting, changes: dict[UUID, Changed]) -> Seen:
    if isinstance(row, ServiceRequest):
        return _request(row, acting, changes[row.id])
    if isinstance(row, ReferralTask):
        return _task(row, changes[row.request_id])
    return _document(row) if isinstance(row, Document) else _delivery(row)


def _request(request: ServiceRequest, acting: Acting, changed: Changed) -> SeenRequest:
    level = sees(acting, request)
    fields, offices = FIELDS[level], _offices(request, acting)
    return SeenRequest(
        id=str(request.id),
        identifier=request.identifier,
        version=request.version,
        changed_at=changed.at,
        status=request.status,
        stage=request.stage,
        priority=request.priority,
        situation=request.situation,
        decision_date=request.decision_date if "decision_date" in fields else None,
        authored_on=request.authored_on,
        cancer=packet_cancer(request.oncotree_code),
        questions=tuple(request.questions) if "questions" in fields else (),
        first_opinion=tuple(sorted(request.first_opinion.items())) if "first_opinion" in fields else (),
        patient=_patient(request, level),
        offices=tuple(map(packet_office, offices)),
        consents=tuple(_consents(request, offices)) if level is not Level.LEFT else (),
    )


def _patient(request: ServiceRequest, level: Level) -> PacketPatient:
    """The patient without what the level hides; where a helper hears of the request is for messages alone."""
    shown = replace(packet_patient(request), requester_email="")
    if "requester" not in FIELDS[level]:
        shown = replace(shown, requester_name="", requester_relation="")
    hidden: dict[str, Any] = {name: None if name == "birth_date" else "" for name in HIDDEN_OF_PATIENT[level]}
    return replace(shown, **hidden)


def _consents(request: ServiceRequest, offices: Iterable[PractitionerRole]) -> Iterator[SeenConsent]:
    """The permissions that stand, for the offices the caller knows of."""
    by_role = {role.id: role for role in offices}
    for one in request.consents:
        if one.purpose == consents.SHARE and one.revoked_at is None and one.role_id in by_role:
            yield SeenConsent(packet_consent(one), packet_office(by_role[one.role_id]))


def _task(task: ReferralTask, changed: Changed) -> SeenTask:
    request = task.request
    office_has_it = task.id == request.current_task_id and clockwork.holder(request) is Holder.OFFICE
    return SeenTask(
        id=str(task.id),
        request_id=str(request.id),
        patient_id=str(request.patient_id),
        version=request.version,
        changed_at=changed.at,
        status=task.status,
        business_status=task.business_status,
        status_reason=task.status_reason,
        question=_question(task),
        priority=request.priority,
        authored_on=task.authored_on,
        answer_by=request.next_by if office_has_it else None,
        appointment_on=task.appointment_on,
        office=packet_office(task.role),
        opinions=tuple(tuple(_parts(one)) for one in request.opinions if one.task_id == task.id),
    )


def _question(task: ReferralTask) -> str:
    """What the office asked last, while it waits for the answer."""
    if task.status != TaskStatus.ON_HOLD:
        return ""
    asked = (event for event in reversed(task.request.events) if event.task_id == task.id)
    return next((event.text for event in asked if event.action == Action.REQUEST_INFORMATION), "")


def _parts(opinion: Opinion) -> Iterator[tuple[str, str]]:
    """What an opinion says, part by part."""
    yield from ((name, getattr(opinion, name)) for name in _TEXTS if getattr(opinion, name))
    yield from opinion.details.items()
    yield from (("open_questions", question) for question in opinion.open_questions)
    for option in opinion.options:
        told = [
            option.get("name", ""),
            *(f"{name}: {option[name]}" for name in ("benefits", "risks") if option.get(name)),
        ]
        yield "options", ". ".join(told)


def _document(document: Document) -> SeenDocument:
    return SeenDocument(
        id=str(document.id),
        request_id=str(document.request_id),
        patient_id=str(document.request.patient_id),
        title=document.file_name,
        content_type=document.media_type,
        size=document.size,
        received_at=document.received_at,
        changed_at=max(document.received_at, document.checked_at or document.received_at),
        checked=document.checked_at is not None,
    )


def _delivery(delivery: Delivery) -> SeenDelivery:
    task = delivery.task
    assert task is not None  # noqa: S101 - the query asks for messages to offices alone
    moments = (delivery.created_at, delivery.handed_over_at, delivery.delivered_at, delivery.failed_at)
    return SeenDelivery(
        id=str(delivery.id),
        key=delivery.key,
        request_id=str(delivery.request_id),
        task_id=str(task.id),
        patient_id=str(task.request.patient_id),
        office=packet_office(task.role),
        channel=delivery.channel,
        status=DeliveryStatus(delivery.status),
        error=delivery.error,
        created_at=delivery.created_at,
        changed_at=max(moment for moment in moments if moment is not None),
        handed_over_at=delivery.handed_over_at,
        delivered_at=delivery.delivered_at,
    )
