"""Two at one desk: who is on a referral, what the list is told while it is open, and messages with the patient."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.access.authorize import Acting
from referral.domain.codes import Actor
from referral.domain.lifecycle import Action
from referral.domain.live import STREAMS_OF_ONE
from referral.extensions import db
from referral.models import ServiceRequest, Staff, StaffSession
from referral.services import act, presence, write_message
from referral.services.effects import Details
from referral.services.export_request import export
from referral.services.live import Hub, Listener
from referral.services.open_in_emergency import open_in_emergency
from referral.services.track import tracking_link
from referral.store import deliveries, referrals
from referral.store import live as rows_of_news
from referral.web.live import drawn
from tests.factories import COORDINATOR, make_organization, make_request, make_staff
from tests.signing_in import sign_in
from tests.web.office_steps import fresh_role, office_page, office_token, right_now, sent_request
from tests.web.page_rules import faults_of, words_of

SECRET = "Husband says they argue about money."
THREADS: dict[str, Any] = {"buffered": False, "environ_overrides": {"wsgi.multithread": True}}
"""As a web process with threads is asked."""
WRITTEN = "Please bring the slides on Monday."


@pytest.fixture
def casey(client: FlaskClient) -> Staff:
    """A coordinator who is signed in."""
    staff = make_staff()
    sign_in(client, staff)
    return staff


@pytest.fixture
def robin(app: Flask) -> FlaskClient:
    """The browser of a colleague."""
    other = app.test_client()
    sign_in(other, make_staff("robin@example.org"))
    return other


def fresh(**changes: object) -> ServiceRequest:
    return make_request(fresh_role(), now=right_now(), **changes)


def page_of(request_id: UUID) -> str:
    return f"/coordinator/referrals/{request_id}"


def as_patient(app: Flask, request_id: UUID) -> tuple[FlaskClient, str]:
    """The patient's browser with the request open, and the address of its page."""
    settings = app.extensions["settings"]
    address = f"/track/{tracking_link(request_id, settings.secret_key, right_now())}"
    db.session.commit()
    browser = app.test_client()
    browser.post(address, data={"birth_date.day": "27", "birth_date.month": "3", "birth_date.year": "1961"})
    return browser, address


def test_a_message_is_told_without_its_words_read_on_the_page_and_answered_there(
    app: Flask, client: FlaskClient, casey: Staff
) -> None:
    request = sent_request(app)
    address = page_of(request.id)
    for _ in range(2):  # a second click
        assert client.post(f"{address}/message", data={"message": WRITTEN}).status_code == 303
    shown = client.get(address).text
    assert shown.count(WRITTEN) == 1
    assert faults_of(shown) == []
    assert WRITTEN in shown
    assert "not opened yet" in shown
    patient, track = as_patient(app, request.id)
    assert "There is a message for you." in patient.get(track).text
    read = patient.get(f"{track}/write").text
    assert faults_of(read) == []
    assert WRITTEN in read
    assert "casey@example.org" not in read
    assert patient.post(f"{track}/write", data={"message": "I cannot come on Monday."}).status_code == 303
    wrote = client.get("/coordinator/?queue=patient-wrote").text
    assert "The patient wrote 1 request" in words_of(wrote)
    assert request.identifier in wrote
    shown = client.get(address).text
    assert "I cannot come on Monday." in shown
    assert "not opened yet" not in shown
    assert client.post(f"{address}/message/settle").status_code == 303
    wrote = client.get("/coordinator/?queue=patient-wrote").text
    assert "The patient wrote 0 requests" in words_of(wrote)
    assert "Everything that patients wrote is answered." in wrote


def test_what_is_internal_never_leaves(app: Flask, client: FlaskClient, casey: Staff) -> None:
    request = sent_request(app, fresh_role(organization=make_organization("ORG-1")))
    request_id = request.id
    for action in (Action.NOTE, Action.HOLD, Action.RESUME):
        details = Details(text=SECRET if action is not Action.RESUME else "")
        act.act(request_id, action, COORDINATOR, details, right_now())
    assert SECRET in client.get(page_of(request_id)).text
    patient, track = as_patient(app, request_id)
    pages = [patient.get(track + rest).text for rest in ("", "/write", "/messages", "/permissions", "/records")]
    token = office_token(app, request)
    office = app.test_client()
    office.post(f"/office/{token}")
    pages.append(office.get(office_page(request)).text)
    program = Acting(Actor.INTEGRATION, "program", organization_id="ORG-1", through_api=True)
    found = referrals.get(request_id)
    assert found is not None
    pages += [act.visible_words(event, found, program) for event in act.visible_events(found, program)]
    sink = BytesIO()
    export(request_id, sink, right_now())
    with ZipFile(sink) as archive:
        pages += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    assert [page for page in pages if SECRET in page] == []
    packet = client.get(f"{page_of(request_id)}/packet").text
    assert SECRET not in packet
    assert "argue" not in packet


