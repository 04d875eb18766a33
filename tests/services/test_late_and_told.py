"""Late steps reach those who lead, and what no message brings to an office reaches it through a person."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from referral.access.authorize import SYSTEM
from referral.access.links import Purpose
from referral.channels import DeliveryError, Failure
from referral.domain.lifecycle import Action, Stage
from referral.domain.queues import QueueName
from referral.extensions import db
from referral.models import AccessLink, Delivery
from referral.services import open_office_link, outbox
from referral.services.act import act
from referral.services.clockwork import settings
from referral.services.effects import Details
from referral.services.tell_by_hand import told_office
from referral.store import deliveries, messages, worklist_counts, worklists
from referral.store.scopes import EVERY_REQUEST, NO_REQUEST
from referral.store.worklist_filters import Filters
from tests.factories import COORDINATOR, NOW, make_organization, make_role, make_staff
from tests.fakes import FakeChannel
from tests.services.journeys import again, approved, delivered, office, patient, referral_of, send_due, step

LATER = NOW + timedelta(minutes=1)
PERMANENT = DeliveryError(Failure.PERMANENT, "answered 550", code="550")


def breached(request_id: UUID) -> datetime:
    """Climb to the deadline of the present stage; the moment of it."""
    assert settings().ladder.breach == 1
    due = again(request_id).next_by
    assert due is not None
    for action in (Action.REMIND, Action.WARN, Action.BREACH):
        act(request_id, action, SYSTEM, Details(), due)
    return due


def told_staff(request_id: UUID) -> list[str]:
    """To whom of the staff something was written about this request."""
    db.session.rollback()
    found = select(Delivery).where(Delivery.request_id == request_id, Delivery.staff_id.is_not(None))
    return sorted(delivery.staff.email for delivery in db.session.scalars(found) if delivery.staff)


def to_tell(request_id: UUID) -> list[str]:
    """What a person has to tell an office about this request."""
    db.session.rollback()
    return [delivery.template for delivery in deliveries.to_tell(request_id)]


def test_past_the_deadline_those_who_lead_get_a_mail_without_personal_data_once_a_stage(app_on_both: Flask) -> None:
    there = make_organization("there")
    make_staff("lead@example.org", "lead")
    make_staff("lead@there.example", "lead", organization_id="there")
    make_organization("elsewhere")
    make_staff("lead@elsewhere.example", "lead", organization_id="elsewhere")
    make_staff()
    request_id = delivered(make_role(organization=there))
    due = breached(request_id)
    assert told_staff(request_id) == ["lead@example.org", "lead@there.example"]
    told = next(delivery.staff for delivery in _to_staff(request_id) if delivery.staff)
    request = again(request_id)
    outbox.to_staff(request, told, outbox.STAFF_LATE, request.stage, due)
    db.session.commit()
    assert len(told_staff(request_id)) == 2
    channel = FakeChannel()
    send_due(channel, due)
    to_leads = [message for message in channel.sent if message.to.startswith("lead@")]
    assert len(to_leads) == 2
    request = again(request_id)
    for message in to_leads:
        assert message.subject == f"A request is past its deadline ({request.identifier})"
        assert f"/coordinator/referrals/{request_id}" in message.text
        assert "Stage: delivered\nAt this stage since: Monday 23 November, 15:00 UTC" in message.text
        assert not [word for word in ("Maria", "Sample", "CHOL", "olangio", "Rivera") if word in message.text]
    step(request_id, Action.ACCEPT, office(request_id), now=due)
    breached(request_id)
    assert len(told_staff(request_id)) == 4


def _to_staff(request_id: UUID) -> list[Delivery]:
    found = select(Delivery).where(Delivery.request_id == request_id, Delivery.staff_id.is_not(None))
    return list(db.session.scalars(found))


def test_where_nobody_leads_the_coordinators_are_told(app: Flask) -> None:
    make_staff()
    make_staff("admin@example.org", "admin")
    request_id = delivered()
    breached(request_id)
    assert told_staff(request_id) == ["casey@example.org"]


def test_who_moved_on_in_time_is_not_written_about(app: Flask) -> None:
    make_staff("lead@example.org", "lead")
    request_id = delivered()
    due = breached(request_id)
    step(request_id, Action.ACCEPT, office(request_id), now=due)
    channel = FakeChannel()
    send_due(channel, due)
    assert [message.to for message in channel.sent] == ["maria@sample.example"]
    assert "accepts" in channel.sent[0].subject


@pytest.mark.parametrize("template", [outbox.CANCELLED, outbox.ANSWERED, outbox.NEW_LINK])
def test_a_notice_that_an_office_never_gets_is_told_by_a_person(app_on_either: Flask, template: str) -> None:
    request_id = delivered(make_role())
    _cause(template, request_id)
    channel = FakeChannel(PERMANENT, PERMANENT)
    assert "failed" in send_due(channel, LATER)
    assert to_tell(request_id) == [template]
    assert [one.id for one in worklists.page(Filters(queue=QueueName.TO_TELL, scope=EVERY_REQUEST), LATER, 10)] == [
        request_id
    ]
    assert worklist_counts.counts(EVERY_REQUEST, LATER)[QueueName.TO_TELL] == 1
    (waiting,) = deliveries.to_tell(request_id)
    assert told_office(request_id, {waiting.id}, COORDINATOR, LATER) == 1
    assert told_office(request_id, {waiting.id}, COORDINATOR, LATER) == 0
    assert to_tell(request_id) == []
    assert worklist_counts.counts(EVERY_REQUEST, LATER)[QueueName.TO_TELL] == 0
    assert again(request_id).events[-1].text.startswith("Told the office by telephone or post")


def _cause(template: str, request_id: UUID) -> None:
    """Do what makes this message; what it tells the patient besides is out of the way."""
    if template == outbox.CANCELLED:
        step(request_id, Action.CANCEL, now=LATER)
    elif template == outbox.NEW_LINK:
        open_office_link.send_new(request_id, COORDINATOR, LATER)
    else:
        step(request_id, Action.ACKNOWLEDGE, office(request_id))
        step(request_id, Action.REQUEST_INFORMATION, office(request_id), text="Which drug?")
        send_due()
        step(request_id, Action.ANSWER_INFORMATION, patient(request_id), text="Cisplatin.", now=LATER)


def test_an_office_reached_by_post_is_told_by_a_person(app: Flask) -> None:
    request_id = approved(make_role(channel=None, channel_address=""))
    step(request_id, Action.SEND)
    step(request_id, Action.ACKNOWLEDGE)
    step(request_id, Action.REQUEST_INFORMATION, text="Which drug?")
    step(request_id, Action.ANSWER_INFORMATION, text="Cisplatin.")
    assert to_tell(request_id) == [outbox.ANSWERED]
    step(request_id, Action.CANCEL)
    assert to_tell(request_id) == [outbox.CANCELLED], "the answer is of no use any more"


def test_what_waits_for_an_office_stays_here_when_its_link_is_ended(app_on_either: Flask) -> None:
    request_id = delivered()
    task_id = again(request_id).current_task_id
    step(request_id, Action.ACKNOWLEDGE, office(request_id))
    task = open_office_link.task_of(task_id)  # type: ignore[arg-type]  # a task there is
    outbox.tell_office(task, outbox.OFFICE_REMINDER, "1", NOW)
    outbox.tell_office(task, outbox.ANSWERED, "1", NOW)
    db.session.commit()
    open_office_link.end(request_id, COORDINATOR, NOW)
    channel = FakeChannel()
    send_due(channel, LATER)
    assert {message.to for message in channel.sent} <= {"maria@sample.example"}
    assert to_tell(request_id) == [outbox.ANSWERED]
    assert db.session.scalars(select(AccessLink).where(AccessLink.purpose == Purpose.OFFICE)).one().revoked_at


def test_a_referral_that_waits_for_another_attempt_does_not_leave_after_its_link_was_ended(
    app_on_either: Flask,
) -> None:
    request_id = approved(make_role(), make_role())
    send_due(FakeChannel(DeliveryError(Failure.TRANSIENT, "answered 451", code="451")))
    assert referral_of(request_id).status == "queued"
    open_office_link.end(request_id, COORDINATOR, LATER)
    request = again(request_id)
    assert (request.stage, len(request.tasks)) == (Stage.SEND_FAILED, 1)
    channel = FakeChannel()
    send_due(channel, LATER + timedelta(hours=1))
    assert {message.to for message in channel.sent} <= {"maria@sample.example"}


def test_a_cancelled_request_sends_nothing_that_was_true_before(app_on_either: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACKNOWLEDGE, office(request_id))
    step(request_id, Action.REQUEST_INFORMATION, office(request_id), text="Which drug?")
    step(request_id, Action.CANCEL)
    channel = FakeChannel()
    send_due(channel)
    identifier = again(request_id).identifier
    assert sorted(message.subject for message in channel.sent) == [
        f"A second-opinion request is cancelled ({identifier})",
        f"Your request is cancelled ({identifier})",
    ]
    assert messages.of_request(request_id)[0].template == "cancelled"
    assert "question" not in [told.template for told in messages.of_request(request_id)]
    assert worklist_counts.counts(NO_REQUEST, NOW)[QueueName.SEND_FAILED] == 0
