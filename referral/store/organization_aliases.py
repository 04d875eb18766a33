"""Organizations as sources name them, and which of ours they are."""

from collections.abc import Iterable, Iterator

from sqlalchemy import select

from referral.domain.identity import Candidate
from referral.extensions import db
from referral.models import Organization, OrganizationAlias
from referral.store.tables import Row, held_rows, insert_rows


def meant(keys: Iterable[str]) -> dict[str, str]:
    """Our organization for each key that was met before."""
    return {key: row["organization_id"] for key, row in held_rows(OrganizationAlias, keys).items()}


def add_aliases(rows: list[Row]) -> None:
    """Write down which organization each new key stands for."""
    insert_rows(OrganizationAlias, rows)


def candidates() -> Iterator[Candidate]:
    """Every organization in use, with the names under which sources know it for sure."""
    names: dict[str, set[str]] = {}
    sure = OrganizationAlias.state.in_(("sure", "confirmed"))
    for organization_id, name in db.session.execute(
        select(OrganizationAlias.organization_id, OrganizationAlias.name).where(sure)
    ):
        names.setdefault(organization_id, set()).add(name)
    for each in db.session.scalars(select(Organization).where(Organization.retired_at.is_(None))):
        others = tuple(sorted(names.get(each.id, set()) - {each.name}))
        yield Candidate(each.id, each.name, each.line1, each.city, each.state, each.postcode, each.ccn, others)
