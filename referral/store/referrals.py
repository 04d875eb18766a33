"""Reading and writing of requests, their tasks and history."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload, selectinload

from referral.domain.codes import DeliveryStatus
from referral.domain.messages import TAKEN_BACK
from referral.domain.queues import OPEN, SOON_DAYS, WORKLISTS, QueueName, Worklist
from referral.extensions import db
from referral.models import (
    Consent,
    Delivery,
    IdempotencyKey,
    Patient,
    PractitionerRole,
    ReferralEvent,
    ReferralTask,
    ServiceRequest,
    ShortlistEntry,
)
from referral.store.deliveries import with_office_to_tell
from referral.store.messages import is_open, to_call
from referral.store.scopes import NO_REQUEST, Scope, visible


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of requests is narrowed to; `scope` is what exists for whoever asks, and empty unless it is given."""

    queue: QueueName | None = None
    stage: str = ""
    priority: str = ""
    overdue: bool = False
    assignee_id: UUID | None = None
    viewer_id: UUID | None = None
    scope: Scope = NO_REQUEST


Place = tuple[datetime, UUID]
"""Where a page of a list ended: deadline and id of its last request."""

FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


def get(request_id: UUID) -> ServiceRequest | None:
    """One request with all that a page about it shows."""
    return db.session.scalars(_whole().where(ServiceRequest.id == request_id, has_a_person())).one_or_none()


def has_a_person() -> ColumnElement[bool]:
    """Whether a request was not erased: of one that was, only reports know."""
    return ServiceRequest.patient.has(Patient.erased_at.is_(None))


def id_of(request: ServiceRequest) -> UUID:
    """The id of a request that was saved, without asking the database, which may be gone by now."""
    saved: tuple[UUID] | None = inspect(request).identity
    return saved[0] if saved else request.id


def has_event(event_id: int, request_id: UUID, at: datetime) -> bool:
    """Whether this line of the history was saved."""
    this = (ReferralEvent.id == event_id, ReferralEvent.request_id == request_id, ReferralEvent.at == at)
    return db.session.scalar(select(ReferralEvent.id).where(*this)) is not None


def lock(request_id: UUID) -> ServiceRequest | None:
    """One request, held against other writers until the transaction ends, as it stands in the database now.

    Rows that only point to it are written meanwhile: who waited for that with such a row's neighbours locked would
    make a deadlock.
    """
    db.session.flush()
    db.session.expire_all()  # its tasks and messages too are read anew: what was read before the lock may be old
    return db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.id == request_id, has_a_person())
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def by_tracking_code(code_hash: str) -> ServiceRequest | None:
    """The request with this tracking code."""
    return db.session.scalars(_whole().where(ServiceRequest.tracking_code_hash == code_hash)).one_or_none()


def by_identifier(identifier: str) -> ServiceRequest | None:
    """The request that people call by this name, such as SO-7K3M-92QX."""
    return db.session.scalars(_whole().where(ServiceRequest.identifier == identifier)).one_or_none()


def add(request: ServiceRequest) -> None:
    """Keep a new request with all that hangs on it."""
    db.session.add(request)
    db.session.flush()


def add_task(task: ReferralTask) -> None:
    """Keep a new task."""
    db.session.add(task)
    db.session.flush()


def add_consent(consent: Consent) -> None:
    """Keep a new consent."""
    db.session.add(consent)
    db.session.flush()


def roles(role_ids: Sequence[str]) -> dict[str, PractitionerRole]:
    """The roles of the directory with these ids that are not retired."""
    found = db.session.scalars(
        select(PractitionerRole)
        .where(PractitionerRole.id.in_(role_ids), PractitionerRole.retired_at.is_(None))
        .options(joinedload(PractitionerRole.practitioner), joinedload(PractitionerRole.organization))
    )
    return {role.id: role for role in found}


def idempotency_key(key: str) -> IdempotencyKey | None:
    """What was answered under this key before."""
    return db.session.get(IdempotencyKey, key)


