"""A request is taken in whole, once, or not at all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from referral.access.authorize import Acting
from referral.domain.codes import Actor, Situation
from referral.domain.errors import InvalidInput
from referral.domain.intake import NewReferral
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import (
    AccessLink,
    Consent,
    Delivery,
    IdempotencyKey,
    Patient,
    RecordItem,
    ReferralEvent,
    ServiceRequest,
    ShortlistEntry,
)
from referral.services.act import act
from referral.services.effects import Details
from referral.services.refer import Repeat, confirm_contact, refer
from tests.factories import COORDINATOR, NOW, make_request, make_role, new_referral
from tests.services.journeys import again, count, history, templates_of

KEY = "a-secret-key-of-the-tests"
TABLES = (
    AccessLink, Consent, Delivery, IdempotencyKey, Patient, RecordItem, ReferralEvent, ServiceRequest, ShortlistEntry,
)  # fmt: skip


def fields_of(new: NewReferral) -> set[str]:
    """The fields that are refused."""
    with pytest.raises(InvalidInput) as caught:
        refer(new, KEY, NOW)
    return {problem.field for problem in caught.value.problems}


def test_one_call_writes_the_request_with_all_that_hangs_on_it(app_on_both: Flask) -> None:
    roles = [make_role(), make_role()]
    db.session.commit()
    request_id = refer(new_referral(*roles), KEY, NOW, Repeat("k1", "0" * 64)).id

    request = again(request_id)
    assert (request.stage, request.status, request.version) == (Stage.SUBMITTED, "active", 1)
    assert [entry.role_id for entry in request.shortlist] == [role.id for role in roles]
    shared = {consent.role_id for consent in request.consents if consent.purpose == "share"}
    assert shared == {role.id for role in roles}
    assert {consent.purpose for consent in request.consents} == {"share", "contact", "reroute"}
    assert history(request_id) == [("submit", "draft", "submitted")]
    assert templates_of(request_id) == ["received"]
    assert not request.tasks, "nothing goes to an office before somebody approved it"
    assert db.session.get_one(IdempotencyKey, "k1").request_id == request_id
    assert [link.purpose for link in db.session.scalars(select(AccessLink))] == ["track"]


@pytest.mark.parametrize("table", [Consent, ReferralEvent, Delivery, AccessLink, IdempotencyKey])
def test_a_failure_half_way_writes_nothing(app_on_both: Flask, table: type[object]) -> None:
    role = make_role()
    db.session.commit()

    def fail(session: Session, *_: object) -> None:
        if any(isinstance(row, table) for row in session.new):
            raise OSError("the disk is full")

    event.listen(db.session, "before_flush", fail)
    try:
        with pytest.raises(OSError, match="the disk is full"):
            refer(new_referral(role), KEY, NOW, Repeat("k1", "0" * 64))
    finally:
        event.remove(db.session, "before_flush", fail)
    assert {made.__name__: count(app_on_both, made) for made in TABLES} == {made.__name__: 0 for made in TABLES}


def test_a_repeated_key_gives_the_first_request(app_on_both: Flask) -> None:
    role = make_role()
    db.session.commit()
    first = refer(new_referral(role), KEY, NOW, Repeat("k1", "0" * 64)).id
    assert refer(new_referral(role), KEY, NOW, Repeat("k1", "0" * 64)).id == first
    assert refer(new_referral(role), KEY, NOW, Repeat("k2", "0" * 64)).id != first
    assert count(app_on_both, ServiceRequest) == 2


def test_a_repeated_key_with_another_body_is_refused(app_on_both: Flask) -> None:
    role = make_role()
    db.session.commit()
    refer(new_referral(role), KEY, NOW, Repeat("k1", "0" * 64))
    with pytest.raises(InvalidInput) as caught:
        refer(new_referral(role), KEY, NOW, Repeat("k1", "1" * 64))
    assert [problem.field for problem in caught.value.problems] == ["Idempotency-Key"]
    assert count(app_on_both, ServiceRequest) == 1


def at_once(app: Flask, *calls: Callable[[], UUID]) -> list[UUID]:
    """What the calls return when all of them start at the same moment, each with a session of its own."""
    start = Barrier(len(calls))

    def run(call: Callable[[], UUID]) -> UUID:
        with app.app_context():
            start.wait(10)
            return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_the_same_key_at_the_same_moment_makes_one_request(app_on_both: Flask) -> None:
    role = make_role()
    wanted = new_referral(role)
    db.session.commit()
    answers = at_once(app_on_both, *[lambda: refer(wanted, KEY, NOW, Repeat("k1", "0" * 64)).id] * 6)
    assert len(set(answers)) == 1
    assert (count(app_on_both, ServiceRequest), count(app_on_both, Delivery), count(app_on_both, Patient)) == (1, 1, 1)


def test_the_same_key_at_the_same_moment_with_another_body_is_refused_to_one(app_on_both: Flask) -> None:
    role = make_role()
    wanted = new_referral(role)
    db.session.commit()
    bodies = iter(["0" * 64, "1" * 64])

    def one() -> UUID:
        body = next(bodies)
        try:
            return refer(wanted, KEY, NOW, Repeat("k1", body)).id
        except InvalidInput:
            return UUID(int=0)

    answers = at_once(app_on_both, one, one)
    assert answers.count(UUID(int=0)) == 1
    assert count(app_on_both, ServiceRequest) == 1


def test_an_unknown_or_retired_specialist_is_refused(app: Flask) -> None:
    known, retired = make_role(), make_role(retired_at=NOW)
    db.session.commit()
    assert fields_of(new_referral(shortlist=(known.id, "nobody"))) == {"shortlist"}
    assert fields_of(new_referral(retired)) == {"shortlist"}
    assert count(app, ServiceRequest) == 0


def test_without_consent_to_share_nothing_is_kept(app: Flask) -> None:
    role = make_role()
    db.session.commit()
    assert fields_of(new_referral(role, share_with_specialists=False)) == {"consent.share_with_specialists"}
    assert count(app, Patient) == 0


def test_nobody_is_written_to_who_does_not_want_it(app: Flask) -> None:
    assert templates_of(make_request(contact_by_email=False).id) == []


def test_an_empty_shortlist_is_taken_in(app: Flask) -> None:
    request_id = refer(new_referral(), KEY, NOW).id
    assert again(request_id).stage == Stage.SUBMITTED
    assert not again(request_id).shortlist


def test_a_confirmed_contact_sends_nothing_by_itself(app: Flask) -> None:
    request = make_request(confirmed=False)
    confirm_contact(request, Acting(Actor.PATIENT, request_id=request.id), NOW)
    assert again(request.id).contact_confirmed_at == NOW
    assert not again(request.id).tasks


def _let_complete_requests_out(app: Flask) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], auto_approve=True)


def test_with_auto_approve_a_request_goes_out_when_the_missing_record_has_come(app: Flask) -> None:
    _let_complete_requests_out(app)
    request = make_request(situation=Situation.UNCERTAIN_DIAGNOSIS)

    act(request.id, Action.RECORDS_COMPLETE, COORDINATOR, Details(), NOW)

    assert again(request.id).stage == Stage.QUEUED


def test_with_auto_approve_a_complete_request_goes_out_when_the_contact_is_confirmed(app_on_both: Flask) -> None:
    _let_complete_requests_out(app_on_both)
    request = make_request(confirmed=False)
    confirm_contact(request, Acting(Actor.PATIENT, request_id=request.id), NOW)
    assert [line[0] for line in history(request.id)] == [Action.SUBMIT, Action.CONFIRM_CONTACT, Action.APPROVE]
    assert again(request.id).stage == Stage.QUEUED


def test_with_auto_approve_an_incomplete_request_waits_for_a_coordinator(app: Flask) -> None:
    _let_complete_requests_out(app)
    request = make_request(confirmed=False, situation=Situation.UNCERTAIN_DIAGNOSIS)
    confirm_contact(request, Acting(Actor.PATIENT, request_id=request.id), NOW)
    assert again(request.id).stage == Stage.SUBMITTED
    assert again(request.id).contact_confirmed_at == NOW


def test_an_email_is_confirmed_by_its_link_also_after_the_number(app: Flask) -> None:
    request = make_request()
    request.patient.email_confirmed_at = None
    confirm_contact(request, Acting(Actor.PATIENT, request_id=request.id), NOW)
    assert again(request.id).patient.email_confirmed_at == NOW


def test_a_second_click_on_the_confirmation_changes_nothing(app: Flask) -> None:
    request = make_request()
    version = request.version
    confirm_contact(request, Acting(Actor.PATIENT, request_id=request.id), NOW)
    assert again(request.id).version == version
