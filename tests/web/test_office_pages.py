from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.access.authorize import SYSTEM
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import AccessLink, ServiceRequest
from referral.services.act import act
from referral.services.effects import Details
from tests.factories import COORDINATOR
from tests.web.office_steps import carry, fresh_role, office_page, office_token, right_now, sent_request
from tests.web.page_rules import faults_of

PERSONAL = ("Maria", "Sample", "maria@sample.example", "Cholangiocarcinoma", "CHOL", "Is surgery possible?")


def opened(app: Flask, client: FlaskClient, request: ServiceRequest) -> None:
    assert client.post(f"/office/{office_token(app, request)}").status_code == 302


def send(client: FlaskClient, request: ServiceRequest, action: Action, **fields: str) -> tuple[int, str]:
    form = {"action": action.value, "version": str(request.version)}
    named = {f"{action}.{name.replace('__', '.').replace('_', '-')}": value for name, value in fields.items()}
    answer = client.post(office_page(request), data={**form, **named})
    db.session.refresh(request)
    return answer.status_code, answer.text


def test_the_first_page_shows_nothing_of_the_patient_and_changes_nothing(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    answer = client.get(f"/office/{office_token(app, request)}")
    assert answer.status_code == 200
    assert "Open the request" in answer.text
    assert not [word for word in (*PERSONAL, request.identifier) if word in answer.text]
    assert request.current_task is not None
    assert request.current_task.opened_at is None
    assert request.stage == Stage.DELIVERED
    assert client.get(office_page(request)).status_code == 404


def test_the_button_opens_the_request_at_an_address_without_the_secret(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    answer = client.post(f"/office/{office_token(app, request)}")
    assert answer.location == office_page(request)
    assert request.current_task is not None
    assert request.current_task.opened_at is not None
    page = client.get(office_page(request))
    assert not [word for word in PERSONAL if word not in page.text]
    assert "C22.1" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_link_opened_twice_keeps_the_first_moment(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    assert request.current_task is not None
    first = request.current_task.opened_at
    opened(app, client, request)
    assert request.current_task.opened_at == first


def test_the_office_accepts(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    assert send(client, request, Action.ACCEPT)[0] == 302
    assert request.stage == Stage.ACCEPTED
    assert "You have accepted this request" in client.get(office_page(request)).text


def test_a_decline_needs_a_reason_and_changes_nothing_without(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    status, text = send(client, request, Action.DECLINE)
    assert status == 422
    assert '<a href="#decline-reason">Choose why the office cannot take it on.</a>' in text
    assert "<title>Error:" in text
    assert request.stage == Stage.DELIVERED


def test_another_reason_needs_words(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    status, text = send(client, request, Action.DECLINE, reason="other")
    assert status == 422
    assert 'href="#decline-text"' in text
    assert 'value="other" checked' in text


def test_after_a_decline_the_office_is_thanked_and_sees_the_patient_no_more(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app, fresh_role(), fresh_role(family="Okafor"))
    opened(app, client, request)
    address = office_page(request)
    assert send(client, request, Action.DECLINE, reason="no-capacity")[0] == 302
    page = client.get(address)
    assert "You declined this request" in page.text
    assert not [word for word in PERSONAL if word in page.text]
    assert request.current_task is not None
    assert request.current_task.role.practitioner.family == "Okafor"


def test_a_second_click_is_told_what_happened(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    form = {"action": "accept", "version": str(request.version)}
    assert send(client, request, Action.ACCEPT)[0] == 302
    again = client.post(office_page(request), data=form)
    assert again.status_code == 409
    assert "Somebody changed this request while you had it open" in again.text
    assert "Accepted, " in again.text
    assert "Possible now: Start the review" in again.text


def test_an_opinion_that_comes_too_late_is_given_back_to_copy(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    form = {"action": "submit-opinion", "version": str(request.version)}
    form["submit-opinion.plan"] = "Surgery first."
    act(request.id, Action.HOLD, COORDINATOR, Details(), right_now())
    answer = client.post(office_page(request), data=form)
    assert answer.status_code == 409
    assert "Surgery first." in answer.text


def test_the_opinion_is_kept_whole_and_shown(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    send(client, request, Action.ACCEPT)
    status, _ = send(
        client,
        request,
        Action.SUBMIT_OPINION,
        diagnosis="Perihilar bile duct cancer.",
        stage="II",
        plan="Surgery first.",
        option_1__name="Surgery",
        option_1__benefits="May cure.",
        option_1__risks="Bleeding.",
        text="We agree with your doctors.",
        agreement="confirmed",
    )
    assert status == 302
    assert request.stage == Stage.OPINION_RECEIVED
    (opinion,) = request.opinions
    assert (opinion.diagnosis, opinion.stage, opinion.plan) == ("Perihilar bile duct cancer.", "II", "Surgery first.")
    assert opinion.options == [{"name": "Surgery", "benefits": "May cure.", "risks": "Bleeding."}]
    assert opinion.agreement == "confirmed"
    page = client.get(office_page(request)).text
    assert "Nothing is left for you to do" in page
    assert "Risks: Bleeding." in page


def test_an_empty_opinion_is_refused_at_its_field(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    send(client, request, Action.ACCEPT)
    status, text = send(client, request, Action.SUBMIT_OPINION)
    assert status == 422
    assert 'href="#submit-opinion-text"' in text
    assert request.opinions == []


def test_a_date_that_is_none_is_refused_and_a_good_one_is_set(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    send(client, request, Action.ACCEPT)
    status, text = send(client, request, Action.SCHEDULE, date="31 February")
    assert (status, "Enter the date as year, month and day" in text) == (422, True)
    day = (right_now() + timedelta(days=9)).date()
    assert send(client, request, Action.SCHEDULE, date=day.isoformat())[0] == 302
    assert request.current_task is not None
    assert request.current_task.appointment_on == day


def test_proposed_dates_stand_in_the_history(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    send(client, request, Action.ACCEPT)
    day = (right_now() + timedelta(days=9)).date().isoformat()
    assert send(client, request, Action.PROPOSE_DATES, date_1=day)[0] == 302
    assert request.stage == Stage.ACCEPTED
    assert day in client.get(office_page(request)).text


def test_every_page_of_the_office_keeps_the_rules_of_all_pages(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    door = client.get(f"/office/{office_token(app, request)}").text
    opened(app, client, request)
    send(client, request, Action.ACCEPT)
    packet = client.get(office_page(request)).text
    _, refused = send(client, request, Action.SUBMIT_OPINION)
    form = {"action": "submit-opinion", "version": "1", "submit-opinion.option-1.name": "Surgery"}
    stale = client.post(office_page(request), data=form).text
    unknown = client.get(f"/office/{'x' * 43}").text
    assert [faults_of(page) for page in (door, packet, refused, stale, unknown)] == [[]] * 5


def test_what_coordinators_note_never_reaches_the_office(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    act(request.id, Action.NOTE, COORDINATOR, Details(text="Family is difficult."), right_now())
    opened(app, client, request)
    page = client.get(office_page(request))
    assert page.status_code == 200
    assert "Family is difficult." not in page.text


@pytest.mark.parametrize(
    "become, status, sentence",
    [
        ("expired", 410, "This link has expired"),
        ("revoked", 410, "This link was closed"),
        ("cancelled", 200, "This request is cancelled"),
        ("passed-on", 200, "This request is no longer with your office"),
        ("closed", 200, "This request is closed"),
    ],
)
def test_a_link_that_is_over_says_what_happened_and_shows_nothing(
    app: Flask, client: FlaskClient, become: str, status: int, sentence: str
) -> None:
    request = sent_request(app, fresh_role(), fresh_role(family="Okafor"))
    token = office_token(app, request)
    _let(become, app, request)
    for answer in (client.get(f"/office/{token}"), client.post(f"/office/{token}")):
        assert answer.status_code == status
        assert f"<h1>{sentence}</h1>" in answer.text
        assert not [word for word in (*PERSONAL, request.identifier) if word in answer.text]


def test_an_unknown_link_is_not_found(client: FlaskClient) -> None:
    answer = client.get(f"/office/{'x' * 43}")
    assert answer.status_code == 404
    assert "This link opens nothing" in answer.text


def test_an_open_page_of_a_cancelled_request_cannot_act(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    act(request.id, Action.CANCEL, COORDINATOR, Details(), right_now())
    status, text = send(client, request, Action.ACCEPT)
    assert status == 200
    assert "This request is cancelled" in text
    assert request.stage == Stage.CANCELLED


def test_an_office_cannot_take_a_coordinators_action(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    opened(app, client, request)
    assert send(client, request, Action.CLOSE)[0] == 400
    assert request.stage == Stage.DELIVERED


def _let(become: str, app: Flask, request: ServiceRequest) -> None:
    """Bring the link or its request to the end of its life."""
    now = right_now()
    link = db.session.query(AccessLink).filter_by(request_id=request.id, purpose="office").one()
    if become == "expired":
        link.expires_at = now
    elif become == "revoked":
        link.revoked_at = now
    elif become == "cancelled":
        act(request.id, Action.CANCEL, COORDINATOR, Details(), now)
    elif become == "passed-on":
        request.next_by = now - timedelta(minutes=1)
        act(request.id, Action.PASS_DEADLINE, SYSTEM, Details(), now)
        carry(app, request)
    else:
        act(request.id, Action.RETURN_WITH_ADVICE, COORDINATOR, Details(text="Ask a surgeon."), now)
        act(request.id, Action.CLOSE, COORDINATOR, Details(), now)
    db.session.commit()


def test_a_page_that_was_left_open_neither_shows_nor_answers_another_request(app: Flask, client: FlaskClient) -> None:
    first = sent_request(app)
    opened(app, client, first)
    left_open = office_page(first)
    second = sent_request(app)
    opened(app, client, second)
    version = second.version
    form = {"action": "return-with-advice", "version": str(version), "return-with-advice.text": "Ask a surgeon first."}
    answer = client.post(left_open, data=form)
    assert answer.status_code == 404
    assert faults_of(answer.text) == []
    assert answer.text.count("Ask a surgeon first.") == 1, "to be copied, not in the other patient's form"
    assert not [word for word in PERSONAL if word in answer.text]
    foreign = (left_open, f"/office/packet/{UUID(int=1)}")
    for page in foreign:
        for part in ("", "/records", "/packet.pdf", "/originals.zip", "/details", "/details/thanks"):
            assert client.get(f"{page}{part}").status_code == 404
        for part in ("/records", f"/documents/{UUID(int=1)}/take-back", "/details"):
            assert client.post(f"{page}{part}").status_code == 404
    db.session.refresh(second)
    assert (second.version, second.documents, second.opinions) == (version, [], [])
    assert client.get(office_page(second)).status_code == 200
