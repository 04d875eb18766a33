"""What somebody types is text and stays text: on every page, in mail, in the packet and in what programs get."""

import io
import json
from datetime import date

import pikepdf
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from referral.access.attachments import attachment
from referral.access.uploads import clean_name
from referral.channels import email, webhook
from referral.domain.intake import FirstOpinion, NewPatient
from referral.models import ServiceRequest
from referral.services.compose import compose
from referral.services.keep_document import keep
from referral.services.packet import packet_file
from referral.services.referral_packet import packet_of
from tests.factories import COORDINATOR, make_staff
from tests.records import pdf, upload
from tests.signing_in import sign_in
from tests.web.office_steps import office_token, right_now, sent_request
from tests.web.page_rules import faults_of
from tests.web.test_record_pages import tracking

MARKUP = """<script>alert(1)</script><img src=x onerror=alert(1)>'"{{ 7*191 }}{% raw %}${7*191}"""
PATIENT = NewPatient(
    given=MARKUP, family=MARKUP, birth_date=date(1961, 3, 27), email="a@sample.example", phone="617 555 0123",
    postcode="02115", requester_name=MARKUP, requester_relation=MARKUP[:60],
)  # fmt: skip
NAMES = ("a\r\nSet-Cookie: x=1", "../../x", "\u202efdp.exe", 'a"; b="c', "x" * 500, "")
OPINION = FirstOpinion(organization=MARKUP, diagnosis=MARKUP, stage=MARKUP[:60], plan=MARKUP)


def typed(app: Flask) -> ServiceRequest:
    """A request that arrived at an office, with markup in every text field."""
    return sent_request(app, patient=PATIENT, first_opinion=OPINION, questions=(MARKUP,))


def assert_plain(page: str) -> None:
    """Nothing of the markup is markup, and nothing was computed."""
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "1337" not in page
    assert faults_of(page.replace("1961", "")) == []


def test_on_every_page_what_was_typed_is_shown_and_does_nothing(app: Flask, client: FlaskClient) -> None:
    request = typed(app)
    keep(request.id, "slides", [upload(pdf(), MARKUP.replace("/", "") + ".pdf")], COORDINATOR, right_now())
    request_id, records = request.id, tracking(app, client, request)
    office = app.test_client()
    opened = office.post(f"/office/{office_token(app, request)}").location
    desk = app.test_client()
    sign_in(desk, make_staff())

    shown = 0
    for browser, path in (
        (client, records), (client, records.removesuffix("/records")), (office, opened),
        (desk, f"/coordinator/referrals/{request_id}"), (desk, f"/coordinator/referrals/{request_id}/records"),
        (desk, "/coordinator/"),
    ):  # fmt: skip
        page = browser.get(path)
        assert page.status_code == 200, path
        assert_plain(page.text)
        shown += "&lt;script&gt;" in page.text
    assert shown >= 4


def test_in_mail_and_packet_it_is_text_and_programs_get_it_as_it_was_typed(app: Flask) -> None:
    request = typed(app)
    task = request.current_task
    assert task is not None
    settings = app.extensions["settings"]
    message = compose(task.deliveries[0], settings, right_now())

    sent = email.compose(message, settings.mail_from)
    assert MARKUP not in sent.as_string()
    assert "1337" not in sent.as_string()
    packet_for_programs = packet_of(task.deliveries[0], "https://second.example/office/x", "", right_now())
    assert packet_for_programs is not None
    told = json.loads(webhook.body_of(packet_for_programs))["data"]
    assert (told["patient"]["given"], told["questions"]) == (MARKUP, [MARKUP])
    with packet_file(task, right_now()) as file, pikepdf.open(io.BytesIO(file.read())) as packet:
        written = io.BytesIO()
        packet.save(written, qdf=True)
    assert b"/JavaScript" not in written.getvalue()
    assert b"1337 0 R" not in written.getvalue()


@tried(max_examples=60, deadline=None)
@given(
    st.text(max_size=40) | st.sampled_from(["a\r\nSet-Cookie: x=1", "../../x", "\u202efdp.exe", 'a"; b="c', "x" * 500])
)
def test_no_name_of_a_file_ends_its_header_or_leaves_its_folder(name: str) -> None:
    app = Flask("names")
    with app.test_request_context():
        answer = attachment(io.BytesIO(b"x"), "application/pdf", clean_name(name))
        headers = {key for key, _ in answer.headers}
        said = answer.headers["Content-Disposition"]
        answer.close()

    assert "Set-Cookie" not in headers
    assert said.startswith("attachment; filename")
    assert not set(said) & set("\r\n\0\u202e/")
