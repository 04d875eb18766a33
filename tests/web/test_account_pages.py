"""Staff at their browsers: the first visit, signing in, the own account, and the list of who works here."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.access import accounts
from referral.access.authorize import SYSTEM
from referral.extensions import db
from referral.models import Staff, StaffSession
from referral.services import staff_accounts
from referral.services.forget import forget
from tests.factories import make_organization, make_staff
from tests.signing_in import sign_in
from tests.web.page_rules import faults_of, words_of

PASSWORD = "violet tram window"
OTHER = "seven sugar lanterns"


@pytest.fixture
def casey(app: Flask) -> Staff:
    """Somebody with a password and a code app."""
    staff = make_staff("casey@harbor.example")
    staff.password = accounts.hashed(PASSWORD, staff.email)
    staff.totp_secret = accounts.code_apps().generate_totp_secret()
    db.session.commit()
    return staff


def without_token(page: str) -> str:
    """A page without what is written in other letters each time."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


def right_now() -> datetime:
    return datetime.now(UTC)


def code_of(secret: str, after: timedelta = timedelta()) -> str:
    return str(accounts.code_apps()._totp.from_source(secret).generate(time=right_now() + after).token)


def give_password(client: FlaskClient, email: str = "casey@harbor.example", password: str = PASSWORD) -> str:
    answer = client.post("/sign-in", data={"email": email, "password": password})
    return answer.location or words_of(answer.text)


def come_in(client: FlaskClient, staff: Staff) -> None:
    assert give_password(client) == "/sign-in/code"
    assert staff.totp_secret
    staff.totp_counter = None
    db.session.commit()
    assert client.post("/sign-in/code", data={"code": code_of(staff.totp_secret)}).status_code == 302


def test_strangers_do_not_lock_somebody_out_of_a_browser_they_signed_in_with_before(
    app: Flask, client: FlaskClient, casey: Staff
) -> None:
    come_in(client, casey)
    client.post("/sign-out")
    casey.failed_tries, casey.locked_until = 20, right_now() + timedelta(hours=1)
    db.session.commit()
    assert "are not right" in give_password(app.test_client())
    come_in(client, casey)
    assert casey.locked_until is None


