import pytest
from flask import Flask
from sqlalchemy import select

from referral.domain.codes import EvidenceKind
from referral.domain.errors import NotAllowed
from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import Experience, Organization, OrganizationAlias, OrganizationExperience, PractitionerRole
from referral.services import merge_review
from referral.store import aliases
from tests.factories import NOW, make_organization, make_organization_experience, make_role
from tests.services.steward_rows import BY, make_alias, make_import, make_official, make_word


@pytest.fixture
def ours(app: Flask) -> Organization:
    """An organization of the directory."""
    return make_organization("org-harbor", name="Harbor Cancer Centre")


@pytest.fixture
def theirs(app: Flask) -> Organization:
    """The same as a source names it."""
    made = make_organization("pac:4183516331", name="Harbor Cancer Center, Inc.")
    brought = make_import()
    make_word(Subject.ORGANIZATION, made.id, "clinicians", {"name": made.name, "ccn": "220001"}, brought, 3)
    return made


@pytest.fixture
def alias(ours: Organization, theirs: Organization) -> OrganizationAlias:
    """A suggestion that the two are one."""
    return make_alias(theirs, ours, key=theirs.id)


def volumes(organization: Organization) -> list[int | None]:
    return [each.count for each in aliases.evidence_of(organization.id)]


def worker_of(theirs: Organization) -> PractitionerRole:
    made = make_role(organization=theirs)
    said = {"npi": made.npi, "organization_id": theirs.id, "city": "Boston", "postcode": "02115"}
    make_word(Subject.ROLE, made.id, "clinicians", said, make_import(), 9)
    return made


def test_what_is_the_same_moves_specialists_and_numbers_and_leaves_use(
    ours: Organization, theirs: Organization, alias: OrganizationAlias
) -> None:
    worker, plain = worker_of(theirs), make_role(organization=theirs)
    make_organization_experience(theirs, count=40)
    merge_review.same_organization(alias.key, BY, NOW)
    assert (worker.organization_id, plain.organization_id) == (ours.id, ours.id)
    assert (volumes(ours), volumes(theirs)) == ([40], [])
    assert (theirs.retired_at, ours.retired_at) == (NOW, None)
    assert ours.ccn == "220001"
    assert (alias.state, alias.organization_id, alias.decided_by) == ("confirmed", ours.id, BY)


def test_undone_everything_is_where_it_was(ours: Organization, theirs: Organization, alias: OrganizationAlias) -> None:
    worker, plain, own = worker_of(theirs), make_role(organization=theirs), make_role(organization=ours)
    make_organization_experience(theirs, count=40)
    make_organization_experience(ours, code="GBC", count=7)
    merge_review.same_organization(alias.key, BY, NOW)
    merge_review.undo_organization(alias.key, BY, NOW)
    assert [role.organization_id for role in (worker, plain, own)] == [theirs.id, theirs.id, ours.id]
    assert (volumes(ours), volumes(theirs)) == ([7], [40])
    assert (theirs.retired_at, ours.retired_at) == (None, None)
    assert ours.ccn == ""
    assert (alias.state, alias.organization_id, alias.suggested_id) == ("suggested", theirs.id, ours.id)


def test_a_merge_can_be_made_again_after_it_was_undone(
    ours: Organization, theirs: Organization, alias: OrganizationAlias
) -> None:
    worker = worker_of(theirs)
    make_organization_experience(theirs, count=40)
    for _ in range(2):
        merge_review.same_organization(alias.key, BY, NOW)
        assert (worker.organization_id, volumes(ours)) == (ours.id, [40])
        merge_review.undo_organization(alias.key, BY, NOW)
        assert (worker.organization_id, volumes(theirs)) == (theirs.id, [40])


def test_numbers_that_both_have_are_not_counted_twice(
    ours: Organization, theirs: Organization, alias: OrganizationAlias
) -> None:
    make_organization_experience(theirs, count=40)
    merge_review.same_organization(alias.key, BY, NOW)
    held = db.session.scalars(select(OrganizationExperience.id)).all()
    assert len(set(held)) == len(held)
    assert volumes(ours) == [40]


def test_different_organizations_stay_as_they_are(
    ours: Organization, theirs: Organization, alias: OrganizationAlias
) -> None:
    worker = worker_of(theirs)
    merge_review.different_organization(alias.key, BY, NOW)
    assert (alias.state, worker.organization_id, theirs.retired_at) == ("refused", theirs.id, None)
    assert aliases.suggested(10) == []
    merge_review.undo_organization(alias.key, BY, NOW)
    assert [each.key for each in aliases.suggested(10)] == [alias.key]


def test_what_somebody_decided_is_not_decided_twice(alias: OrganizationAlias) -> None:
    merge_review.different_organization(alias.key, BY, NOW)
    with pytest.raises(NotAllowed, match=r"ines@example\.org has decided this already"):
        merge_review.same_organization(alias.key, "otto@example.org", NOW)


def trials_of(npi: str) -> list[Experience]:
    live = (Experience.npi == npi, Experience.retired_at.is_(None), Experience.kind == EvidenceKind.TRIALS)
    return list(db.session.scalars(select(Experience).where(*live).order_by(Experience.oncotree_code)))


def test_a_trial_counts_only_after_somebody_confirmed_the_person(app: Flask) -> None:
    role = make_role()
    official = make_official(role.npi, codes=("CHOL", "GBC"))
    assert trials_of(role.npi) == []
    merge_review.confirm_official(official.id, BY, NOW)
    found = trials_of(role.npi)
    assert [(each.oncotree_code, each.count) for each in found] == [("CHOL", 1), ("GBC", 1)]
    assert official.nct_id in found[0].source
    assert found[0].line == 7
    assert (official.decided_by, official.decided_at) == (BY, NOW)


def test_somebody_else_gets_no_credit(app: Flask) -> None:
    role = make_role()
    merge_review.refuse_official(make_official(role.npi).id, BY, NOW)
    assert trials_of(role.npi) == []


def test_a_confirmation_taken_back_takes_the_evidence_back_and_no_other(app: Flask) -> None:
    role = make_role()
    first, second = make_official(role.npi), make_official(role.npi)
    for official in (first, second):
        merge_review.confirm_official(official.id, BY, NOW)
    merge_review.undo_official(first.id, "ines@example.org", NOW)
    assert [second.nct_id in each.source for each in trials_of(role.npi)] == [True]
    assert (first.state, first.decided_by) == ("suggested", "")
    merge_review.confirm_official(first.id, BY, NOW)
    assert len(trials_of(role.npi)) == 2
