"""Reading and writing of links, tokens and staff."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from referral.extensions import db
from referral.models import AccessLink, ApiToken, Staff


def link(purpose: str, token_hash: str, now: datetime) -> AccessLink | None:
    """The link with this secret, if it still opens anything."""
    return db.session.scalars(
        select(AccessLink).where(
            AccessLink.purpose == purpose,
            AccessLink.token_hash == token_hash,
            AccessLink.revoked_at.is_(None),
            AccessLink.expires_at > now,
        )
    ).one_or_none()


def any_link(purpose: str, token_hash: str) -> AccessLink | None:
    """The link with this secret, also one that no longer opens anything."""
    return db.session.scalars(
        select(AccessLink).where(AccessLink.purpose == purpose, AccessLink.token_hash == token_hash)
    ).one_or_none()


def link_by_id(link_id: UUID) -> AccessLink | None:
    """One link, also one that no longer opens anything."""
    return db.session.get(AccessLink, link_id)


def issued_links(request_ids: Iterable[UUID]) -> list[tuple[str, UUID, UUID | None, str, datetime, bool]]:
    """Every link of these requests: purpose, request, task, hash of its secret, its end, whether it was revoked."""
    columns = (AccessLink.purpose, AccessLink.request_id, AccessLink.task_id, AccessLink.token_hash)
    found = select(*columns, AccessLink.expires_at, AccessLink.revoked_at.is_not(None))
    theirs = found.where(AccessLink.request_id.in_(list(request_ids)))
    return [
        (purpose, request, task, secret, end, gone)
        for purpose, request, task, secret, end, gone in db.session.execute(theirs)
    ]


def revoke_links(task_id: UUID, now: datetime) -> int:
    """Close every link of an office to its request; how many were open."""
    closed = db.session.execute(
        update(AccessLink)
        .where(AccessLink.task_id == task_id, AccessLink.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(AccessLink.id)
    )
    return len(closed.all())


def office_link(task_id: UUID) -> AccessLink | None:
    """The newest link of an office to its request."""
    theirs = select(AccessLink).where(AccessLink.task_id == task_id, AccessLink.purpose == "office")
    return db.session.scalars(theirs.order_by(AccessLink.created_at.desc()).limit(1)).one_or_none()


def add_link(link: AccessLink) -> None:
    """Keep a new link; those of many messages are written together."""
    db.session.add(link)


def extend_link(task_id: UUID, until: datetime) -> None:
    """Move the end of a task's link; one that has ended or was revoked stays closed."""
    db.session.execute(
        update(AccessLink)
        .where(
            AccessLink.task_id == task_id,
            AccessLink.purpose == "office",
            AccessLink.revoked_at.is_(None),
            AccessLink.expires_at < until,
        )
        .values(expires_at=until)
    )


def revoke_request_links(request_id: UUID, purposes: Collection[str], now: datetime) -> None:
    """End the patient's links of these purposes."""
    db.session.execute(
        update(AccessLink)
        .where(
            AccessLink.request_id == request_id,
            AccessLink.purpose.in_(purposes),
            AccessLink.task_id.is_(None),
            AccessLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def count_wrong_date(request_id: UUID) -> int:
    """Count one more wrong birth date at the patient's open link; how many there are."""
    counted = db.session.execute(
        update(AccessLink)
        .where(*_of_patient(request_id), AccessLink.revoked_at.is_(None))
        .values(wrong_dates=AccessLink.wrong_dates + 1)
        .returning(AccessLink.wrong_dates)
    )
    return max(counted.scalars(), default=0)


def most_wrong_dates(request_id: UUID) -> int:
    """How many wrong birth dates one of the patient's links has counted, open or not."""
    return db.session.scalar(select(func.max(AccessLink.wrong_dates)).where(*_of_patient(request_id))) or 0


def all_wrong_dates(request_id: UUID) -> int:
    """How many wrong birth dates all links of the patient have counted, one after another."""
    return db.session.scalar(select(func.sum(AccessLink.wrong_dates)).where(*_of_patient(request_id))) or 0


def forget_wrong_dates(request_id: UUID) -> None:
    """Count nothing any more at links of the patient that have been ended."""
    ended = update(AccessLink).where(*_of_patient(request_id), AccessLink.revoked_at.is_not(None))
    db.session.execute(ended.values(wrong_dates=0))


def _of_patient(request_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return AccessLink.request_id == request_id, AccessLink.purpose == "track"


def extend_request_link(request_id: UUID, purpose: str, until: datetime) -> None:
    """Move the end of a patient's link, also of one that has ended by its time; one that was revoked stays closed."""
    db.session.execute(
        update(AccessLink)
        .where(
            AccessLink.request_id == request_id,
            AccessLink.purpose == purpose,
            AccessLink.task_id.is_(None),
            AccessLink.revoked_at.is_(None),
            AccessLink.expires_at < until,
        )
        .values(expires_at=until)
    )


def token(token_hash: str, now: datetime) -> ApiToken | None:
    """The live bearer token with this hash."""
    return db.session.scalars(
        select(ApiToken).where(
            ApiToken.token_hash == token_hash, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
    ).one_or_none()


def add_token(token: ApiToken) -> None:
    """Keep a new token."""
    db.session.add(token)


def tokens() -> list[ApiToken]:
    """Every bearer token, live or not, the newest first."""
    return list(db.session.scalars(select(ApiToken).order_by(ApiToken.created_at.desc(), ApiToken.name)))


def used_token(token_hash: str, now: datetime) -> None:
    """Note when a token was used."""
    db.session.execute(update(ApiToken).where(ApiToken.token_hash == token_hash).values(used_at=now))


def revoke_tokens(name: str, now: datetime) -> int:
    """End every live bearer token of this name; how many there were."""
    ended = db.session.execute(
        update(ApiToken)
        .where(ApiToken.name == name, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
        .values(revoked_at=now)
        .returning(ApiToken.id)
    )
    return len(ended.all())


def staff(staff_id: UUID) -> Staff | None:
    """One member of staff."""
    return db.session.get(Staff, staff_id)


def role_now(staff_id: UUID) -> str:
    """The role of a member of staff as the database has it now, empty where they may not sign in any more."""
    return db.session.scalar(select(Staff.role).where(Staff.id == staff_id, Staff.active)) or ""


def staff_by_email(email: str) -> Staff | None:
    """The member of staff with this address."""
    return db.session.scalars(select(Staff).where(Staff.email == email.strip().lower())).one_or_none()


def add_staff(staff: Staff) -> None:
    """Keep a new member of staff."""
    db.session.add(staff)


def demo_staff() -> list[Staff]:
    """The made-up members of staff of the demo."""
    return list(db.session.scalars(select(Staff).where(Staff.demo).order_by(Staff.role, Staff.name)))


def staff_of_role(role: str) -> list[Staff]:
    """Everybody with this role, by name."""
    return list(db.session.scalars(select(Staff).where(Staff.role == role).order_by(Staff.name, Staff.id)))


def watchers(besides: UUID) -> list[Staff]:
    """Leads and admins, who hear of what is out of the ordinary; all but this one."""
    told = select(Staff).where(Staff.role.in_(("lead", "admin")), Staff.id != besides)
    return list(db.session.scalars(told.order_by(Staff.email)))


def assignable_staff() -> list[Staff]:
    """Everybody a referral can be given to."""
    assignable = select(Staff).where(Staff.role.in_(("coordinator", "lead")), Staff.active)
    return list(db.session.scalars(assignable.order_by(Staff.name)))
