"""Patients with an account: making it, what it opens and what not, signing in and out, a lost password, its end."""

import io
import json
import re
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.access import accounts, known_browser, sessions
from referral.access.authorize import Acting
from referral.domain.codes import Actor, NewsTo
from referral.domain.errors import Invalid
from referral.domain.lifecycle import Action
from referral.domain.retention import Kept, periods
from referral.extensions import db
from referral.models import Delivery, PatientAccount, PatientAccountLink, PatientSession, ServiceRequest
from referral.services import contact, erase, patient_accounts, retention, sign_in
from referral.services.compose import compose
from referral.services.export_request import export
from referral.services.forget import forget
from referral.store import messages
from referral.store import patient_accounts as store
from tests.factories import COORDINATOR
from tests.services.journeys import again, patient, send_due, step
from tests.signing_in import PASSWORD, account_of, sign_in_to_account
from tests.web.office_steps import right_now
from tests.web.page_rules import faults_of, words_of
from tests.web.test_track_pages import BIRTH_DATE, BORN, a_request, link_to, opened, page

OTHER = "seven sugar lanterns"
MARIA = "maria@home.example"
NEW = {"password": PASSWORD, "again": PASSWORD}


def in_mail(template: str) -> str:
    """The path of the link in the newest message of this kind, and that it went to the account's address."""
    newest = select(Delivery).where(Delivery.template == template).order_by(Delivery.created_at.desc())
    delivery = db.session.scalars(newest).first()
    assert delivery is not None
    mail = compose(delivery, current_app.extensions["settings"], right_now())
    assert mail.to.lower() == MARIA
    found = re.search(r"(/track/account/set/\S+)", mail.text)
    assert found is not None
    return found[1]


def give_password(client: FlaskClient, password: str = PASSWORD, email: str = MARIA) -> tuple[int, str]:
    """The status of signing in, and where it leads or what it says."""
    answer = client.post("/track/account/sign-in", data={"email": email, "password": password})
    return answer.status_code, answer.location or re.sub(r'value="[^"]*"', "", words_of(answer.text))


def code_of(account: PatientAccount, after: timedelta = timedelta()) -> str:
    assert account.totp_secret
    return str(accounts.code_apps()._totp.from_source(account.totp_secret).generate(time=right_now() + after).token)


def listed(email: str = MARIA) -> list[UUID]:
    """The requests that the account of this address opens now."""
    account = store.by_email(email)
    return [one.id for one in patient_accounts.requests_of(account)] if account else []


def is_out(client: FlaskClient, link: str) -> bool:
    """Whether this browser is asked for the birth date, or to sign in."""
    return BIRTH_DATE in client.get(link).text and client.get("/track/account").location == "/track/account/sign-in"


def test_an_account_is_made_from_the_page_of_a_request_and_opens_it_without_the_birth_date(app_on_both: Flask) -> None:
    client, request = app_on_both.test_client(), a_request()
    link = opened(client, request)
    assert "Keep it in an account" in page(client, link)
    assert "You do not need one" in page(client, f"{link}/account")
    assert client.post(f"{link}/account", data={"email": "no address"}).status_code == 422
    sent = client.post(f"{link}/account", data={"email": "Maria@Home.example"})
    assert "Look into your messages" in sent.text
    path = in_mail("account-link")
    elsewhere = app_on_both.test_client()
    assert "Choose a password" in page(elsewhere, path)
    for wrong in ({**BORN, **NEW, "birth_date.day": "28"}, {**BORN, **NEW, "again": OTHER},
                  {**BORN, "password": "short", "again": "short"}):  # fmt: skip
        refused = elsewhere.post(path, data=wrong)
        assert (refused.status_code, faults_of(refused.text)) == (422, [])
    assert elsewhere.get("/track/account").location == "/track/account/sign-in"
    assert elsewhere.post(path, data={**BORN, **NEW}).location == "/track/account"
    assert elsewhere.get(path).status_code == elsewhere.post(path, data={**BORN, **NEW}).status_code == 404

    client = app_on_both.test_client()
    assert give_password(client, email="MARIA@home.example ") == (303, "/track/account")
    shown = words_of(page(client, "/track/account"))
    assert f"Request {request.identifier}" in shown
    assert "A coordinator checks it and sends it on by" in shown
    assert "bile ducts" in shown  # the cancer in plain words
    assert client.get(f"/track/account/requests/{request.id}").location == link
    assert "Your requests" in page(client, link)
    assert "This request is in your account" in page(client, f"{link}/account")


def test_too_many_wrong_birth_dates_end_the_link(app: Flask) -> None:
    request = a_request()
    patient_accounts.ask_for_link(request.id, patient(request.id), MARIA, app.secret_key, right_now())  # type: ignore[arg-type]  # it has one
    token = in_mail("account-link").rpartition("/")[2]
    for _ in range(patient_accounts.MOST_TRIES):
        with app.test_request_context(), pytest.raises(Invalid):
            patient_accounts.set_password(token, PASSWORD, None, right_now())
    assert patient_accounts.link_behind(token, right_now()) is None


