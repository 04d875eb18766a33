"""What the match index is compiled from: everything in the directory that is not retired."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from referral.extensions import db
from referral.models import Experience, OrganizationExperience, Practitioner, PractitionerRole

BATCH = 2_000


def live_roles() -> Iterator[PractitionerRole]:
    """Every role in use, with its specialist and organization."""
    query = (
        select(PractitionerRole)
        .join(PractitionerRole.practitioner)
        .where(PractitionerRole.retired_at.is_(None), Practitioner.retired_at.is_(None))
        .options(joinedload(PractitionerRole.practitioner), joinedload(PractitionerRole.organization))
    )
    return iter(db.session.scalars(query.execution_options(yield_per=BATCH)))


def live_experience() -> Iterator[Experience]:
    """Every evidence row of a specialist in use."""
    query = select(Experience).where(Experience.retired_at.is_(None))
    return iter(db.session.scalars(query.execution_options(yield_per=BATCH)))


def live_organization_experience() -> Iterator[OrganizationExperience]:
    """Every evidence row of an organization in use."""
    query = select(OrganizationExperience).where(OrganizationExperience.retired_at.is_(None))
    return iter(db.session.scalars(query.execution_options(yield_per=BATCH)))
