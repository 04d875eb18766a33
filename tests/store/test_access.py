"""Reading and writing of links, tokens and staff."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from referral.access.links import Purpose, digest
from referral.extensions import db
from referral.models import AccessLink
from referral.store import access
from tests.factories import NOW, make_request, make_staff


def make_link(request_id: UUID, secret: str) -> AccessLink:
    """A link that opens this request for a day."""
    made = AccessLink(
        purpose=Purpose.TRACK,
        request_id=request_id,
        token_hash=digest(secret),
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
    )
    access.add_link(made)
    return made


def test_a_link_is_found_by_its_hash_also_when_it_is_over(app_on_both: Flask) -> None:
    made = make_link(make_request().id, "secret")
    late = NOW + timedelta(days=2)
    assert access.link("track", digest("secret"), NOW) is made
    assert access.link("track", digest("secret"), late) is None
    assert access.any_link("track", digest("secret")) is made
    assert access.any_link("office", digest("secret")) is None
    assert access.link_by_id(made.id) is made


def test_a_secret_stands_there_once(app_on_both: Flask) -> None:
    request_id = make_request().id
    make_link(request_id, "secret")
    make_link(request_id, "secret")
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_staff_are_found_by_address_in_any_spelling(app_on_both: Flask) -> None:
    casey = make_staff()
    assert access.staff_by_email("  Casey@Example.org ") is casey
    assert access.staff_by_email("nobody@example.org") is None
    assert access.staff(casey.id) is casey
    assert access.staff(UUID(int=1)) is None


def test_work_is_given_to_coordinators_and_leads(app: Flask) -> None:
    for role in ("coordinator", "lead", "admin", "auditor"):
        make_staff(f"{role}@example.org", role)
    assert [one.role for one in access.assignable_staff()] == ["coordinator", "lead"]
    assert access.demo_staff() == []