def test_whether_an_address_has_an_account_only_its_owner_learns(client: FlaskClient, app: Flask) -> None:
    account_of(a_request().id, email=MARIA)
    link = opened(client, a_request())
    answers = [client.post(f"{link}/account", data={"email": email}) for email in ("new@home.example", MARIA)]
    assert answers[0].text.replace("new@", "maria@") == answers[1].text
    path = in_mail("account-link")
    assert "You have an account already" in page(client, path)
    assert client.post(path, data={**BORN, "password": OTHER, "again": OTHER}).status_code == 404
    asked = [client.post("/track/account/lost", data={"email": email}) for email in ("nobody@home.example", MARIA)]
    assert re.sub(r'value="[^"]*"', "", asked[0].text) == re.sub(r'value="[^"]*"', "", asked[1].text)
    unknown, known = (give_password(app.test_client(), OTHER, email) for email in ("nobody@home.example", MARIA))
    assert unknown == (422, known[1].replace(MARIA, "nobody@home.example"))


def test_a_request_that_was_opened_is_put_into_the_account_and_taken_out_again(client: FlaskClient) -> None:
    first, second = a_request(), a_request()
    account = account_of(first.id, email=MARIA)
    link = opened(client, second)
    page(client, f"{link}/account")
    assert give_password(client) == (303, f"{link}/account")  # back to where they came from
    assert "Put this request into your account" in page(client, f"{link}/account")
    assert "It is in your account now" in client.post(f"{link}/account", follow_redirects=True).text
    assert listed() == [second.id, first.id]
    told = [one.template for one in messages.of_request(second.id)]
    assert told == ["account-added", "received"]  # to the address of the request, which is another one
    client.post(f"{link}/account/take-out", data={"account": str(account.id)})
    assert listed() == [first.id]


def left_by_coordinator(request_id: UUID) -> None:
    contact.end_links_of_patient(request_id, COORDINATOR, right_now())


def left_by_new_address(request_id: UUID) -> None:
    born, secret = again(request_id).patient.birth_date, "test-secret-key-0123456789"
    asked = contact.ask_for_change(request_id, patient(request_id), "new@home.example", "", born, secret, right_now())
    contact.confirm_change(asked.id, patient(request_id), right_now())


def left_by_erasing(request_id: UUID) -> None:
    step(request_id, Action.CANCEL)
    send_due()
    erase.erase(request_id, right_now(), "test")


def left_by_news(request_id: UUID) -> None:
    request = again(request_id)
    request.patient.requester_email, request.patient.news_to = MARIA, NewsTo.PATIENT
    db.session.commit()


def test_what_ends_a_patients_links_ends_what_an_account_opens(app_on_both: Flask) -> None:
    client, stays = app_on_both.test_client(), a_request().id
    sign_in_to_account(client, account_of(stays, email=MARIA))
    for leave in (left_by_coordinator, left_by_new_address, left_by_erasing, left_by_news):
        request_id, account = a_request().id, store.by_email(MARIA)
        assert account is not None
        store.put(account.id, request_id, right_now())
        db.session.commit()
        link = client.get(f"/track/account/requests/{request_id}").location
        assert BIRTH_DATE not in client.get(link).text
        leave(request_id)
        assert listed() == [stays], leave.__name__
        assert client.get(f"/track/account/requests/{request_id}").status_code == 404
        answer = client.get(link)
        assert answer.status_code == 404 or BIRTH_DATE in answer.text
    left_by_coordinator(stays)
    assert "There is no request in your account" in page(client, "/track/account")


def test_the_account_of_the_new_address_goes_on(app: Flask) -> None:
    request_id = a_request().id
    account_of(request_id, email="new@home.example")
    left_by_new_address(request_id)
    assert listed("new@home.example") == [request_id]


def test_an_account_goes_with_its_last_request_and_an_empty_one_after_thirty_days(app_on_both: Flask) -> None:
    first, second = a_request().id, a_request().id
    account_of(first, email=MARIA)
    emptied = account_of(second, email="other@home.example")
    store.take_out(second, [emptied.id], right_now())
    db.session.commit()
    left_by_erasing(first)
    assert [one.email for one in db.session.scalars(select(PatientAccount))] == ["other@home.example"]

    def gone(days: int) -> dict[Kept, int]:
        done = retention.run(periods({}), right_now() + timedelta(days=days), dry=False)
        return {one.period.kept: one.gone for one in done}

    assert [gone(days)[Kept.ACCOUNTS] for days in (29, 31)] == [0, 1]
    assert db.session.scalars(select(PatientAccount)).all() == []