def keeps_the_rules(client: FlaskClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, address
    assert faults_of(page.text) == []
    assert page.headers["Cache-Control"] == "no-store"
    return words_of(page.text)


def test_an_invitation_leads_to_the_desk_with_password_app_and_recovery_codes(client: FlaskClient) -> None:
    secret = staff_accounts.invite("new@harbor.example", "coordinator", None, "", SYSTEM, right_now())
    assert "You are invited" in keeps_the_rules(client, f"/invitation/{secret}")
    assert client.get("/invitation").status_code == 404  # looking at the link alone opens nothing
    assert client.post(f"/invitation/{secret}").location == "/invitation"
    keeps_the_rules(client, "/invitation")
    short = client.post("/invitation", data={"name": "Nora New", "password": "short", "again": "short"})
    assert (short.status_code, faults_of(short.text)) == (422, [])
    assert 'value="Nora New"' in short.text
    differ = client.post("/invitation", data={"name": "Nora", "password": PASSWORD, "again": OTHER})
    assert "The two passwords differ" in differ.text
    answer = client.post("/invitation", data={"name": "Nora New", "password": PASSWORD, "again": PASSWORD})
    assert answer.location == "/account/second-factor"
    page = without_token(client.get("/account/second-factor").text)
    assert without_token(client.get("/account/second-factor").text) == page  # loaded again it shows the same picture
    with client.session_transaction() as session:
        app_secret = session["new_code_app"]
    wrong = client.post("/account/second-factor", data={"code": "000000"})
    assert (wrong.status_code, faults_of(wrong.text)) == (422, [])
    assert client.post("/account/second-factor", data={"code": code_of(app_secret)}).location == (
        "/account/recovery-codes"
    )
    assert "You are signed in as Nora New." in keeps_the_rules(client, "/account/recovery-codes")
    codes = re.findall("[A-Z2-7]{4}(?:-[A-Z2-7]{4}){5}", client.post("/account/recovery-codes").text)
    assert len(codes) == 10
    assert not [code for code in codes if code in client.get("/account/recovery-codes").text]
    assert client.get("/coordinator/").status_code == 200
    assert "This invitation is over" in client.get(f"/invitation/{secret}").text
    assert client.post(f"/invitation/{secret}").status_code == 404


def test_without_a_second_factor_nothing_but_its_enrolment_can_be_reached(app: Flask, client: FlaskClient) -> None:
    staff = make_staff("nora@harbor.example", "admin")
    sign_in(client, staff, complete=False)
    addresses = [
        rule.rule for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
        and rule.rule.startswith(("/admin", "/coordinator", "/account"))
    ]  # fmt: skip
    assert len(addresses) > 8
    opened = [address for address in addresses if client.get(address).status_code == 200]
    assert opened == ["/account/second-factor"]
    assert client.get("/sign-in").location == "/account/second-factor"
    assert client.post("/account/recovery-codes").status_code == 302
    assert client.get("/sign-in/code").status_code == 404


def test_who_has_a_second_factor_cannot_enrol_another_halfway(client: FlaskClient, casey: Staff) -> None:
    assert give_password(client) == "/sign-in/code"
    keeps_the_rules(client, "/sign-in/code")
    for address in ("/account/second-factor", "/account/", "/account/recovery-codes", "/coordinator/"):
        assert client.get(address).location == "/sign-in"
    assert client.get("/sign-in").location == "/sign-in/code"


def test_password_and_code_lead_to_the_page_somebody_came_for(client: FlaskClient, casey: Staff) -> None:
    client.get("/coordinator/?queue=breached")
    assert give_password(client, " CASEY@Harbor.example", PASSWORD) == "/sign-in/code"
    assert casey.totp_secret
    answer = client.post("/sign-in/code", data={"code": code_of(casey.totp_secret)})
    assert answer.location == "/coordinator/?queue=breached"


def test_whoever_is_refused_reads_the_same_whatever_the_reason(client: FlaskClient, casey: Staff) -> None:
    def answer(email: str, password: str) -> str:
        page = client.post("/sign-in", data={"email": email, "password": password})
        assert page.status_code == 422
        return without_token(page.text.replace(email, ""))

    unknown = answer("nobody@harbor.example", PASSWORD)
    wrong = answer(casey.email, "wrong")
    casey.active = False
    db.session.commit()
    closed = answer(casey.email, PASSWORD)
    casey.active, casey.locked_until = True, right_now() + timedelta(minutes=1)
    db.session.commit()
    locked = answer(casey.email, PASSWORD)
    invited = make_staff("new@harbor.example")
    db.session.commit()
    assert {unknown, wrong, closed, locked, answer(invited.email, "")} == {unknown}
    assert faults_of(unknown) == []


@pytest.mark.parametrize("email", ["casey@harbor.example", "nobody@harbor.example"])
def test_the_eleventh_try_in_a_minute_has_to_wait(client: FlaskClient, casey: Staff, email: str) -> None:
    places = [f"192.0.2.{n}" for n in range(11)]  # the account is counted wherever the tries come from
    answers = [
        client.post("/sign-in", data={"email": email, "password": "wrong"}, environ_base={"REMOTE_ADDR": place})
        for place in places
    ]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_one_address_may_try_ten_accounts_a_minute(client: FlaskClient) -> None:
    answers = [client.post("/sign-in", data={"email": f"n{n}@b.example", "password": "x"}) for n in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_a_session_somebody_planted_is_not_the_one_after_signing_in(client: FlaskClient, casey: Staff) -> None:
    with client.session_transaction() as session:
        session["staff_session"] = session["office_link_id"] = "planted"
    come_in(client, casey)
    with client.session_transaction() as session:
        assert session["staff_session"] != "planted"
        assert "office_link_id" not in session


def test_a_cookie_kept_from_before_signing_out_opens_nothing(client: FlaskClient, casey: Staff) -> None:
    come_in(client, casey)
    kept = client.get_cookie("session")
    assert kept
    client.post("/sign-out")
    client.set_cookie("session", kept.value)
    assert client.get("/coordinator/").location == "/sign-in"


def test_another_password_ends_the_other_sessions_and_renews_this_one(
    app: Flask, client: FlaskClient, casey: Staff
) -> None:
    elsewhere = app.test_client()
    come_in(elsewhere, casey)
    come_in(client, casey)
    kept = client.get_cookie("session")
    assert kept
    both = {"password": OTHER, "again": OTHER}
    assert client.post("/account/password", data={"current": "wrong", **both}).status_code == 422
    weak = client.post(
        "/account/password", data={"current": PASSWORD, "password": "cancer123456", "again": "cancer123456"}
    )
    assert (weak.status_code, faults_of(weak.text)) == (422, [])
    assert elsewhere.get("/coordinator/").status_code == 200
    assert client.post("/account/password", data={"current": PASSWORD, **both}).status_code == 302
    assert elsewhere.get("/coordinator/").location == "/sign-in"
    assert client.get("/coordinator/").status_code == 200
    client.set_cookie("session", kept.value)
    assert client.get("/coordinator/").location == "/sign-in"
    assert give_password(elsewhere, password=PASSWORD).startswith("Error")
    assert give_password(elsewhere, password=OTHER) == "/sign-in/code"


def test_somebody_signs_out_elsewhere_but_never_others(app: Flask, client: FlaskClient, casey: Staff) -> None:
    first, second, other = (app.test_client() for _ in range(3))
    come_in(client, casey)
    begun = sign_in(first, casey).id
    sign_in(second, casey)
    foreign = sign_in(other, make_staff("lee@harbor.example")).id
    page = keeps_the_rules(client, "/account/")
    assert page.count("Firefox on Linux") == 4  # twice as the name of a row, twice on its button
    for session_id in (begun, foreign):
        client.post("/account/sessions", data={"session": str(session_id)})
    assert first.get("/coordinator/").location == "/sign-in"
    assert (second.get("/coordinator/").status_code, other.get("/coordinator/").status_code) == (200, 200)
    client.post("/account/sessions")
    assert second.get("/coordinator/").location == "/sign-in"
    assert (client.get("/coordinator/").status_code, other.get("/coordinator/").status_code) == (200, 200)


def test_a_closed_account_is_out_with_the_next_page(client: FlaskClient, casey: Staff) -> None:
    come_in(client, casey)
    casey.active = False
    db.session.commit()
    assert client.get("/coordinator/").location == "/sign-in"


def test_fourteen_minutes_without_a_page_are_fine_and_fifteen_are_not(client: FlaskClient, casey: Staff) -> None:
    begun = sign_in(client, casey, now=right_now() - timedelta(minutes=14))
    assert client.get("/coordinator/").status_code == 200
    assert right_now() - begun.seen_at < timedelta(minutes=1)
    begun.seen_at = right_now() - timedelta(minutes=15)
    db.session.commit()
    assert client.get("/coordinator/").location == "/sign-in"


def test_after_twelve_hours_even_the_busiest_signs_in_again(client: FlaskClient, casey: Staff) -> None:
    begun = sign_in(client, casey)
    begun.created_at = right_now() - timedelta(hours=12)
    db.session.commit()
    assert client.get("/coordinator/").location == "/sign-in"


def test_a_second_factor_is_changed_only_with_the_password_given_again(client: FlaskClient, casey: Staff) -> None:
    begun = sign_in(client, casey)
    begun.confirmed_at = right_now() - timedelta(minutes=10)
    db.session.commit()
    to_confirm = "/account/confirm?then=own_account.enrol_page"
    assert client.get("/account/second-factor").location == to_confirm
    for address in ("/account/second-factor", "/account/recovery-codes", "/account/keys/question", "/account/keys"):
        assert client.post(address).status_code == 404
    keeps_the_rules(client, to_confirm)
    assert client.post(to_confirm, data={"current": "wrong"}).status_code == 422
    again = {"current": PASSWORD, "then": "own_account.enrol_page"}
    assert client.post("/account/confirm", data=again).location == "/account/second-factor"
    keeps_the_rules(client, "/account/second-factor")
    assert client.post("/account/confirm", data={**again, "then": "https://evil.example"}).location == "/account/"


def test_a_made_up_person_has_sessions_but_no_password(client: FlaskClient) -> None:
    sign_in(client, make_staff("dana@demo.example", "lead", demo=True))
    assert "Change the password" not in keeps_the_rules(client, "/account/")
    assert [client.get(f"/account/{page}").status_code for page in ("second-factor", "recovery-codes")] == [404] * 2
    assert client.post("/account/password", data={"current": "", "password": OTHER, "again": OTHER}).status_code == 422


def test_answers_of_keys_that_nobody_asked_are_refused(client: FlaskClient, casey: Staff) -> None:
    give_password(client)
    for answer in ("", "[]", '{"id": "x"}', '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}'):
        assert client.post("/sign-in/key", data={"answer": answer}).status_code == 422
    sign_in(client, casey)
    client.post("/account/keys/question")
    for answer in ("", "[]", "{}", '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}'):
        assert client.post("/account/keys", data={"answer": answer, "name": "key"}).status_code == 422


def test_an_admin_invites_closes_opens_and_begins_anew(app: Flask, client: FlaskClient, casey: Staff) -> None:
    ines, nora = make_staff("ines@harbor.example", "admin"), app.test_client()
    make_organization("harbor")
    sign_in(client, ines)
    keeps_the_rules(client, "/admin/staff/")
    form = {"email": "Nora@harbor.example", "name": "Nora New", "role": "auditor", "organization": "harbor"}
    page = client.post("/admin/staff/", data=form)
    assert (page.status_code, faults_of(page.text)) == (200, [])
    link = re.search("http://localhost:5000(/invitation/[^<]+)<", page.text)
    assert link
    assert nora.post(link[1]).status_code == 302
    assert link[1] not in client.get("/admin/staff/").text
    assert client.post("/admin/staff/", data=form).status_code == 422
    come_in(nora, casey)
    for do, says in (("sign-out", "is signed out everywhere"), ("disable", "is closed"), ("enable", "is open"),
                     ("reset", "/invitation/")):  # fmt: skip
        assert says in client.post(f"/admin/staff/{casey.id}", data={"do": do}).text
        assert nora.get("/coordinator/").location == "/sign-in"
    assert client.post(f"/admin/staff/{casey.id}", data={"do": "role", "role": "lead"}).status_code == 200
    assert casey.role == "lead"
    for staff, role in ((casey, "patient"), (ines, "auditor")):  # not a role of staff, and not one's own
        assert client.post(f"/admin/staff/{staff.id}", data={"do": "role", "role": role}).status_code == 422
    assert client.post(f"/admin/staff/{casey.id}", data={"do": "nothing"}).status_code == 400
    assert client.post("/admin/staff/nobody", data={"do": "disable"}).status_code == 404


def test_a_lead_sees_the_own_organization_and_changes_nothing(client: FlaskClient) -> None:
    make_organization("harbor")
    lead = make_staff("lea@harbor.example", "lead", organization_id="harbor")
    near = make_staff("near@harbor.example", organization_id="harbor")
    make_staff("far@river.example")
    sign_in(client, lead)
    page = keeps_the_rules(client, "/admin/staff/")
    assert near.email in page
    assert "far@river.example" not in page
    assert client.post(f"/admin/staff/{near.id}", data={"do": "disable"}).status_code == 404
    assert client.post("/admin/staff/", data={}).status_code == 404


@pytest.mark.parametrize("role", ["coordinator", "auditor"])
def test_for_other_roles_the_list_of_staff_does_not_exist(client: FlaskClient, role: str) -> None:
    assert client.get("/admin/staff/").location == "/sign-in"
    sign_in(client, make_staff(role=role))
    assert client.get("/admin/staff/").status_code == 404


def test_old_sign_ins_are_forgotten(client: FlaskClient, casey: Staff) -> None:
    sign_in(client, casey, now=right_now() - timedelta(days=31))
    sign_in(client, casey)
    forget(right_now())
    assert db.session.query(StaffSession).count() == 1
