"""The records that the match index is compiled from: every row that is not retired, column by column."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, case, select

from referral.extensions import db
from referral.models import Experience, Organization, OrganizationExperience, Practitioner, PractitionerRole

BATCH = 10_000

ROLE = (
    PractitionerRole.id, PractitionerRole.npi, Practitioner.given, Practitioner.family, Practitioner.credential,
    Practitioner.taxonomy_codes, PractitionerRole.organization_id, Organization.name,
    case((Organization.retired_at.is_(None), Organization.designation), else_=""),
    PractitionerRole.city, PractitionerRole.state, PractitionerRole.latitude, PractitionerRole.longitude,
    PractitionerRole.accepts_new_patients, PractitionerRole.remote_opinion, Practitioner.languages,
    PractitionerRole.insurers, PractitionerRole.wait_days, PractitionerRole.fee_usd, PractitionerRole.assured_on,
    PractitionerRole.paused_until, PractitionerRole.paused_by, PractitionerRole.precision,
)  # fmt: skip


def live_roles() -> Iterable[Row[Any]]:
    """Roles in use, with the columns `ROLE`."""
    query = (
        select(*ROLE)
        .join(PractitionerRole.practitioner)
        .outerjoin(PractitionerRole.organization)
        .where(PractitionerRole.retired_at.is_(None), Practitioner.retired_at.is_(None))
    )
    return db.session.execute(query.execution_options(yield_per=BATCH))


def live_experience() -> Iterable[Row[Any]]:
    """Every evidence row of a specialist in use, the NPI first."""
    return _evidence(Experience, Experience.npi)


def live_organization_experience() -> Iterable[Row[Any]]:
    """Every evidence row of an organization in use, its id first."""
    gone = select(Organization.id).where(Organization.retired_at.is_not(None))
    owner = OrganizationExperience.organization_id
    return _evidence(OrganizationExperience, owner, owner.not_in(gone))


def _evidence(
    table: type[Experience] | type[OrganizationExperience],
    owner: Any,  # noqa: ANN401
    *only: ColumnElement[bool],
) -> Iterable[Row[Any]]:
    columns: Sequence[Any] = (
        owner, table.oncotree_code, table.kind, table.count, table.period_start, table.period_end, table.source,
        table.source_url, table.retrieved_on,
    )  # fmt: skip
    query = select(*columns).where(table.retired_at.is_(None), *only)
    return db.session.execute(query.execution_options(yield_per=BATCH))
