"""What is written into the outbox: which way it goes, under which key, and what its text says."""

import logging
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from referral.access import links
from referral.access.links import Purpose
from referral.domain.codes import ChannelKind
from referral.domain.errors import NotAllowed
from referral.domain.intake import FirstOpinion, NewPatient
from referral.domain.lifecycle import Action
from referral.domain.messages import TOLD
from referral.extensions import db
from referral.models import Delivery, ReferralTask, ServiceRequest
from referral.services import open_office_link, outbox
from referral.services.outbox import OFFICE_REMINDER, TOLD_TO_OFFICE
from tests.factories import COORDINATOR, NOW, make_request, make_role
from tests.fakes import FakeChannel
from tests.services.journeys import again, approved, delivered, office, referral_of, send_due, step

TODAY = NOW.date()
CANARIES = (
    "Zyxgiven", "Zyxfamily", "1931-07-19", "07/19/1931", "zyxmail@canary.example", "617 555 0199", "04401",
    "Zyxdiagnosis", "Zyxplan", "Zyxquestion", "Zyxrequester", "CHOL", "Cholangiocarcinoma", "bile duct",
)  # fmt: skip
PATIENT = NewPatient(
    given="Zyxgiven", family="Zyxfamily", birth_date=date(1931, 7, 19), email="zyxmail@canary.example",
    phone="617 555 0199", postcode="04401", requester_name="Zyxrequester",
)  # fmt: skip


@pytest.mark.parametrize(
    "columns, kind",
    [
        ({}, ChannelKind.EMAIL),
        ({"assured_on": TODAY - timedelta(days=180)}, ChannelKind.EMAIL),
        ({"assured_on": TODAY - timedelta(days=181)}, ChannelKind.POST),
        ({"assured_on": None}, ChannelKind.POST),
        ({"channel_address": ""}, ChannelKind.POST),
        ({"channel": None}, ChannelKind.POST),
        ({"channel": "post"}, ChannelKind.POST),
        ({"channel": "fhir", "channel_address": "https://fhir.example"}, ChannelKind.FHIR),
        ({"channel": "webhook", "channel_address": "https://office.example/inbox"}, ChannelKind.WEBHOOK),
        ({"channel": "webhook", "channel_address": ""}, ChannelKind.POST),
        ({"channel": "fhir", "channel_address": "https://fhir.example", "assured_on": None}, ChannelKind.POST),
    ],
)
def test_an_office_is_reached_the_way_the_directory_assures(
    app: Flask, columns: dict[str, Any], kind: ChannelKind
) -> None:
    assert outbox.channel_for(make_role(**columns), NOW) is kind


def test_the_key_names_request_kind_recipient_and_version(app: Flask) -> None:
    first, second = approved(), approved()
    keys = [referral_of(request_id).key for request_id in (first, second)]
    assert len(set(keys)) == 2
    assert all(len(key) == 64 for key in keys)


def test_a_message_is_written_once_under_its_key(app_on_both: Flask) -> None:
    request = make_request()
    assert outbox.to_patient(request, "accepted", NOW) is not None
    assert outbox.to_patient(request, "accepted", NOW) is None
    request.version += 1
    assert outbox.to_patient(request, "accepted", NOW) is not None


def test_a_patient_without_email_or_without_the_wish_is_not_written_to(app: Flask) -> None:
    by_phone = NewPatient(given="Maria", family="Sample", birth_date=date(1961, 3, 27), phone="617 555 0123")
    assert outbox.to_patient(make_request(patient=by_phone), "accepted", NOW) is None
    assert outbox.to_patient(make_request(contact_by_email=False), "accepted", NOW) is None
    revoked = make_request()
    for consent in revoked.consents:
        consent.revoked_at = NOW
    assert outbox.to_patient(revoked, "accepted", NOW) is None


def test_an_office_that_got_paper_hears_of_cancelling_from_a_person(app: Flask) -> None:
    request_id = approved(make_role(channel=None, channel_address=""))
    step(request_id, Action.SEND)
    task = again(request_id).current_task
    assert task is not None
    assert outbox.tell_office(task, OFFICE_REMINDER, "1", NOW) is None
    told = outbox.tell_office(task, outbox.CANCELLED, "1", NOW)
    assert told is not None
    assert told.channel == "post"


def test_every_message_there_is_can_be_written(app: Flask) -> None:
    """The templates of all moves, of the confirmation, and of both messages to an office."""
    request_id = delivered()
    request, task = again(request_id), again(request_id).current_task
    assert task is not None
    to_patient, to_office = sorted(set(TOLD.values())), [outbox.CANCELLED, *TOLD_TO_OFFICE.values()]
    for number, template in enumerate(to_patient, 1):
        request.version += 1
        outbox.to_patient(request, template, NOW - timedelta(seconds=number))
    for template in to_office:
        outbox.tell_office(task, template, "1", NOW)
    db.session.commit()
    channel = FakeChannel()
    assert set(send_due(channel)) == {"delivered"}
    assert len(channel.sent) == len(to_patient) + len(to_office)
    assert all(message.subject and message.text and "{" not in message.text for message in channel.sent)


