"""Compiles the directory of the database into a new snapshot and names it as current."""

from collections.abc import Iterable
from datetime import datetime

from referral import reference
from referral.domain.codes import EvidenceKind
from referral.domain.experience import Evidence
from referral.domain.matching import RoleFacts
from referral.extensions import db
from referral.index.build import build
from referral.index.snapshot import Snapshot, SnapshotStore
from referral.models import Experience, OrganizationExperience, PractitionerRole
from referral.store import directory, index_rows


def rebuild_index(store: SnapshotStore, now: datetime) -> Snapshot:
    """Build from what the directory holds now; the day is that of `now` in UTC."""
    tree = reference.cancers()
    roles = [_facts(role) for role in directory.live_roles(db.session())]
    evidence = _grouped((row.npi, row) for row in index_rows.live_experience())
    organizations = _grouped((row.organization_id, row) for row in index_rows.live_organization_experience())
    db.session.rollback()  # everything is read; nothing is held while the arithmetic runs
    snapshot = build(roles, evidence, organizations, tree, reference.volume_marks(), now.date())
    store.write(snapshot)
    return snapshot


def current_or_built(store: SnapshotStore, now: datetime) -> Snapshot:
    """The current snapshot; where none can be read, one is built now."""
    return store.current() or rebuild_index(store, now)


def _facts(role: PractitionerRole) -> RoleFacts:
    person, organization = role.practitioner, role.organization
    known = reference.disciplines()
    return RoleFacts(
        role_id=role.id,
        npi=role.npi,
        name=person.name,
        credential=person.credential,
        disciplines=tuple(dict.fromkeys(known[code].value for code in person.taxonomy_codes if code in known)),
        organization_id=organization.id if organization else None,
        organization_name=organization.name if organization else "",
        designation=organization.designation if organization else "",
        city=role.city,
        state=role.state,
        latitude=role.latitude,
        longitude=role.longitude,
        accepts_new_patients=role.accepts_new_patients,
        remote_opinion=role.remote_opinion,
        languages=tuple(person.languages),
        insurers=tuple(role.insurers),
        wait_days=role.wait_days,
        fee_usd=role.fee_usd,
        assured_on=role.assured_on.isoformat() if role.assured_on else "",
    )


def _grouped(rows: Iterable[tuple[str, Experience | OrganizationExperience]]) -> dict[str, list[Evidence]]:
    groups: dict[str, list[Evidence]] = {}
    for owner, row in rows:
        evidence = Evidence(
            code=row.oncotree_code,
            kind=EvidenceKind(row.kind),
            count=row.count,
            period_start=row.period_start,
            period_end=row.period_end,
            source=row.source,
            source_url=row.source_url,
            retrieved_on=row.retrieved_on,
        )
        groups.setdefault(owner, []).append(evidence)
    return groups
