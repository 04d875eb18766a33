"""Organizations as sources name them, and which of ours they are."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import func, select, update

from referral.domain.identity import Candidate, MatchState
from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import (
    Organization,
    OrganizationAlias,
    OrganizationExperience,
    PractitionerRole,
    SourceRecord,
)
from referral.store.tables import Row, held_rows, insert_rows, parts, table_of

Place = tuple[str, str, str, str]
"""Street, city, state and ZIP code."""


def get(key: str) -> OrganizationAlias | None:
    """What is known of this key of a source."""
    return db.session.get(OrganizationAlias, key)


def suggested(limit: int, offset: int = 0) -> list[OrganizationAlias]:
    """What a person has to decide, the surest first."""
    waiting = (OrganizationAlias.state == MatchState.SUGGESTED, OrganizationAlias.suggested_id.is_not(None))
    order = (OrganizationAlias.confidence.desc(), OrganizationAlias.key)
    query = select(OrganizationAlias).where(*waiting).order_by(*order).limit(limit).offset(offset)
    return list(db.session.scalars(query))


def count_suggested() -> int:
    """How many wait for a decision."""
    waiting = (OrganizationAlias.state == MatchState.SUGGESTED, OrganizationAlias.suggested_id.is_not(None))
    return db.session.scalar(select(func.count()).select_from(OrganizationAlias).where(*waiting)) or 0


def decided(limit: int) -> list[OrganizationAlias]:
    """What a person decided, the newest first."""
    named = (
        OrganizationAlias.state.in_((MatchState.CONFIRMED, MatchState.REFUSED)),
        OrganizationAlias.decided_at.is_not(None),
    )
    order = (OrganizationAlias.decided_at.desc(), OrganizationAlias.key)
    return list(db.session.scalars(select(OrganizationAlias).where(*named).order_by(*order).limit(limit)))


def organizations(ids: Iterable[str]) -> dict[str, Organization]:
    """Organizations by id, those out of use included."""
    query = select(Organization).where(Organization.id.in_(set(ids)))
    return {each.id: each for each in db.session.scalars(query)}


def people_at(organization_ids: Iterable[str]) -> dict[str, int]:
    """How many specialists in use work at each organization."""
    role = PractitionerRole
    here = (role.organization_id.in_(set(organization_ids)), role.retired_at.is_(None))
    query = select(role.organization_id, func.count(role.npi.distinct())).where(*here).group_by(role.organization_id)
    return {organization_id or "": number for organization_id, number in db.session.execute(query)}


def words_placing_at(organization_id: str) -> list[tuple[str, str]]:
    """Words that place a role at an organization: the role's id and the source."""
    at = SourceRecord.values["organization_id"].as_string() == organization_id
    query = select(SourceRecord.subject_id, SourceRecord.source).where(SourceRecord.subject == Subject.ROLE, at)
    return [(role_id, source) for role_id, source in db.session.execute(query.order_by(SourceRecord.subject_id))]


def roles_without_words_at(organization_id: str) -> list[str]:
    """Roles placed at an organization of which no source's word is kept."""
    kept = select(SourceRecord.subject_id).where(SourceRecord.subject == Subject.ROLE)
    role = PractitionerRole
    query = select(role.id).where(role.organization_id == organization_id, role.id.not_in(kept))
    return list(db.session.scalars(query.order_by(role.id)))


def place_elsewhere(words: Iterable[tuple[str, str]], organization_id: str) -> None:
    """Let these words name another organization; what else they say stays."""
    table = table_of(SourceRecord)
    for role_id, source in words:
        key = (table.c.subject == Subject.ROLE.value, table.c.subject_id == role_id, table.c.source == source)
        values = db.session.execute(select(table.c["values"]).where(*key)).scalar_one()
        said = {**values, "organization_id": organization_id}
        db.session.execute(update(table).where(*key).values({"values": said}))


def evidence_of(organization_id: str) -> list[OrganizationExperience]:
    """The evidence rows of an organization that are in use."""
    held = OrganizationExperience
    query = select(held).where(held.organization_id == organization_id, held.retired_at.is_(None)).order_by(held.id)
    return list(db.session.scalars(query))


def put_aside(evidence_ids: Iterable[str], at: datetime | None) -> None:
    """Retire evidence rows of organizations, or take them into use again with None."""
    for part in parts(evidence_ids):
        held = OrganizationExperience
        db.session.execute(update(held).where(held.id.in_(part)).values(retired_at=at))


def meant(keys: Iterable[str]) -> dict[str, str]:
    """Our organization for each key that was met before."""
    return {key: row["organization_id"] for key, row in held_rows(OrganizationAlias, keys).items()}


def add_aliases(rows: list[Row]) -> None:
    """Write down which organization each new key stands for."""
    insert_rows(OrganizationAlias, rows)


def candidates() -> Iterator[Candidate]:
    """Every organization in use, with the names under which sources know it for sure.

    One without an address of its own is at every place where its roles in use are.
    """
    names: dict[str, set[str]] = {}
    sure = OrganizationAlias.state.in_((MatchState.SURE, MatchState.CONFIRMED))
    for organization_id, name in db.session.execute(
        select(OrganizationAlias.organization_id, OrganizationAlias.name).where(sure)
    ):
        names.setdefault(organization_id, set()).add(name)
    role, places = PractitionerRole, dict[str, list[Place]]()
    where = select(role.organization_id, role.line1, role.city, role.state, role.postcode).distinct()
    here = (role.organization_id.is_not(None), role.retired_at.is_(None), (role.city != "") | (role.postcode != ""))
    for at, line1, city, state, postcode in db.session.execute(where.where(*here).order_by(*where.selected_columns)):
        places.setdefault(at or "", []).append((line1, city, state, postcode))
    for each in db.session.scalars(select(Organization).where(Organization.retired_at.is_(None))):
        others = tuple(sorted(names.get(each.id, set()) - {each.name}))
        own: list[Place] = [(each.line1, each.city, each.state, each.postcode)]
        for place in own if each.city or each.postcode else places.get(each.id, own):
            yield Candidate(each.id, each.name, *place, each.ccn, others)
