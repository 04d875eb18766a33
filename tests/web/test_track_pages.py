from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from time import monotonic

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.access import links
from referral.access.authorize import Acting
from referral.access.links import Purpose
from referral.domain.codes import Actor
from referral.domain.intake import NewPatient
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import ContactChange, Delivery, ServiceRequest
from referral.services import consent_ends, contact, standing
from referral.services.patient_time import zone_of
from referral.store import messages
from referral.web.contact import ALIKE_SECONDS
from tests.factories import make_request, new_referral
from tests.services.journeys import again, step
from tests.web.office_steps import fresh_role, right_now, sent_request
from tests.web.page_rules import faults_of, title_of, words_of

BIRTH_DATE = "What is the patient’s birth date?"
BORN = {"birth_date.day": "27", "birth_date.month": "3", "birth_date.year": "1961"}


def link_to(request: ServiceRequest, purpose: Purpose = Purpose.TRACK) -> str:
    """The path of a link to this request."""
    token = links.issue(current_app.extensions["settings"].secret_key, purpose, request.id, None, right_now())
    db.session.commit()
    return f"/track/confirm/{token}" if purpose is Purpose.CONFIRM else f"/track/{token}"


def opened(client: FlaskClient, request: ServiceRequest) -> str:
    """The link of this request, opened on this device with the birth date."""
    link = link_to(request)
    assert client.post(link, data=BORN).status_code == 303
    return link


def page(client: FlaskClient, link: str) -> str:
    answer = client.get(link)
    assert answer.status_code == 200
    assert faults_of(answer.text) == []
    return answer.text


def a_request(**changes: object) -> ServiceRequest:
    return make_request(fresh_role(), now=right_now(), **changes)


def code_of(request: ServiceRequest) -> str:
    """The request's code under the application's own key."""
    code = links.tracking_code(current_app.extensions["settings"].secret_key, request.id)
    request.tracking_code_hash = links.code_digest(code)
    db.session.commit()
    return code


def test_code_and_birth_date_open_the_request(client: FlaskClient) -> None:
    code = code_of(a_request())
    answer = client.post("/track", data={"code": code.lower().replace("-", " "), **BORN}, follow_redirects=True)
    assert answer.status_code == 200
    assert "We have your request." in answer.text
    assert faults_of(answer.text) == []


def test_a_wrong_code_and_a_wrong_birth_date_are_answered_alike(client: FlaskClient) -> None:
    code = code_of(a_request())
    wrong_code = client.post("/track", data={"code": "7KQ2-M4XA-93TD", **BORN})
    wrong_date = client.post("/track", data={"code": code, **BORN, "birth_date.day": "28"})
    message = "We found no request with this code and birth date."
    assert wrong_code.status_code == wrong_date.status_code == 422
    assert words_of(wrong_code.text).count(message) == words_of(wrong_date.text).count(message) == 2


@pytest.mark.parametrize(
    "data, words",
    [
        ({"code": "", **BORN}, "Enter your tracking code"),
        ({"code": "7KQ2-M4XA-93TD"}, "Enter the birth date with day, month and year"),
        ({"code": "7KQ2-M4XA-93TD", **BORN, "birth_date.month": "14"}, "Enter the birth date with day, month and year"),
        ({"code": "x" * 10_000, **BORN}, "This is too long"),
        ({"code": "\x00", **BORN}, "control characters"),
    ],
)
def test_what_cannot_be_used_is_said_at_the_field(client: FlaskClient, data: dict[str, str], words: str) -> None:
    answer = client.post("/track", data=data)
    assert answer.status_code == 422
    assert words in words_of(answer.text)
    assert title_of(answer.text).startswith("Error:")
    assert faults_of(answer.text) == []


def test_a_link_asks_the_birth_date_on_a_new_device_only(client: FlaskClient) -> None:
    request = a_request()
    link = link_to(request)
    question = page(client, link)
    assert "What is the patient’s birth date?" in question
    assert "We have your request" not in question
    assert client.post(link, data={**BORN, "birth_date.year": "1962"}).status_code == 422
    client.post(link, data=BORN)
    assert "We have your request" in page(client, link)


def test_a_cookie_that_somebody_copied_opens_nothing_after_half_a_day(client: FlaskClient) -> None:
    link = opened(client, a_request())
    assert BIRTH_DATE not in client.get(link).text
    with client.session_transaction() as session:
        session["opened"] = [[known, at - 12 * 3600] for known, at in session["opened"]]
    assert BIRTH_DATE in client.get(link).text
    assert client.post(f"{link}/cancel").status_code == 403


def test_a_device_that_was_closed_asks_again(client: FlaskClient) -> None:
    link = opened(client, a_request())
    client.post("/track/leave")
    assert "What is the patient’s birth date?" in page(client, link)


