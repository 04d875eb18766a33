import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy import text as sql

from referral.domain.codes import Priority
from referral.domain.intake import NewPatient
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import AuditEntry, ClockSetting, DeskSearch, ServiceRequest, Staff
from referral.services import list_referrals
from referral.store import lookup_paths, worklists
from referral.store.scopes import EVERY_REQUEST
from referral.store.worklist_filters import Filters, Search
from referral.store.worklists import Sort
from tests.factories import COORDINATOR, make_organization, make_request, make_role, make_staff
from tests.services.journeys import step
from tests.signing_in import sign_in
from tests.web.office_steps import right_now


@pytest.fixture
def casey(client: FlaskClient) -> Staff:
    """A coordinator who is signed in."""
    staff = make_staff()
    sign_in(client, staff)
    return staff


def request_of(given: str, family: str, **changes: object) -> ServiceRequest:
    born = right_now().date() - timedelta(days=20_000)
    patient = NewPatient(
        given=given, family=family, birth_date=born, email="p@sample.example", phone="", postcode="02115"
    )
    return make_request(make_role(), now=right_now(), patient=patient, **changes)


def find(client: FlaskClient, text: str) -> str:
    answer = client.post("/coordinator/search", data={"text": text})
    assert answer.status_code == 303
    return str(answer.location)


def test_a_patient_is_found_by_words_of_the_name_which_stand_in_no_address(client: FlaskClient, casey: Staff) -> None:
    wanted, other = request_of("Ana Lucía del Carmen", "García-Núñez"), request_of("Maria", "Sample")
    for text in ("garcia", "NUNEZ Ana", "lucia de Núñez", "Carmen García"):
        address = find(client, text)
        assert "garc" not in address.lower()
        page = client.get(address).text
        assert wanted.identifier in page
        assert other.identifier not in page
    assert wanted.identifier not in client.get(find(client, "Gar")).text


def test_specialists_cancers_and_ids_are_found_too(client: FlaskClient, casey: Staff) -> None:
    request = request_of("Maria", "Sample")
    assert request.identifier in client.get(find(client, "Rivera")).text, "on the list, and not asked yet"
    step(request.id, Action.APPROVE)
    for text in ("Rivera", "bile duct cancer", request.identifier.lower().replace("-", " ")):
        assert request.identifier in client.get(find(client, text)).text
    assert "Nothing in this list fits the search." in client.get(find(client, "Unheard")).text


def test_a_search_that_ended_or_is_somebody_elses_says_so(client: FlaskClient, app: Flask, casey: Staff) -> None:
    request = request_of("Maria", "Sample")
    address = find(client, "Maria")
    other = app.test_client()
    sign_in(other, make_staff("kim@example.org"))
    assert "This search has ended" in other.get(address).text
    assert request.identifier not in other.get(address).text
    assert other.get(address.replace("/?", "/export.json?")).get_json() == []
    kept = db.session.query(DeskSearch).one()
    assert "Maria" not in db.session.execute(sql("SELECT text FROM desk_search")).scalar_one()
    kept.expires_at = right_now() - timedelta(minutes=1)
    db.session.commit()
    assert "Search again below." in client.get(address).text


def test_days_the_wrong_way_round_are_left_out_and_named(client: FlaskClient, casey: Staff) -> None:
    request = request_of("Maria", "Sample")
    page = client.get("/coordinator/?submitted_from=2026-12-02&submitted_to=2026-12-01&due_from=soon").text
    assert "The days of “sent in” are the wrong way round: from 2026-12-02 to 2026-12-01." in page
    assert "It was left out: soon." in page
    assert "It was left out: 9999-12-31." in client.get("/coordinator/?due_to=9999-12-31").text
    assert request.identifier in page


