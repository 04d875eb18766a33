"""Nothing leaves without a live permission: the database refuses it, and the services stop before it has to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask, current_app
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from referral.access.authorize import Acting, may
from referral.access.links import Purpose, digest, token
from referral.domain.codes import Actor
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action, Stage
from referral.domain.permissions import Right
from referral.extensions import db
from referral.models import AccessLink, Consent, Delivery, ReferralTask
from referral.services import audit_log, consent_ends, consents
from referral.services.open_office_link import Standing, standing
from referral.services.sweep import sweep
from tests.factories import NOW, make_organization, make_request, make_role
from tests.fakes import FakeChannel
from tests.services.journeys import (
    again,
    approved,
    delivered,
    history,
    office,
    patient,
    referral_of,
    send_due,
    step,
    templates_of,
)

REFUSED = "live consent"
MUCH_LATER = NOW + timedelta(days=400)


def take_back_by_sql(request_id: UUID, **columns: datetime) -> None:
    db.session.execute(update(Consent).where(Consent.request_id == request_id).values(**columns))
    db.session.commit()


def current_role(request_id: UUID) -> str:
    task = again(request_id).current_task
    assert task is not None
    return task.role_id


def current_organization(request_id: UUID) -> str | None:
    task = again(request_id).current_task
    assert task is not None
    return task.role.organization_id


@pytest.mark.parametrize("columns", [{"revoked_at": NOW}, {"expires_at": NOW}])
def test_the_database_refuses_to_send_a_referral_without_a_live_consent(
    app_on_both: Flask, columns: dict[str, datetime]
) -> None:
    request_id = approved()
    take_back_by_sql(request_id, **columns)
    statement = update(Delivery).where(Delivery.id == referral_of(request_id).id)
    with pytest.raises(DatabaseError, match=REFUSED):
        db.session.execute(statement.values(status="sending", leased_until=NOW + timedelta(minutes=2)))


def test_the_database_refuses_a_packet_that_a_person_carries_without_a_consent(app_on_both: Flask) -> None:
    request_id = approved(make_role(channel="post"))
    take_back_by_sql(request_id, revoked_at=NOW)
    statement = update(Delivery).where(Delivery.id == referral_of(request_id).id)
    with pytest.raises(DatabaseError, match=REFUSED):
        db.session.execute(statement.values(status="sending", handed_over_at=NOW))
    db.session.rollback()
    with pytest.raises(NotAllowed, match="permission"):
        step(request_id, Action.SEND)


def test_the_database_refuses_to_ask_an_office_without_a_live_consent(app_on_both: Flask) -> None:
    request = make_request(make_role(), make_role())
    consent = next(one for one in request.consents if one.role_id)
    task = {"request_id": request.id, "role_id": consent.role_id, "consent_id": consent.id}
    consent.revoked_at = NOW
    db.session.commit()
    db.session.add(task_of(task, npi=request.shortlist[0].role.npi))
    with pytest.raises(DatabaseError, match=REFUSED):
        db.session.flush()


def test_the_database_refuses_to_ask_an_office_by_the_consent_for_another(app_on_both: Flask) -> None:
    request = make_request(make_role(), make_role())
    first, second = (one for one in request.consents if one.role_id)
    task = {"request_id": request.id, "role_id": first.role_id, "consent_id": second.id}
    npi = next(entry.role.npi for entry in request.shortlist if entry.role_id == first.role_id)
    db.session.add(task_of(task, npi=npi))
    with pytest.raises(IntegrityError):
        db.session.flush()


def task_of(columns: Mapping[str, object], npi: str) -> ReferralTask:
    return ReferralTask(**columns, npi=npi, status="requested", business_status="2.0", authored_on=NOW)


def test_taking_back_stops_what_is_queued_and_a_coordinator_has_it_again(app_on_both: Flask) -> None:
    request_id = approved(make_role(), make_role())
    role_id = current_role(request_id)
    consent_ends.take_back(request_id, role_id, patient(request_id), NOW)
    request, channel = again(request_id), FakeChannel()
    assert (request.stage, request.current_task) == (Stage.READY, None)
    assert [task.status for task in request.tasks] == ["failed"]
    send_due(channel)
    assert [message.to for message in channel.sent] == ["maria@sample.example"]  # who alone is told
    assert history(request_id)[-1] == ("withdraw-consent", "queued", "ready")


def test_a_permission_given_again_lets_the_office_be_asked_that_never_was(app_on_both: Flask) -> None:
    request_id = approved(max_tries=1)
    role_id = current_role(request_id)
    consent_ends.take_back(request_id, role_id, patient(request_id), NOW)
    with pytest.raises(NotAllowed):
        step(request_id, Action.APPROVE)
    consent_ends.give_again(request_id, role_id, patient(request_id), NOW)
    step(request_id, Action.APPROVE)
    send_due()
    assert (again(request_id).stage, len(again(request_id).tasks)) == (Stage.DELIVERED, 1)
    kept = sorted(consent.revoked_at is None for consent in again(request_id).consents if consent.role_id)
    assert kept == [False, True]


def test_an_office_that_has_it_is_told_to_stop_and_its_link_opens_nothing(app: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACCEPT, office(request_id))
    send_due()
    task = again(request_id).current_task
    assert task is not None
    link = db.session.scalars(select(AccessLink).where(AccessLink.task_id == task.id)).one()
    assert standing(link, NOW) is Standing.OPEN
    consent_ends.take_back(request_id, task.role_id, patient(request_id), NOW)
    channel = FakeChannel()
    send_due(channel)
    assert sorted(message.to for message in channel.sent) == ["maria@sample.example", "referrals@harbor.example"]
    task = again(request_id).tasks[0]
    assert (task.status, task.business_status) == ("in-progress", "5.2")
    secret = current_app.extensions["settings"].secret_key
    newest = token(secret, Purpose.OFFICE, task.id, 1)
    for one in db.session.scalars(select(AccessLink).where(AccessLink.task_id == task.id)):
        opens = standing(one, NOW)
        assert opens is (Standing.WITHDRAWN if one.token_hash == digest(newest) else Standing.REVOKED)
    with pytest.raises(NotAllowed, match="asked twice"):
        consent_ends.give_again(request_id, task.role_id, patient(request_id), NOW)


def test_taking_back_all_cancels_a_request_that_has_no_answer(app_on_both: Flask) -> None:
    request_id = delivered(make_role(), make_role())
    consent_ends.take_back_all(request_id, patient(request_id), NOW)
    request = again(request_id)
    assert request.stage == Stage.CANCELLED
    assert [consent.purpose for consent in request.consents if consent.revoked_at is None] == ["contact"]
    assert "office-cancelled" in templates_of(request_id)


def test_taking_back_for_somebody_who_was_not_asked_yet_moves_nothing(app: Flask) -> None:
    request_id = delivered(make_role(), make_role())
    second = again(request_id).shortlist[1].role_id
    consent_ends.take_back(request_id, second, patient(request_id), NOW)
    assert again(request_id).stage == Stage.DELIVERED
    step(request_id, Action.DECLINE, office(request_id), reason="no-capacity")
    assert len(again(request_id).tasks) == 1
    with pytest.raises(NotAllowed, match="no permission"):
        consent_ends.take_back(request_id, second, patient(request_id), NOW)


def test_a_permission_that_ends_by_its_time_stops_the_request_and_the_patient_is_told(app_on_both: Flask) -> None:
    request_id = approved()
    assert send_due(now=MUCH_LATER) == []
    sweep(MUCH_LATER, {"email": FakeChannel()})
    assert again(request_id).stage == Stage.READY
    assert "consent-over" in templates_of(request_id)
    consent_ends.give_again(request_id, again(request_id).shortlist[0].role_id, patient(request_id), MUCH_LATER)


def test_a_program_of_an_office_sees_nothing_once_the_permission_is_taken_back(app: Flask) -> None:
    request_id = delivered(make_role(organization=make_organization()))
    organization_id = current_organization(request_id)
    program = Acting(Actor.INTEGRATION, "records", organization_id=organization_id, through_api=True)
    assert may(program, Right.READ, again(request_id))
    consent_ends.take_back(request_id, current_role(request_id), patient(request_id), NOW)
    assert not may(program, Right.READ, again(request_id))


def test_each_end_and_each_beginning_is_in_the_audit_trail(app: Flask) -> None:
    request_id = approved()
    role_id = current_role(request_id)
    consent_ends.take_back(request_id, role_id, patient(request_id), NOW)
    consent_ends.give_again(request_id, role_id, patient(request_id), NOW)
    rows = db.session.execute(
        text("SELECT action, actor FROM audit_entry WHERE action LIKE '%-consent' ORDER BY number")
    )
    assert rows.all() == [("end-consent", "patient"), ("withdraw-consent", "patient"), ("give-consent", "patient")]
    assert audit_log.verify()[1] is None


def test_every_consent_names_words_that_are_kept(app: Flask) -> None:
    request = make_request()
    assert {consent.text_version for consent in request.consents} == {consents.TEXT}
    kept = app.jinja_env.list_templates(filter_func=lambda name: name.startswith("requests/consent_texts/"))
    assert {name.rpartition("/")[2] for name in kept} == {"2026-11.html", "2026-11-22.html", f"{consents.TEXT}.html"}
    assert {consent.what for consent in request.consents} == {"request-and-records", "messages"}