def test_links_lead_where_they_should(app: Flask) -> None:
    channel = FakeChannel()
    request_id = make_request().id
    send_due(channel)
    step(request_id, Action.APPROVE)
    send_due(channel)
    send_due(channel)
    settings = current_app.extensions["settings"]
    task_id = again(request_id).current_task_id
    assert task_id is not None
    wanted = [
        f"/track/confirm/{links.token(settings.secret_key, Purpose.CONFIRM, request_id)}\n",
        f"/office/{links.token(settings.secret_key, Purpose.OFFICE, task_id)}\n",
        f"/track/{links.token(settings.secret_key, Purpose.TRACK, request_id)}\n",
    ]
    assert [settings.public_url + path in message.text for path, message in zip(wanted, channel.sent, strict=True)] == [
        True, True, True,
    ]  # fmt: skip


def linked(**columns: Any) -> ReferralTask:  # noqa: ANN401 - columns of a row
    """The task of an approved request whose office has a link."""
    request_id = approved(make_role(**columns))
    task = again(request_id).current_task
    assert task is not None
    links.issue(current_app.extensions["settings"].secret_key, Purpose.OFFICE, request_id, task.id, NOW)
    db.session.commit()
    return task


def test_a_program_gets_only_what_its_packets_have_a_word_for_and_keeps_its_link(app: Flask) -> None:
    task = linked(channel="webhook", channel_address="https://office.example/inbox")
    assert outbox.tell_office(task, OFFICE_REMINDER, "1", NOW) is None
    assert outbox.tell_office(task, "office-answered", "1", NOW) is not None
    db.session.commit()
    with pytest.raises(NotAllowed, match="has not got the request itself"):
        open_office_link.send_new(task.request_id, COORDINATOR, NOW)
    link = open_office_link.of_task(task)
    assert link is not None
    assert link.revoked_at is None


def test_an_ended_link_comes_back_only_when_somebody_sends_a_new_one(app: Flask) -> None:
    request_id = delivered()
    task_id = again(request_id).current_task_id
    assert task_id is not None
    task = open_office_link.task_of(task_id)
    open_office_link.end(request_id, COORDINATOR, NOW)
    assert outbox.tell_office(task, OFFICE_REMINDER, "1", NOW) is None
    assert outbox.tell_office(task, outbox.CANCELLED, "1", NOW) is not None
    open_office_link.send_new(request_id, COORDINATOR, NOW)
    send_due(now=NOW + timedelta(minutes=1))
    task = open_office_link.task_of(task_id)
    assert outbox.tell_office(task, OFFICE_REMINDER, "1", NOW) is not None


def whole_journey(channel: FakeChannel) -> ServiceRequest:
    """A request with canaries in every field, from the first message to the opinion and the closing."""
    request_id = make_request(
        patient=PATIENT,
        questions=("Zyxquestion?",),
        first_opinion=FirstOpinion(diagnosis="Zyxdiagnosis", plan="Zyxplan"),
    ).id
    step(request_id, Action.REQUEST_RECORDS)
    step(request_id, Action.RECORDS_COMPLETE)
    step(request_id, Action.APPROVE)
    send_due(channel)
    step(request_id, Action.ACKNOWLEDGE)
    step(request_id, Action.REQUEST_INFORMATION, office(request_id), text="Zyxquestion?")
    step(request_id, Action.ACCEPT)
    step(request_id, Action.SCHEDULE, day=date(2026, 12, 1))
    send_due(channel)
    step(request_id, Action.CANCEL)
    send_due(channel)
    return again(request_id)


def test_no_message_holds_anything_about_the_patient(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    channel = FakeChannel()
    with caplog.at_level(logging.DEBUG):
        whole_journey(channel)
    assert len(channel.sent) >= 7
    for message in channel.sent:
        written = f"{message.subject}\n{message.text}\n{message.key}\n{message.reference}"
        assert [canary for canary in CANARIES if canary.lower() in written.lower()] == []
    lines = "\n".join(record.getMessage() for record in caplog.records)
    assert [canary for canary in CANARIES if canary.lower() in lines.lower()] == []


def test_the_errors_kept_with_messages_hold_nothing_about_the_patient(app: Flask) -> None:
    whole_journey(FakeChannel())
    errors = " ".join(db.session.scalars(select(Delivery.error)))
    assert [canary for canary in CANARIES if canary.lower() in errors.lower()] == []