def test_a_lost_password_is_replaced_by_mailbox_and_birth_date_and_ends_every_session(
    client: FlaskClient, app: Flask
) -> None:
    request = a_request()
    link, account = link_to(request), account_of(request.id, email=MARIA)
    sign_in_to_account(client, account)
    elsewhere = app.test_client()
    assert "a link is on its way" in elsewhere.post("/track/account/lost", data={"email": MARIA}).text
    path = in_mail("account-password")
    new = {"password": OTHER, "again": OTHER}
    assert elsewhere.post(path, data={**BORN, **new, "birth_date.year": "1962"}).status_code == 422
    assert not is_out(client, link)
    account.totp_secret = accounts.code_apps().generate_totp_secret()
    db.session.commit()
    assert elsewhere.post(path, data={**BORN, **new}).location == "/track/account/sign-in/code"
    assert is_out(client, link)
    assert [give_password(client, password)[0] for password in (PASSWORD, OTHER)] == [422, 303]


def test_ten_wrong_passwords_lock_the_account_for_the_right_one(app: Flask) -> None:
    account = account_of(email=MARIA)
    now = right_now()
    with app.test_request_context():
        for _ in range(10):
            assert sign_in.to_patients_account(MARIA, OTHER, now) is None
        assert sign_in.to_patients_account(MARIA, PASSWORD, now) is None
        assert (account.failed_tries, account.locked_until) == (10, now + timedelta(minutes=1))
        assert sign_in.to_patients_account(MARIA, PASSWORD, now + timedelta(seconds=61)) is not None


def test_a_second_step_is_offered_and_then_needed(client: FlaskClient, app: Flask) -> None:
    request = a_request()
    link, account = link_to(request), account_of(request.id, email=MARIA)
    sign_in_to_account(client, account)
    assert "Set up a code app" in page(client, "/track/account/settings")
    asked = "/track/account/settings/second-step"
    page(client, asked)
    with client.session_transaction() as kept:
        account.totp_secret = kept[sessions.NEW_APP]
    code = code_of(account)
    db.session.rollback()
    assert client.post(asked, data={"code": code, "current": OTHER}).status_code == 422
    made = client.post(asked, data={"code": code, "current": PASSWORD})
    codes = re.findall(r"<code>([A-Z2-7-]+)</code>", made.text)
    assert (len(codes), faults_of(made.text)) == (10, [])

    other = app.test_client()
    assert give_password(other) == (303, "/track/account/sign-in/code")
    page(other, "/track/account/sign-in/code")
    assert is_out(other, link)  # halfway opens nothing
    assert other.post("/track/account/sign-in/code", data={"code": code}).status_code == 422  # it was taken
    assert other.post("/track/account/sign-in/code", data={"code": codes[0]}).location == "/track/account"
    again_ = app.test_client()
    give_password(again_)
    assert again_.post("/track/account/sign-in/code", data={"code": codes[0]}).status_code == 422
    step_ = timedelta(seconds=30)
    assert again_.post("/track/account/sign-in/code", data={"code": code_of(account, step_)}).status_code == 303
    assert "9 of them are unused" in words_of(page(other, asked))
    assert len(re.findall("<code>", other.post("/track/account/settings/recovery-codes",
                                               data={"codes.current": PASSWORD}).text)) == 10  # fmt: skip
    assert other.post(f"{asked}/remove", data={"remove.current": PASSWORD}).status_code == 303
    assert is_out(again_, link)
    assert give_password(app.test_client()) == (303, "/track/account")


def test_sessions_end_when_idle_after_half_a_day_and_where_somebody_says_so(client: FlaskClient, app: Flask) -> None:
    request = a_request()
    link, account = link_to(request), account_of(request.id, email=MARIA)
    begun = sign_in_to_account(client, account)
    now, second = begun.seen_at, timedelta(seconds=1)
    assert sessions.counts(begun, now + timedelta(minutes=30) - second)
    assert not sessions.counts(begun, now + timedelta(minutes=30))
    begun.seen_at = now + timedelta(hours=12)
    assert sessions.counts(begun, now + timedelta(hours=12) - second)
    assert not sessions.counts(begun, now + timedelta(hours=12))
    begun.seen_at = now - timedelta(minutes=31)
    db.session.commit()
    refused = client.post(f"{link}/cancel")
    assert (refused.status_code, "You were away for a while" in refused.text) == (403, True)
    copied, other = app.test_client(), app.test_client()
    for browser in (client, copied, other):
        sign_in_to_account(browser, account)
    changed = {"current": PASSWORD, "password": OTHER, "again": OTHER}
    assert client.post("/track/account/settings/password", data={**changed, "current": OTHER}).status_code == 422
    assert client.post("/track/account/settings/password", data=changed).status_code == 303
    assert [is_out(browser, link) for browser in (client, copied, other)] == [False, True, True]
    give_password(other, OTHER)
    assert client.post("/track/account/settings/sign-out-everywhere").status_code == 303
    assert [is_out(browser, link) for browser in (client, other)] == [True, True]
    give_password(client, OTHER)
    client.post("/track/account/sign-out")
    assert is_out(client, link)
    assert all(one.ended_at for one in db.session.scalars(select(PatientSession)) if one.id != begun.id)


