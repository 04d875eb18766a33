"""Pages of what belongs to requests, as programs read it: what exists for somebody and fits, ordered by id."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Load, contains_eager, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from referral.domain.bulk import UNDONE
from referral.domain.resource_ids import own_id
from referral.domain.resource_search import Condition, Kind, Reference, Span, Token, Value
from referral.domain.seen import COMMUNICATION_STATUS
from referral.domain.texts import as_uuid
from referral.extensions import db
from referral.models import (
    Delivery,
    Document,
    PractitionerRole,
    ReferralEvent,
    ReferralTask,
    ServiceRequest,
    ShortlistEntry,
)
from referral.store.directory_pages import whole
from referral.store.referrals import has_a_person
from referral.store.scopes import Scope, is_shared, visible

Row = ServiceRequest | ReferralTask | Document | Delivery
Column = InstrumentedAttribute[Any]
Test = Callable[[Value], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Changed:
    """When a request last changed, and whether nothing was added to it since its version began."""

    at: datetime
    by_version_alone: bool


def page(kind: Kind, scope: Scope, conditions: Sequence[Condition], after: UUID | None, limit: int) -> list[Row]:
    """Rows that exist for somebody and fit, from the one after an id on."""
    key = _KEYS[kind]
    fits = (or_(*(TESTS[kind][one.name](value) for value in one.values)) for one in conditions)
    query = _ROWS[kind](scope).where(visible(scope), has_a_person(), *fits)
    if after is not None:
        query = query.where(key > after)
    return list(db.session.scalars(query.order_by(key).limit(limit)).unique())


def one(kind: Kind, row_id: UUID) -> Row | None:
    """One row of a request that was not erased, whoever asks."""
    query = _ROWS[kind](Scope(everything=True)).where(_KEYS[kind] == row_id, has_a_person())
    found: Row | None = db.session.scalars(query).unique().one_or_none()
    return found


def changed(request_ids: Collection[UUID]) -> dict[UUID, Changed]:
    """When each of these requests last changed."""
    of_version = func.sum(case((ReferralEvent.version == ServiceRequest.version, 1), else_=0))
    query = (
        select(ReferralEvent.request_id, func.max(ReferralEvent.at), of_version)
        .join(ServiceRequest, ServiceRequest.id == ReferralEvent.request_id)
        .where(ReferralEvent.request_id.in_(list(request_ids)))
        .group_by(ReferralEvent.request_id)
    )
    return {request_id: Changed(at, number <= 1) for request_id, at, number in db.session.execute(query)}


def _with_requests(path: Any) -> tuple[ORMOption, ...]:  # noqa: ANN401 - a path of loading options, whose root differs
    """What is asked of a request before anything of it is shown: its tasks, offices, messages and permissions."""
    tasks = path.selectinload(ServiceRequest.tasks)
    return (
        path.joinedload(ServiceRequest.patient),
        path.selectinload(ServiceRequest.consents),
        tasks.selectinload(ReferralTask.deliveries),
        tasks.joinedload(ReferralTask.role).joinedload(PractitionerRole.practitioner),
        tasks.joinedload(ReferralTask.role).joinedload(PractitionerRole.organization),
    )


def _requests(scope: Scope) -> Select[Any]:
    shortlist = selectinload(ServiceRequest.shortlist).joinedload(ShortlistEntry.role)
    return select(ServiceRequest).options(
        *_with_requests(Load(ServiceRequest)),
        shortlist.joinedload(PractitionerRole.practitioner),
        shortlist.joinedload(PractitionerRole.organization),
    )


def _tasks(scope: Scope) -> Select[Any]:
    there = contains_eager(ReferralTask.request)
    answers = there.selectinload(ServiceRequest.opinions)
    query = select(ReferralTask).join(ReferralTask.request).options(*_with_requests(there), answers)
    return query.where(*_of_scope(scope))


def _documents(scope: Scope) -> Select[Any]:
    there = contains_eager(Document.request)
    return (
        select(Document).join(Document.request).where(Document.withdrawn_at.is_(None)).options(*_with_requests(there))
    )


def _deliveries(scope: Scope) -> Select[Any]:
    there = contains_eager(Delivery.task).contains_eager(ReferralTask.request)
    query = select(Delivery).join(Delivery.task).join(ReferralTask.request).options(*_with_requests(there))
    return query.where(*_of_scope(scope))


def _of_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """A program sees its own organization's tasks alone; nobody one that was taken back before anything had left."""
    tests: list[ColumnElement[bool]] = [ReferralTask.status_reason != UNDONE]
    if scope.shared_at is not None and scope.organization_id is not None:
        tests.append(ReferralTask.role.has(PractitionerRole.organization_id == scope.organization_id))
        tests.append(exists().where(is_shared(scope.shared_at)))
    return tests


_ROWS: Mapping[Kind, Callable[[Scope], Select[Any]]] = {
    Kind.SERVICE_REQUEST: _requests,
    Kind.TASK: _tasks,
    Kind.DOCUMENT_REFERENCE: _documents,
    Kind.COMMUNICATION: _deliveries,
}
_KEYS: Mapping[Kind, Column] = {
    Kind.SERVICE_REQUEST: ServiceRequest.id,
    Kind.TASK: ReferralTask.id,
    Kind.DOCUMENT_REFERENCE: Document.id,
    Kind.COMMUNICATION: Delivery.id,
}


