import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.domain.opinions import said_of_the_first
from referral.extensions import db
from referral.models import PractitionerRole, RequestDraft, ServiceRequest
from referral.services import consents, drafts
from referral.store import messages
from tests.api.conftest import bearer
from tests.factories import make_index, make_organization
from tests.web.office_steps import fresh_role, right_now
from tests.web.page_rules import faults_of, title_of, words_of
from tests.web.request_steps import (
    ANSWERS,
    boxes,
    chosen_roles,
    code_on,
    fill_in,
    fill_in_all,
    requests_sent,
    send,
    start,
)


def test_from_the_choice_to_the_confirmation(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera", "Okafor"))
    checked = client.get("/request/check").text
    assert faults_of(checked) == []
    assert "1. Ana Rivera" in checked
    assert "born 27 Mar 1961" in words_of(checked)
    confirmation = send(client).text
    assert faults_of(confirmation) == []
    assert len(code_on(confirmation)) == 14
    [request] = requests_sent()
    assert [entry.role_id for entry in request.shortlist] == ["role-rivera", "role-okafor"]
    assert request.patient.birth_date == date(1961, 3, 27)
    assert request.questions == ["Is surgery possible?"]
    assert request.first_opinion["plan"] == "Chemotherapy"
    assert (request.reroute_allowed, request.max_tries, request.max_km) == (True, 3, 400)
    assert {consent.purpose for consent in request.consents} == {"share", "contact", "reroute"}
    assert {consent.text_version for consent in request.consents} == {consents.TEXT}


def test_every_step_is_a_whole_page_with_its_number_and_a_way_back(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera"))
    for number, name in enumerate(ANSWERS, 1):
        page = client.get(f"/request/{name}").text
        assert faults_of(page) == [], name
        assert f"Step {number} of 9" in page
        assert 'class="back"' in page


def test_two_clicks_on_send_are_one_request(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    with client.session_transaction() as session:
        before = {name: session[name] for name in ("draft", "draft_seen")}
    first = send(client).text
    with client.session_transaction() as session:  # the second click left before the first was answered
        session.clear()
        session.update(before)
    second = send(client).text
    assert code_on(first) == code_on(second)
    assert len(requests_sent()) == 1


def test_the_draft_is_gone_once_it_is_sent(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    assert db.session.query(RequestDraft).count() == 1
    db.session.rollback()
    send(client)
    assert db.session.query(RequestDraft).count() == 0


def test_the_cookie_holds_nothing_of_the_answers(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    with client.session_transaction() as session:
        assert set(session) <= {"draft", "draft_seen", "csrf_token", "requests", "_fresh"}
        assert "Maria" not in str(dict(session))
        secret = session["draft"]
    [draft] = db.session.query(RequestDraft).all()
    assert secret not in draft.id


def test_a_draft_is_not_found_by_another_browser(app: Flask, client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    answer = app.test_client().get("/request/check")
    assert answer.status_code == 404
    assert "Maria" not in answer.text
    assert "There is no request in progress" in answer.text
    assert faults_of(answer.text) == []


def test_an_old_draft_is_closed_and_dropped(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera"))
    db.session.query(RequestDraft).one().expires_at = right_now() - timedelta(seconds=1)
    db.session.commit()
    assert client.get("/request/why").status_code == 404
    start(client, ["role-rivera"])
    assert db.session.query(RequestDraft).count() == 1


def test_the_order_is_changed_without_a_script(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera", "Okafor", "Chen"))
    fill_in(client, "specialists", move="down:1")
    fill_in(client, "specialists", move="remove:3")
    fill_in(client, "specialists", move="up:9")
    page = words_of(client.get("/request/specialists").text)
    assert page.index("Ana Okafor") < page.index("Ana Rivera")
    assert "Ana Chen" not in page


def test_more_than_five_specialists_have_to_be_thinned_out(client: FlaskClient) -> None:
    start(client, chosen_roles("One", "Two", "Three", "Four", "Five", "Six"))
    answer = fill_in(client, "specialists")
    assert answer.status_code == 422
    assert "Choose at most 5 specialists. Remove 1." in answer.text
    fill_in(client, "specialists", move="remove:6")
    assert fill_in(client, "specialists").status_code == 303


def test_nobody_chosen_goes_to_a_coordinator(client: FlaskClient) -> None:
    fill_in_all(client, [])
    assert "Nobody chosen: a coordinator looks for you" in client.get("/request/check").text
    assert "looks for a specialist" in words_of(send(client).text)
    assert requests_sent()[0].shortlist == []


def test_a_search_that_finds_nobody_leads_to_a_request_in_the_queue_nobody_found(client: FlaskClient) -> None:
    make_index()
    page = client.post("/results", data={"cancer": "PAST", "near": "02115", "remote": "only"}).text
    assert "Nobody listed here fits" in page
    assert 'formaction="/request/start"' in page
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))

    assert client.post("/request/start", data=carried).status_code == 303
    for name in ANSWERS:
        assert fill_in(client, name).status_code == 303, name
    send(client)

    [request] = requests_sent()
    assert (request.oncotree_code, request.shortlist) == ("PAST", [])
    waiting = client.get("/api/v1/referrals?queue=nobody-found", headers=bearer("coordinator")).get_json()["results"]
    assert [each["id"] for each in waiting] == [str(request.id)]


@pytest.mark.parametrize(
    "step, changes, words",
    [
        ("why", {"situation": "bored"}, "Choose one of the situations"),
        (
            "why",
            {"decision_date__day": "31", "decision_date__month": "2", "decision_date__year": "2030"},
            "Enter the date",
        ),
        ("why", {"decision_date__day": "1", "decision_date__month": "1", "decision_date__year": "2020"}, "in the past"),
        ("first-opinion", {"first_opinion__plan": "x" * 10_000}, "This is too long: at most 4,000 characters."),
        ("first-opinion", {"first_opinion__diagnosis": "bile\x00duct"}, "control characters"),
        ("questions", {"questions": [f"Question {n}?" for n in range(6)]}, "Ask at most 5 questions."),
        ("patient", {"patient__given": ""}, "Enter the patient’s first name."),
        ("patient", {"patient__family": "x" * 300}, "This is too long: at most 200 characters."),
        (
            "patient",
            {"patient__birth_date__day": "31", "patient__birth_date__month": "2"},
            "Enter the birth date with day",
        ),
        ("patient", {"patient__birth_date__year": "1861"}, "within 120 years"),
        ("patient", {"patient__birth_date__year": "2061"}, "must be in the past"),
        ("patient", {"for_other": "yes"}, "Enter your own name"),
        ("contact", {"patient__email": ""}, "Enter an email address or a phone number"),
        ("contact", {"patient__email": "maria at sample"}, "Enter an email address like name@example.com."),
        ("contact", {"patient__phone": "call me"}, "Enter a phone number with area code"),
        ("if-declined", {"reroute__max_tries": "0"}, "Enter a number from 1 to 10."),
        ("if-declined", {"reroute__max_tries": "many"}, "Enter a number from 1 to 10."),
        ("if-declined", {"reroute__max_km": "-5"}, "Enter a distance from 1 to 20,100 km."),
        ("consent", {"consent__share__1": ""}, "Tick the box for Ana Rivera, or take them off the list."),
        ("consent", {"consent__contact_by_email": ""}, "Allow us to write to you"),
    ],
)
def test_what_cannot_be_used_is_said_on_the_page_it_is_asked_on(
    client: FlaskClient, step: str, changes: dict[str, Any], words: str
) -> None:
    start(client, chosen_roles("Rivera"))
    for name in list(ANSWERS)[: list(ANSWERS).index(step)]:
        fill_in(client, name)
    answer = fill_in(client, step, **changes)
    assert answer.status_code == 422
    assert faults_of(answer.text) == []
    assert title_of(answer.text).startswith("Error:")
    assert words in words_of(answer.text).replace("&#39;", "’").replace("'", "’")
    assert (
        answer.text.count(words[:20].replace("’", "&#39;")) + answer.text.count(words[:20]) >= 2
    )  # on top, at the field


def test_each_recipient_is_allowed_by_a_box_of_their_own(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera", "Okafor"))
    for name in list(ANSWERS)[:-1]:
        fill_in(client, name)
    page = client.get("/request/consent").text
    assert faults_of(page) == []
    assert list(boxes(client)) == [
        "consent.share.1", "consent.share.2", "consent.reroute", "consent.contact_by_email",
    ]  # fmt: skip
    assert " checked" not in page
    words = words_of(page)
    assert words.count("Your request and your records, to write a second opinion, for one year") == 2
    wrong = fill_in(client, "consent", consent__share__2="")
    assert (wrong.status_code, faults_of(wrong.text)) == (422, [])
    assert '<a href="#consent-share-2">Tick the box for Ana Okafor, or take them off the list.</a>' in wrong.text
    assert "Tick the box for Ana Rivera" not in wrong.text
    assert wrong.text.count(" checked") == 3, "what was ticked stays ticked"


def test_whom_somebody_does_not_allow_they_take_off_the_list_there(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera", "Okafor"))
    for name in list(ANSWERS)[:-1]:
        fill_in(client, name)
    taken = fill_in(client, "consent", consent__share__2="", move="remove:2", change="yes")
    assert taken.headers["Location"] == "/request/consent?change=yes"
    page = client.get("/request/consent").text
    assert "Okafor" not in page
    assert page.count(" checked") == 3
    assert fill_in(client, "consent").location == "/request/check"
    checked = words_of(client.get("/request/check").text)
    assert "Ana Rivera and their office The next specialist within my limits Each until" in checked
    assert "You may write to me" in checked
    send(client)
    [request] = requests_sent()
    assert {(one.purpose, one.role_id) for one in request.consents} == {
        ("share", "role-rivera"), ("reroute", None), ("contact", None),
    }  # fmt: skip


def test_without_their_box_nobody_beyond_the_list_is_asked(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera"))
    for name in list(ANSWERS)[:-1]:
        fill_in(client, name)
    assert fill_in(client, "consent", consent__reroute="").location == "/request/check"
    assert "Ask me first" in client.get("/request/check").text
    send(client)
    [request] = requests_sent()
    assert not request.reroute_allowed
    assert {one.purpose for one in request.consents} == {"share", "contact"}


def test_a_specialist_who_left_the_directory_meanwhile_is_not_asked_about(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera", "Okafor"))
    for name in list(ANSWERS)[:-1]:
        fill_in(client, name)
    db.session.get_one(PractitionerRole, "role-rivera").retired_at = right_now()
    db.session.commit()
    fill_in(client, "consent")
    send(client)
    [request] = requests_sent()
    assert [entry.role_id for entry in request.shortlist] == ["role-okafor"]


def test_the_enter_key_on_a_page_of_the_request_goes_on(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera", "Okafor"))
    for name in ANSWERS:
        form = client.get(f"/request/{name}").text.partition(f'action="/request/{name}"')[2]
        first = re.findall(r"<button[^>]*>", form)[0]
        assert 'type="submit"' in first, name
        assert " name=" not in first, f"browsers press the first button of the form: {name}"


def test_what_was_typed_is_still_there_after_a_mistake(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera"))
    page = fill_in(client, "patient", patient__birth_date__month="13").text
    assert 'value="Maria"' in page
    assert 'value="13"' in page


def test_a_month_may_be_written_as_a_word(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera"))
    assert fill_in(client, "patient", patient__birth_date__month="March").status_code == 303


def test_who_skips_a_page_is_led_to_it(client: FlaskClient) -> None:
    start(client, chosen_roles("Rivera"))
    assert client.get("/request/check").location == "/request/patient"
    assert client.post("/request/send").location == "/request/patient"
    assert requests_sent() == []


def test_changing_an_answer_leads_back_to_the_last_page(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    assert 'name="change"' in client.get("/request/contact?change=yes").text
    assert fill_in(client, "contact", change="yes", patient__phone="617 555 0123").location == "/request/check"
    assert "617 555 0123" in client.get("/request/check").text


def test_answers_stay_when_other_specialists_are_chosen(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera", "Okafor"))
    start(client, ["role-okafor"])
    fill_in(client, "consent")
    page = client.get("/request/check").text
    assert "Maria Sample" in page
    assert "Ana Rivera" not in page


@pytest.mark.parametrize(
    "change",
    [
        lambda client: start(client, ["role-okafor"]),
        lambda client: fill_in(client, "if-declined", change="yes", reroute__max_tries="10"),
        lambda client: fill_in(client, "patient", change="yes", for_other="yes", requester__name="Jo Sample"),
        lambda client: fill_in(client, "contact", change="yes", patient__email="jo@sample.example"),
    ],
)
def test_a_permission_ends_with_what_it_was_given_for(
    client: FlaskClient, change: Callable[[FlaskClient], object]
) -> None:
    fill_in_all(client, chosen_roles("Rivera", "Okafor"))
    change(client)
    assert "You changed what your permission is for." in send(client).text
    assert " checked" not in client.get("/request/consent").text
    assert requests_sent() == []
    fill_in(client, "consent")
    send(client)
    assert len(requests_sent()) == 1


def test_what_was_changed_in_another_window_is_read_before_it_is_sent(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    read = re.findall(r'name="read" value="(\w+)"', client.get("/request/check").text)
    fill_in(client, "questions", questions="What about my heart?")
    answer = client.post("/request/send", data={"read": read})
    assert answer.status_code == 409
    assert "Your answers were changed meanwhile" in answer.text
    assert "What about my heart?" in answer.text
    assert requests_sent() == []


def test_all_that_was_said_of_the_first_opinion_is_there_before_and_after_sending(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    said = {"diagnosis": "", "plan": "", "biomarkers": "HER2 positive", "prognosis": "Two good years"}
    fill_in(client, "first-opinion", **{f"first_opinion__{name}": text for name, text in said.items()})
    checked = words_of(client.get("/request/check").text)
    assert "Markers: what tests of the tumor found: HER2 positive" in checked
    assert "Two good years" in checked
    send(client)
    [request] = requests_sent()
    assert said_of_the_first(request.first_opinion) == [
        ("Markers: what tests of the tumor found", "HER2 positive"), ("Outlook, in their words", "Two good years"),
    ]  # fmt: skip


def test_the_first_doctor_of_the_search_is_left_out_of_the_request(client: FlaskClient) -> None:
    data = {"cancer": "CHOL", "chosen": chosen_roles("Rivera"), "exclude_npi": "1234567893"}
    client.post("/request/start", data=data)
    for name in ANSWERS:
        fill_in(client, name)
    send(client)
    assert [request.first_opinion["npi"] for request in requests_sent()] == ["1234567893"]


def test_who_works_at_the_place_of_the_first_opinion_is_shown_and_can_be_taken_off(client: FlaskClient) -> None:
    bay = make_organization(name="Bay Cancer Center")
    there = fresh_role(family="Rivera", role_id="there", organization=bay).id
    db.session.commit()
    start(client, [there, *chosen_roles("Okafor")])
    told = fill_in(client, "first-opinion", first_opinion__organization="Bay Cancer Ctr")
    assert told.headers["Location"] == "/request/first-opinion"
    page = client.get("/request/first-opinion").text
    assert faults_of(page) == []
    assert "On your list, and at the place of the first opinion: Ana Rivera Bay Cancer Center" in words_of(page)
    following = fill_in(client, "first-opinion", first_opinion__organization="Bay Cancer Ctr")
    assert following.headers["Location"] == "/request/questions", "who was told may keep them"
    for name in ("why", "questions", "patient", "contact", "if-declined", "consent"):
        fill_in(client, name)
    checked = client.get("/request/check").text
    assert faults_of(checked) == []
    assert "Take off my list" in checked
    taken = client.post("/request/specialists", data={"move": "remove:1", "at_check": "yes"}, follow_redirects=True)
    assert "Ana Rivera" not in taken.text
    with client.session_transaction() as session:
        answers = drafts.read(session["draft"], right_now())
    assert answers is not None
    assert answers["shortlist"] == ["role-okafor"]


def test_in_the_evening_of_boston_the_decision_of_today_is_still_ahead(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("referral.web.clock.now", lambda: datetime(2026, 12, 4, 1, 30, tzinfo=UTC))
    fill_in_all(client, chosen_roles("Rivera"))
    fill_in(client, "contact", patient__postcode="02115")
    day = {"decision_date__day": "3", "decision_date__month": "12", "decision_date__year": "2026"}
    assert fill_in(client, "why", **day).status_code == 303


def test_a_specialist_nobody_knows_is_not_put_on_the_list(client: FlaskClient) -> None:
    start(client, ["role-nobody"])
    assert "You have chosen nobody." in client.get("/request/specialists").text


def test_an_unknown_cancer_starts_nothing(client: FlaskClient) -> None:
    answer = start(client, [], cancer="XYZZY")
    assert answer.status_code == 422
    assert "Search for the cancer first." in answer.text
    assert db.session.query(RequestDraft).count() == 0


def test_a_near_decision_makes_the_request_urgent(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    soon = right_now().date() + timedelta(days=7)
    parts = {"decision_date__day": soon.day, "decision_date__month": soon.month, "decision_date__year": soon.year}
    fill_in(client, "why", **parts)
    send(client)
    assert [request.priority for request in requests_sent()] == ["urgent"]


def test_a_caregiver_is_named_in_the_request(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    fill_in(client, "patient", for_other="yes", requester__name="Jo Sample", requester__relation="daughter")
    fill_in(client, "consent")
    send(client)
    [patient] = [request.patient for request in requests_sent()]
    assert (patient.requester_name, patient.requester_relation) == ("Jo Sample", "daughter")


def test_the_consent_names_each_specialist_and_the_limits(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera", "Okafor"))
    words = words_of(client.get("/request/consent").text)
    assert "Ana Rivera, MD" in words
    assert "Ana Okafor, MD" in words
    assert "At most 3 in all, up to 400 km away" in words


def test_a_phone_alone_is_enough_and_then_we_call(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    fill_in(client, "contact", patient__email="", patient__phone="617 555 0123")
    fill_in(client, "consent", consent__contact_by_email="")
    assert "We call you to confirm your number." in words_of(send(client).text)


def test_a_specialist_who_has_left_meanwhile_is_said_before_sending(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Rivera"))
    db.session.get_one(PractitionerRole, "role-rivera").retired_at = right_now()
    db.session.commit()
    answer = send(client)
    assert answer.status_code == 422
    assert "There is no specialist" in answer.text
    assert db.session.query(ServiceRequest).count() == 0


@pytest.mark.parametrize("path", ["/request/nothing", "/request/send"])
def test_a_step_that_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_who_asks_for_another_says_who_hears_of_it(client: FlaskClient) -> None:
    start(client, chosen_roles("Alpha"))
    for name in ("specialists", "why", "first-opinion", "questions"):
        fill_in(client, name)
    fill_in(client, "patient", for_other="yes", requester__name="Eva Sample", requester__relation="daughter")
    page = client.get("/request/contact").text
    assert "Eva Sample instead" in page
    assert faults_of(page) == []

    missing = fill_in(client, "contact", news_to="both")
    assert (missing.status_code, 'href="#requester-email"' in missing.text) == (422, True)
    assert fill_in(client, "contact", news_to="both", requester__email="eva@sample.example").status_code == 303
    for name in ("if-declined", "consent"):
        fill_in(client, name)
    assert "Both, also eva@sample.example" in client.get("/request/check").text
    sent = send(client)

    assert faults_of(sent.text) == []
    assert "Send your medical records now, or later" in sent.text
    (made,) = requests_sent()
    assert (made.patient.news_to, made.patient.requester_email) == ("both", "")
    assert [one.email for one in messages.waiting_changes(made.id, right_now())] == ["eva@sample.example"]
