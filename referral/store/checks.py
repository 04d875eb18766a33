"""Checks of the directory: what somebody has to look at, and what came of it."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Select, case, func, or_, select

from referral.domain.directory_checks import CheckReason
from referral.extensions import db
from referral.models import DirectoryCheck, Practitioner, PractitionerRole

Due = tuple[DirectoryCheck, Practitioner, PractitionerRole | None]

_OPEN = DirectoryCheck.closed_at.is_(None)


def add(check: DirectoryCheck) -> DirectoryCheck:
    """Keep a new check and give it its number."""
    db.session.add(check)
    db.session.flush()
    return check


def get(check_id: int) -> DirectoryCheck | None:
    """One check, open or closed."""
    return db.session.get(DirectoryCheck, check_id)


def due(reason: str, limit: int, offset: int = 0) -> list[Due]:
    """Open checks of one reason, or of all where it is empty: the most urgent first, of one urgency the oldest."""
    order = {each.value: place for place, each in enumerate(CheckReason)}
    urgency = case(order, value=DirectoryCheck.reason, else_=len(order))
    query = _with_whom().where(_OPEN).order_by(urgency, DirectoryCheck.opened_at, DirectoryCheck.id)
    if reason:
        query = query.where(DirectoryCheck.reason == reason)
    return [(check, person, role) for check, person, role in db.session.execute(query.limit(limit).offset(offset))]


def closed(limit: int) -> list[Due]:
    """The checks that were closed last."""
    query = _with_whom().where(~_OPEN).order_by(DirectoryCheck.closed_at.desc(), DirectoryCheck.id.desc())
    return [(check, person, role) for check, person, role in db.session.execute(query.limit(limit))]


def open_of(npi: str) -> list[DirectoryCheck]:
    """Open checks of one specialist, the oldest first."""
    query = select(DirectoryCheck).where(_OPEN, DirectoryCheck.npi == npi).order_by(DirectoryCheck.id)
    return list(db.session.scalars(query))


def count_by_reason() -> dict[str, int]:
    """How many checks are open, by reason."""
    query = select(DirectoryCheck.reason, func.count()).where(_OPEN).group_by(DirectoryCheck.reason)
    return dict(db.session.execute(query).all())


def opened_by_since(opener: str, since: datetime) -> int:
    """How many checks somebody of this kind has opened since then, closed ones included."""
    named = (DirectoryCheck.opened_by == opener, DirectoryCheck.opened_at >= since)
    return db.session.scalar(select(func.count()).select_from(DirectoryCheck).where(*named)) or 0


def of_age(reasons: Collection[str]) -> dict[str, DirectoryCheck]:
    """The open checks of these reasons, by role."""
    query = select(DirectoryCheck).where(_OPEN, DirectoryCheck.reason.in_(reasons))
    return {check.role_id: check for check in db.session.scalars(query) if check.role_id}


def roles_not_assured_since(day: date) -> list[tuple[str, str, date | None]]:
    """Roles in use that requests are sent to by themselves and nobody confirmed since: id, NPI, and the last time."""
    role = PractitionerRole
    old = or_(role.assured_on.is_(None), role.assured_on < day)
    query = select(role.id, role.npi, role.assured_on).where(role.retired_at.is_(None), role.channel != "", old)
    return [(role_id, npi, assured_on) for role_id, npi, assured_on in db.session.execute(query)]


def _with_whom() -> Select[DirectoryCheck, Practitioner, PractitionerRole]:
    return (
        select(DirectoryCheck, Practitioner, PractitionerRole)
        .join(Practitioner, Practitioner.npi == DirectoryCheck.npi)
        .outerjoin(PractitionerRole, PractitionerRole.id == DirectoryCheck.role_id)
    )
