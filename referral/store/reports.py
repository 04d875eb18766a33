"""Reading and writing of the rows that reports count."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import joinedload, selectinload

from referral.extensions import db
from referral.models import ReferralTask, ReportAttempt, ReportCase, ReportStay, ReportWork, ServiceRequest
from referral.store import known
from referral.store.referrals import has_a_person

_PARTS = (ReportStay, ReportAttempt, ReportWork)


def case_of(request_id: UUID) -> ReportCase | None:
    """The row of a request with what is counted of its stays and attempts, None where it was never counted."""
    parts = joinedload(ReportCase.stays), joinedload(ReportCase.attempts)
    found = select(ReportCase).where(ReportCase.request_id == request_id).options(*parts)
    read = known.get(_named(request_id))
    return read if read is not None else db.session.scalars(found).unique().one_or_none()


def read_ahead(request_ids: Collection[UUID]) -> None:
    """Have the rows of these requests at hand until the transaction ends; who calls this holds the requests."""
    parts = (selectinload(one) for one in (ReportCase.stays, ReportCase.attempts, ReportCase.work))
    for case in db.session.scalars(select(ReportCase).where(ReportCase.request_id.in_(request_ids)).options(*parts)):
        known.note(_named(case.request_id), case)


def _named(request_id: UUID | None) -> tuple[str, UUID | None]:
    return "report case", request_id


def add(case: ReportCase) -> None:
    """Keep the rows of a request."""
    db.session.add(case)


def remove(case: ReportCase) -> None:
    """Delete the rows of one request, so that it can be counted anew."""
    known.forget(_named(case.request_id))
    db.session.delete(case)
    db.session.flush()


def drop(request_ids: Sequence[UUID]) -> None:
    """Delete the rows of these requests."""
    cases = select(ReportCase.id).where(ReportCase.request_id.in_(request_ids))
    for part in _PARTS:
        db.session.execute(delete(part).where(part.case_id.in_(cases)).execution_options(synchronize_session=False))
    whole = delete(ReportCase).where(ReportCase.request_id.in_(request_ids))
    db.session.execute(whole.execution_options(synchronize_session=False))


def let_go(request_id: UUID) -> None:
    """Take out of the rows of a request whatever leads back to it; what is counted stays."""
    case = case_of(request_id)
    if case is None:
        return
    for part, empty in ((ReportStay, {"entered_at": None}), (ReportAttempt, {"task_id": None})):
        db.session.execute(update(part).where(part.case_id == case.id).values(empty))
    db.session.execute(update(ReportCase).where(ReportCase.id == case.id).values(request_id=None, submitted_at=None))


def next_requests(after: UUID | None, limit: int, *, missing: bool = False) -> list[ServiceRequest]:
    """The next requests with a person, in the order of their ids, held against other writers, with their history.

    With `missing` those alone that have no row here.
    """
    found = (
        select(ServiceRequest)
        .where(has_a_person())
        .order_by(ServiceRequest.id)
        .limit(limit)
        .with_for_update(key_share=True, of=ServiceRequest)
        .options(
            joinedload(ServiceRequest.patient),
            selectinload(ServiceRequest.events),
            selectinload(ServiceRequest.opinions),
            selectinload(ServiceRequest.tasks).joinedload(ReferralTask.role),
        )
    )
    if missing:
        found = found.where(~exists().where(ReportCase.request_id == ServiceRequest.id))
    if after is not None:
        found = found.where(ServiceRequest.id > after)
    return list(db.session.scalars(found).unique())