@pytest.mark.parametrize("few", [0, lookup_paths.FEW])
def test_filters_by_organization_cancer_reason_and_days(
    app_on_both: Flask, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(lookup_paths, "FEW", few)  # the list is gone through, or what hangs on requests leads to them
    place = make_organization(name="Hárbor Cancer Centre")
    role = make_role(given="Ángel", family="García-Núñez", organization=place)
    asked, other = make_request(role, now=right_now()), make_request(make_role(), now=right_now())
    step(asked.id, Action.APPROVE)
    today, now = right_now().date(), right_now()

    def ids(**filters: object) -> set[object]:
        found = worklists.page(Filters(scope=EVERY_REQUEST, **filters), now, 9)  # type: ignore[arg-type]  # by name
        return {one.id for one in found}

    assert ids(organization="harbor canc") == {asked.id}
    assert ids(organization="HARBÖR") == ids(search=Search("angel GARCIA")) == {asked.id}
    assert ids(search=Search("Ángel garcía")) == {asked.id}
    assert ids(organization="...") == ids(search=Search("Ángel Rivera")) == set()
    assert ids(cancers=frozenset({"CHOL"})) == {asked.id, other.id}
    assert ids(cancers=frozenset({"LUAD"})) == ids(reason="payer") == ids(visit=(today, today)) == set()
    assert ids(submitted=(today, today)) == {asked.id, other.id}
    assert ids(submitted=(None, today - timedelta(days=1))) == set()
    assert ids(identifier=other.identifier) == {other.id}


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_of_every_order_hold_each_request_once(app: Flask, sort: Sort) -> None:
    made = {make_request(make_role(), now=right_now() + timedelta(hours=hours)).id for hours in range(4)}
    made.add(make_request(make_role(), now=right_now(), priority=Priority.STAT).id)
    step(next(iter(made)), Action.CANCEL)
    place, seen = None, []
    while found := worklists.places(Filters(scope=EVERY_REQUEST), right_now(), 2, place, sort):
        seen += [one.id for one in worklists.standing_at(found)]
        place = found[-1]
    assert len(seen) == len(made)
    assert set(seen) == made


def test_an_export_is_of_one_moment_whoever_moves_while_it_is_written(
    app_on_both: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_referrals, "AT_ONCE", 2)
    now = right_now()
    for hours in range(5):
        make_request(make_role(), now=now + timedelta(hours=hours))
    in_order = [place.request_id for place in worklists.places(Filters(scope=EVERY_REQUEST), now, 9)]
    db.session.commit()
    batches = list_referrals.export_referrals(COORDINATOR, list_referrals.Wanted(), "csv", now)
    db.session.commit()
    shown = [one.id for one in next(batches)]
    with db.engine.begin() as other:
        last = ServiceRequest.id == in_order[-1]
        other.execute(update(ServiceRequest).where(last).values(next_by=now - timedelta(days=1)))
    shown += [one.id for batch in batches for one in batch]
    assert shown == in_order
    monkeypatch.setattr(list_referrals, "LONGEST_SECONDS", -1)
    with pytest.raises(TimeoutError):
        next(list_referrals.export_referrals(COORDINATOR, list_referrals.Wanted(), "csv", now))


def test_a_view_is_kept_opened_renamed_and_deleted(client: FlaskClient, app: Flask, casey: Staff) -> None:
    client.post("/coordinator/views", data={"name": "Urgent ones", "priority": "urgent", "search": "x"})
    page = client.get("/coordinator/").text
    assert '<a href="/coordinator/?priority=urgent"' in page
    view_id = page.split("/coordinator/views/")[1].split('"')[0]
    stranger = app.test_client()
    sign_in(stranger, make_staff("kim@example.org", role="lead"))
    assert "Urgent ones" not in stranger.get("/coordinator/").text
    assert stranger.post(f"/coordinator/views/{view_id}", data={"do": "delete"}).status_code == 404
    assert client.post(f"/coordinator/views/{view_id}", data={"do": "share"}).status_code == 404
    client.post(f"/coordinator/views/{view_id}", data={"do": "rename", "name": "Mine, urgent"})
    assert "Mine, urgent" in client.get("/coordinator/").text
    client.post(f"/coordinator/views/{view_id}", data={"do": "delete"})
    assert "Mine, urgent" not in client.get("/coordinator/").text


def test_a_lead_shares_a_view(client: FlaskClient, app: Flask, casey: Staff) -> None:
    lead = app.test_client()
    sign_in(lead, make_staff("lee@example.org", role="lead"))
    lead.post("/coordinator/views", data={"name": "Late ones", "overdue": "1"})
    view_id = lead.get("/coordinator/").text.split("/coordinator/views/")[1].split('"')[0]
    lead.post(f"/coordinator/views/{view_id}", data={"do": "share"})
    assert "Late ones" in client.get("/coordinator/").text


def test_the_export_holds_what_the_view_shows_and_no_formula(client: FlaskClient, casey: Staff) -> None:
    casey.name = "=HYPERLINK(1)"
    shown, _ = request_of("Maria", "Sample", priority=Priority.URGENT), request_of("Ana", "Other")
    step(shown.id, Action.ASSIGN, assignee="casey@example.org")
    identifier = shown.identifier
    rows = list(csv.DictReader(io.StringIO(client.get("/coordinator/export.csv?priority=urgent").text)))
    assert [row["request"] for row in rows] == [identifier]
    assert rows[0]["assigned_to"] == "'=HYPERLINK(1)"
    assert "Sample" not in str(rows)
    as_json = client.get("/coordinator/export.json?priority=urgent").get_json()
    assert [one["request"] for one in as_json] == [identifier]
    db.session.rollback()
    trail = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "export").order_by(AuditEntry.number))
    assert [sorted(one.detail) for one in trail] == [["count", "format"], ["format", "referrals"]] * 2
    meanings = list(csv.reader(io.StringIO(client.get("/coordinator/export-columns.csv").text)))
    assert [name for name, _ in meanings[1:]] == list(as_json[0])


def test_words_that_too_many_organizations_have_are_left_out_and_more_are_asked_for(
    client: FlaskClient, casey: Staff
) -> None:
    for number in range(31):
        make_organization(f"many-{number}", name=f"Harbor Clinic {number}")
    db.session.commit()
    assert "write more of the name" in client.get("/coordinator/?at=harbor").text
    assert "write more of the name" not in client.get("/coordinator/?at=harbor+17").text


def test_a_day_of_a_filter_is_one_of_the_desks_own_calendar(client: FlaskClient, casey: Staff) -> None:
    at = datetime(2026, 11, 19, 3, tzinfo=UTC)  # ten in the evening before in New York
    number = make_request(now=at).identifier
    there, not_there = ("submitted_from=2026-11-18&submitted_to=2026-11-18", "submitted_from=2026-11-19")
    assert number in client.get(f"/coordinator/?{there}").text
    assert number in client.get(f"/coordinator/export.csv?{there}").text
    assert number not in client.get(f"/coordinator/?{not_there}").text
    db.session.add(ClockSetting(name="desk.zone", value="UTC", changed_at=at, changed_by="lead"))
    db.session.commit()
    g.pop("desk_zone")  # which a process asks for anew for each answer
    shown = client.get(f"/coordinator/?{not_there}").text
    assert number in shown
    assert "Days and hours on this page are UTC." in shown
