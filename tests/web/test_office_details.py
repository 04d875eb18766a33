"""The office's form behind its link: no account, no script, one role, and thanks that say what changed."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import AccessLink, PractitionerRole, ServiceRequest
from referral.services.act import act
from referral.services.effects import Details
from tests.factories import COORDINATOR, make_experience, make_index, make_npi, make_staff
from tests.signing_in import sign_in
from tests.web.office_steps import carry, fresh_role, office_page, office_token, right_now, sent_request
from tests.web.page_rules import faults_of, title_of, words_of

AS_IT_IS = {"accepts_new_patients": "yes", "languages": "English", "remote_opinion": "no"}


def form_of(request: ServiceRequest) -> str:
    """The address of the form of the office that has the request now."""
    return f"{office_page(request)}/details"


def opened(app: Flask, client: FlaskClient, request: ServiceRequest) -> dict[str, str]:
    """Open the request in this browser; what the form holds then."""
    assert client.post(f"/office/{office_token(app, request)}").status_code == 302
    return dict(AS_IT_IS)


def test_the_form_shows_what_the_directory_says_and_nothing_of_the_patient(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app, fresh_role(wait_days=12, languages=["en", "es"]))
    opened(app, client, request)
    assert form_of(request) in client.get(office_page(request)).text
    page = client.get(form_of(request)).text
    assert faults_of(page) == []
    assert 'value="English, Spanish"' in page
    assert 'value="12"' in page
    assert "Cholangiocarcinoma" in page
    assert not [word for word in ("Maria", "Sample", request.identifier) if word in page]


def test_thanks_say_what_changed_and_lead_back(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    as_it_is = opened(app, client, request)
    day = (right_now() + timedelta(days=40)).date()
    changes = {"wait_days": "9", "languages": "english, Spanish", "paused_until": day.isoformat(), "fee_usd": ""}
    answer = client.post(form_of(request), data={**as_it_is, **changes, "not_treated": "CHOL"})
    assert answer.location == f"{form_of(request)}/thanks"
    page = client.get(answer.location)
    words = words_of(page.text)
    assert faults_of(page.text) == []
    for part in (
        "Does not treat here: Cholangiocarcinoma.", "Wait in days: 9.", "Languages: English, Spanish.",
        "by the office itself.", "Back to the request",
    ):  # fmt: skip
        assert part in words
    assert "Fee" not in words
    again = words_of(client.get(answer.location).text)
    assert "Nothing was changed" in again


def test_wrong_input_is_named_and_kept(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    as_it_is = opened(app, client, request)
    answer = client.post(form_of(request), data={**as_it_is, "wait_days": "two weeks"})
    assert answer.status_code == 422
    assert title_of(answer.text).startswith("Error:")
    assert faults_of(answer.text) == []
    assert '<a href="#wait_days">' in answer.text
    assert 'value="two weeks"' in answer.text
    foreign = client.post(form_of(request), data={**as_it_is, "languages": "English, Klingon speech"})
    assert "“Klingon speech” is not a language that we know" in foreign.text


def test_the_link_changes_its_own_role_and_no_other(app: Flask, client: FlaskClient) -> None:
    npi = make_npi()
    request = sent_request(app, fresh_role(), fresh_role(role_id="other", npi=npi))
    as_it_is = opened(app, client, request)
    sent = {**as_it_is, "wait_days": "9", "role_id": "other", "npi": npi}
    assert client.post(form_of(request), data=sent, query_string={"role_id": "other"}).status_code == 302
    other = db.session.get_one(PractitionerRole, "other", populate_existing=True)
    assert request.current_task is not None
    assert (request.current_task.role.wait_days, other.wait_days) == (9, None)


def test_without_an_open_link_there_is_no_form(app: Flask, client: FlaskClient) -> None:
    request = sent_request(app)
    assert client.get(form_of(request)).status_code == 404
    assert client.post(form_of(request), data=AS_IT_IS).status_code == 404
    opened(app, client, request)
    db.session.query(AccessLink).filter_by(request_id=request.id, purpose="office").one().revoked_at = right_now()
    db.session.commit()
    assert client.post(form_of(request), data={**AS_IT_IS, "wait_days": "9"}).status_code == 410
    assert client.get(f"{form_of(request)}/thanks").status_code == 410
    assert request.current_task is not None
    assert request.current_task.role.wait_days is None


def test_an_office_that_declined_can_still_say_what_it_takes(app: Flask, client: FlaskClient) -> None:
    role = fresh_role()
    make_experience(role, "PAAD")
    request = sent_request(app, role, reroute_allowed=False)
    as_it_is = opened(app, client, request)
    act(request.id, Action.DECLINE, COORDINATOR, Details(reason="out-of-scope"), right_now())
    assert form_of(request) in client.get(office_page(request)).text
    assert "Cholangiocarcinoma" not in client.get(form_of(request)).text
    assert client.post(form_of(request), data={**as_it_is, "not_treated": "CHOL"}).status_code == 422
    assert client.post(form_of(request), data={**as_it_is, "not_treated": "PAAD"}).status_code == 302
    assert "Back to the request" not in client.get(f"{form_of(request)}/thanks").text


def test_a_pause_and_what_is_old_stand_in_results_profile_and_desk(app: Flask, client: FlaskClient) -> None:
    day = (right_now() + timedelta(days=40)).date()
    old = (right_now() - timedelta(days=100)).date()
    npi = make_npi()
    paused = fresh_role(family="Okafor", npi=npi, paused_until=day, paused_by="office")
    aging = fresh_role(family="Chen", assured_on=old)
    first = fresh_role()
    for role in (paused, aging, first):
        make_experience(role)
    request = sent_request(app, first, paused, aging)
    act(request.id, Action.DECLINE, COORDINATOR, Details(reason="no-capacity"), right_now())
    carry(app, request)
    act(request.id, Action.DECLINE, COORDINATOR, Details(reason="no-capacity"), right_now())
    address = f"/coordinator/referrals/{request.id}"
    make_index(right_now())
    results = words_of(client.get("/results?cancer=CHOL&near=02115").text)
    assert results.count("Not taking requests until") == 1
    assert "says the office itself" in results
    assert "more than 90 days ago" in results
    profile = words_of(client.get(f"/specialists/{npi}?cancer=CHOL").text)
    assert "Not taking requests until" in profile
    sign_in(client, make_staff())
    desk = words_of(client.get(address).text)
    assert "It takes no requests before" in desk
    assert "On the list: Ana Okafor; takes no requests before" in desk
