"""Nothing personal lies open: a request with marked words in every field, and a search for them everywhere.

It goes to three offices, one after the other: by webhook, to a FHIR server, and by mail.
"""

import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, Response
from flask import request as http
from redis import Redis
from sqlalchemy import select, text

from referral.access import links
from referral.access.links import Purpose
from referral.domain.lifecycle import Action
from referral.domain.opinions import OpinionText
from referral.domain.records import ItemState
from referral.extensions import db
from referral.models import Base, PatientAccountLink, ServiceRequest
from referral.models.sealed import SealedRow, sealed_columns
from referral.services import consents, contact, keep_document, patient_accounts, record_items
from referral.services.deliver import deliver
from referral.store import deliveries
from tests.application import application_on
from tests.factories import make_index, make_organization, make_staff
from tests.records import pdf, upload
from tests.servers.http import HttpServer, ReceivedRequest
from tests.services.journeys import again, office, patient, step
from tests.signing_in import sign_in
from tests.web.office_steps import fresh_role, right_now
from tests.web.request_steps import ANSWERS, fill_in, link_on, requests_sent, send, start

EMAIL = "zyxmail@canary.example"
CANARIES = (
    "Zyxgiven", "Zyxfamily", "1931-07-19", "07/19/1931", EMAIL, "617 555 0199", "6175550199", "04401",
    "Zyxrequester", "Zyxrelation", "Zyxdiagnosis", "Zyxplan", "Zyxquestion", "Zyxremark", "Zyxanswer", "Zyxreason",
    "Zyxfile", "Zyxcontent", "Zyxopinion", "Zyxoption", "Zyxtrial", "zyxnew@canary.example", "Zyxdraft",
    "zyxaccount@canary.example", "Zyxpassword words",
    "Zyxtold", "Zyxnote", "Zyxfever", "Zyxdeclined",
)  # fmt: skip
WRITTEN_OTHERWISE = {"07/19/1931", "6175550199", "Zyxcontent", "Zyxpassword words"}
"""Other ways to write a value, what stands in a file, and what is kept by its hash alone."""
TO_PROGRAMS = ("Zyxgiven", "Zyxfamily", "1931-07-19", EMAIL, "Zyxdiagnosis", "Zyxquestion")
"""What a program gets, as a person would read it."""
OFFICES = (("Hooke", "webhook"), ("Firenze", "fhir"), ("Rivera", "email"))
"""Who is asked one after the other, and over which channel."""
SECRET = "test-secret-key-0123456789"


@pytest.fixture
def app(database_url: str, valkey_url: str, tmp_path: Path, http_server: HttpServer) -> Iterator[Flask]:
    """The application with a broker, so that what it hands to workers can be looked at, and with offices' programs."""
    Redis.from_url(valkey_url).flushall()
    more = {"REDIS_URL": valkey_url, "OUTBOUND_ALLOW": http_server.place}
    for made in application_on(database_url, tmp_path / "data", **more):
        made.after_request(noted)
        yield made


ADDRESSES: list[str] = []
"""Every address that was asked for, and that an answer leads on to."""


def noted(response: Response) -> Response:
    """Keep the addresses of one answer."""
    ADDRESSES.extend((http.full_path, response.location or ""))
    return response


def asked_offices(server: HttpServer) -> list[str]:
    """The ids of three specialists, in the order in which they are asked; each program has an address of its own."""
    addresses = {channel: f"http://{server.place}/{channel}" for _, channel in OFFICES}
    addresses["email"] = "referrals@harbor.example"
    made = [
        fresh_role(family=name, role_id=f"role-{channel}", channel=channel, channel_address=addresses[channel]).id
        for name, channel in OFFICES
    ]
    make_index(right_now())
    return made


def send_all(app: Flask) -> None:
    """Send what waits, over the channels as the settings make them, until nothing does."""
    settings, channels = app.extensions["settings"], app.extensions["channels"]
    while waiting := deliveries.due(right_now(), 100):
        db.session.rollback()
        for delivery_id in waiting:
            assert deliver(delivery_id, channels, settings, right_now) == "delivered"


def sent_in(app: Flask, roles: list[str]) -> ServiceRequest:
    """The form, filled in page by page; another one is left half filled in."""
    client = app.test_client()
    typed: dict[str, dict[str, object]] = {
        "first-opinion": {"first_opinion__diagnosis": "Zyxdiagnosis", "first_opinion__plan": "Zyxplan"},
        "questions": {"questions": ["Zyxquestion?", "", "", "", ""]},
        "patient": {
            "patient__given": "Zyxgiven", "patient__family": "Zyxfamily", "patient__birth_date__day": "19",
            "patient__birth_date__month": "7", "patient__birth_date__year": "1931",
            "for_other": "yes", "requester__name": "Zyxrequester", "requester__relation": "Zyxrelation",
        },
        "contact": {"patient__email": EMAIL, "patient__phone": "617 555 0199", "patient__postcode": "04401"},
    }  # fmt: skip
    assert start(client, roles).status_code == 303
    for name in ANSWERS:
        assert fill_in(client, name, **typed.get(name, {})).status_code == 303, name
    answer = send(client)
    assert client.get(link_on(answer.text)).status_code in (200, 303)
    other = app.test_client()
    start(other, roles)
    fill_in(other, "first-opinion", first_opinion__diagnosis="Zyxdraft")
    (request,) = requests_sent()
    return request


