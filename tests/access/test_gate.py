"""The doors fail closed; the log is told whom they refused, the audit trail what somebody read."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral import logs
from referral.access.gate import CASE, LINK, PUBLIC, Unguarded
from referral.extensions import db
from referral.models import Delivery, EmergencyAccess, ServiceRequest, Staff
from referral.services.open_in_emergency import LASTS
from referral.store import audit_trail
from tests.factories import make_organization, make_staff
from tests.fakes import FakeChannel
from tests.services.journeys import again, send_due
from tests.signing_in import sign_in
from tests.web.office_steps import fresh_role, right_now, sent_request
from tests.web.page_rules import faults_of, words_of

WHY = "Bleeding since this morning, her own coordinator does not answer."


@pytest.fixture
def theirs(app: Flask) -> ServiceRequest:
    """A request at the office of another organization."""
    make_organization("ours")
    return sent_request(app, fresh_role(organization=make_organization("theirs")))


@pytest.fixture
def casey(client: FlaskClient, theirs: ServiceRequest) -> Staff:
    """A coordinator of one organization, signed in."""
    staff = make_staff(organization_id="ours")
    sign_in(client, staff)
    return staff


def open_it(client: FlaskClient, request: ServiceRequest, reason: str = WHY) -> tuple[int, str]:
    answer = client.post("/coordinator/emergency", data={"reference": request.identifier.lower(), "reason": reason})
    return answer.status_code, answer.text


def test_a_view_without_a_door_opens_to_nobody(app: Flask) -> None:
    app.add_url_rule("/new", "new", lambda: "Maria Sample")
    with pytest.raises(Unguarded):
        app.test_client().get("/new")


@pytest.mark.parametrize("door", [LINK, CASE])
def test_an_answer_that_nobody_was_asked_for_does_not_leave(app: Flask, client: FlaskClient, door: object) -> None:
    app.add_url_rule("/new", "new", lambda: "Maria Sample")
    app.extensions["doors"]["new"] = door
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    sign_in(client, make_staff())
    answer = client.get("/new")
    assert answer.status_code == 500
    assert "Maria" not in answer.text
    app.extensions["doors"]["new"] = PUBLIC
    assert client.get("/new").text == "Maria Sample"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the service writes, as in earnest."""
    handler = logging.StreamHandler(StringIO())
    handler.setFormatter(logs.formatter("json"))
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)


def test_a_refusal_is_one_line_of_the_log_and_a_read_is_an_entry_of_the_audit_trail(
    client: FlaskClient, casey: Staff, theirs: ServiceRequest, log: StringIO
) -> None:
    address, theirs_id = f"/coordinator/referrals/{theirs.id}", str(theirs.id)
    assert client.get(address).status_code == 404
    refused = [line for line in log.getvalue().splitlines() if "Refused" in line]
    assert len(refused) == 1
    line = json.loads(refused[0])
    about = {"actor": "coordinator", "actor_id": str(casey.id), "action": "read",
             "object_type": "ServiceRequest", "object_id": theirs_id}  # fmt: skip
    assert {name: line.get(name) for name in about} == about
    assert set(line) == {*about, "event", "level", "logger", "timestamp", "correlation_id"}
    before = audit_trail.head().number
    dana = make_staff("dana@example.org", "lead")
    sign_in(client, dana)
    assert client.get(address).status_code == 200
    assert log.getvalue().count("Refused") == 1
    read = [entry for entry in audit_trail.every() if entry.number > before]
    assert [(entry.actor_id, entry.action, entry.object_id) for entry in read] == [(str(dana.id), "open", theirs_id)]


def test_an_emergency_opens_a_request_for_an_hour_to_be_read(
    client: FlaskClient, casey: Staff, theirs: ServiceRequest
) -> None:
    address = f"/coordinator/referrals/{theirs.id}"
    assert client.get(address).status_code == 404
    assert open_it(client, theirs)[0] == 303
    for page in (client.get(address), client.get(f"{address}/records")):
        assert page.status_code == 200
        assert faults_of(page.text) == []
        assert "Emergency access: this request belongs to another organization." in words_of(page.text)
        assert 'method="post" action="/coordinator' not in page.text
    note = {"action": "note", "note.text": "Called.", "version": str(theirs.version)}
    assert client.post(address, data=note).status_code == 404
    assert client.post(f"{address}/link", data={"link": "end"}).status_code == 404
    opened = db.session.query(EmergencyAccess).one()
    assert (opened.staff_id, opened.request_id, opened.reason) == (casey.id, theirs.id, WHY)
    assert opened.until - opened.opened_at == LASTS == timedelta(minutes=60)
    opened.opened_at, opened.until = (moment - LASTS for moment in (opened.opened_at, opened.until))
    db.session.commit()
    assert client.get(address).status_code == 404


def test_an_emergency_is_told_to_leads_and_admins_and_read_by_the_auditor(
    client: FlaskClient, casey: Staff, theirs: ServiceRequest
) -> None:
    for email, role in (("dana@example.org", "lead"), ("ines@example.org", "admin"), ("jo@example.org", "auditor")):
        make_staff(email, role)
    assert open_it(client, theirs)[0] == 303
    assert open_it(client, theirs)[0] == 303
    identifier, request_id = theirs.identifier, theirs.id
    assert db.session.query(EmergencyAccess).count() == 1
    channel = FakeChannel()
    send_due(channel, right_now())
    mails = {message.to: message for message in channel.sent if "Emergency" in message.subject}
    assert set(mails) == {"dana@example.org", "ines@example.org"}
    assert all("Sample" not in mail.text and WHY not in mail.text for mail in mails.values())
    assert WHY in again(request_id).events[-1].text
    assert db.session.query(Delivery).filter(Delivery.staff_id.is_not(None)).count() == 2
    sign_in(client, db.session.query(Staff).filter_by(role="auditor").one())
    page = client.get("/auditor/emergencies").text
    assert faults_of(page) == []
    assert identifier in page
    assert WHY in page
    assert "Maria" not in page


@pytest.mark.parametrize(
    "reference, reason, said",
    [
        ("", WHY, "no request with this reference"),
        ("SO-0000-0000", WHY, "no request"),
        (None, "Urgent.", "Say why"),
        (None, "\u200b\u3164" * 20, "Say why"),  # nothing that can be seen
    ],
)
def test_an_emergency_needs_a_request_and_a_reason(
    client: FlaskClient, casey: Staff, theirs: ServiceRequest, reference: str | None, reason: str, said: str
) -> None:
    form = {"reference": theirs.identifier if reference is None else reference, "reason": reason}
    answer = client.post("/coordinator/emergency", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert faults_of(answer.text) == []
    assert db.session.query(EmergencyAccess).count() == 0
