"""Many requests at once on the desk: the preview, the word, the progress, taking it back, and what is refused."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import BulkJob, ServiceRequest, Staff
from referral.services import act, bulk_run
from referral.services.effects import Details
from referral.store import bulk
from tests.factories import COORDINATOR, make_staff
from tests.signing_in import sign_in
from tests.web.office_steps import right_now
from tests.web.page_rules import faults_of
from tests.web.test_coordinator_pages import fresh_request


@pytest.fixture
def lena(client: FlaskClient) -> Staff:
    """A lead who is signed in."""
    staff = make_staff("lena@example.org", role="lead")
    sign_in(client, staff)
    return staff


def chosen(client: FlaskClient, action: str, *requests: ServiceRequest, view: str = "", **form: str) -> str:
    """The address of the preview, or of the list where nothing can be done."""
    data = {"action": action, "view": view, "row": [str(request.id) for request in requests], **form}
    answer = client.post("/coordinator/bulk", data=data)
    assert answer.status_code == 303
    return str(answer.location)


def run(at: timedelta = timedelta()) -> None:
    """Play the worker."""
    bulk_run.run_waiting(lambda: right_now() + at)


def stage(request: ServiceRequest) -> str:
    db.session.refresh(request)
    return request.stage


def test_from_ticked_rows_to_done_and_back(client: FlaskClient, lena: Staff) -> None:
    first, second = fresh_request(), fresh_request()
    act.act(second.id, Action.HOLD, COORDINATOR, Details(), right_now())
    listed = client.get("/coordinator/?stage=submitted").text
    assert f'name="row" value="{first.id}" form="bulk"' in listed
    assert 'name="view" value="stage=submitted"' in listed

    preview = chosen(client, "hold", first, second, view="stage=submitted")
    page = client.get(preview).text
    assert "Put on hold: 1 request" in page
    assert "no longer in the list you chose from" in page
    assert second.identifier in page
    assert 'href="/coordinator/?stage=submitted"' in page
    assert faults_of(page) == []

    confirmed = client.post(f"{preview}/confirm", data={"hold.text": "Office closed this week."})
    assert (confirmed.status_code, confirmed.location) == (303, preview)
    assert "0 of 1 request" in client.get(preview).text
    run()
    page = client.get(preview).text
    assert "1 request put on hold" in page
    assert "Take it back" in page
    assert faults_of(page) == []
    assert (stage(first), first.events[-1].text) == (Stage.ON_HOLD, "Office closed this week.")

    client.post(f"{preview}/undo")
    run()
    assert "Taken back: 1 request" in client.get(preview).text
    assert stage(first) == Stage.SUBMITTED
    assert "Last step taken back: Put on hold" in client.get(f"/coordinator/referrals/{first.id}").text
    assert "Put on hold" in client.get("/coordinator/bulk").text


def test_all_that_match_are_taken_from_the_filters_not_from_the_page(client: FlaskClient, lena: Staff) -> None:
    soon, later = fresh_request(priority="urgent"), fresh_request()

    preview = chosen(client, "assign", view="priority=urgent", all="1")
    client.post(f"{preview}/confirm", data={"assign.assignee": "me"})
    run()

    db.session.expire_all()
    assert (soon.assignee_id, later.assignee_id) == (lena.id, None)


@pytest.mark.parametrize(
    "view, back",
    [
        ("priority=urgent&assignee=7f6a3a1c-0000-4000-8000-000000000000", "?priority=urgent"),
        ("due_from=2026-12-03&due_to=2026-12-01", ""),
        (f"at={'a' * 500}&priority=urgent", f"?priority=urgent&at={'a' * 100}"),
    ],
)
def test_a_list_that_would_be_wider_than_the_one_that_was_seen_is_not_taken(
    client: FlaskClient, lena: Staff, view: str, back: str
) -> None:
    fresh_request()
    assert chosen(client, "close", view=view, all="1") == f"/coordinator/{back}"
    assert "Nothing was done." in client.get("/coordinator/").text
    assert db.session.query(BulkJob).count() == 0


def test_nothing_ticked_leads_back_to_the_list_with_a_sentence(client: FlaskClient, lena: Staff) -> None:
    fresh_request()
    back = chosen(client, "hold", view="queue=new&nonsense=1")
    assert back == "/coordinator/?queue=new"
    assert "Choose at least one request." in client.get(back).text


def test_an_action_nobody_offers_is_no_form_of_ours(client: FlaskClient, lena: Staff) -> None:
    assert client.post("/coordinator/bulk", data={"action": "cancel"}).status_code == 400


def test_a_wrong_detail_is_told_at_its_field_and_nothing_begins(client: FlaskClient, lena: Staff) -> None:
    request = fresh_request()
    preview = chosen(client, "assign", request)
    answer = client.post(f"{preview}/confirm", data={"assign.assignee": "nobody@example.org"})
    assert answer.status_code == 422
    assert "There is no coordinator with this address." in answer.text
    longer = chosen(client, "hold", request)
    assert client.post(f"{longer}/confirm", data={"hold.text": "x" * 100_000}).status_code == 422
    assert {job.state for job in db.session.query(BulkJob)} == {"prepared"}


def test_sent_twice_it_is_done_once_and_too_late_it_is_not_taken_back(client: FlaskClient, lena: Staff) -> None:
    request = fresh_request()
    preview = chosen(client, "hold", request)
    assert [client.post(f"{preview}/confirm").status_code for _ in range(2)] == [303, 303]
    run(-timedelta(minutes=5))

    assert [event.action for event in request.events].count(Action.HOLD) == 1
    client.post(f"{preview}/undo")
    page = client.get(preview).text
    assert "It is too late to take this back" in page
    assert "Take it back" not in page


def test_a_coordinator_has_no_bulk_and_another_lead_does_not_see_the_job(app: Flask, lena: Staff) -> None:
    client = app.test_client()
    sign_in(client, lena)
    preview = chosen(client, "hold", fresh_request())
    other, casey = app.test_client(), app.test_client()
    sign_in(other, make_staff("lou@example.org", role="lead"))
    sign_in(casey, make_staff())

    assert other.get(preview).status_code == 404
    assert [casey.get(preview).status_code, casey.post("/coordinator/bulk").status_code] == [404, 404]
    assert not re.search('form="bulk"|id="bulk"', casey.get("/coordinator/").text)
    assert other.post(f"{preview}/confirm").status_code == 404
    assert bulk.waiting(right_now()) == []


def test_all_that_match_a_search_are_those_it_found_and_none_where_it_has_ended(
    client: FlaskClient, lena: Staff
) -> None:
    wanted, other = fresh_request(), fresh_request()
    found = client.post("/coordinator/search", data={"text": wanted.identifier})
    view = str(found.location).partition("?")[2]
    page = client.get(chosen(client, "hold", view=view, all="1")).text
    assert wanted.identifier in page
    assert other.identifier not in page
    family = client.post("/coordinator/search", data={"text": wanted.patient.family})
    named = str(family.location).partition("?")[2]
    assert re.fullmatch(r"search=[0-9a-f-]{36}", named)
    assert "Put on hold" in client.get(chosen(client, "hold", view=named, all="1")).text
    gone = "search=00000000-0000-4000-8000-000000000000"
    assert "/coordinator/bulk/" not in chosen(client, "hold", view=gone, all="1")
