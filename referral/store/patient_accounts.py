"""Reading and writing of patients' accounts: whose they are, which requests they open, the links that were mailed."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from referral.extensions import db
from referral.models import (
    PatientAccount,
    PatientAccountLink,
    PatientAccountRequest,
    PatientRecoveryCode,
    PatientSession,
    ServiceRequest,
)
from referral.sealing import normal_forms
from referral.store.referrals import has_a_person


def by_email(email: str) -> PatientAccount | None:
    """The account with this address, confirmed or not."""
    return db.session.scalars(select(PatientAccount).where(PatientAccount.email_index.is_of(email))).one_or_none()


def of_address(email: str, now: datetime) -> PatientAccount:
    """The account with this address; where there is none, a new one that nobody has confirmed."""
    known = by_email(email)
    if known is not None:
        return known
    made = PatientAccount(email=email, created_at=now, empty_since=now)
    try:
        with db.session.begin_nested():
            db.session.add(made)
            db.session.flush()
    except IntegrityError:  # somebody was faster
        return db.session.scalars(select(PatientAccount).where(PatientAccount.email_index.is_of(email))).one()
    return made


def put(account_id: UUID, request_id: UUID, now: datetime) -> bool:
    """Let an account open a request; whether it did not before."""
    if db.session.get(PatientAccountRequest, (account_id, request_id)) is not None:
        return False
    db.session.add(PatientAccountRequest(account_id=account_id, request_id=request_id, added_at=now))
    db.session.execute(update(PatientAccount).where(PatientAccount.id == account_id).values(empty_since=None))
    db.session.flush()
    return True


def opened(account_id: UUID, request_id: UUID) -> ServiceRequest | None:
    """The request that this account opens, with its patient, unless it was erased."""
    found = (
        select(ServiceRequest)
        .join(PatientAccountRequest, PatientAccountRequest.request_id == ServiceRequest.id)
        .where(PatientAccountRequest.account_id == account_id, ServiceRequest.id == request_id, has_a_person())
        .options(joinedload(ServiceRequest.patient))
    )
    return db.session.scalars(found).one_or_none()


def requests_of(account_id: UUID) -> list[ServiceRequest]:
    """Every request that this account opens, the newest first."""
    found = (
        select(ServiceRequest)
        .join(PatientAccountRequest, PatientAccountRequest.request_id == ServiceRequest.id)
        .where(PatientAccountRequest.account_id == account_id, has_a_person())
        .options(joinedload(ServiceRequest.patient))
        .order_by(ServiceRequest.authored_on.desc(), ServiceRequest.identifier)
    )
    return list(db.session.scalars(found))


def that_open(request_id: UUID) -> list[PatientAccountRequest]:
    """The accounts that open a request, the first one first."""
    found = select(PatientAccountRequest).where(PatientAccountRequest.request_id == request_id)
    with_account = found.options(joinedload(PatientAccountRequest.account))
    return list(db.session.scalars(with_account.order_by(PatientAccountRequest.added_at)))


def take_out(request_id: UUID, account_ids: Iterable[UUID], now: datetime) -> int:
    """Let these accounts open a request no longer; how many did."""
    these = (PatientAccountRequest.request_id == request_id, PatientAccountRequest.account_id.in_(list(account_ids)))
    gone = db.session.execute(delete(PatientAccountRequest).where(*these).returning(PatientAccountRequest.account_id))
    taken = list(gone.scalars())
    left = exists().where(PatientAccountRequest.account_id == PatientAccount.id)
    empty = update(PatientAccount).where(PatientAccount.id.in_(taken), ~left).values(empty_since=now)
    db.session.execute(empty.execution_options(synchronize_session="fetch"))
    return len(taken)


def let_go(request_id: UUID, now: datetime, but: str = "") -> None:
    """Take a request out of every account, but for one of this address, and end the links that would put it there."""
    kept = normal_forms.email(but)
    others = (one for one in that_open(request_id) if normal_forms.email(one.account.email) != kept)
    take_out(request_id, [one.account_id for one in others], now)
    db.session.execute(delete(PatientAccountLink).where(PatientAccountLink.request_id == request_id))


def forget_request(request_id: UUID) -> None:
    """A request is erased: it goes from every account, and an account goes with its last request."""
    db.session.execute(delete(PatientAccountLink).where(PatientAccountLink.request_id == request_id))
    these = delete(PatientAccountRequest).where(PatientAccountRequest.request_id == request_id)
    had_it = list(db.session.execute(these.returning(PatientAccountRequest.account_id)).scalars())
    left = select(PatientAccountRequest.account_id).where(PatientAccountRequest.account_id.in_(had_it))
    drop(set(had_it) - set(db.session.scalars(left)))


def drop(account_ids: Iterable[UUID]) -> None:
    """Delete accounts with all that hangs on them; their requests stay."""
    which = list(account_ids)
    for rows in (PatientRecoveryCode, PatientSession, PatientAccountLink, PatientAccountRequest):
        db.session.execute(delete(rows).where(rows.account_id.in_(which)))
    db.session.execute(delete(PatientAccount).where(PatientAccount.id.in_(which)))


def empty_before(before: datetime) -> list[UUID]:
    """Accounts without a request since before that moment."""
    return list(db.session.scalars(select(PatientAccount.id).where(PatientAccount.empty_since < before)))


def add_link(link: PatientAccountLink) -> None:
    """Keep a new link."""
    db.session.add(link)
    db.session.flush()


def links_about(request_id: UUID, since: datetime) -> int:
    """How many links were written since then that put this request into an account."""
    return _count(PatientAccountLink.request_id == request_id, PatientAccountLink.created_at >= since)


def links_for(account_id: UUID, since: datetime, *, password: bool) -> int:
    """How many links were written since then for this account: for a lost password, or to put a request into it."""
    kind = PatientAccountLink.request_id.is_(None) if password else PatientAccountLink.request_id.is_not(None)
    return _count(PatientAccountLink.account_id == account_id, kind, PatientAccountLink.created_at >= since)


def link(token_hash: str, most_tries: int, now: datetime) -> PatientAccountLink | None:
    """The link with this secret, while it opens anything."""
    return db.session.scalars(
        select(PatientAccountLink).where(
            PatientAccountLink.token_hash == token_hash,
            PatientAccountLink.used_at.is_(None),
            PatientAccountLink.expires_at > now,
            PatientAccountLink.tries < most_tries,
        )
    ).one_or_none()


def count_try(link_id: UUID) -> None:
    """Count a wrong birth date."""
    which = update(PatientAccountLink).where(PatientAccountLink.id == link_id)
    db.session.execute(which.values(tries=PatientAccountLink.tries + 1))


def tries_of(account_id: UUID) -> int:
    """How many wrong birth dates were given with the links of this account that are still known."""
    tries = select(func.sum(PatientAccountLink.tries)).where(PatientAccountLink.account_id == account_id)
    return db.session.scalar(tries) or 0


def forget_tries(account_id: UUID) -> None:
    """Count none of them any more: the right one was given."""
    of = update(PatientAccountLink).where(PatientAccountLink.account_id == account_id)
    db.session.execute(of.values(tries=0))


def use_link(link_id: UUID, now: datetime) -> bool:
    """Use a link up; whether no other request was faster."""
    unused = (PatientAccountLink.id == link_id, PatientAccountLink.used_at.is_(None))
    used = update(PatientAccountLink).where(*unused).values(used_at=now).returning(PatientAccountLink.id)
    return db.session.execute(used).first() is not None


def forget_links(before: datetime, tried_before: datetime) -> None:
    """Drop links that opened nothing since before this; those with wrong birth dates later."""
    end = PatientAccountLink.expires_at
    untried = and_(PatientAccountLink.tries == 0, end < before)
    db.session.execute(delete(PatientAccountLink).where(or_(untried, end < tried_before)))


def _count(*which: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(PatientAccountLink.id)).where(*which)) or 0
