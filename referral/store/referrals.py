"""Reading and writing of requests, their tasks and history."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from referral.extensions import db
from referral.models import (
    Consent,
    IdempotencyKey,
    Patient,
    PractitionerRole,
    ReferralEvent,
    ReferralTask,
    ServiceRequest,
    ShortlistEntry,
)


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
    return db.session.scalars(_to_hold().where(ServiceRequest.id == request_id)).one_or_none()


def lock_all(request_ids: Collection[UUID]) -> dict[UUID, ServiceRequest]:
    """Several requests, held like one, always in one order, with what most actions read of them."""
    role = selectinload(ServiceRequest.shortlist).selectinload(ShortlistEntry.role)
    found = db.session.scalars(
        _to_hold()
        .where(ServiceRequest.id.in_(request_ids))
        .order_by(ServiceRequest.id)
        .options(
            selectinload(ServiceRequest.patient),
            selectinload(ServiceRequest.tasks).selectinload(ReferralTask.deliveries),
            role.options(selectinload(PractitionerRole.practitioner), selectinload(PractitionerRole.organization)),
            selectinload(ServiceRequest.record_items),
            selectinload(ServiceRequest.consents),
            selectinload(ServiceRequest.events),
        )
    )
    return {request.id: request for request in found}


def _to_hold() -> Select[ServiceRequest]:
    db.session.flush()
    db.session.expire_all()  # its tasks and messages too are read anew: what was read before the lock may be old
    query = select(ServiceRequest).where(has_a_person()).with_for_update(key_share=True)
    return query.execution_options(populate_existing=True)


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
        selectinload(ServiceRequest.tasks)
        .joinedload(ReferralTask.role)
        .options(joinedload(PractitionerRole.practitioner), joinedload(PractitionerRole.organization)),
        selectinload(ServiceRequest.events),
    )
