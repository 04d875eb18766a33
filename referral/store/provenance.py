"""Where what a profile shows comes from: evidence with its import, payments, and the imports that words came with."""

from collections.abc import Iterable

from sqlalchemy import or_, select

from referral.extensions import db
from referral.models import (
    DirectoryImport,
    Experience,
    OrganizationExperience,
    Payment,
    Practitioner,
)
from referral.store.plain_names import has_words


def evidence_of(npi: str) -> list[tuple[Experience, DirectoryImport | None]]:
    """The evidence rows of a specialist that are in use, each with the import that brought it, the newest first."""
    held = Experience
    query = select(held, DirectoryImport).outerjoin(DirectoryImport, DirectoryImport.id == held.import_id)
    found = query.where(held.npi == npi, held.retired_at.is_(None)).order_by(held.period_end.desc(), held.id)
    return [(row, brought) for row, brought in db.session.execute(found)]


def evidence_of_organizations(
    ids: Iterable[str],
) -> list[tuple[OrganizationExperience, DirectoryImport | None]]:
    """The same of organizations."""
    held = OrganizationExperience
    query = select(held, DirectoryImport).outerjoin(DirectoryImport, DirectoryImport.id == held.import_id)
    theirs = (held.organization_id.in_(set(ids)), held.retired_at.is_(None))
    found = query.where(*theirs).order_by(held.period_end.desc(), held.id)
    return [(row, brought) for row, brought in db.session.execute(found)]


def payments_to(npi: str) -> list[tuple[Payment, DirectoryImport | None]]:
    """What companies paid a specialist, by year, the newest and largest first."""
    query = select(Payment, DirectoryImport).outerjoin(DirectoryImport, DirectoryImport.id == Payment.import_id)
    found = query.where(Payment.npi == npi).order_by(Payment.year.desc(), Payment.amount_usd.desc(), Payment.payer)
    return [(paid, brought) for paid, brought in db.session.execute(found)]


def imports(ids: Iterable[int | None]) -> dict[int, DirectoryImport]:
    """Imports by number."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    found = db.session.scalars(select(DirectoryImport).where(DirectoryImport.id.in_(wanted)))
    return {each.id: each for each in found}


def people_named(text: str, limit: int) -> list[Practitioner]:
    """Specialists, out of use or not, with this NPI or whose name has a word that begins so for each of the text's."""
    found = select(Practitioner).where(or_(Practitioner.npi == text, has_words(Practitioner.plain_name, text)))
    in_order = found.order_by(Practitioner.family, Practitioner.given, Practitioner.npi)
    return list(db.session.scalars(in_order.limit(limit)))
