"""Claiming and releasing, in SQL, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Executable, delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from referral.access import links
from referral.extensions import db
from referral.models import Delivery, DeliveryAttempt
from referral.store import deliveries, referrals
from referral.store.deliveries import Said
from tests.factories import NOW, make_request, make_role
from tests.services.journeys import approved, attempts_of, referral_of


@pytest.fixture
def waiting(app_on_both: Flask) -> UUID:
    """The id of a referral that is due."""
    return referral_of(approved()).id


def test_a_claim_takes_the_lease_and_notes_the_attempt(waiting: UUID) -> None:
    claimed = deliveries.claim(waiting, NOW)
    assert claimed is not None
    assert (claimed.status, claimed.attempts, claimed.leased_until) == ("sending", 1, NOW + deliveries.LEASE)
    assert len(claimed.lease) == 32
    db.session.flush()
    assert attempts_of(claimed) == [(1, "")]


def test_what_is_claimed_cannot_be_claimed_again(waiting: UUID) -> None:
    assert deliveries.claim(waiting, NOW) is not None
    assert deliveries.claim(waiting, NOW + timedelta(days=1)) is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_whoever_claims_a_message_that_is_being_claimed_passes_on_and_waits_for_nobody(app_on_both: Flask) -> None:
    """Else two workers, one with the request and one with its message, would wait for each other."""
    request_id = make_request(now=NOW).id
    (delivery_id,) = db.session.scalars(select(Delivery.id))
    db.session.commit()

    def another() -> bool:
        with app_on_both.app_context():
            db.session.execute(text("SET LOCAL lock_timeout = '3s'"))
            assert referrals.lock(request_id) is not None
            taken = deliveries.claim(delivery_id, NOW) is not None
            db.session.rollback()
            return taken

    assert deliveries.claim_plain("email", NOW, 1, "") != []
    links.issue("secret", links.Purpose.TRACK, request_id, None, NOW)
    db.session.flush()
    with ThreadPoolExecutor(1) as pool:
        assert not pool.submit(another).result()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_a_link_is_written_while_somebody_holds_the_request(app_on_both: Flask) -> None:
    request_id = make_request(now=NOW).id
    db.session.commit()
    assert referrals.lock(request_id) is not None

    def another() -> None:
        with app_on_both.app_context():
            db.session.execute(text("SET LOCAL lock_timeout = '3s'"))
            links.issue("other-secret", links.Purpose.TRACK, request_id, None, NOW)
            db.session.commit()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(another).result()


def test_what_is_not_due_cannot_be_claimed(waiting: UUID) -> None:
    assert deliveries.claim(waiting, NOW - timedelta(seconds=1)) is None
    assert deliveries.claim(UUID(int=1), NOW) is None


def test_only_the_holder_of_the_lease_releases(waiting: UUID) -> None:
    claimed = deliveries.claim(waiting, NOW)
    assert claimed is not None
    assert not deliveries.release(claimed, "another", NOW, Said("delivered"), status="delivered")
    assert deliveries.release(claimed, claimed.lease, NOW, Said("delivered"), status="delivered")
    assert (claimed.status, claimed.lease, claimed.leased_until) == ("delivered", "", None)
    assert not deliveries.release(claimed, "", NOW, Said("failed"), status="failed")


def test_what_is_due_comes_oldest_first_and_within_the_limit(app: Flask) -> None:
    for minutes in (3, 1, 2):
        make_request(make_role(), now=NOW + timedelta(minutes=minutes))
    found = deliveries.due(NOW + timedelta(hours=1), 10)
    times = [db.session.get_one(Delivery, one).due_at for one in found]
    assert times == sorted(times)
    assert deliveries.due(NOW + timedelta(hours=1), 2) == found[:2]
    assert deliveries.due(NOW, 10) == []


def test_a_message_without_lease_cannot_be_called_sending(waiting: UUID) -> None:
    with pytest.raises(IntegrityError):
        db.session.execute(update(Delivery).where(Delivery.id == waiting).values(status="sending"))


def test_a_message_that_was_never_tried_cannot_be_called_delivered(waiting: UUID) -> None:
    with pytest.raises(IntegrityError):
        db.session.execute(update(Delivery).where(Delivery.id == waiting).values(status="delivered"))


def test_a_key_is_used_once(waiting: UUID) -> None:
    first = db.session.get_one(Delivery, waiting)
    twice = Delivery(
        key=first.key, request_id=first.request_id, template="x", channel="email", due_at=NOW, created_at=NOW
    )
    with pytest.raises(IntegrityError):
        deliveries.add(twice)


def test_paper_is_neither_due_nor_lost(app: Flask) -> None:
    request_id = approved(make_role(channel=None, channel_address=""))
    year = NOW + timedelta(days=365)
    assert deliveries.due(year, 10) == []
    assert deliveries.waiting_for(request_id) == []
    assert deliveries.claim(referral_of(request_id).id, year) is None
    assert deliveries.lost(year, 10) == []


@pytest.mark.parametrize(
    "change",
    [
        update(DeliveryAttempt).values(outcome="delivered"),
        update(DeliveryAttempt).values(ended_at=None),
        delete(DeliveryAttempt),
    ],
)
def test_what_became_of_an_attempt_can_be_neither_changed_nor_deleted(app_on_both: Flask, change: Executable) -> None:
    make_request(now=NOW)
    (delivery_id,) = db.session.scalars(select(Delivery.id))
    claimed = deliveries.claim(delivery_id, NOW)
    assert claimed is not None
    assert deliveries.release(claimed, claimed.lease, NOW, Said("transient"), status="queued")
    db.session.commit()
    with pytest.raises(DBAPIError, match="what became of an attempt stays"):
        db.session.execute(change)


def test_an_attempt_under_way_stays_the_one_it_is(app_on_both: Flask) -> None:
    make_request(now=NOW)
    (delivery_id,) = db.session.scalars(select(Delivery.id))
    assert deliveries.claim(delivery_id, NOW) is not None
    db.session.commit()
    with pytest.raises(DBAPIError, match="what became of an attempt stays"):
        db.session.execute(update(DeliveryAttempt).values(number=7))
