"""Links and codes: what they open, until when, and what the database knows of them."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update

from referral.access import links
from referral.access.links import LIFETIME, Purpose, code_digest, issue, issue_packet, open_link, tracking_code
from referral.domain.retention import periods
from referral.extensions import db
from referral.models import AccessLink
from referral.services import retention
from referral.services.track import find_by_code, find_by_link
from referral.store import access
from tests.factories import NOW, make_request
from tests.services.journeys import again, count, delivered

KEY = "a-secret-key-of-the-tests"
SECOND = timedelta(seconds=1)
OF_REQUESTS = [purpose for purpose in Purpose if purpose != Purpose.ACCOUNT]
"""The purposes of links to one request; those to accounts have a table of their own."""


@pytest.fixture
def request_id(app_on_either: Flask) -> UUID:
    return make_request().id


@pytest.mark.parametrize("purpose", OF_REQUESTS)
def test_a_link_opens_its_request_until_it_expires(request_id: UUID, purpose: Purpose) -> None:
    secret = issue(KEY, purpose, request_id, None, NOW)
    end = NOW + LIFETIME[purpose]
    opened = open_link(purpose, secret, end - SECOND)
    assert opened is not None
    assert opened.request_id == request_id
    assert open_link(purpose, secret, end) is None


def test_a_link_opens_one_purpose(request_id: UUID) -> None:
    secret = issue(KEY, Purpose.TRACK, request_id, None, NOW)
    assert open_link(Purpose.OFFICE, secret, NOW) is None
    assert open_link(Purpose.CONFIRM, secret, NOW) is None
    assert find_by_link(Purpose.CONFIRM, secret, NOW) is None
    # Nor is the secret of one that of another, once both are there.
    confirm = issue(KEY, Purpose.CONFIRM, request_id, None, NOW)
    assert open_link(Purpose.CONFIRM, secret, NOW) is None
    assert open_link(Purpose.TRACK, confirm, NOW) is None
    assert open_link(Purpose.TRACK, secret, NOW) is not None


def test_a_revoked_link_stays_closed_and_the_next_message_carries_another(request_id: UUID) -> None:
    secret = issue(KEY, Purpose.TRACK, request_id, None, NOW)
    confirm = issue(KEY, Purpose.CONFIRM, request_id, None, NOW)
    db.session.execute(update(AccessLink).where(AccessLink.purpose == Purpose.TRACK).values(revoked_at=NOW))
    assert open_link(Purpose.TRACK, secret, NOW) is None
    assert open_link(Purpose.CONFIRM, confirm, NOW) is not None
    another = issue(KEY, Purpose.TRACK, request_id, None, NOW)
    assert another != secret
    assert open_link(Purpose.TRACK, another, NOW) is not None
    assert open_link(Purpose.TRACK, secret, NOW) is None


@pytest.mark.parametrize("ended_after", [timedelta(days=1), timedelta(days=500)])
def test_a_revoked_link_stays_closed_after_every_period_has_passed(request_id: UUID, ended_after: timedelta) -> None:
    """Also where its own time was over before it was revoked, and whoever wrote to the patient in between."""
    old = {purpose: issue(KEY, purpose, request_id, None, NOW) for purpose in (Purpose.TRACK, Purpose.CONFIRM)}
    db.session.commit()
    retention.run(periods({}), NOW + ended_after, dry=False)
    links.end_of_patient(request_id, NOW + ended_after)
    db.session.commit()
    later = NOW + ended_after + timedelta(days=400)
    retention.run(periods({"unconfirmed": 9000}), later, dry=False)
    for purpose, secret in old.items():
        another = issue(KEY, purpose, request_id, None, later)
        assert another != secret
        assert open_link(purpose, another, later) is not None
        assert open_link(purpose, secret, later) is None


def test_an_office_whose_link_was_ended_gets_no_way_in_by_the_old_one_however_late(app_on_both: Flask) -> None:
    request_id = delivered()
    task_id = again(request_id).tasks[0].id
    old = issue(KEY, Purpose.OFFICE, request_id, task_id, NOW)
    packet = issue_packet(KEY, request_id, task_id, uuid4(), NOW)
    access.revoke_links(task_id, NOW)
    db.session.commit()
    later = NOW + timedelta(days=94)
    retention.run(periods({}), later, dry=False)
    assert issue(KEY, Purpose.OFFICE, request_id, task_id, later) != old
    assert open_link(Purpose.OFFICE, old, later) is None
    assert access.any_link(Purpose.PACKET, links.digest(packet)) is None, "its secret never comes again"


@pytest.mark.parametrize("days", [360, 460])
def test_the_next_message_makes_a_tracking_link_open_again_that_was_over(request_id: UUID, days: int) -> None:
    secret = issue(KEY, Purpose.TRACK, request_id, None, NOW)
    db.session.commit()
    later = NOW + timedelta(days=days)
    retention.run(periods({"unconfirmed": 9000}), later, dry=False)
    assert issue(KEY, Purpose.TRACK, request_id, None, later) == secret
    assert open_link(Purpose.TRACK, secret, later + timedelta(days=14)) is not None


def test_an_unknown_secret_opens_nothing(request_id: UUID) -> None:
    secret = issue(KEY, Purpose.TRACK, request_id, None, NOW)
    for wrong in ("", "x", secret[:-1], secret + "x", secret.swapcase(), links.digest(secret), "é\0"):
        assert open_link(Purpose.TRACK, wrong, NOW) is None


def test_a_link_issued_again_is_the_same_and_stands_there_once(app_on_both: Flask) -> None:
    request_id = make_request().id
    before = count(app_on_both, AccessLink)
    later = NOW + timedelta(days=3)
    assert issue(KEY, Purpose.OFFICE, request_id, None, NOW) == issue(KEY, Purpose.OFFICE, request_id, None, later)
    db.session.commit()
    assert count(app_on_both, AccessLink) == before + 1


def test_the_database_holds_hashes_alone(request_id: UUID) -> None:
    secrets = [issue(KEY, purpose, request_id, None, NOW) for purpose in OF_REQUESTS]
    db.session.commit()
    rows = repr(db.session.execute(text("SELECT * FROM access_link")).all())
    rows += repr(db.session.execute(text("SELECT tracking_code_hash FROM service_request")).all())
    assert all(secret not in rows for secret in secrets)
    assert tracking_code(KEY, request_id) not in rows
    assert links.digest(secrets[0]) in rows


def test_another_key_makes_other_links_and_codes() -> None:
    row_id = uuid4()
    assert links.token(KEY, Purpose.TRACK, row_id) != links.token("another-key-of-tests", Purpose.TRACK, row_id)
    assert links.token(KEY, Purpose.TRACK, row_id) != links.token(KEY, Purpose.CONFIRM, row_id)
    assert tracking_code(KEY, row_id) != tracking_code("another-key-of-tests", row_id)


@given(row_id=st.uuids(version=4))
def test_a_code_can_be_read_out_and_typed_in_any_manner(row_id: UUID) -> None:
    code = tracking_code(KEY, row_id)
    assert len(code) == 14
    assert not set(code) & set("01ILOU"), "nothing in it is mistaken for something else"
    typed = [
        code.lower(),
        code.replace("-", ""),
        code.replace("-", " "),
        f"  {code}\n",
        " ".join(code),
        code.replace("-", "–"),
    ]
    assert {code_digest(one) for one in typed} == {code_digest(code)}


def test_code_and_birth_date_open_a_request_together(app_on_both: Flask) -> None:
    request_id = make_request().id
    born = again(request_id).patient.birth_date
    code = tracking_code("test-secret-key-0123456789", request_id)
    found = find_by_code(f" {code.lower().replace('-', ' ')} ", born, NOW)
    assert found is not None
    assert found.id == request_id
    assert find_by_code(code, born + timedelta(days=1), NOW) is None
    assert find_by_code("AAAA-AAAA-AAAA", born, NOW) is None
    assert find_by_code("", born, NOW) is None