def whole_run(app: Flask, server: HttpServer) -> UUID:
    """From the form over records and three offices to the opinion, each with words of its own; the request."""
    request_id = sent_in(app, asked_offices(server)).id
    step(request_id, Action.CONFIRM_CONTACT, patient(request_id), right_now())
    file = upload(pdf(marked="Zyxcontent"), "Zyxfile.pdf")
    keep_document.keep(request_id, "pathology-report", [file], patient(request_id), right_now())
    record_items.change(request_id, "slides", ItemState.REFUSED, "Zyxreason", patient(request_id), right_now())
    step(request_id, Action.APPROVE, now=right_now(), waive=True, reason="other", text="Zyxremark")
    send_all(app)
    for _ in ("webhook", "fhir"):
        step(request_id, Action.DECLINE, office(request_id), right_now(), reason="no-capacity", text="Zyxdeclined")
        send_all(app)
    step(request_id, Action.ACKNOWLEDGE, office(request_id), right_now())
    step(request_id, Action.REQUEST_INFORMATION, office(request_id), right_now(), text="Zyxquestion?")
    step(request_id, Action.ANSWER_INFORMATION, patient(request_id), right_now(), text="Zyxanswer")
    step(request_id, Action.ACCEPT, office(request_id), right_now())
    contact.ask_for_change(
        request_id, patient(request_id), "zyxnew@canary.example", "", date(1931, 7, 19), SECRET, right_now()
    )
    with_account(app, request_id)
    opinion = OpinionText(
        "Zyxopinion", "Zyxopinion", "Zyxopinion", ({"name": "Zyxoption"},), "Zyxopinion", trial="Zyxtrial"
    )
    step(request_id, Action.SUBMIT_OPINION, office(request_id), right_now(), opinion=opinion)
    send_all(app)
    assert again(request_id).opinions[0].text == "Zyxopinion"
    at_the_desk(app, request_id)
    return request_id


def at_the_desk(app: Flask, request_id: UUID) -> None:
    """A search, an export, a message, a note; and somebody of another organization opens it in an emergency."""
    desk, stranger, at = app.test_client(), app.test_client(), app.url_map.bind("localhost")
    sign_in(desk, make_staff())
    name = again(request_id).identifier
    posts: dict[str, dict[str, str]] = {
        "desk_saved.search": {"text": "Zyxgiven Zyxfamily"},
        "desk_messages.write": {"message": "Zyxtold"},
        "coordinator.take": {"action": "note", "note.text": "Zyxnote", "version": str(again(request_id).version)},
    }
    for endpoint, form in posts.items():
        rule = next(app.url_map.iter_rules(endpoint))
        address = at.build(endpoint, {"referral_id": request_id} if rule.arguments else {})
        assert desk.post(address, data=form, follow_redirects=True).status_code == 200, endpoint
    assert desk.get("/coordinator/export.csv").status_code == 200
    make_organization("elsewhere")
    sign_in(stranger, make_staff("eve@example.org", organization_id="elsewhere"))
    reason = {"reference": name, "reason": "Zyxfever, they are in our emergency room"}
    assert stranger.post(at.build("emergency.begin"), data=reason, follow_redirects=True).status_code == 200


def with_account(app: Flask, request_id: UUID) -> None:
    """An account is made, signed in to with a wrong and a right password, and lists the request."""
    address, secret, client = "zyxaccount@canary.example", app.extensions["settings"].secret_key, app.test_client()
    patient_accounts.ask_for_link(request_id, patient(request_id), address, secret, right_now())
    link = links.token(secret, Purpose.ACCOUNT, db.session.scalars(select(PatientAccountLink.id)).one())
    born = {"birth_date.day": "19", "birth_date.month": "7", "birth_date.year": "1931"}
    words = {"password": "Zyxpassword words", "again": "Zyxpassword words"}
    assert client.post(f"/track/account/set/{link}", data={**born, **words}).status_code == 303
    for password in ("Zyxpassword words, wrong", "Zyxpassword words"):
        app.test_client().post("/track/account/sign-in", data={"email": address, "password": password})
    assert client.get("/track/account").status_code == 200
    app.test_client().post("/track/account/lost", data={"email": address})


