"""Days on which nobody works: added by leads, left out by clocks, taken back."""

from datetime import UTC, date, datetime, timedelta

from flask.testing import FlaskClient

from referral.domain.business_hours import Calendar, add_business_time, public_holidays
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.services import clockwork
from referral.services.clockwork import office_calendar
from referral.store import operations
from tests.factories import make_organization, make_request, make_role, make_staff
from tests.services.journeys import again, step
from tests.signing_in import sign_in
from tests.web.office_steps import right_now
from tests.web.page_rules import faults_of, words_of

DAYS = "/admin/closed-days"
SOON = datetime.now(UTC).date() + timedelta(days=20)


def typed(day: date, **others: str) -> dict[str, str]:
    """The form for one day."""
    return {"day.day": str(day.day), "day.month": str(day.month), "day.year": str(day.year), **others}


def test_a_closed_day_is_no_business_day_and_the_deadline_moves_over_it() -> None:
    monday = datetime(2026, 11, 30, 15, tzinfo=UTC)
    usual, closed = Calendar("America/New_York"), Calendar("America/New_York", closed=frozenset({date(2026, 12, 1)}))
    nine = timedelta(hours=9)
    assert add_business_time(monday, nine, closed) - add_business_time(monday, nine, usual) == timedelta(days=1)
    named = public_holidays(usual, date(2026, 12, 1), date(2027, 1, 31))
    assert (date(2026, 12, 25), "Christmas Day") in named


def test_a_lead_closes_the_desk_for_a_day_and_opens_it_again(client: FlaskClient) -> None:
    sign_in(client, make_staff("lead@example.org", "lead"))
    assert client.post(DAYS, data=typed(SOON, name="Staff day")).status_code == 303
    page = client.get(DAYS).text
    assert faults_of(page) == []
    assert "The desk Staff day lead@example.org" in words_of(page)
    assert clockwork.settings().desk.closed == {SOON}
    wrong = {
        "stands in the list already": typed(SOON, name="Twice"),
        "Say why it is closed": typed(SOON + timedelta(days=1), name=" "),
        "from today on": typed(date(2020, 1, 1), name="Long ago"),
        "Enter the day with day": {"day.day": "blue", "name": "Blue day"},
    }
    for said, form in wrong.items():
        answer = client.post(DAYS, data=form)
        assert (answer.status_code, said in answer.text, faults_of(answer.text)) == (422, True, [])
    assert client.post(DAYS, data={"open": SOON.isoformat()}).status_code == 303
    assert operations.closed_days(operations.DESK) == frozenset()
    old_id = make_request().id
    step(old_id, Action.CANCEL)
    old = again(old_id)
    old.stage_since, named = right_now() - timedelta(days=2190), old.identifier
    db.session.commit()
    lead = client.get("/coordinator/lead").text
    assert named in lead, "its person is erased in two days"
    assert faults_of(lead) == []
    for address in ("/coordinator/reports", "/admin/clocks", DAYS, "/admin/sending", "/admin/staff"):
        assert f'href="{address}' in lead


def test_a_lead_of_an_organization_closes_its_offices_alone(client: FlaskClient) -> None:
    own = make_organization()
    role = make_role(organization=own)
    sign_in(client, make_staff("lead@example.org", "lead", organization_id=own.id))
    assert client.post(DAYS, data=typed(SOON, name="Moving", organization="")).status_code == 303
    assert operations.closed_days(operations.DESK) == frozenset()
    assert office_calendar(role).closed == {SOON}
