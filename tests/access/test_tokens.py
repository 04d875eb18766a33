"""Bearer tokens of programs."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from referral.access import tokens
from referral.access.authorize import Acting
from referral.domain.codes import Actor
from referral.extensions import db
from referral.models import ApiToken
from tests.factories import NOW, make_organization


@pytest.fixture
def token(app_on_both: Flask) -> str:
    made = tokens.make("desk program", "coordinator", None, NOW)
    db.session.commit()
    return made


def test_a_token_lets_its_program_in(token: str) -> None:
    found = tokens.bearer(f"Bearer {token}", NOW)
    assert found is not None
    acting = Acting.of_token(found)
    assert (acting.actor, acting.name, acting.through_api) == (Actor.COORDINATOR, "desk program", True)
    assert tokens.bearer(f"bearer  {token} ", NOW) is not None


def test_an_unknown_or_missing_token_lets_nobody_in(token: str) -> None:
    for header in (None, "", "Bearer", "Bearer ", f"Basic {token}", token, f"Bearer {token}x", "Bearer ref_unknown"):
        assert tokens.bearer(header, NOW) is None


def test_a_token_ends_after_its_lifetime(token: str) -> None:
    end = NOW + tokens.LIFETIME
    assert tokens.bearer(f"Bearer {token}", end - timedelta(seconds=1)) is not None
    assert tokens.bearer(f"Bearer {token}", end) is None


def test_a_revoked_token_lets_nobody_in(token: str) -> None:
    db.session.scalars(select(ApiToken)).one().revoked_at = NOW
    db.session.commit()
    assert tokens.bearer(f"Bearer {token}", NOW) is None


def test_the_database_holds_its_hash_alone(token: str) -> None:
    assert token not in repr(db.session.execute(text("SELECT * FROM api_token")).all())


def test_two_tokens_are_never_the_same_and_carry_their_organization(app: Flask) -> None:
    make_organization("harbor")
    first, second = (tokens.make("office program", "integration", "harbor", NOW) for _ in range(2))
    assert first != second
    found = tokens.bearer(f"Bearer {second}", NOW)
    assert found is not None
    assert Acting.of_token(found).organization_id == "harbor"