def test_a_deleted_account_leaves_the_requests_to_their_links(client: FlaskClient) -> None:
    request = a_request()
    link, account = link_to(request), account_of(request.id, email=MARIA)
    sign_in_to_account(client, account)
    page(client, "/track/account/settings/delete")
    assert client.post("/track/account/settings/delete", data={"current": OTHER}).status_code == 422
    assert "Your account is deleted" in client.post(
        "/track/account/settings/delete", data={"current": PASSWORD}, follow_redirects=True
    ).text  # fmt: skip
    assert [*db.session.scalars(select(PatientAccount)), *db.session.scalars(select(PatientSession))] == []
    assert is_out(client, link)
    assert client.post(link, data=BORN).status_code == 303


def test_the_address_stands_sealed_and_in_the_patients_own_file(app: Flask) -> None:
    request, sink = a_request(), io.BytesIO()
    account = account_of(request.id, email=MARIA)
    kept = db.session.execute(select(PatientAccount.__table__)).one()
    assert MARIA not in repr(kept)
    export(request.id, sink, right_now())
    with zipfile.ZipFile(sink) as archive:
        told = json.loads(archive.read("request.json"))["accounts"]
    assert [one["email"] for one in told] == [account.email] == [MARIA]


def test_nobody_is_written_to_again_and_again(app: Flask) -> None:
    request, secret, now = a_request(), "test-secret-key-0123456789", right_now()
    acting = Acting(Actor.PATIENT, request_id=request.id)
    for _ in range(patient_accounts.MOST_LINKS_A_DAY):
        patient_accounts.ask_for_link(request.id, acting, MARIA, secret, now)
    with pytest.raises(Invalid):
        patient_accounts.ask_for_link(request.id, acting, MARIA, secret, now)
    other = a_request()
    patient_accounts.ask_for_link(other.id, Acting(Actor.PATIENT, request_id=other.id), MARIA, secret, now)
    assert len(db.session.scalars(select(PatientAccountLink)).all()) == patient_accounts.MOST_LINKS_A_DAY


def test_the_requests_of_an_account_are_said_in_spanish(client: FlaskClient) -> None:
    request: ServiceRequest = a_request()
    sign_in_to_account(client, account_of(request.id, email=MARIA))
    shown = client.get("/track/account", headers={"Accept-Language": "es"}).text
    assert "Sus solicitudes" in shown
    assert 'lang="es"' in shown


def test_dates_are_not_guessed_on_with_one_new_link_after_another(app: Flask) -> None:
    account, now = account_of(a_request().id, email=MARIA), right_now()
    secret, count = str(app.secret_key), select(PatientAccountLink)
    for day in range(4):
        at = now + timedelta(days=2 * day)
        patient_accounts.send_password_link(MARIA, secret, at)
        forget(at)
        for link in db.session.scalars(count.where(PatientAccountLink.tries == 0)):
            link.tries = patient_accounts.MOST_TRIES
        db.session.commit()
    assert store.tries_of(account.id) == patient_accounts.MOST_TRIES_IN_ALL
    forget(now + timedelta(days=40))
    assert store.tries_of(account.id) == 0


def test_strangers_do_not_lock_a_patient_out_of_a_browser_they_signed_in_with_before(
    client: FlaskClient, app: Flask
) -> None:
    account = account_of(email=MARIA)
    assert give_password(client)[0] == 303
    client.post("/track/account/sign-out")
    account.failed_tries, account.locked_until = 20, right_now() + timedelta(hours=1)
    db.session.commit()
    assert give_password(app.test_client())[0] == 422
    taken = app.test_client()
    cookie = client.get_cookie("known-patient")
    assert cookie is not None
    taken.set_cookie("known", cookie.value)
    assert give_password(taken)[0] == 422, "one kind of cookie does not stand for the other"
    with app.test_request_context(headers={"Cookie": f"known={cookie.value}"}):
        assert not known_browser.known_as(MARIA)
    assert give_password(client, email="other@home.example")[0] == 422
    assert give_password(client)[0] == 303


def test_who_leaves_takes_the_page_along_that_they_came_for(client: FlaskClient) -> None:
    link = opened(client, a_request())
    page(client, f"{link}/account")
    client.post("/track/leave")
    with client.session_transaction() as session:
        assert link not in str(dict(session))
