"""What nobody can buy and nobody is born with: money, names, sex and the like change neither scores nor order."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from referral.extensions import db
from referral.models import Experience, Organization, OrganizationExperience, Practitioner, PractitionerRole
from tests.factories import (
    BOSTON,
    make_experience,
    make_index,
    make_npi,
    make_organization,
    make_organization_experience,
    make_role,
)

DOCTORS = 24
COUNTS = Random(5).sample(range(1, 90), DOCTORS)  # no two alike, so that no lot decides
NPIS = [make_npi() for _ in range(DOCTORS)]
TABLES = (Experience, OrganizationExperience, PractitionerRole, Practitioner, Organization)

Judged = list[tuple[str, float, tuple[float, ...]]]


def fill(order: Sequence[int]) -> None:
    """The same directory in place of what there is, its rows written in this order."""
    for table in TABLES:
        db.session.execute(delete(table))
    db.session.expunge_all()
    for number in order:
        organization = make_organization(f"org-{number}", designation="nci-clinical" if number % 5 == 0 else "")
        if number % 3 == 0:
            make_organization_experience(organization, count=20 + number)
        role = make_role(
            role_id=f"role-{number}", npi=NPIS[number], organization=organization,
            place=(BOSTON[0] + number / 7, BOSTON[1] - number / 11), remote_opinion=number % 4 == 0,
        )  # fmt: skip
        make_experience(role, count=COUNTS[number])


def judged(client: FlaskClient) -> list[Judged]:
    """Role, score and the parts' values of everybody, in order, for several searches."""
    here = {"cancer": "CHOL", "latitude": BOSTON[0], "longitude": BOSTON[1], "limit": 100}
    searches: list[dict[str, Any]] = [
        here,
        {**here, "radius_km": 150, "remote": "yes"},
        {**here, "cancer": "GBC", "complexity": ["recurrent"], "weight_experience": 0.4, "diversify": 1},
    ]
    return [_judged(client, body) for body in searches]


def _judged(client: FlaskClient, body: dict[str, Any]) -> Judged:
    answer = client.post("/api/v1/specialists/search", json=body)
    assert answer.status_code == 200, answer.text
    results = answer.get_json()["results"]
    assert results
    return [
        (each["role_id"], each["score"], tuple(part["value"] for part in each["explanation"]["parts"]))
        for each in results
    ]


@pytest.fixture
def before(app: Flask, client: FlaskClient) -> list[Judged]:
    """The answers before anything is changed."""
    fill(range(DOCTORS))
    make_index()
    return judged(client)


CHANCE = Random(11)
ROLE_FIELDS: dict[str, list[Any]] = {
    "fee_usd": [None, 0, 150, 9_000],
    "wait_days": [None, 0, 200],
    "insurers": [[], ["Self-pay"], ["Medicare", "Demo Health Plan"]],
    "channel": ["", "email", "fhir", "webhook", "post"],
    "channel_address": ["", "pay@first.example"],
    "phone": ["", "617-555-0100"],
    "line1": ["", "1 Gold Street"],
    "postcode": ["", "02115", "10001"],
    "source": ["a", "sponsor"],
}
PERSON_FIELDS: dict[str, list[Any]] = {
    "given": ["Aaron", "Zoë", "María José"],
    "family": ["Aa", "Nguyễn", "Zzyzx"],
    "gender": ["", "female", "male", "other"],
    "credential": ["", "MD, PhD, MBA"],
    "languages": [[], ["en"], ["es", "fr"]],
    "source": ["a", "sponsor"],
}


@pytest.mark.parametrize("field", ROLE_FIELDS)
def test_no_fee_no_payer_and_no_address_changes_scores_or_order(
    before: list[Judged], client: FlaskClient, field: str
) -> None:
    for role in db.session.query(PractitionerRole):
        setattr(role, field, CHANCE.choice(ROLE_FIELDS[field]))
    make_index()

    assert judged(client) == before


@pytest.mark.parametrize("field", PERSON_FIELDS)
def test_no_name_no_sex_and_no_title_changes_scores_or_order(
    before: list[Judged], client: FlaskClient, field: str
) -> None:
    for person in db.session.query(Practitioner):
        setattr(person, field, CHANCE.choice(PERSON_FIELDS[field]))
    make_index()

    assert judged(client) == before


@pytest.mark.parametrize("field", ["name", "network", "source"])
def test_no_name_and_no_owner_of_a_hospital_changes_scores_or_order(
    before: list[Judged], client: FlaskClient, field: str
) -> None:
    for organization in db.session.query(Organization):
        setattr(organization, field, CHANCE.choice(["A First Hospital", "Zenith", ""]))
    make_index()

    assert judged(client) == before


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_neither_scores_nor_order(
    before: list[Judged], client: FlaskClient, seed: int
) -> None:
    fill(Random(seed).sample(range(DOCTORS), DOCTORS))
    make_index()

    assert judged(client) == before


def test_what_does_count_changes_them(before: list[Judged], client: FlaskClient) -> None:
    last = before[0][-1][0]
    row = db.session.query(Experience).filter_by(npi=db.session.get_one(PractitionerRole, last).npi).one()
    row.count = 400
    make_index()

    assert judged(client) != before


def test_every_column_of_a_person_and_of_a_role_is_judged_to_count_or_not_to() -> None:
    counts = {"npi", "taxonomy_codes", "organization_id", "latitude", "longitude", "remote_opinion",
              "accepts_new_patients", "retired_at"}  # fmt: skip
    shown = {"id", "city", "state", "country", "assured_on", "assurer", "precision", "paused_until", "paused_by",
             "not_treated", "other_names", "plain_name"}  # fmt: skip
    columns = {column.name for table in (Practitioner, PractitionerRole) for column in table.__table__.columns}

    assert columns == counts | shown | {*ROLE_FIELDS} | {*PERSON_FIELDS}