def test_a_note_of_a_hundred_thousand_characters_is_refused_and_kept(client: FlaskClient, casey: Staff) -> None:
    request, long = fresh(), "x" * 100_000
    form = {"action": "note", "version": str(request.version), "note.text": long}
    answer = client.post(page_of(request.id), data=form)
    assert answer.status_code == 422
    assert "This is too long" in answer.text
    assert long in answer.text
    answer = client.post(f"{page_of(request.id)}/message", data={"message": long})
    assert answer.status_code == 422
    assert "This has 100,000 characters" in answer.text
    assert long in answer.text


def test_who_else_has_it_open_stands_on_list_and_page(client: FlaskClient, casey: Staff, robin: FlaskClient) -> None:
    address = page_of(fresh().id)
    robin.get(address)
    assert "Robin has it open" in words_of(client.get("/coordinator/").text)
    assert "Also open at Robin." in client.get(address).text
    robin.post(f"{address}/here", data={"left": "1"})
    assert "Also open at" not in client.get(address).text


def test_who_writes_has_the_turn_until_somebody_takes_it_over_on_purpose(
    client: FlaskClient, casey: Staff, robin: FlaskClient
) -> None:
    request = fresh()
    address, note = page_of(request.id), {"action": "note", "version": str(request.version), "note.text": "Called."}
    robin.get(address)
    client.get(address)
    assert robin.post(f"{address}/here", data={"editing": "1"}).get_json()["turn"] is True
    told = client.post(f"{address}/here", data={"editing": "1"}).get_json()
    assert told["turn"] is False
    assert told["others"] == [{"name": "Robin", "editing": True}]
    others = {
        "message": {"message": WRITTEN}, "message/settle": {}, "take": {}, "called": {}, "told-office": {},
        "duplicate": {}, "link": {"link": "end"}, "records": {"record": "slides"},
        "records/state": {"item": "slides", "state": "asked"}, f"messages/{request.id}/again": {},
    }  # fmt: skip
    for path, form in others.items():
        answer = client.post(f"{address}/{path}", data=form)
        assert (answer.status_code, "Robin is writing here." in answer.text) == (409, True), path
    assert WRITTEN in client.post(f"{address}/message", data={"message": WRITTEN}).text
    answer = client.post(address, data=note)
    assert answer.status_code == 409
    assert "Robin is writing here." in answer.text
    assert "Called." in answer.text
    assert 'data-writes="1"' in answer.text  # what came back does not go without a question
    assert 'data-writes="1"' not in client.get(address).text
    assert client.post(f"{address}/take-over").status_code == 303
    assert client.post(address, data=note).status_code == 302
    assert robin.post(address, data=note).status_code == 409


def test_presence_ends_by_itself(app_on_both: Flask) -> None:
    request, staff, now = fresh(), make_staff("robin@example.org"), right_now()
    viewer = Acting.of_staff(make_staff("casey@example.com"))
    request_id = request.id
    presence.renew(request_id, Acting.of_staff(staff), now, editing=True)
    assert [one.editing for one in presence.others(request_id, viewer, now)] == [True]
    assert presence.others(request_id, viewer, now + presence.LASTS) == []
    presence.renew(request_id, Acting.of_staff(staff), now + timedelta(seconds=60), editing=False)
    later = presence.others(request_id, viewer, now + presence.LASTS)
    assert [one.editing for one in later] == [False]


def test_a_referral_that_nobody_has_is_taken_with_one_key(
    client: FlaskClient, casey: Staff, robin: FlaskClient
) -> None:
    address = page_of(fresh().id)
    assert client.post(f"{address}/take").status_code == 303
    assert "Casey" in words_of(client.get(address).text)
    robin.post(f"{address}/take")
    assert "Casey has it." in robin.get(address).text


def test_the_list_is_told_what_changed_and_how_its_rows_look_now(client: FlaskClient, casey: Staff) -> None:
    shown, other = fresh(), fresh()
    since = client.get("/coordinator/changes").get_json()["since"]
    ids = {str(one.id) for one in (shown, other)}
    for request in (shown, other):
        act.act(request.id, Action.HOLD, COORDINATOR, Details(), right_now())
    told = client.get(f"/coordinator/changes?since={since}&rows={shown.id.hex}").get_json()
    assert {request_id for _, request_id in told["changes"]} == ids
    assert list(told["rows"]) == [str(shown.id)]
    assert "On hold" in told["rows"][str(shown.id)]
    assert told["since"] > since
    assert told["counts"]["unassigned"] == 2


def test_nobody_is_told_of_what_they_may_not_see(app: Flask, client: FlaskClient, robin: FlaskClient) -> None:
    make_organization("ORG-1")
    sign_in(client, make_staff(organization_id="ORG-1"))
    request = fresh()
    robin.get(page_of(request.id))
    act.act(request.id, Action.NOTE, COORDINATOR, Details(text="Called."), right_now())
    robin.get(page_of(request.id))
    told = client.get(f"/coordinator/changes?since=1&rows={request.id.hex}").get_json()
    assert (told["changes"], told["rows"], told["here"]) == ([], {}, {})
    with client.get(f"/coordinator/stream?since=1&rows={request.id.hex}", buffered=False) as answer:
        assert "Robin" not in text(next(iter(answer.response)))


