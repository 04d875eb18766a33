"""Looking specialists and organizations of the directory up by their names, as somebody types them."""

from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload

from referral.domain.organization_names import spellings
from referral.extensions import db
from referral.models import Organization, Practitioner, PractitionerRole
from referral.store.provenance import people_named

_LOOKED_AT = 200


def organization(organization_id: str) -> Organization | None:
    """The organization of this id."""
    return db.session.get(Organization, organization_id)


def organizations(text: str, limit: int) -> list[Organization]:
    """Organizations in use whose names hold every word that was typed; those of just this name first."""
    words = text.lower().split()
    if len("".join(words)) < 3:
        return []
    name = func.lower(Organization.name)
    holds = and_(Organization.retired_at.is_(None), *(name.contains(word, autoescape=True) for word in words))
    found = db.session.scalars(select(Organization).where(holds).order_by(Organization.name).limit(_LOOKED_AT))
    just_this = {*spellings(text)}
    return sorted(found, key=lambda one: not just_this & {*spellings(one.name)})[:limit]


def working(text: str, limit: int) -> list[PractitionerRole]:
    """One role of each specialist in use with this name, as `people_named` reads it."""
    npis = [person.npi for person in people_named(text, _LOOKED_AT) if person.retired_at is None][:limit]
    wanted = (
        select(PractitionerRole)
        .join(Practitioner, Practitioner.npi == PractitionerRole.npi)
        .where(PractitionerRole.npi.in_(npis), PractitionerRole.retired_at.is_(None))
        .options(joinedload(PractitionerRole.practitioner), joinedload(PractitionerRole.organization))
        .order_by(Practitioner.family, Practitioner.given, PractitionerRole.id)
    )
    return list({role.npi: role for role in db.session.scalars(wanted)}.values())
