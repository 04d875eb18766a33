"""The directory as it stands: who is in use, and what came from where."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, scoped_session

from referral.models import (
    Base,
    DirectoryImport,
    Experience,
    Organization,
    OrganizationExperience,
    Practitioner,
    PractitionerRole,
)

DEMO = "demo"
"""Source of the made-up rows."""
Db = Session | scoped_session[Any]
Model = type[Base]

SOURCED: tuple[Model, ...] = (
    OrganizationExperience,
    Experience,
    PractitionerRole,
    Practitioner,
    Organization,
)
"""Every table whose rows come from an import."""


@dataclass(frozen=True, slots=True)
class OriginStatus:
    """What the directory holds from one origin; only rows in use are counted."""

    origin: str
    specialists: int
    roles: int
    organizations: int
    evidence: int
    last_import: datetime | None
    rejected: int
    oldest_assured_on: date | None


def has_real_rows(session: Db) -> bool:
    """Whether any specialist in use comes from a real source: then demo rows have no place beside them."""
    real = (Practitioner.source != DEMO, Practitioner.retired_at.is_(None))
    return session.scalars(select(Practitioner.npi).where(*real).limit(1)).first() is not None


def live_npis(session: Db, *, besides: Collection[str] = ()) -> set[str]:
    """NPIs of all specialists in use, those of the sources `besides` left out."""
    in_use = (Practitioner.retired_at.is_(None), Practitioner.source.not_in(besides))
    return set(session.scalars(select(Practitioner.npi).where(*in_use)))


def live_organization_ids(session: Db, *, besides: Collection[str] = ()) -> set[str]:
    """Ids of all organizations in use, those of the sources `besides` left out."""
    in_use = (Organization.retired_at.is_(None), Organization.source.not_in(besides))
    return set(session.scalars(select(Organization.id).where(*in_use)))


def practitioner(session: Db, npi: str) -> Practitioner | None:
    """The specialist in use with this NPI."""
    found = session.get(Practitioner, npi)
    return found if found and found.retired_at is None else None


def organization(session: Db, organization_id: str) -> Organization | None:
    """The organization with this id."""
    return session.get(Organization, organization_id)


def role(session: Db, role_id: str) -> PractitionerRole | None:
    """The role with this id, retired or not: referrals may point to one that is gone."""
    return session.get(PractitionerRole, role_id)


def live_roles(session: Db, npi: str | None = None) -> Iterator[PractitionerRole]:
    """Roles in use of one specialist or all, by id, with specialist and organization loaded."""
    query = (
        select(PractitionerRole)
        .join(PractitionerRole.practitioner)
        .where(PractitionerRole.retired_at.is_(None), Practitioner.retired_at.is_(None))
        .options(joinedload(PractitionerRole.practitioner), joinedload(PractitionerRole.organization))
        .order_by(PractitionerRole.id)
        .execution_options(yield_per=1000)
    )
    return iter(session.scalars(query if npi is None else query.where(PractitionerRole.npi == npi)))


def origin_of(kind: str, name: str, *, demo: bool = False) -> str:
    """Return what stands as source in every row of an import: `demo`, `native:FOLDER` or the kind alone."""
    if demo:
        return DEMO
    return f"{kind}:{name}"[:100] if kind == "native" else kind


def status(session: Db) -> list[OriginStatus]:
    """What the directory holds, by origin; one whose rows are all retired is there too."""
    counts = {model: _live_by_origin(session, model) for model in SOURCED}
    imports = _last_imports(session)
    assured = _oldest_assurance(session)
    origins = sorted({*imports, *(origin for found in counts.values() for origin in found)})
    return [
        OriginStatus(
            origin=origin,
            specialists=counts[Practitioner].get(origin, 0),
            roles=counts[PractitionerRole].get(origin, 0),
            organizations=counts[Organization].get(origin, 0),
            evidence=counts[Experience].get(origin, 0) + counts[OrganizationExperience].get(origin, 0),
            last_import=imports[origin].finished_at if origin in imports else None,
            rejected=imports[origin].rejected if origin in imports else 0,
            oldest_assured_on=assured.get(origin),
        )
        for origin in origins
    ]


def column_of(model: Model, name: str) -> InstrumentedAttribute[Any]:
    """The mapped column of this name."""
    return cast(InstrumentedAttribute[Any], getattr(model, name))


def source_column(model: Model) -> InstrumentedAttribute[Any]:
    """The column that says which import brought a row: of evidence, `source` is the publication."""
    return column_of(model, "origin" if model in (Experience, OrganizationExperience) else "source")


def _live_by_origin(session: Db, model: Model) -> dict[str, int]:
    origin = source_column(model)
    query = select(origin, func.count()).where(column_of(model, "retired_at").is_(None)).group_by(origin)
    return dict(session.execute(query).all())


def _oldest_assurance(session: Db) -> dict[str, date | None]:
    query = (
        select(PractitionerRole.source, func.min(PractitionerRole.assured_on))
        .where(PractitionerRole.retired_at.is_(None))
        .group_by(PractitionerRole.source)
    )
    return dict(session.execute(query).all())


def _last_imports(session: Db) -> dict[str, DirectoryImport]:
    """The last import of each origin: a later one replaces the one before it in the dict."""
    found = session.scalars(select(DirectoryImport).order_by(DirectoryImport.finished_at, DirectoryImport.id))
    return {origin_of(each.kind, each.name, demo=each.demo): each for each in found}
