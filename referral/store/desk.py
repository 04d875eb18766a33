"""Keeping and reading of saved views of the desk's lists, and of searches."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import joinedload

from referral.extensions import db
from referral.models import DeskSearch, DeskView, Staff


def add(row: DeskView | DeskSearch) -> None:
    """Keep a new view or search."""
    db.session.add(row)
    db.session.flush()


def views_of(staff: Staff) -> list[DeskView]:
    """Their own views, and those shared by somebody who sees the same requests; the oldest first."""
    shared = DeskView.shared & Staff.organization_id.is_not_distinct_from(staff.organization_id)
    found = select(DeskView).join(DeskView.staff).where(or_(DeskView.staff_id == staff.id, shared))
    return list(db.session.scalars(found.options(joinedload(DeskView.staff)).order_by(DeskView.created_at)))


def view(view_id: UUID) -> DeskView | None:
    """One view."""
    return db.session.get(DeskView, view_id)


def remove(found: DeskView) -> None:
    """Drop a view."""
    db.session.delete(found)


def search(search_id: UUID, staff_id: UUID, now: datetime) -> DeskSearch | None:
    """What this person searched for under this id; None where it was somebody else, or its time is over."""
    found = db.session.get(DeskSearch, search_id)
    return found if found is not None and found.staff_id == staff_id and found.expires_at > now else None


def forget_searches(now: datetime) -> None:
    """Drop the searches whose time is over."""
    db.session.execute(delete(DeskSearch).where(DeskSearch.expires_at <= now))