def written_files(folder: Path) -> dict[str, str]:
    """The bytes of every file of the service; a mail without the line that says where it goes."""
    found = {str(path): path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()}
    return {
        name: re.sub(r"(?m)^To: .*\n", "", content) if name.endswith(".eml") else content
        for name, content in found.items()
    }


def whole_database(app: Flask) -> dict[str, str]:
    """Every row of every table as text; of SQLite also the bytes of its files."""
    tables = {table.name: f'SELECT * FROM "{table.name}"' for table in Base.metadata.sorted_tables}  # noqa: S608
    # A row of SQLAlchemy says of itself only so many letters; a tuple says all.
    found = {
        name: "\n".join(str(tuple(row)) for row in db.session.execute(text(query))) for name, query in tables.items()
    }
    db.session.remove()
    url = app.extensions["settings"].database_url
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        found |= {one.name: one.read_bytes().decode("latin-1") for one in path.parent.glob(f"{path.name}*")}
    return found


def whole_broker(url: str) -> dict[str, str]:
    """Everything the broker holds, as it is kept there."""
    broker: Any = Redis.from_url(url)
    lists = {key: broker.lrange(key, 0, -1) for key in broker.scan_iter() if broker.type(key) == b"list"}
    return {repr(key): repr(broker.dump(key)) + repr(lists.get(key)) for key in broker.scan_iter()}


def holds(content: str, canary: str) -> bool:
    """Whether a canary stands there; five digits in the middle of a hash are none."""
    return holds_small(content.lower(), canary)


def holds_small(content: str, canary: str) -> bool:
    """The same of a content in small letters."""
    if not canary.isdigit():
        return canary.lower() in content
    return canary in content and re.search(rf"(?<![0-9a-z_-]){canary}(?![0-9a-z_-])", content) is not None


def known_words() -> str:
    """Every sealed value, opened: what the service knows."""
    models = (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, SealedRow))
    return "\n".join(
        one.written(row)
        for model in models
        for row in db.session.scalars(select(model))
        for one in sealed_columns(model)
    )


def envelope(received: ReceivedRequest) -> str:
    """What stands outside of the body that a program was sent."""
    return f"{received.line}\n{received.headers}"


def test_no_canary_is_found_outside_of_what_is_sealed(
    app: Flask, valkey_url: str, http_server: HttpServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        whole_run(app, http_server)
    app.extensions["search_log"].flush()
    known = known_words()
    assert {word for word in CANARIES if not holds(known, word)} == WRITTEN_OTHERWISE
    places = {
        **whole_database(app),
        **written_files(app.extensions["settings"].data_dir),
        **whole_broker(valkey_url),
        "metrics": app.test_client().get("/metrics").text,
        "addresses": "\n".join(ADDRESSES),
        "log": "\n".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records),
        "asked of programs": "\n".join(map(envelope, http_server.requests)),
    }
    assert [name for name in places if name.endswith(".eml")] != []
    assert any("documents" in name for name in places)
    assert any("celery" in name for name in places)
    assert len(ADDRESSES) > 20
    small = {name: content.lower() for name, content in places.items()}
    found = {(name, canary) for name, content in small.items() for canary in CANARIES if holds_small(content, canary)}
    assert found == set()


def test_each_program_is_sent_what_is_its_own_and_nothing_without_a_permission(
    app: Flask, http_server: HttpServer
) -> None:
    request_id = whole_run(app, http_server)
    sent = {name: [one.body.decode() for one in http_server.requests if f" /{name} " in one.line]
            for name in ("webhook", "fhir")}  # fmt: skip
    assert sum(map(len, sent.values())) == len(http_server.requests)
    for family, channel in OFFICES[:2]:
        assert sent[channel] != []
        for body in sent[channel]:
            assert [word for word in TO_PROGRAMS if not holds(body, word)] == []
            assert [other for other, _ in OFFICES if other != family and other in body] == []
            assert not holds(body, "Zyxdeclined")
            assert not holds(body, "Zyxremark")
    given = {one.role_id for one in again(request_id).consents if one.purpose == consents.SHARE}
    assert given == {f"role-{channel}" for _, channel in OFFICES}


@pytest.mark.parametrize("kind", ["webhook", "fhir"])
def test_a_program_whose_permission_was_taken_back_is_not_sent_a_word(
    app: Flask, http_server: HttpServer, kind: str
) -> None:
    roles = sorted(asked_offices(http_server), key=lambda role: role != f"role-{kind}")
    request_id = sent_in(app, roles).id
    step(request_id, Action.CONFIRM_CONTACT, patient(request_id), right_now())
    step(request_id, Action.APPROVE, now=right_now(), waive=True, reason="other", text="Zyxremark")
    consents.end(again(request_id), consents.SHARE, roles[0], right_now())
    db.session.commit()
    send_all(app)
    assert [one.line for one in http_server.requests if f" /{kind} " in one.line] == []
