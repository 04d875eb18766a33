"""The directory as it stands: who is in use, and what came from where."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from referral.domain.settling import DEMO
from referral.extensions import db
from referral.models import (
    Base,
    DirectoryImport,
    Experience,
    Organization,
    OrganizationExperience,
    Practitioner,
    PractitionerRole,
)

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


def has_real_rows() -> bool:
    """Whether any specialist in use comes from a real source: then demo rows have no place beside them."""
    real = (Practitioner.source != DEMO, Practitioner.retired_at.is_(None))
    return db.session.scalars(select(Practitioner.npi).where(*real).limit(1)).first() is not None


def live_npis(*, besides: Collection[str] = ()) -> set[str]:
    """NPIs of all specialists in use, those of the sources `besides` left out."""
    in_use = (Practitioner.retired_at.is_(None), Practitioner.source.not_in(besides))
    return set(db.session.scalars(select(Practitioner.npi).where(*in_use)))


def live_organization_ids(*, besides: Collection[str] = ()) -> set[str]:
    """Ids of all organizations in use, those of the sources `besides` left out."""
    in_use = (Organization.retired_at.is_(None), Organization.source.not_in(besides))
    return set(db.session.scalars(select(Organization.id).where(*in_use)))


def practitioner(npi: str) -> Practitioner | None:
    """The specialist in use with this NPI."""
    found = db.session.get(Practitioner, npi)
    return found if found and found.retired_at is None else None


def organization(organization_id: str) -> Organization | None:
    """The organization with this id."""
    return db.session.get(Organization, organization_id)


def role(role_id: str) -> PractitionerRole | None:
    """The role with this id, retired or not: referrals may point to one that is gone."""
    return db.session.get(PractitionerRole, role_id)


def live_roles(npi: str | None = None) -> Iterator[PractitionerRole]:
    """Roles in use of one specialist or all, by id, with specialist and organization loaded."""
    query = (
        select(PractitionerRole)
        .join(PractitionerRole.practitioner)
        .where(PractitionerRole.retired_at.is_(None), Practitioner.retired_at.is_(None))
        .options(joinedload(PractitionerRole.practitioner), joinedload(PractitionerRole.organization))
        .order_by(PractitionerRole.id)
        .execution_options(yield_per=1000)
    )
    return iter(db.session.scalars(query if npi is None else query.where(PractitionerRole.npi == npi)))


def origin_of(kind: str, name: str, *, demo: bool = False) -> str:
    """Return what stands as source in every row of an import: `demo`, `native:FOLDER`, `plan-net:FOLDER` or the kind.

    The country's files are one source each; of folders there are several, and each speaks for itself.
    """
    if demo:
        return DEMO
    return f"{kind}:{name}"[:100] if kind in ("native", "plan-net") else kind


def status() -> list[OriginStatus]:
    """What the directory holds, by origin; one whose rows are all retired is there too."""
    counts = {model: _live_by_origin(model) for model in SOURCED}
    imports = _last_imports()
    assured = _oldest_assurance()
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


def _live_by_origin(model: Model) -> dict[str, int]:
    origin = source_column(model)
    query = select(origin, func.count()).where(column_of(model, "retired_at").is_(None)).group_by(origin)
    return dict(db.session.execute(query).all())


def _oldest_assurance() -> dict[str, date | None]:
    query = (
        select(PractitionerRole.source, func.min(PractitionerRole.assured_on))
        .where(PractitionerRole.retired_at.is_(None))
        .group_by(PractitionerRole.source)
    )
    return dict(db.session.execute(query).all())


def _last_imports() -> dict[str, DirectoryImport]:
    """The last import of each origin: a later one replaces the one before it in the dict."""
    finished = select(DirectoryImport).where(DirectoryImport.state == "finished")
    found = db.session.scalars(finished.order_by(DirectoryImport.finished_at, DirectoryImport.id))
    return {origin_of(each.kind, each.name, demo=each.demo): each for each in found}