def matching(filters: Filters, now: datetime, limit: int, only: Collection[UUID] | None = None) -> list[UUID]:
    """The ids of the requests of a list, by what breaches first; of those named alone where some are."""
    conditions = _conditions(filters, now)
    if only is not None:
        conditions.append(ServiceRequest.id.in_(only))
    due = func.coalesce(ServiceRequest.next_by, FAR_FUTURE)
    query = select(ServiceRequest.id).where(*conditions).order_by(due, ServiceRequest.id)
    return list(db.session.scalars(query.limit(limit)))


def page(filters: Filters, now: datetime, limit: int, after: Place | None = None) -> list[ServiceRequest]:
    """Requests by what breaches first; those without a deadline come last."""
    due = func.coalesce(ServiceRequest.next_by, FAR_FUTURE)
    query = (
        select(ServiceRequest)
        .options(joinedload(ServiceRequest.patient), joinedload(ServiceRequest.assignee))
        .options(
            joinedload(ServiceRequest.current_task)
            .joinedload(ReferralTask.role)
            .joinedload(PractitionerRole.practitioner)
        )
        .options(
            selectinload(ServiceRequest.tasks).selectinload(ReferralTask.deliveries),
            selectinload(ServiceRequest.tasks).joinedload(ReferralTask.role).joinedload(PractitionerRole.practitioner),
            selectinload(ServiceRequest.shortlist),
            selectinload(ServiceRequest.record_items),
            selectinload(ServiceRequest.opinions),
        )
        .where(*_conditions(filters, now))
        .order_by(due, ServiceRequest.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(or_(due > after[0], and_(due == after[0], ServiceRequest.id > after[1])))
    return list(db.session.scalars(query).unique())


def place_of(request: ServiceRequest) -> Place:
    """Where a page that ends with this request ended."""
    return request.next_by or FAR_FUTURE, request.id


def last_events(request_ids: Sequence[UUID]) -> dict[UUID, ReferralEvent]:
    """The newest line of the history of each of these requests."""
    newest = (
        select(func.max(ReferralEvent.id))
        .where(ReferralEvent.request_id.in_(request_ids))
        .group_by(ReferralEvent.request_id)
    )
    found = db.session.scalars(select(ReferralEvent).where(ReferralEvent.id.in_(newest)))
    return {event.request_id: event for event in found}


def counts(filters: Filters, now: datetime) -> dict[QueueName, int]:
    """How many requests stand in each worklist: one question, which reads what is open, and nothing that is over."""
    columns = [_count(queue, filters, now).label(queue) for queue in QueueName]
    open_ones = select(*columns).select_from(ServiceRequest).where(is_open(), visible(filters.scope))
    row = db.session.execute(open_ones).one()
    return dict(zip(QueueName, map(int, row), strict=True))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that a clock has something for, as it was when it was found."""

    request_id: UUID
    version: int
    stage: str
    rungs: int
    role_id: str | None


def on_next_rung(now: datetime, limit: int) -> list[Waiting]:
    """Requests whose next step of the ladder is due, the longest due first."""
    return _waiting(ServiceRequest.rung_at, ServiceRequest.rung_at <= now, limit)


def reroutes_due(stages: Iterable[str], now: datetime, limit: int) -> list[Waiting]:
    """Requests with somebody proposed to whom nobody has objected in time."""
    due = and_(ServiceRequest.stage.in_(sorted(stages)), ServiceRequest.reroute_at <= now)
    return _waiting(ServiceRequest.reroute_at, due, limit)


def without_consent(stages: Iterable[str], now: datetime, limit: int) -> list[UUID]:
    """Requests at these stages whose patient does not allow, or not any more, what the present office is asked."""
    allowed = exists().where(
        Consent.request_id == ServiceRequest.id,
        Consent.role_id == ReferralTask.role_id,
        Consent.revoked_at.is_(None),
        Consent.expires_at > now,
    )
    found = select(ServiceRequest.id).join(ReferralTask, ReferralTask.id == ServiceRequest.current_task_id)
    return list(db.session.scalars(found.where(ServiceRequest.stage.in_(sorted(stages)), ~allowed).limit(limit)))


def organizations_of(npi: str) -> set[str]:
    """Where a specialist works, or worked."""
    found = db.session.scalars(select(PractitionerRole.organization_id).where(PractitionerRole.npi == npi))
    return {organization_id for organization_id in found if organization_id}


def _waiting(
    order: InstrumentedAttribute[datetime | None], condition: ColumnElement[bool], limit: int
) -> list[Waiting]:
    columns = (
        ServiceRequest.id,
        ServiceRequest.version,
        ServiceRequest.stage,
        ServiceRequest.rungs,
        ServiceRequest.reroute_role_id,
    )
    found = db.session.execute(select(*columns).where(condition).order_by(order).limit(limit))
    return [Waiting(*row) for row in found]


def _whole() -> Select[ServiceRequest]:
    return select(ServiceRequest).options(
        joinedload(ServiceRequest.patient),
        selectinload(ServiceRequest.shortlist)
        .joinedload(ShortlistEntry.role)
        .joinedload(PractitionerRole.practitioner),
        selectinload(ServiceRequest.tasks).selectinload(ReferralTask.deliveries),
        selectinload(ServiceRequest.tasks).joinedload(ReferralTask.role).joinedload(PractitionerRole.practitioner),
        selectinload(ServiceRequest.events),
    )


def _conditions(filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    conditions = [visible(filters.scope), has_a_person()]
    if filters.queue is not None:
        conditions += _queue_conditions(filters.queue, filters.viewer_id, now)
    if filters.stage:
        conditions.append(ServiceRequest.stage == filters.stage)
    if filters.priority:
        conditions.append(ServiceRequest.priority == filters.priority)
    if filters.overdue:
        conditions.append(ServiceRequest.next_by < now)
    if filters.assignee_id is not None:
        conditions.append(ServiceRequest.assignee_id == filters.assignee_id)
    return conditions


def _count(queue: QueueName, filters: Filters, now: datetime) -> ColumnElement[int]:
    """How many of the open requests stand in a list; those who wait for a call or a word may be over as well."""
    ids = _waiting_for_a_person(WORKLISTS[queue])
    if ids is None:
        return func.count().filter(*_queue_conditions(queue, filters.viewer_id, now))
    request = aliased(ServiceRequest)
    waiting = select(func.count()).select_from(request).where(request.id.in_(ids), visible(filters.scope, request))
    return waiting.scalar_subquery()


def _waiting_for_a_person(worklist: Worklist) -> Select[UUID] | None:
    """The ids of requests with something to be told by telephone or post, where the list is one of these."""
    if worklist.to_call:
        return to_call()
    return with_office_to_tell() if worklist.to_tell else None


def _has_failed_message() -> ColumnElement[bool]:
    """A message to the patient could not be sent: somebody has to call."""
    return (
        select(Delivery.id)
        .where(
            Delivery.request_id == ServiceRequest.id,
            Delivery.task_id.is_(None),
            Delivery.staff_id.is_(None),
            Delivery.status == DeliveryStatus.FAILED,
            Delivery.error != TAKEN_BACK,
        )
        .exists()
    )


def _queue_conditions(queue: QueueName, viewer_id: UUID | None, now: datetime) -> list[ColumnElement[bool]]:
    worklist = WORKLISTS[queue]
    conditions: list[Any] = [ServiceRequest.stage.in_(sorted(worklist.stages))]
    if worklist.or_failed_message:
        conditions = [conditions[0] | (ServiceRequest.stage.in_(sorted(OPEN)) & _has_failed_message())]
    ids = _waiting_for_a_person(worklist)
    if ids is not None:
        conditions.append(ServiceRequest.id.in_(ids))
    if worklist.overdue:
        conditions.append(ServiceRequest.next_by < now)
    if worklist.appointment_soon:
        soon = (now + timedelta(days=SOON_DAYS)).date()
        conditions.append(ServiceRequest.current_task.has(ReferralTask.appointment_on <= soon))
    if worklist.nobody_chosen is not None:
        chosen = ServiceRequest.shortlist.any() | ServiceRequest.tasks.any()
        conditions.append(~chosen if worklist.nobody_chosen else chosen)
    if worklist.mine:
        conditions.append(false() if viewer_id is None else ServiceRequest.assignee_id == viewer_id)
    if worklist.unassigned:
        conditions.append(ServiceRequest.assignee_id.is_(None))
    return conditions
