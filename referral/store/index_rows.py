"""The evidence that the match index is compiled from: every row that is not retired."""

from collections.abc import Iterator

from sqlalchemy import select

from referral.extensions import db
from referral.models import Experience, OrganizationExperience

BATCH = 2_000


def live_experience() -> Iterator[Experience]:
    """Every evidence row of a specialist in use."""
    query = select(Experience).where(Experience.retired_at.is_(None))
    return iter(db.session.scalars(query.execution_options(yield_per=BATCH)))


def live_organization_experience() -> Iterator[OrganizationExperience]:
    """Every evidence row of an organization in use."""
    query = select(OrganizationExperience).where(OrganizationExperience.retired_at.is_(None))
    return iter(db.session.scalars(query.execution_options(yield_per=BATCH)))