def _is(column: Column) -> Test:
    """A row with this id, whatever parameter brought it."""

    def test(value: Value) -> ColumnElement[bool]:
        written = value.code if isinstance(value, Token) else value.id if isinstance(value, Reference) else ""
        named = as_uuid(written)
        return column == named if named is not None else false()

    return test


def _refers(column: Column, kind: str) -> Test:
    """A row that refers to this thing of this kind."""

    def test(value: Value) -> ColumnElement[bool]:
        return _is(column)(value) if isinstance(value, Reference) and value.kind in ("", kind) else false()

    return test


def _says(column: Column) -> Test:
    """A row with this code; of which system needs not be said."""

    def test(value: Value) -> ColumnElement[bool]:
        return column == value.code if isinstance(value, Token) else false()

    return test


def _asked_of(value: Value) -> ColumnElement[bool]:
    """A task or message of this role, specialist or organization."""
    found = own_id(value.id) if isinstance(value, Reference) else None
    if not isinstance(value, Reference) or found is None:
        return false()
    column = _OFFICE.get(value.kind)
    if column is None:
        return false()
    return ReferralTask.role_id.in_(select(PractitionerRole.id).where(column == whole(column, found)))


_OFFICE: Mapping[str, Column] = {
    "": PractitionerRole.id,
    Kind.PRACTITIONER_ROLE: PractitionerRole.id,
    Kind.PRACTITIONER: PractitionerRole.npi,
    Kind.ORGANIZATION: PractitionerRole.organization_id,
}


def _since(reached: Callable[[datetime], ColumnElement[bool]]) -> Test:
    """A row whose moment compares with a span as it says; `reached` says of a row whether it is at or after one."""

    def test(value: Value) -> ColumnElement[bool]:
        assert isinstance(value, Span)  # noqa: S101 - the parameter's form says so
        match value.prefix:
            case "ge":
                return reached(value.start)
            case "gt" | "sa":
                return reached(value.end)
            case "lt" | "eb":
                return not_(reached(value.start))
            case "le":
                return not_(reached(value.end))
            case "ne":
                return or_(not_(reached(value.start)), reached(value.end))
        return and_(reached(value.start), not_(reached(value.end)))

    return test


def _at(*columns: Column) -> Test:
    """The latest of these moments; one that is not known has not come."""
    return _since(lambda moment: or_(*(and_(each.is_not(None), each >= moment) for each in columns)))


def _request_changed(moment: datetime) -> ColumnElement[bool]:
    return exists().where(ReferralEvent.request_id == ServiceRequest.id, ReferralEvent.at >= moment)


def _called(value: Value) -> ColumnElement[bool]:
    """A request by what people call it, or by its id."""
    return or_(_says(ServiceRequest.identifier)(value), _is(ServiceRequest.id)(value))


def _sending(value: Value) -> ColumnElement[bool]:
    code = value.code if isinstance(value, Token) else ""
    return Delivery.status.in_([ours for ours, theirs in COMMUNICATION_STATUS.items() if theirs == code])


def _current(value: Value) -> ColumnElement[bool]:
    return true() if isinstance(value, Token) and value.code == "current" else false()


_PATIENT = _refers(ServiceRequest.patient_id, "Patient")
_OF_PATIENT = {"patient": _PATIENT, "subject": _PATIENT}
_CHANGED = _since(_request_changed)

TESTS: Mapping[Kind, Mapping[str, Test]] = {
    Kind.SERVICE_REQUEST: {
        **_OF_PATIENT,
        "_id": _is(ServiceRequest.id),
        "_lastUpdated": _CHANGED,
        "identifier": _called,
        "status": _says(ServiceRequest.status),
        "priority": _says(ServiceRequest.priority),
        "authored": _at(ServiceRequest.authored_on),
    },
    Kind.TASK: {
        **_OF_PATIENT,
        "_id": _is(ReferralTask.id),
        "_lastUpdated": _CHANGED,
        "identifier": _is(ReferralTask.id),
        "status": _says(ReferralTask.status),
        "business-status": _says(ReferralTask.business_status),
        "owner": _asked_of,
        "focus": _refers(ReferralTask.request_id, Kind.SERVICE_REQUEST),
        "authored-on": _at(ReferralTask.authored_on),
    },
    Kind.DOCUMENT_REFERENCE: {
        **_OF_PATIENT,
        "_id": _is(Document.id),
        "_lastUpdated": _at(Document.received_at, Document.checked_at),
        "identifier": _is(Document.id),
        "status": _current,
        "related": _refers(Document.request_id, Kind.SERVICE_REQUEST),
        "date": _at(Document.received_at),
    },
    Kind.COMMUNICATION: {
        **_OF_PATIENT,
        "_id": _is(Delivery.id),
        "_lastUpdated": _at(Delivery.created_at, Delivery.handed_over_at, Delivery.delivered_at, Delivery.failed_at),
        "identifier": _says(Delivery.key),
        "status": _sending,
        "based-on": _refers(Delivery.request_id, Kind.SERVICE_REQUEST),
        "recipient": _asked_of,
        "sent": _at(Delivery.handed_over_at),
    },
}
"""The condition of each parameter of `resource_search.PARAMETERS`."""