@pytest.mark.parametrize("path", ["/track/nothing", "/track/confirm/nothing", "/track/nothing/cancel"])
def test_a_link_that_opens_nothing_says_so(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "This link does not open anything now." in answer.text
    assert faults_of(answer.text) == []


def test_a_link_for_one_purpose_does_not_serve_another(client: FlaskClient) -> None:
    confirm = link_to(a_request(confirmed=False), Purpose.CONFIRM)
    assert client.get(confirm.replace("/confirm", "")).status_code == 404


def test_looking_at_the_confirmation_changes_nothing(client: FlaskClient) -> None:
    request = a_request(confirmed=False)
    link, request_id = link_to(request, Purpose.CONFIRM), request.id
    assert "Is this your request?" in page(client, link)
    assert again(request_id).contact_confirmed_at is None


def test_confirming_leads_to_the_request_which_asks_the_birth_date(client: FlaskClient) -> None:
    request = a_request(confirmed=False)
    link, request_id = link_to(request, Purpose.CONFIRM), request.id
    db.session.rollback()
    answer = client.post(link, follow_redirects=True)
    assert "What is the patient’s birth date?" in answer.text
    assert again(request_id).contact_confirmed_at is not None
    db.session.rollback()
    assert client.post(link).status_code == 303
    assert "This address is confirmed already." in page(client, link)


def test_where_no_approval_is_wanted_the_confirmed_request_goes_out(app: Flask) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], auto_approve=True)
    request = a_request(confirmed=False)
    link, request_id = link_to(request, Purpose.CONFIRM), request.id
    db.session.rollback()
    app.test_client().post(link)
    assert again(request_id).stage == Stage.QUEUED


def test_the_status_says_who_has_it_and_until_when(app: Flask, client: FlaskClient) -> None:
    words = words_of(page(client, opened(client, sent_request(app))))
    assert "We sent your request to Dr Rivera’s office. They have until" in words
    assert "You do not need to do anything." in words
    assert "We sent your request to Dr Rivera’s office." in words
    assert "It arrived: the mail system of Dr Rivera’s office has taken it." in words


