import os
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from referral.extensions import db
from referral.models import Staff
from tests.factories import make_staff
from tests.servers.databases import DatabaseMaker
from tests.signing_in import sign_in
from tests.web.page_rules import faults_of


@pytest.fixture
def real_client(make_database: DatabaseMaker, tmp_path: Path) -> Iterator[FlaskClient]:
    """A browser on a service that is not a demo."""
    made = create_app(
        {"DATABASE_URL": make_database("sqlite"), "DATA_DIR": str(tmp_path), "DEMO": "0", "REDIS_URL": ""}
    )
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with made.app_context():
        yield made.test_client()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def dana(client: FlaskClient) -> Staff:
    """A made-up lead; the application is there."""
    return make_staff("dana@demo.example", "lead", demo=True)


def write_mail(app: Flask, text: str, key: str = "a" * 64, age: int = 0) -> None:
    folder = app.extensions["settings"].data_dir / "mail"
    folder.mkdir(exist_ok=True)
    message = EmailMessage(policy=SMTP)
    message["To"], message["Subject"] = "office@harbor.example", f"Message {key[0]}"
    message.set_content(text)
    path = folder / f"{key}.eml"
    path.write_bytes(message.as_bytes())
    os.utime(path, (1_800_000_000 - age, 1_800_000_000 - age))


def test_one_button_signs_in_as_a_made_up_person(client: FlaskClient, dana: Staff) -> None:
    assert "Be Dana" in client.get("/demo").text
    answer = client.post("/demo/sign-in", data={"person": str(dana.id)})
    assert answer.location == "/coordinator/"
    assert "You are signed in as Dana." in client.get("/coordinator/").text


def test_signing_in_leads_back_to_the_page_somebody_came_for(client: FlaskClient, dana: Staff) -> None:
    client.get("/coordinator/?queue=breached")
    assert client.post("/demo/sign-in", data={"person": str(dana.id)}).location == "/coordinator/?queue=breached"


def test_signing_in_begins_a_new_session(client: FlaskClient, dana: Staff) -> None:
    with client.session_transaction() as session:
        session["office_link_id"] = "somebody's"
    client.post("/demo/sign-in", data={"person": str(dana.id)})
    with client.session_transaction() as session:
        assert "office_link_id" not in session
        assert str(dana.id) not in str(session)  # who it is stands in the database alone


def test_signing_out_ends_it(client: FlaskClient, dana: Staff) -> None:
    client.post("/demo/sign-in", data={"person": str(dana.id)})
    client.post("/sign-out")
    assert client.get("/coordinator/").location == "/sign-in"


def test_an_auditor_lands_on_the_audit_trail(client: FlaskClient) -> None:
    auditor = make_staff("jo@demo.example", "auditor", demo=True)
    assert client.post("/demo/sign-in", data={"person": str(auditor.id)}).location == "/audit/"


def test_real_staff_cannot_be_taken_by_the_button(client: FlaskClient) -> None:
    real = make_staff()
    for person in (str(real.id), "nobody", ""):
        assert client.post("/demo/sign-in", data={"person": person}).status_code == 404


@pytest.mark.parametrize("path", ["/demo", "/demo/mail", f"/demo/mail/{'a' * 64}"])
def test_without_demo_none_of_it_exists(real_client: FlaskClient, path: str) -> None:
    assert real_client.get(path).status_code == 404


def test_without_demo_nobody_signs_in_by_a_button(real_client: FlaskClient) -> None:
    made_up = make_staff("dana@demo.example", "lead", demo=True)
    assert real_client.post("/demo/sign-in", data={"person": str(made_up.id)}).status_code == 404
    sign_in(real_client, made_up)
    assert real_client.get("/coordinator/").location == "/sign-in"


def test_without_demo_the_sign_in_page_speaks_of_invitations(real_client: FlaskClient) -> None:
    page = real_client.get("/sign-in").text
    assert "Accounts come by invitation" in page
    assert "/demo" not in page


def test_an_empty_mail_folder_says_what_to_do(client: FlaskClient) -> None:
    assert "No message was written yet." in client.get("/demo/mail").text


def test_the_newest_message_is_on_top(app: Flask, client: FlaskClient) -> None:
    write_mail(app, "old", "a" * 64, age=60)
    write_mail(app, "new", "b" * 64)
    page = client.get("/demo/mail").text
    assert page.index("Message b") < page.index("Message a")


def test_only_links_to_our_own_pages_can_be_followed(app: Flask, client: FlaskClient) -> None:
    own = app.extensions["settings"].public_url
    write_mail(app, f"Open {own}/office/abc now.\nNot {own}.evil.example/x or https://evil.example/y <b>bold</b>")
    page = client.get(f"/demo/mail/{'a' * 64}").text
    assert f'<a href="/office/abc">{own}/office/abc</a>' in page
    article = page[page.index('<div class="mail-text">') : page.index("</article>")]
    assert re.findall(r'href="([^"]*)"', article) == ["/office/abc"]
    assert "evil.example/y" in page
    assert "&lt;b&gt;bold" in page


def test_every_page_of_the_demo_keeps_the_rules_of_all_pages(app: Flask, client: FlaskClient, dana: Staff) -> None:
    empty = client.get("/demo/mail").text
    write_mail(app, "text")
    paths = ("/demo", "/demo/mail", f"/demo/mail/{'a' * 64}", "/sign-in")
    assert [faults_of(page) for page in (empty, *(client.get(path).text for path in paths))] == [[]] * 5


@pytest.mark.parametrize("key", ["../app.py", "a" * 63, "A" * 64, "b" * 64])
def test_a_message_that_is_none_is_not_found(app: Flask, client: FlaskClient, key: str) -> None:
    write_mail(app, "text")
    assert client.get(f"/demo/mail/{key}").status_code == 404
