"""What retention and erasure ask of the tables: whose time is over, and rows without a person."""

import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from referral.domain.codes import DeliveryStatus
from referral.domain.lifecycle import FINISHED
from referral.domain.retention import Kept
from referral.extensions import db
from referral.models import (
    AccessLink,
    Base,
    ContactChange,
    Delivery,
    Document,
    IdempotencyKey,
    Patient,
    PatientAccount,
    Receipt,
    ReferralEvent,
    RequestDraft,
    ServiceRequest,
)
from referral.models.sealed import SealedTable, sealed_tables
from referral.store import patient_accounts, reports
from referral.store.referrals import has_a_person
from referral.store.scopes import Scope, visible

WAITING = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)
ERASED = "the request was erased"


def request_named(name: str) -> UUID | None:
    """The id of the request that people or programs call so, unless it was erased."""
    found = select(ServiceRequest.id).where(ServiceRequest.identifier == name.strip().upper(), has_a_person())
    by_identifier = db.session.scalar(found)
    if by_identifier is not None:
        return by_identifier
    try:
        wanted = UUID(name.strip())
    except ValueError:
        return None
    return db.session.scalar(select(ServiceRequest.id).where(ServiceRequest.id == wanted, has_a_person()))


def unconfirmed(made_before: datetime, now: datetime, limit: int) -> list[UUID]:
    """Requests from before that moment whose contact was never confirmed, the oldest first."""
    over = and_(ServiceRequest.contact_confirmed_at.is_(None), ServiceRequest.authored_on < made_before)
    return _found(over, now, limit)


def ended(before: datetime, now: datetime, limit: int) -> list[UUID]:
    """Requests that came to their end before that moment and still have a person, the oldest first."""
    return _found(and_(ServiceRequest.stage.in_(sorted(FINISHED)), _ended_at() < before), now, limit)


def asked_for(now: datetime, limit: int) -> list[UUID]:
    """Requests whose patients asked to be erased and still are there."""
    return _found(ServiceRequest.erase_asked_at.is_not(None), now, limit)


def ending_soon(after: datetime, before: datetime, now: datetime, scope: Scope) -> list[tuple[UUID, str, datetime]]:
    """Id, number and end of the requests of a scope that ended between these moments and still have a person."""
    soon = and_(ServiceRequest.stage.in_(sorted(FINISHED)), _ended_at() >= after, _ended_at() < before, _may_go(now))
    found = select(ServiceRequest.id, ServiceRequest.identifier, ServiceRequest.stage_since).where(soon, visible(scope))
    return [(one, number, at) for one, number, at in db.session.execute(found.order_by(ServiceRequest.stage_since))]


def old_files(ended_before: datetime, now: datetime, limit: int) -> list[Document]:
    """Files that are there, of requests that came to their end before that moment."""
    over = and_(ServiceRequest.stage.in_(sorted(FINISHED)), _ended_at() < ended_before, _may_go(now))
    live = select(Document).join(Document.request).where(Document.withdrawn_at.is_(None), over)
    return list(db.session.scalars(live.order_by(Document.received_at).limit(limit)))


def files_of(request_id: UUID) -> list[Document]:
    """The files of a request that are there."""
    live = select(Document).where(Document.request_id == request_id, Document.withdrawn_at.is_(None))
    return list(db.session.scalars(live))


def waiting_for_offices(request_id: UUID) -> int:
    """How many messages to offices about this request are on their way."""
    waiting = select(func.count()).where(
        Delivery.request_id == request_id, Delivery.task_id.is_not(None), Delivery.status.in_(WAITING)
    )
    return int(db.session.scalar(waiting) or 0)


def stop_messages(request_id: UUID, now: datetime) -> None:
    """Give up what is still to be sent about a request."""
    db.session.execute(
        update(Delivery)
        .where(Delivery.request_id == request_id, Delivery.status.in_(WAITING))
        .values(status=DeliveryStatus.FAILED, error=ERASED, failed_at=now, leased_until=None, lease="")
    )


def erase(request_id: UUID, patient_id: UUID, now: datetime) -> None:
    """Take every personal value out of the rows of one request, and drop rows that are nothing but personal."""
    for model in (ContactChange, AccessLink, IdempotencyKey):
        db.session.execute(delete(model).where(model.request_id == request_id))
    db.session.execute(delete(RequestDraft).where(RequestDraft.follows_id == request_id))
    patient_accounts.forget_request(request_id)
    db.session.execute(
        update(Patient)
        .where(Patient.id == patient_id)
        .values(erased_at=now, email_confirmed_at=None, interpreter=False, news_to="patient")
    )
    for table in sealed_tables():
        whose = rows_of(table, request_id, patient_id)
        if whose is not None:
            empty = dict.fromkeys((column.name for column in (*table.sealed, *table.blind)), "")
            db.session.execute(update(table.table).where(whose).values(empty))
    nobody = sha256(secrets.token_bytes(32)).hexdigest()
    db.session.execute(
        update(ServiceRequest).where(ServiceRequest.id == request_id).values(tracking_code_hash=nobody, vetoed_npis=[])
    )
    reports.let_go(request_id)
    their_own = and_(ReferralEvent.request_id == request_id, ReferralEvent.actor == "patient")
    db.session.execute(update(ReferralEvent).where(their_own).values(actor_name=""))
    db.session.expire_all()


def count_old(kept: Kept, before: datetime) -> int:
    """How many rows of this kind are older than that moment."""
    model, is_old = _old(kept, before)
    return int(db.session.scalar(select(func.count()).select_from(model).where(is_old)) or 0)


def delete_old(kept: Kept, before: datetime) -> None:
    """Drop the rows of this kind that are older than that moment."""
    if kept is Kept.ACCOUNTS:
        patient_accounts.drop(patient_accounts.empty_before(before))
        return
    model, is_old = _old(kept, before)
    db.session.execute(delete(model).where(is_old).execution_options(synchronize_session=False))


def _old(kept: Kept, before: datetime) -> tuple[type[Base], ColumnElement[bool]]:
    if kept is Kept.ACCOUNTS:
        return PatientAccount, PatientAccount.empty_since < before
    if kept is Kept.LINKS:
        # The secret of every other link follows from how many before it were revoked: those go with the request.
        return AccessLink, and_(AccessLink.purpose == "packet", AccessLink.expires_at < before)
    return Receipt, and_(Receipt.received_at < before, Receipt.outcome != "waiting")


def rows_of(table: SealedTable, request_id: UUID, patient_id: UUID) -> ColumnElement[bool] | None:
    """Which rows of a table belong to this request; None for a table that belongs to no request yet."""
    columns = table.table.columns
    if table.table.name == "patient":
        return columns["id"] == patient_id
    if table.table.name == "service_request":
        return columns["id"] == request_id
    return columns["request_id"] == request_id if "request_id" in columns else None


def _found(over: ColumnElement[bool], now: datetime, limit: int) -> list[UUID]:
    order = ServiceRequest.authored_on
    return list(db.session.scalars(select(ServiceRequest.id).where(over, _may_go(now)).order_by(order).limit(limit)))


def _ended_at() -> ColumnElement[datetime]:
    """When a request that is over came to its end: it has been in its stage since."""
    return ServiceRequest.stage_since.expression


def _may_go(now: datetime) -> ColumnElement[bool]:
    """Whether there is a person in it, and nothing keeps them there."""
    kept = ServiceRequest.kept_until >= now.date()
    return and_(has_a_person(), or_(ServiceRequest.kept_until.is_(None), ~kept))