def test_no_staff_name_and_no_note_reaches_the_patient(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    step(request.id, Action.NOTE, now=right_now(), text="Patient sounded confused on the phone")
    shown = page(client, opened(client, request))
    assert "confused" not in shown
    assert "casey" not in shown


def test_a_decline_is_told_with_its_reason_and_the_next_specialist(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app, fresh_role(family="Chen"), fresh_role(family="Okafor"))
    step(request.id, Action.DECLINE, now=right_now(), reason="out-of-scope")
    words = words_of(page(client, opened(client, request)))
    assert "Dr Chen’s office cannot take this on: they do not treat this type of cancer." in words
    assert "We are asking the next specialist, Dr Okafor." in words


def test_the_patient_answers_the_offices_question(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    step(request.id, Action.ACKNOWLEDGE, now=right_now())
    step(request.id, Action.REQUEST_INFORMATION, now=right_now(), text="Which blood thinner do you take?")
    link, request_id = opened(client, request), request.id
    asked = page(client, link)
    assert "Which blood thinner do you take?" in asked
    assert client.post(f"{link}/answer", data={"text": " "}).status_code == 422
    assert client.post(f"{link}/answer", data={"text": "None."}).status_code == 303
    assert again(request_id).stage == Stage.ACKNOWLEDGED
    assert "None." in page(client, link)
    twice = client.post(f"{link}/answer", data={"text": "None."}, follow_redirects=True)
    assert "This was done already" in words_of(twice.text)
    other = client.post(f"{link}/answer", data={"text": "Heparin."})
    assert (other.status_code, faults_of(other.text)) == (409, [])
    assert "Your answer was not sent" in other.text, "what a second tab holds is not lost"
    assert "Heparin.</textarea>" in other.text


def test_an_answer_that_is_too_long_stays_in_the_field(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    step(request.id, Action.ACKNOWLEDGE, now=right_now())
    step(request.id, Action.REQUEST_INFORMATION, now=right_now(), text="Which?")
    link = opened(client, request)
    answer = client.post(f"{link}/answer", data={"text": "word " * 2000})
    assert answer.status_code == 422
    assert "This is too long" in answer.text
    assert "word word" in answer.text
    assert faults_of(answer.text) == []


def test_cancelling_is_asked_once_more_and_then_done(client: FlaskClient) -> None:
    request = a_request()
    link, request_id = opened(client, request), request.id
    assert "Keep it" in page(client, f"{link}/cancel")
    assert again(request_id).stage == Stage.SUBMITTED
    db.session.rollback()
    client.post(f"{link}/cancel")
    assert again(request_id).stage == Stage.CANCELLED
    shown = page(client, link)
    assert "This request is cancelled." in shown
    assert "/cancel" not in shown
    db.session.rollback()
    again_pressed = client.post(f"{link}/cancel", follow_redirects=True)
    assert "This was done already" in words_of(again_pressed.text), "a double tap is no fault of the patient"


def test_nobody_cancels_on_a_device_that_has_not_shown_the_birth_date(client: FlaskClient) -> None:
    request = a_request()
    link, request_id = link_to(request), request.id
    db.session.rollback()
    assert client.post(f"{link}/cancel").status_code == 404
    assert client.post(f"{link}/answer", data={"text": "Hello"}).status_code == 404
    assert again(request_id).stage == Stage.SUBMITTED


def test_an_office_that_was_not_asked_after_all_is_not_shown(client: FlaskClient) -> None:
    request = a_request()
    link, request_id = opened(client, request), request.id
    step(request_id, Action.APPROVE, now=right_now())
    assert "The specialist’s office" in page(client, link)
    role_id = again(request_id).tasks[0].role_id
    consent_ends.take_back(request_id, role_id, Acting(Actor.PATIENT, request_id=request_id), right_now())
    assert "The specialist’s office" not in page(client, link)


def test_times_are_those_of_where_the_patient_lives(client: FlaskClient) -> None:
    request = a_request()
    link = opened(client, request)
    client.post(f"{link}/write", data={"message": "Hello"})
    shown = words_of(page(client, f"{link}/write"))
    local = right_now().astimezone(zone_of(request.patient.postcode))
    assert "UTC" not in shown
    assert f"{local:%-d %B %Y}, {local:%-I}:" in shown


def test_a_month_may_be_written_in_the_language_of_the_page(client: FlaskClient) -> None:
    link = link_to(a_request())
    for month in ("March", "mar", "Marzo"):
        client.post("/track/leave")
        client.get(f"{link}?page-language=es")
        assert client.post(link, data={**BORN, "birth_date.month": month}).status_code == 303, month
    assert client.post(link, data={**BORN, "birth_date.month": "ma"}).status_code == 422


def test_the_page_is_not_kept_and_names_the_emergency_number(client: FlaskClient) -> None:
    answer = client.get(opened(client, a_request()))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "call 911" in answer.text


def test_opening_with_a_link_sends_no_message(client: FlaskClient) -> None:
    request = a_request()
    before = len(db.session.scalars(select(Delivery)).all())
    page(client, opened(client, request))
    assert len(db.session.scalars(select(Delivery)).all()) == before


def test_the_birth_date_of_the_request_is_the_one_that_counts(client: FlaskClient) -> None:
    request = a_request()
    request.patient.birth_date = date(1950, 1, 1)
    assert client.post(link_to(request), data=BORN).status_code == 422


def test_sent_arrived_opened_and_confirmed_by_a_person_are_four_lines(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    assert request.current_task is not None
    request.current_task.opened_at = right_now()
    db.session.commit()
    step(request.id, Action.ACKNOWLEDGE, now=right_now())
    words = words_of(page(client, opened(client, request)))
    lines = [
        "A person at Dr Rivera’s office confirmed",
        "Somebody at Dr Rivera’s office opened",
        "It arrived:",
        "We sent your",
    ]
    places = [words.rindex(line) for line in lines]
    assert places == sorted(places), "the newest first"


def test_a_day_is_that_of_where_the_patient_lives(app: Flask) -> None:
    late = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # Monday evening in San Francisco, Tuesday in Boston
    west = NewPatient(**{**asdict(new_referral().patient), "postcode": "94110"})
    assert standing.timeline(make_request(patient=west, now=late))[-1].at.day == 23
    assert standing.timeline(make_request(now=late))[-1].at.day == 24


def test_which_messages_and_how_can_be_chosen(client: FlaskClient) -> None:
    request = a_request()
    link, request_id = opened(client, request), request.id
    assert "Every step" in page(client, f"{link}/messages")
    assert client.post(f"{link}/messages", data={"which": "important", "by_email": "yes"}).status_code == 303
    assert again(request_id).patient.every_step is False
    refused = client.post(f"{link}/messages", data={"which": "every"})
    assert refused.status_code == 422
    assert "We have no phone number of yours." in refused.text
    assert faults_of(refused.text) == []


def test_the_link_of_a_mail_asks_the_birth_date_and_then_leads_to_the_messages(client: FlaskClient) -> None:
    link = link_to(a_request())
    assert "What is the patient’s birth date?" in page(client, f"{link}/messages")
    answer = client.post(link, data={**BORN, "then": "messages"}, follow_redirects=True)
    assert "How we reach you" in answer.text


def test_a_new_address_counts_when_its_link_was_used(client: FlaskClient) -> None:
    request = a_request()
    link, request_id = opened(client, request), request.id
    new = {"patient.email": "maria@new.example"}
    wrong = client.post(f"{link}/address", data={**new, **BORN, "birth_date.day": "1"})
    assert (wrong.status_code, faults_of(wrong.text)) == (422, [])
    assert client.post(f"{link}/address", data={**new, **BORN}).status_code == 303
    assert "maria@new.example is not confirmed yet." in page(client, f"{link}/messages")
    change = db.session.scalars(select(ContactChange)).one()
    secret = links.token(current_app.extensions["settings"].secret_key, Purpose.ADDRESS, change.id)
    assert "Is this your new address?" in page(client, f"/track/address/{secret}")
    assert again(request_id).patient.email == "maria@sample.example"
    db.session.rollback()
    shown = client.post(f"/track/address/{secret}", follow_redirects=True).text
    assert "Your new address is confirmed" in shown
    assert again(request_id).patient.email == "maria@new.example"


def test_a_new_address_can_be_taken_back(client: FlaskClient) -> None:
    link = opened(client, a_request())
    client.post(f"{link}/address", data={"patient.phone": "617 555 0123", **BORN})
    assert "A coordinator calls it." in page(client, f"{link}/messages")
    assert client.post(f"{link}/address/withdraw").status_code == 303
    assert "not confirmed yet" not in page(client, f"{link}/messages")


def test_nobody_changes_an_address_on_a_device_that_has_not_shown_the_birth_date(client: FlaskClient) -> None:
    link = link_to(a_request())
    for path in ("messages", "address", "address/withdraw", "object"):
        assert client.post(f"{link}/{path}", data=BORN).status_code == 404


def test_the_lost_link_is_answered_alike_whether_there_is_a_request_or_not(client: FlaskClient) -> None:
    a_request()
    assert "Have the link sent again" in page(client, "/track/lost")
    known = client.post("/track/lost", data={"address": "Maria@Sample.example"})
    unknown = client.post("/track/lost", data={"address": "nobody@sample.example"})
    assert known.status_code == unknown.status_code == 200
    assert known.data == unknown.data
    assert [row.template for row in db.session.scalars(select(Delivery)) if row.template == "lost-link"] == [
        "lost-link"
    ]
    assert client.post("/track/lost", data={"address": ""}).status_code == 422


def test_the_time_of_the_answer_does_not_tell_whose_address_is_known(client: FlaskClient) -> None:
    address = a_request().patient.email
    took = []
    for asked in (address, "nobody@sample.example"):
        began = monotonic()
        client.post("/track/lost", data={"address": asked})
        took.append(monotonic() - began)
    assert min(took) >= ALIKE_SECONDS


def test_who_asked_before_is_told_so_but_no_stranger_is(client: FlaskClient) -> None:
    first = a_request().identifier
    second = a_request(confirmed=False)
    link, second_id = opened(client, second), second.id
    assert "You asked already" not in page(client, link)
    step(second_id, Action.CONFIRM_CONTACT, now=right_now())
    assert f"request {first}" in words_of(page(client, link))
    other = a_request(patient=replace(new_referral().patient, email="else@sample.example"))
    assert "You asked already" not in page(client, opened(client, other))


def test_somebody_elses_number_beside_ones_own_address_tells_nothing(client: FlaskClient) -> None:
    patient = replace(new_referral().patient, email="", phone="617 555 0123")
    first = a_request(patient=patient).identifier  # confirmed by a call to that number
    stranger = a_request(patient=replace(patient, email="eve@elsewhere.example"))  # confirmed there
    assert "You asked already" not in page(client, opened(client, stranger))
    second = a_request(patient=patient)
    assert f"request {first}" in words_of(page(client, opened(client, second)))


def test_whoever_helps_hears_of_each_step_once_they_agree(client: FlaskClient) -> None:
    request = make_request(now=right_now())
    address = link_to(request)
    client.post(address, data=BORN)
    born = {key.replace("birth_date", "news.birth_date"): value for key, value in BORN.items()}
    helper = {"news_to": "both", "requester.name": "Eva Sample", "requester.email": "eva@sample.example"}

    undated = client.post(f"{address}/news", data=helper)
    assert 'value="Eva Sample"' in undated.text, "what was typed is not lost by a mistake beside it"
    assert 'value="both" checked' in undated.text
    kept = client.post(f"{address}/news", data={**helper, **born})

    assert (undated.status_code, kept.status_code) == (422, 303)
    assert faults_of(undated.text) == []
    assert "eva@sample.example is not confirmed yet" in words_of(client.get(f"{address}/messages").text)
    (change,) = messages.waiting_changes(request.id, right_now())
    contact.confirm_change(change.id, Acting(Actor.PATIENT, request_id=request.id), right_now())
    page = client.get(f"{address}/messages").text
    assert faults_of(page) == []
    assert "You and Eva Sample hear of each step." in words_of(page)