def test_who_opened_it_in_an_emergency_takes_nobodys_turn(client: FlaskClient, robin: FlaskClient) -> None:
    make_organization("ORG-1")
    stranger, request = make_staff(organization_id="ORG-1"), fresh()
    sign_in(client, stranger)
    open_in_emergency(request.identifier, "They are in our emergency room.", Acting.of_staff(stranger), right_now())
    address = page_of(request.id)
    assert client.get(address).status_code == 200
    assert client.post(f"{address}/here").status_code == 200
    assert client.post(f"{address}/here", data={"editing": "1"}).status_code == 404
    assert client.post(f"{address}/take-over").status_code == 404
    robin.get(address)
    assert robin.post(f"{address}/here", data={"editing": "1"}).get_json()["turn"] is True


def test_a_stream_tells_at_once_and_again_when_something_changes_and_who_came(
    client: FlaskClient, casey: Staff, robin: FlaskClient
) -> None:
    request = fresh()
    since = rows_of_news.newest()
    db.session.rollback()
    answer = client.get(f"/coordinator/stream?since={since}&rows={request.id.hex}", **THREADS)
    lines = iter(answer.response)
    assert text(next(lines)).startswith("retry: 1000\n")
    act.act(request.id, Action.HOLD, COORDINATOR, Details(), right_now())
    told = next_with("changes", lines)
    assert told["changes"][0][1] == str(request.id)
    assert "On hold" in told["rows"][str(request.id)]
    request_id = str(request.id)
    robin.get(page_of(request.id))
    assert next_with("here", lines)["here"] == {request_id: [{"name": "Robin", "editing": False}]}
    answer.close()


def test_a_process_and_a_session_hold_few_streams_and_the_oldest_of_a_session_gives_way(
    app: Flask, client: FlaskClient, casey: Staff
) -> None:
    assert client.get("/coordinator/stream").status_code == 503  # in a process of one thread
    assert not Hub(app, drawn, most=0).join(Listener(COORDINATOR, uuid4(), frozenset()))
    streams = [client.get("/coordinator/stream", **THREADS) for _ in range(STREAMS_OF_ONE + 1)]
    oldest = iter(streams[0].response)
    assert [text(part)[:5] for part in oldest] == ["retry"]
    for stream in streams:
        stream.close()


def test_what_a_page_asks_for_by_itself_keeps_no_session_alive(client: FlaskClient, casey: Staff) -> None:
    request_id = fresh().id
    session = db.session.query(StaffSession).filter_by(staff_id=casey.id).one()
    session.seen_at = before = right_now() - timedelta(minutes=10)
    db.session.commit()
    client.get("/coordinator/changes")
    client.get("/coordinator/stream", **THREADS).close()
    client.post(f"{page_of(request_id)}/here")
    db.session.refresh(session)
    assert session.seen_at == before
    session.seen_at = right_now() - timedelta(minutes=20)
    db.session.commit()
    assert client.get("/coordinator/stream", **THREADS).status_code == 401
    assert client.get("/coordinator/").status_code == 302


def test_a_message_that_failed_is_sent_again_with_one_button(app: Flask, client: FlaskClient, casey: Staff) -> None:
    request = sent_request(app)
    write_message.write(request.id, WRITTEN, COORDINATOR, right_now())
    found = next(one for one in deliveries.of_request(request.id) if one.template == "desk-wrote")
    found.status, found.attempts, found.error, found.failed_at = "failed", 3, "refused", right_now()
    db.session.commit()
    address = page_of(request.id)
    assert "Send it again" in client.get(address).text
    assert client.post(f"{address}/messages/{found.id}/again").status_code == 303
    assert "It is sent again now." in client.get(address).text
    db.session.refresh(found)
    assert (found.status, found.error) == ("queued", "")


def text(part: object) -> str:
    return part.decode() if isinstance(part, bytes) else str(part)


def next_with(name: str, stream: Iterator[object]) -> dict[str, Any]:
    """The next event of a stream that tells something of this name."""
    events = (re.search(r"^data: (.*)$", line, re.MULTILINE) for line in map(text, stream))
    told = (json.loads(event[1]) for event in events if event)
    return next(one for one in told if name in one)


def test_a_row_that_is_drawn_anew_brings_no_box_so_a_tick_stays(client: FlaskClient, casey: Staff) -> None:
    request = fresh()
    casey.role = "lead"
    db.session.commit()
    assert "cell-tick" in client.get("/coordinator/").text
    since = client.get("/coordinator/changes").get_json()["since"]
    act.act(request.id, Action.HOLD, COORDINATOR, Details(), right_now())
    told = client.get(f"/coordinator/changes?since={since}&rows={request.id.hex}").get_json()
    (row,) = told["rows"].values()
    assert "cell-who" in row
    assert "cell-tick" not in row
